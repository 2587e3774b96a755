"""An email as its reader's mail program sees it."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from campaigns.ground.address import address_key


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def address(content: bytes) -> str:
    """Whom it is for."""
    return str(parsed(content)["To"].addresses[0].addr_spec)


def reader(content: bytes) -> str:
    """What the ledger knows its recipient by."""
    return address_key(address(content))


def unsubscribe_link(content: bytes) -> str:
    """The HTTPS address in List-Unsubscribe."""
    return _unsubscribe(content, "https")


def unsubscribe_mailto(content: bytes) -> str:
    """The `mailto:` address beside it."""
    return _unsubscribe(content, "mailto")


def part(content: bytes, kind: str) -> str:
    """Its text: `html` or `plain`."""
    body = parsed(content).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def list_headers(content: bytes) -> dict[str, str]:
    return {name: value for name, value in parsed(content).items() if name.startswith("List-")}


def _unsubscribe(content: bytes, scheme: str) -> str:
    found = re.search(rf"<({scheme}:[^>]+)>", parsed(content)["List-Unsubscribe"])
    assert found
    return found[1]
