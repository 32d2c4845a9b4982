"""Floor 4: messages that leave the house: planned with the fact, delivered once it is committed."""
