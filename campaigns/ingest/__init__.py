"""Ingest: provider events and app completions in, from the neutral JSON Lines format; unsubscribes by email."""

from campaigns.ingest.intake import Ingested, ingest
from campaigns.ingest.mailed import Mailed, unsubscribe_by_mail

__all__ = ["Ingested", "Mailed", "ingest", "unsubscribe_by_mail"]
