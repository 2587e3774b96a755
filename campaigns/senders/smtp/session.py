"""One SMTP connection, and what its server's silence means.

The standard library's `sendmail` and `data` hide the instant at which a message's last byte leaves. Here the
commands are given one by one (RFC 5321, 4.1), because everything turns on that instant: without the final dot
a server must forget the message (4.1.1.4), so that a connection lost before is a message surely not sent; once
the dot has left and no reply has come, nobody can tell.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write, and the next message's
travel with the dot of the one before, which 3.1 allows: a message then takes one round trip instead of four.
That is as exact as before: replies come in the order of the commands, so that the first one after the dot is the
dot's; and of the next message nothing but its commands has left, whatever becomes of the connection.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Sequence
from contextlib import suppress

from campaigns.ground.receipt import Outcome
from campaigns.senders.listening import has_spoken
from campaigns.senders.smtp.connection import LOST, SmtpSettings, connect
from campaigns.senders.smtp.replies import GO_AHEAD, NEVER, OK, TRY_LATER, Answer, Reply, refusal, verdict
from campaigns.senders.smtp.transaction import Transaction

_WANTED = (OK, OK, GO_AHEAD)  # in reply to MAIL, RCPT and DATA
_OPENED = len(_WANTED)
_TOO_LONG = 552  # RFC 1870, 6.1: message size exceeds fixed maximum message size


class SmtpSession:
    """A connection on which messages are submitted, one after the other."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Connect; `connect` says what is raised."""
        self._settings = settings
        self._smtp = connect(settings)
        self._smtp.command_encoding = "utf-8"  # for SMTPUTF8 addresses; all else is ASCII
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot must not wait for more
        self._pipelining = self._smtp.has_extn("pipelining")
        self._submitted = 0
        self._ahead: Transaction | None = None  # its opening has left, and is not answered yet

    @property
    def usable(self) -> bool:
        """Whether the connection is open, and has not carried its share of messages."""
        return self._smtp.sock is not None and self._submitted < self._settings.messages_per_connection

    @property
    def at_rest(self) -> bool:
        """Whether it waits for a message; a server that has hung up during a pause has said so by now."""
        return self._smtp.sock is not None and self._ahead is None and not has_spoken(self._smtp.sock)

    def submit(self, mail: Transaction, following: Transaction | None = None) -> Answer:
        """One mail transaction.

        Args:
            mail: what is submitted.
            following: what comes next on this connection, if that is known already.
        """
        if beyond := self._beyond(mail):
            return beyond
        self._submitted += 1
        try:
            refused = self._open(mail) or self._send_all_but_dot(mail)
        except LOST as failure:
            return self._lost(Outcome.DEFERRED, failure)
        return refused or self._send_dot(following)

    def quit(self) -> None:
        """Take leave; a server that has gone already, or waits for a message's content, is just left."""
        with suppress(*LOST):
            if self._ahead is None:
                self._smtp.quit()
        self._smtp.close()

    @property
    def _socket(self) -> socket.socket:
        if self._smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return self._smtp.sock

    def _beyond(self, mail: Transaction) -> Answer | None:
        """The refusal of what this server said it cannot take (RFC 6531, RFC 1870); it need not be asked."""
        if not mail.ascii and not self._smtp.has_extn("smtputf8"):
            return Answer(
                Outcome.REJECTED, None, "an address that is not ASCII needs SMTPUTF8, which the server lacks"
            )
        declared = self._smtp.esmtp_features.get("size", "")
        limit = int(declared) if declared.isdecimal() else 0
        if 0 < limit < len(mail.content):
            return Answer(Outcome.REJECTED, _TOO_LONG, f"longer than the server's {limit} bytes")
        return None

    def _open(self, mail: Transaction) -> Answer | None:
        """MAIL, RCPT and DATA; the first refusal, if there is one."""
        replies = self._ask(mail)
        for number, (reply, wanted) in enumerate(zip(replies, _WANTED, strict=False)):
            if reply.kind != wanted:
                self._recover(replies)
                return refusal(reply, of_sender=number == 0)
        return None

    def _ask(self, mail: Transaction) -> Sequence[Reply]:
        """The replies to the opening; without pipelining the first refusal ends the questions."""
        if self._pipelining and self._ahead is not mail:
            self._smtp.send(_lines(mail.opening))
        self._ahead = None
        replies: list[Reply] = []
        for command, wanted in zip(mail.opening, _WANTED, strict=True):
            reply = Reply(*(self._smtp.getreply() if self._pipelining else self._smtp.docmd(command)))
            replies.append(reply)
            if reply.closes or not (self._pipelining or reply.kind == wanted):
                break
        return replies

    def _recover(self, replies: Sequence[Reply]) -> None:
        """Make ready for the next message after a refusal, or hang up.

        A server may say 354 although it refused the only recipient: it then gets a dot and nothing else (RFC
        2920, 3.1). Did it take the recipient all the same, a dot could deliver an empty message: better hang up.
        """
        last = replies[-1]
        if any(reply.closes for reply in replies):
            self._smtp.close()
        elif last.refuses:
            self._abandon("RSET", {OK})
        elif last.kind == GO_AHEAD and len(replies) == _OPENED and replies[1].refuses:
            self._abandon(".", {OK, TRY_LATER, NEVER})
        else:
            self._smtp.close()

    def _abandon(self, command: str, wanted: set[int]) -> None:
        with suppress(*LOST):
            reply = Reply(*self._smtp.docmd(command))
            if reply.closes or reply.kind not in wanted:
                self._smtp.close()

    def _send_all_but_dot(self, mail: Transaction) -> Answer | None:
        """The message; a server that speaks before its end has refused it, or hung up."""
        self._socket.sendall(mail.stuffed)
        if not has_spoken(self._socket):
            return None
        reply = Reply(*self._smtp.getreply())
        self._smtp.close()
        return refusal(reply)

    def _send_dot(self, following: Transaction | None) -> Answer:
        """From here on the message may have left."""
        if self._pipelining and self.usable and following and not self._beyond(following):
            self._ahead = following
        try:
            self._socket.settimeout(self._settings.final_timeout_s)
            self._socket.sendall(_lines((".", *(self._ahead.opening if self._ahead else ()))))
            reply = Reply(*self._smtp.getreply())
            self._socket.settimeout(self._settings.timeout_s)
        except LOST as failure:
            return self._lost(Outcome.UNCERTAIN, failure)
        answer = verdict(reply)
        if reply.closes or answer.outcome is Outcome.UNCERTAIN:
            self._smtp.close()
        return answer

    def _lost(self, outcome: Outcome, failure: Exception) -> Answer:
        self._smtp.close()
        when = "before" if outcome is Outcome.DEFERRED else "after"
        return Answer(outcome, None, f"connection lost {when} the message's end ({type(failure).__name__})")


def _lines(commands: Sequence[str]) -> bytes:
    return "".join(f"{command}\r\n" for command in commands).encode()
