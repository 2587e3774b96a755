"""A message's page, read as a mail client does: its markup, its colours, and what clients make of them."""
