"""Campaigns: who gets which email, how it is rendered, sent, recorded and judged."""
