"""Floor 2: regions, centres, rooms, hours, services, institutions: data, never code."""
