"""Floor 6: the staff's day: desk, case, bookings, my day (composes the rooms below)."""
