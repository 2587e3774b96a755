"""Delivery ids, address keys, and the signed links that an email carries about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from itsdangerous import BadSignature, Signer

from campaigns.ground.edition import Edition
from campaigns.ground.errors import WinddownError

_DIGITS = 32
"""Hexadecimal; 128 bits make an accidental repetition among billions of messages all but impossible."""


class BadTokenError(WinddownError):
    """A link's token was not made by us, or was changed on the way."""


def delivery_id(edition: Edition, user_id: str) -> str:
    """The name of one person's message in one edition: the same whoever computes it, whenever.

    The engine computes the same in `sql/plan/plan.sql`.
    """
    return sha256(f"{edition}/{user_id}".encode()).hexdigest()[:_DIGITS]


def address_key(address: str) -> str:
    """What an address is known by where addresses are not kept. The engine's `sql/audience/people.sql` agrees."""
    return sha256(address.strip(" ").lower().encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """Implements `ports.links.Links`; the token is `<delivery id>.<signature>`.

    Attributes:
        signer: itsdangerous', whose last key signs; all its keys are accepted, so that they can be rotated.
        base_url: the HTTPS address under which unsubscribes are taken.
        mailbox: takes unsubscribes by email.
    """

    signer: Signer
    base_url: str
    mailbox: str

    @classmethod
    def of(cls, keys: Sequence[str], *, base_url: str, mailbox: str) -> Self:
        """Links signed with HMAC-SHA-256; the last key signs, all are accepted."""
        signer = Signer(
            list(keys), salt="winddown.unsubscribe", sep=".", key_derivation="hmac", digest_method=sha256
        )
        return cls(signer, base_url.rstrip("/"), mailbox)

    def unsubscribe(self, delivery_id: str) -> str:
        """See the port."""
        return f"{self.base_url}/u/{self._token(delivery_id)}"

    def unsubscribe_mailto(self, delivery_id: str) -> str:
        """See the port."""
        return f"mailto:{self.mailbox}?subject=unsubscribe%20{self._token(delivery_id)}"

    def delivery_of(self, token: str) -> str:
        """The delivery that a token stands for.

        Raises:
            BadTokenError: its signature is not ours.
        """
        try:
            return self.signer.unsign(token).decode()
        except BadSignature as error:
            raise BadTokenError("this unsubscribe link is damaged; use the one in the email") from error

    def _token(self, delivery_id: str) -> str:
        return self.signer.sign(delivery_id).decode()
