"""Certificates: the public keys that Amazon SNS signs with, fetched from where they are published, and kept.

What vouches for a key is TLS to the SNS host of the topic's own region, whose certificate the system's authorities
signed; `sns_hosts` lets no other host through. The fetched certificate's dates are checked, its chain is not: SNS
publishes it without the intermediate one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from campaigns.ground.errors import DeliveryError, UnsignedError
from campaigns.webhooks.fetching import Fetch

_KEPT_FOR = timedelta(hours=24)
_KEPT = 16
_FETCHES = 10
_FETCHES_WITHIN = timedelta(minutes=1)
"""Whoever invents certificate names makes us ask AWS for each: not more often than this."""

_SMALLEST_KEY = 2048  # bits
_GONE = range(400, 500)
_TOO_MANY_REQUESTS = 429


class Certificates:
    """SNS's signing keys by URL; may be used by several threads at once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: OrderedDict[str, tuple[x509.Certificate, datetime]] = OrderedDict()
        self._fetched_at: deque[datetime] = deque(maxlen=_FETCHES)
        self._lock = threading.Lock()

    def key(self, url: str, now: datetime) -> RSAPublicKey:
        """The key of the certificate at a URL that the caller has checked.

        Raises:
            UnsignedError: there is none, it is not valid now, or is not of the kind that SNS signs with.
            DeliveryError: it cannot be had at present.
        """
        certificate = self._recall(url, now) or self._learn(url, now)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise UnsignedError("the signing certificate is not valid at present")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
            raise UnsignedError(f"the signing certificate holds no RSA key of {_SMALLEST_KEY} bits or more")
        return key

    def _recall(self, url: str, now: datetime) -> x509.Certificate | None:
        with self._lock:
            kept = self._kept.get(url)
            if kept is None or now - kept[1] > _KEPT_FOR:
                return None
            self._kept.move_to_end(url)
            return kept[0]

    def _learn(self, url: str, now: datetime) -> x509.Certificate:
        self._spend(now)
        certificate = _certificate(self._fetched(url))
        with self._lock:
            self._kept[url] = certificate, now
            self._kept.move_to_end(url)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return certificate

    def _spend(self, now: datetime) -> None:
        with self._lock:
            if len(self._fetched_at) == _FETCHES and now - self._fetched_at[0] < _FETCHES_WITHIN:
                raise DeliveryError(
                    f"{_FETCHES} signing certificates were asked for within a minute; wait",
                    provider="sns",
                )
            self._fetched_at.append(now)

    def _fetched(self, url: str) -> bytes:
        try:
            return self._fetch(url)
        except DeliveryError as failure:
            if failure.status in _GONE and failure.status != _TOO_MANY_REQUESTS:
                raise UnsignedError("there is no certificate where the post says it is") from failure
            raise


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise UnsignedError("what lies where the signing certificate should be is none") from None
