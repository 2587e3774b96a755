"""The plan: frozen, one row a person, the only door between deciding and sending."""
