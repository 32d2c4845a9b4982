"""Floor 6: the pages of beneficiaries, who have no account."""
