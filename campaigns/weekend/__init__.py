"""A weekend's send, played through with numbers alone: how long it takes, and what holds it up."""
