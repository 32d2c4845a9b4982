"""Floor 7: synthetic people and bookings, labelled so, to try the product with."""
