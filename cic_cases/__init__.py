"""Visits and bookings for the Centres for the Integration of Foreigners."""
