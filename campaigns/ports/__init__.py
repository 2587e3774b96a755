"""What the inside of Winddown asks of the outside: senders, the ledger, the renderer, the clock."""
