"""Floor 6: /api/v1, the same services as the pages, as JSON."""
