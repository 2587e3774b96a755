"""The ledger's stores: SQL (SQLite now, PostgreSQL by its address) and memory."""
