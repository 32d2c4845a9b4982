"""Floor 2: a case without a name, the card that opens it, the contact that is sealed."""
