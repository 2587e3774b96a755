"""One SMTP connection, and what its server's silence means.

The standard library's `sendmail` and `data` hide the instant at which a message's last byte leaves. Here the
commands are given one by one (RFC 5321, 4.1), because everything turns on that instant: without the final dot
a server must forget the message (4.1.1.4), so that a connection lost before is a message surely not sent; once
the dot has left and no reply has come, nobody can tell.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from campaigns.ground.receipt import Outcome
from campaigns.senders.smtp_connection import LOST, SmtpSettings, connect

_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")
_DETAIL = 200  # characters: a line

# Replies, by first digit and by code: RFC 5321, 4.2.1 and 4.2.3; RFC 4954, 6
_OK, _GO_AHEAD, _TRY_LATER, _NEVER = 2, 3, 4, 5
_CLOSING = 421
_LOG_IN_FIRST = frozenset({530, 534, 535, 538})

_REFUSED: Mapping[int, Outcome] = MappingProxyType({_TRY_LATER: Outcome.DEFERRED, _NEVER: Outcome.REJECTED})
_FINAL: Mapping[int, Outcome] = MappingProxyType({**_REFUSED, _OK: Outcome.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a message.

    Attributes:
        code: the server's reply, when there was one.
        text: its words, addresses blotted out.
        blames_sender: whether it refuses this sender altogether, not one message or recipient.
    """

    outcome: Outcome
    code: int | None
    text: str
    blames_sender: bool = False


class SmtpSession:
    """A connection on which messages are submitted, one after the other."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Connect; `connect` says what is raised."""
        self._settings = settings
        self._smtp = connect(settings)
        self._smtp.command_encoding = "utf-8"  # for SMTPUTF8 addresses; all else is ASCII
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot must not wait for more
        self._submitted = 0

    @property
    def usable(self) -> bool:
        """Whether the connection is open, and has not carried its share of messages."""
        return self._smtp.sock is not None and self._submitted < self._settings.messages_per_connection

    @property
    def speaks_utf8(self) -> bool:
        """Whether the server takes addresses that are not ASCII (RFC 6531)."""
        return self._smtp.has_extn("smtputf8")

    @property
    def size_limit(self) -> int | None:
        """The longest message that the server takes, in bytes, when it says so (RFC 1870)."""
        declared = self._smtp.esmtp_features.get("size", "")
        return int(declared) or None if declared.isdecimal() else None

    def answers(self) -> bool:
        """Whether the server is still there; during a pause it may have hung up."""
        try:
            code, _ = self._smtp.noop()
        except LOST:
            return False
        return code // 100 == _OK

    def submit(self, sender: str, recipient: str, content: bytes) -> Answer:
        """One mail transaction.

        Args:
            sender: the envelope's sender, as it stands on the wire.
            recipient: the envelope's only recipient, likewise.
            content: the message as RFC 5322 has it, its lines ended by CRLF.
        """
        self._submitted += 1
        try:
            refusal = self._begin(sender, recipient, content) or self._send_all_but_dot(content)
        except LOST as failure:
            return self._lost(Outcome.DEFERRED, failure)
        return refusal or self._send_dot()

    def quit(self) -> None:
        """Take leave; a server that has gone already is no trouble."""
        with suppress(*LOST):
            self._smtp.quit()
        self._smtp.close()

    @property
    def _socket(self) -> socket.socket:
        if self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return self._smtp.sock

    def _begin(self, sender: str, recipient: str, content: bytes) -> Answer | None:
        """MAIL, RCPT and DATA, one after the other; the first refusal, if there is one."""
        plain = content.isascii() and sender.isascii() and recipient.isascii()
        options = "" if plain else " SMTPUTF8 BODY=8BITMIME"
        code, text = self._smtp.docmd(f"MAIL FROM:<{sender}>{options}")
        if code // 100 != _OK:
            return self._refused(code, text, blames_sender=True)
        code, text = self._smtp.docmd(f"RCPT TO:<{recipient}>")
        if code // 100 != _OK:
            return self._refused(code, text)
        code, text = self._smtp.docmd("DATA")
        if code // 100 != _GO_AHEAD:
            return self._refused(code, text)
        return None

    def _refused(self, code: int, text: bytes, *, blames_sender: bool = False) -> Answer:
        """A reply that ends the transaction before the message was sent; made ready for the next."""
        outcome = _REFUSED.get(code // 100, Outcome.DEFERRED)
        if code == _CLOSING or code // 100 not in _REFUSED:
            self._smtp.close()
        else:
            self._reset()
        blamed = code in _LOG_IN_FIRST or (blames_sender and outcome is Outcome.REJECTED)
        return Answer(outcome, code, _line(text), blamed)

    def _reset(self) -> None:
        with suppress(*LOST):
            code, _ = self._smtp.rset()
            if code // 100 != _OK:
                self._smtp.close()

    def _send_all_but_dot(self, content: bytes) -> Answer | None:
        """The message; a server that speaks before its end has refused it, or hung up."""
        self._socket.sendall(_stuffed(content))
        if not _readable(self._socket):
            return None
        code, text = self._smtp.getreply()
        self._smtp.close()
        return Answer(_REFUSED.get(code // 100, Outcome.DEFERRED), code, _line(text))

    def _send_dot(self) -> Answer:
        """From here on the message may have left."""
        try:
            self._socket.settimeout(self._settings.final_timeout_s)
            self._socket.sendall(b".\r\n")
            code, text = self._smtp.getreply()
            self._socket.settimeout(self._settings.timeout_s)
        except LOST as failure:
            return self._lost(Outcome.UNCERTAIN, failure)
        if code == _CLOSING or code // 100 not in _FINAL:
            self._smtp.close()
        return Answer(_FINAL.get(code // 100, Outcome.UNCERTAIN), code, _line(text))

    def _lost(self, outcome: Outcome, failure: Exception) -> Answer:
        self._smtp.close()
        when = "before" if outcome is Outcome.DEFERRED else "after"
        return Answer(outcome, None, f"connection lost {when} the message's end ({type(failure).__name__})")


def _line(text: bytes) -> str:
    """A reply as one line without addresses, which servers like to repeat."""
    words = " ".join(text.decode("utf-8", "replace").split())
    return _ADDRESS.sub("address", words)[:_DETAIL]


def _stuffed(content: bytes) -> bytes:
    """With a second dot where a line begins with one (RFC 5321, 4.5.2), and ended by CRLF."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _readable(connection: socket.socket) -> bool:
    """Whether something has come in, or the other side has hung up; asked without waiting."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
