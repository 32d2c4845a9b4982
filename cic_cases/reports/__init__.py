"""Floor 5: numbers within a reader's scope."""
