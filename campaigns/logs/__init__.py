"""The log: structlog's lines, whoever writes them through the standard library."""
