"""The command line: `winddown`."""

from campaigns.cli.main import main

__all__ = ["main"]
