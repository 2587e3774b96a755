"""SendGrid, by its API v3."""
