"""Floor 7: what an administrator types at a terminal."""
