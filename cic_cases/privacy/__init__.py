"""Floor 1: who acts, which door opens for whom, what is remembered and what is sealed."""
