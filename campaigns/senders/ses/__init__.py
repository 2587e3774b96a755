"""Amazon SES, by `SendBulkEmail`: up to fifty messages a call, each with a fate of its own."""
