"""Floor 5: how long what is kept; forgetting a person, and telling them what is known of them."""
