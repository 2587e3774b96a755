"""What an inbox shows and filters judge before a message is opened: subject, sender, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from campaigns.check.kinds import CUT_SUBJECT, EMPTY_SUBJECT, LONG_SUBJECT, NO_UNSUBSCRIBE, SPAM_TRIGGER, Problem
from campaigns.ground.message import Message

_LONG_SUBJECT = 250
"""Characters. A long title may well be longer than an inbox shows; this one is a mistake, such as a description in
its place."""

INBOX_CUT = {"a desktop": 70, "a phone": 40}
"""Characters of a subject that inboxes show, about; it depends on letters and windows."""

_REPLY = re.compile(r"\s*(?:re|fwd?|aw|wg|rv)\s*:", re.IGNORECASE)
_SHOUTS = re.compile(r"!{2,}|\?{2,}|[$€£]{2,}|\b(?:100%\s*free|act now|click here|urgent)\b", re.IGNORECASE)
_NOBODY = re.compile(r"(?:no|do-?not)[-_.]?reply", re.IGNORECASE)
_URGENT = frozenset({"x-priority", "importance", "priority", "x-msmail-priority"})
_LETTERS_TO_SHOUT = 8


def look_at_envelope(message: Message) -> Iterator[Problem]:
    """What is wrong with a message's subject, sender and headers."""
    subject, headers = message.subject, dict(message.headers)
    if not subject.strip():
        yield Problem(EMPTY_SUBJECT, "")
    elif len(subject) > _LONG_SUBJECT:
        yield Problem(LONG_SUBJECT, f"{len(subject)} characters, wanted at most {_LONG_SUBJECT}")
    elif len(subject) > INBOX_CUT["a desktop"]:
        yield Problem(CUT_SUBJECT, _as_cut(subject))
    yield from _unsubscribe(message, headers)
    yield from _spam(message, headers)


def unsubscribe_link(message: Message) -> str:
    """A reader's own link, which nobody else should follow; nothing where there is none."""
    header = next((value for name, value in message.headers if name == "List-Unsubscribe"), "")
    return header.partition("<")[2].partition(">")[0]


def _as_cut(subject: str) -> str:
    shown = (f"{where} shows “{subject[:length].rstrip()}…”" for where, length in INBOX_CUT.items())
    return f"{len(subject)} characters; {', '.join(shown)}"


def _unsubscribe(message: Message, headers: dict[str, str]) -> Iterator[Problem]:
    """RFC 2369 and RFC 8058; Gmail and Yahoo want one-click of whoever sends in bulk."""
    link = unsubscribe_link(message)
    if not link:
        yield Problem(NO_UNSUBSCRIBE, "there is no List-Unsubscribe header")
    elif headers.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        yield Problem(NO_UNSUBSCRIBE, "there is no List-Unsubscribe-Post header, which makes it one click")
    elif link not in message.html_pieces and link not in message.html:
        yield Problem(NO_UNSUBSCRIBE, "it is not in the HTML")
    elif link not in message.text:
        yield Problem(NO_UNSUBSCRIBE, "it is not in the text")


def _spam(message: Message, headers: dict[str, str]) -> Iterator[Problem]:
    """What SpamAssassin's rules and large mailbox providers' advice for senders hold against a header."""
    subject, sender = message.subject, message.sender
    if found := _SHOUTS.search(subject):
        yield Problem(SPAM_TRIGGER, f"the subject has “{found[0]}”")
    if len(subject) >= _LETTERS_TO_SHOUT and subject.isupper():
        yield Problem(SPAM_TRIGGER, f"the subject is all capitals: “{subject[:60]}”")
    if _REPLY.match(subject):
        yield Problem(SPAM_TRIGGER, f"the subject looks like a reply's: “{subject[:60]}”")
    if "@" in sender.name and sender.address not in sender.name:
        yield Problem(SPAM_TRIGGER, f"the sender's name is another address: {sender.name}")
    if _NOBODY.match(sender.address) and message.reply_to is None:
        yield Problem(SPAM_TRIGGER, f"nobody can answer {sender.address}; set reply_to")
    if name := next((name for name in headers if name.lower() in _URGENT), None):
        yield Problem(SPAM_TRIGGER, f"a header claims urgency: {name}")
    if "Message-ID" not in headers or "Date" not in headers:
        yield Problem(SPAM_TRIGGER, "Message-ID or Date is missing")
