"""Referrals: one who helps a person asks another to help as well, and hears what became of it."""
