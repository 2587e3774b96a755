"""A message as SMTP carries it: who from, who to, and the bytes between DATA and the final dot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transaction:
    """One mail transaction (RFC 5321, 3.3), with a single recipient.

    Attributes:
        sender: the envelope's sender, as it stands on the wire.
        recipient: the envelope's recipient, likewise.
        content: the message as RFC 5322 has it, its lines ended by CRLF.
    """

    delivery_id: str
    sender: str
    recipient: str
    content: bytes

    @property
    def ascii(self) -> bool:
        """Whether it needs no extension: envelope and headers are ASCII, and so are the bodies."""
        return self.content.isascii() and self.sender.isascii() and self.recipient.isascii()

    @property
    def opening(self) -> tuple[str, str, str]:
        """The commands up to the content; a local part that is not ASCII needs SMTPUTF8 (RFC 6531, 3.4)."""
        options = "" if self.ascii else " SMTPUTF8 BODY=8BITMIME"
        return (f"MAIL FROM:<{self.sender}>{options}", f"RCPT TO:<{self.recipient}>", "DATA")

    @property
    def stuffed(self) -> bytes:
        """The content with a second dot where a line begins with one (RFC 5321, 4.5.2), and ended by CRLF."""
        stuffed = self.content.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
