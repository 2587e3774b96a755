"""A record of each command that was run: what with, what came of it, and how it ended."""
