"""Floor 3: what took place: visits of people, and quick contacts that are only counted."""
