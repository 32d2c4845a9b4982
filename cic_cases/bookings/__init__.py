"""Floor 3: free time, and promising it."""
