"""Delivery ids, and the signed links that an email carries about itself.

A delivery's token is `<delivery id>.<time it was planned for>.<signature>`; a click's is two of them, the first of
which holds where it leads: `<item and address>.<signature>~<delivery id>.<time>.<signature>`; an answer's about a
pick is one of both: `<item>~<delivery id>.<time>.<signature>`. Each purpose signs with a key of its own, so
that no token serves another. There is nothing about the person in any.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Self

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError, MessageError, WinddownError

LIFETIME: Final = timedelta(days=400)
"""People unsubscribe by last year's email, too."""

_SHORTEST_LIFETIME: Final = timedelta(days=60)
"""Canada's Anti-Spam Law, 11(2); CAN-SPAM, 15 U.S.C. 7704(a)(3)(A)(ii), asks for 30 days."""

_DIGITS: Final = 32
"""Hexadecimal; 128 bits make an accidental repetition among billions of messages all but impossible."""

_SIGNATURE_BYTES: Final = 18
"""RFC 2104, 5: at least half of SHA-256's 32. 144 bits are 24 characters of base64 with no bit to spare."""

_LONGEST_HEADER: Final = 995
"""Bytes that List-Unsubscribe may have: SES takes no more, and RFC 5322 not many (998 with the header's name)."""

_LONGEST_TARGET: Final = 4096
"""Characters; servers and mail programs along the way take no address much longer."""

_SIGNATURE = r"\.[A-Za-z0-9_-]{24}"
_DELIVERY = rf"[0-9a-f]{{{_DIGITS}}}\.[0-9a-f]{{1,9}}"
_TOKEN = re.compile(rf"{_DELIVERY}{_SIGNATURE}")
_ODD = re.compile(rf"[A-Za-z0-9_-]{{1,{_LONGEST_TARGET}}}~{_DELIVERY}{_SIGNATURE}")
_TARGET = re.compile(rf"[A-Za-z0-9_-]{{1,{_LONGEST_TARGET}}}{_SIGNATURE}")
_HTTPS = re.compile(r"https://[^\s/?#\\@\x00-\x20\x7f]+([/?#][^\s\\\x00-\x20\x7f]*)?")
"""With no name or password before the host, and nothing that a browser would read otherwise than we do."""


class TokenError(WinddownError):
    """A link of an email cannot be used."""


class BadTokenError(TokenError):
    """A link's token was not made by us, or was changed on the way."""


class ExpiredTokenError(TokenError):
    """A link's token is ours, and too old."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a delivery's token says.

    Attributes:
        planned_at: when the message was to be sent; it left then or later.
    """

    delivery_id: str
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class OddPick:
    """What the token of an answer about a pick says."""

    ticket: Ticket
    item_id: str


@dataclass(frozen=True, slots=True)
class Click:
    """What a click's token says.

    Attributes:
        item_id: the item that it leads to; None for a collection.
    """

    ticket: Ticket
    url: str
    item_id: str | None


def delivery_id(edition: Edition, user_id: str) -> str:
    """The name of one person's message in one edition: the same whoever computes it, whenever.

    The engine computes the same in `sql/plan/plan.sql`.
    """
    return sha256(f"{edition}/{user_id}".encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """Makes links (`ports.links.Links`, `ports.links.TrackingLinks`), and reads them when they come back.

    Of each signer the last key signs, and all are accepted, so that they can be rotated.

    Attributes:
        base_url: the HTTPS address under which `winddown serve` answers.
        mailbox: takes unsubscribes by email.
        lifetime: how long after the planned time a link can be used.
    """

    base_url: str
    mailbox: str
    lifetime: timedelta
    unsubscribe_signer: Signer
    target_signer: Signer
    click_signer: Signer
    open_signer: Signer
    odd_signer: Signer

    @classmethod
    def of(cls, keys: Sequence[str], *, base_url: str, mailbox: str, lifetime: timedelta = LIFETIME) -> Self:
        """Links signed with HMAC-SHA-256.

        Raises:
            ConfigurationError: there is no key, links would expire before the law lets them, or they are too long.
        """
        if not keys or not all(keys):
            raise ConfigurationError("links cannot be signed: found no key, or an empty one; wanted at least one")
        if lifetime < _SHORTEST_LIFETIME:
            wanted = f"wanted at least {_SHORTEST_LIFETIME.days}, which is the law in Canada"
            raise ConfigurationError(f"links would expire after {lifetime.days} days; {wanted}")
        purposes = ("unsubscribe", "target", "click", "open", "odd")
        links = cls(base_url.rstrip("/"), mailbox, lifetime, *(_signer(keys, purpose) for purpose in purposes))
        links._check_length()
        return links

    def unsubscribe(self, delivery_id: str, at: datetime) -> str:
        """See the port."""
        return f"{self.base_url}/u/{_sign(self.unsubscribe_signer, delivery_id, at)}"

    def unsubscribe_mailto(self, https: str) -> str:
        """See the port."""
        return f"mailto:{self.mailbox}?subject=unsubscribe%20{https.rpartition('/')[2]}"

    def click_to(self, url: str, item_id: str | None) -> str:
        """See the port."""
        target = json.dumps([item_id, url], separators=(",", ":")).encode()
        packed = urlsafe_b64encode(target).rstrip(b"=")
        if not _HTTPS.fullmatch(url) or len(packed) > _LONGEST_TARGET:
            raise MessageError(
                f"clicks cannot lead to {url[:200]!r}; wanted one like https://host/path, not too long"
            )
        return f"{self.base_url}/c/{self.target_signer.sign(packed).decode()}~"

    def click_by(self, delivery_id: str, at: datetime) -> str:
        """See the port."""
        return _sign(self.click_signer, delivery_id, at)

    def open(self, delivery_id: str, at: datetime) -> str:
        """See the port."""
        return f"{self.base_url}/o/{_sign(self.open_signer, delivery_id, at)}.gif"

    def odd_pick(self, delivery_id: str, at: datetime, item_id: str) -> str:
        """See the port."""
        packed = urlsafe_b64encode(item_id.encode()).rstrip(b"=").decode()
        signed = self.odd_signer.sign(f"{packed}~{delivery_id}.{int(at.timestamp()):x}")
        return f"{self.base_url}/p/{signed.decode()}"

    def read_unsubscribe(self, token: str, now: datetime) -> Ticket:
        """What the token of an unsubscribe link says.

        Raises:
            BadTokenError: it is not signed by us, for this purpose.
            ExpiredTokenError: it is too old.
        """
        return self._read(self.unsubscribe_signer, token, now)

    def read_click(self, token: str, now: datetime) -> Click:
        """What the token of a click says. Raises as `read_unsubscribe`."""
        target, _, delivery = token.partition("~")
        packed = _unsign(self.target_signer, _TARGET, target)
        item_id, url = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        return Click(self._read(self.click_signer, delivery, now), url, item_id)

    def read_open(self, token: str, now: datetime) -> Ticket:
        """What the token of an open says. Raises as `read_unsubscribe`."""
        return self._read(self.open_signer, token, now)

    def read_odd_pick(self, token: str, now: datetime) -> OddPick:
        """What the token of an answer about a pick says. Raises as `read_unsubscribe`."""
        packed, _, delivery = _unsign(self.odd_signer, _ODD, token).partition("~")
        item_id = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        return OddPick(self._ticket(delivery, now), item_id)

    def _read(self, signer: Signer, token: str, now: datetime) -> Ticket:
        return self._ticket(_unsign(signer, _TOKEN, token), now)

    def _ticket(self, text: str, now: datetime) -> Ticket:
        delivery_id, _, stamp = text.partition(".")
        planned_at = datetime.fromtimestamp(int(stamp, 16), UTC)
        if now - planned_at > self.lifetime:
            raise ExpiredTokenError("this link is too old; use the one in a newer email")
        return Ticket(delivery_id, planned_at)

    def _check_length(self) -> None:
        whose, at = "0" * _DIGITS, datetime.max.replace(tzinfo=UTC)
        https = self.unsubscribe(whose, at)
        header = f"<{https}>, <{self.unsubscribe_mailto(https)}>"
        if len(header.encode()) > _LONGEST_HEADER:
            raise ConfigurationError(
                f"the List-Unsubscribe header would have {len(header.encode())} bytes; wanted at most "
                f"{_LONGEST_HEADER}; shorten the links' base_url or their mailbox"
            )


class _HmacSha256(SigningAlgorithm):
    """HMAC-SHA-256, truncated. What each key contributes is computed once; a signature then costs half as much."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keyed = {key: hmac.new(key, digestmod="sha256") for key in keys}

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        signature = self._keyed[key].copy()
        signature.update(value)
        return signature.digest()[:_SIGNATURE_BYTES]


def _signer(keys: Sequence[str], purpose: str) -> Signer:
    """Each purpose's keys are derived once, here, and not for every signature as itsdangerous would."""
    derived = [hmac.digest(key.encode(), f"winddown.{purpose}".encode(), "sha256") for key in keys]
    return Signer(derived, sep=".", key_derivation="none", algorithm=_HmacSha256(derived))


def _sign(signer: Signer, delivery_id: str, at: datetime) -> str:
    """As `signer.sign`, without its questions about what it is given: this runs for everybody, several times."""
    text = f"{delivery_id}.{int(at.timestamp()):x}"
    signature = signer.algorithm.get_signature(signer.secret_keys[-1], text.encode())
    return f"{text}.{urlsafe_b64encode(signature).decode()}"


def _unsign(signer: Signer, form: re.Pattern[str], token: str) -> str:
    """The signed text. The form is checked first: base64 has several spellings, and only ours is accepted."""
    try:
        if form.fullmatch(token):
            return signer.unsign(token).decode()
    except BadSignature:
        pass
    raise BadTokenError("this link is damaged; use the one in the email")
