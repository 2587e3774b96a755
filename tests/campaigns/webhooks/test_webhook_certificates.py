"""Signing certificates are fetched seldom, kept for a day, and only taken while they are valid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sns_signer import CERTIFICATE_URL, HOST, NOW, Host, certificate, rsa_key

from campaigns.ground.errors import DeliveryError, UnsignedError
from campaigns.webhooks.certificates import Certificates


def urls(count: int) -> list[str]:
    return [f"{HOST}/SimpleNotificationService-{number}.pem" for number in range(count)]


def test_a_certificate_is_fetched_once_a_day() -> None:
    host = Host()
    certificates = Certificates(host)
    for hours in (0, 1, 23):
        assert certificates.key(CERTIFICATE_URL, NOW + timedelta(hours=hours)) == rsa_key().public_key()
    assert len(host.asked) == 1
    certificates.key(CERTIFICATE_URL, NOW + timedelta(hours=25))
    assert len(host.asked) == 2


def test_only_so_many_are_kept() -> None:
    host = Host(dict.fromkeys(urls(17), certificate(rsa_key())))
    certificates = Certificates(host)
    for place, url in enumerate(urls(17)):
        certificates.key(url, NOW + timedelta(minutes=place))
    certificates.key(urls(17)[16], NOW + timedelta(minutes=20))
    certificates.key(urls(17)[0], NOW + timedelta(minutes=20))
    assert host.asked.count(urls(17)[16]) == 1
    assert host.asked.count(urls(17)[0]) == 2


def test_invented_names_do_not_make_us_ask_without_end() -> None:
    """And the certificate that is known keeps its place."""
    host = Host()
    certificates = Certificates(host)
    certificates.key(CERTIFICATE_URL, NOW)
    for url in urls(9):
        with pytest.raises(UnsignedError):
            certificates.key(url, NOW)
    with pytest.raises(DeliveryError, match="within a minute"):
        certificates.key(f"{HOST}/tenth.pem", NOW)
    assert len(host.asked) == 10
    assert certificates.key(CERTIFICATE_URL, NOW)
    with pytest.raises(UnsignedError):
        certificates.key(f"{HOST}/tenth.pem", NOW + timedelta(minutes=2))


@pytest.mark.parametrize("days", [-31, 31])
def test_a_certificate_out_of_its_time_is_refused_even_when_kept(days: int) -> None:
    certificates = Certificates(Host({CERTIFICATE_URL: certificate(rsa_key())}))
    certificates.key(CERTIFICATE_URL, NOW)
    with pytest.raises(UnsignedError, match="not valid at present"):
        certificates.key(CERTIFICATE_URL, NOW + timedelta(days=days))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        certificate(rsa_key(2, 1024)),
        certificate(ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["empty", "a page", "damaged", "a short key", "an elliptic key"],
)
def test_what_is_no_certificate_of_the_kind_sns_signs_with_is_refused(document: bytes) -> None:
    with pytest.raises(UnsignedError):
        Certificates(Host({CERTIFICATE_URL: document})).key(CERTIFICATE_URL, NOW)


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_a_host_that_is_away_is_no_proof_of_a_forgery(status: int | None) -> None:
    host = Host()
    host.failure = DeliveryError("away", provider="aws", status=status)
    with pytest.raises(DeliveryError):
        Certificates(host).key(CERTIFICATE_URL, NOW)
