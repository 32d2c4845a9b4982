"""Floor 2: staff, their roles, how they sign in."""
