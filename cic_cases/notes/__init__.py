"""Floor 3: confidential notes of specialists: sealed, kept in versions, read by few."""
