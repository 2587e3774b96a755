"""A mail client, where Chromium is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mail_client import CHROMIUM, MailClient, mail_client


@pytest.fixture(scope="session")
def client() -> Iterator[MailClient]:
    """Chromium as a mail client, one for each of the test processes."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; `apt-get install chromium` brings it")
    with mail_client() as client:
        yield client
