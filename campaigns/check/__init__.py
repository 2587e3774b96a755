"""Checking: every planned message is rendered and looked at, without sending any."""
