"""The senders, one file a provider; each hands over batches and says what is known of every message."""
