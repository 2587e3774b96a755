"""A mail client, where Chromium is installed."""

from __future__ import annotations

import pytest
from mail_client import MailClient
from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def client(chromium: Browser) -> MailClient:
    """Chromium as a mail client."""
    return MailClient(chromium)
