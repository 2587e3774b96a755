"""Ingest: provider events and app completions in, from the neutral JSON Lines format."""

from campaigns.ingest.intake import Ingested, ingest

__all__ = ["Ingested", "ingest"]
