"""Unsubscribes by email: what comes to the mailbox that `List-Unsubscribe` names beside its HTTPS address.

A mail program that follows the `mailto:` link (RFC 2369) sends a message whose subject holds the delivery's
signed token. That alone is looked at: it proves whose wish it is, whoever the sender claims to be. The mailbox is
read and never changed; reading it again changes nothing in the ledger either.
"""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path

from campaigns.links import BadTokenError, ExpiredTokenError, SignedLinks
from campaigns.ports.ledger import Ledger
from recsource.errors import InputError

_TOKEN = re.compile(r"(?<![\w.-])[0-9a-f]+\.[0-9a-f]+\.[\w-]+(?![\w.-])", re.ASCII)
"""Roughly; `SignedLinks` looks closely."""

_MOST_HEADERS = 65_536  # bytes: no mail program writes more, and only the subject is of interest


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a mailbox held.

    Attributes:
        messages: all of them.
        unsubscribed: those whose wish was carried out, or had been before.
        unknown_deliveries: those of deliveries that the ledger does not know; kept until it does.
        expired: those whose token is ours and too old; somebody has to look at them.
        other: without a token of ours.
    """

    messages: int = 0
    unsubscribed: int = 0
    unknown_deliveries: int = 0
    expired: int = 0
    other: int = 0


def unsubscribe_by_mail(path: Path, *, links: SignedLinks, ledger: Ledger, now: datetime) -> Mailed:
    """Unsubscribe everybody who asked for it by email, each from the campaign that the token is of.

    Args:
        path: an mbox file, a Maildir, a folder of `.eml` files, or one such file.
        links: proves the tokens.
        ledger: takes the wishes.
        now: when they are recorded to have come, and by when a token has expired.

    Raises:
        InputError: there is no such mailbox, or it cannot be read.
        LedgerError: the ledger cannot be written; reading the mailbox again completes it.
    """
    mailed = Mailed()
    try:
        for content in _messages(path):
            what = _heed(_subject(content), links, ledger, now)
            mailed = replace(mailed, messages=mailed.messages + 1, **{what: getattr(mailed, what) + 1})
    except OSError as error:
        raise InputError(f"{path}: it cannot be read ({error.strerror or error}); wanted a mailbox") from error
    return mailed


def _heed(subject: str, links: SignedLinks, ledger: Ledger, now: datetime) -> str:
    """Which of `Mailed`'s counts it belongs to."""
    what = "other"
    for token in _TOKEN.findall(subject):
        try:
            ticket = links.read_unsubscribe(token, now)
        except ExpiredTokenError:
            what = "expired"
        except BadTokenError:
            continue
        else:
            known = ledger.unsubscribe(ticket.delivery_id, now, everything=False)
            return "unsubscribed" if known else "unknown_deliveries"
    return what


def _messages(path: Path) -> Iterator[bytes]:
    """Each message's beginning."""
    if path.is_dir():
        files = _of_maildir(path) if (path / "cur").is_dir() else sorted(path.glob("*.eml"))
        yield from (_beginning(file) for file in files)
    elif not path.is_file():
        raise InputError(f"{path}: there is no such mailbox; wanted an mbox file, a Maildir or .eml files")
    elif _beginning(path).startswith(b"From "):
        with closing(mailbox.mbox(path, create=False)) as box:
            yield from (box.get_file(key).read(_MOST_HEADERS) for key in box.iterkeys())
    else:
        yield _beginning(path)


def _of_maildir(path: Path) -> list[Path]:
    """Those that somebody has seen, and those that nobody has; what is being delivered is left alone."""
    return sorted(file for folder in ("cur", "new") for file in (path / folder).glob("[!.]*") if file.is_file())


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_HEADERS)


def _subject(content: bytes) -> str:
    """In characters, whatever it was written as; nothing where it cannot be read."""
    try:
        return str(make_header(decode_header(message_from_bytes(content).get("Subject", ""))))
    except (HeaderParseError, ValueError, LookupError):
        return ""
