"""A contact: where a person's email goes, and how it greets them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as an email sees them.

    Attributes:
        address: the email address, trimmed, its domain in lower case.
        first_name: fit to greet with, or None: the template then greets without a name.
        language: a BCP 47 primary language that the campaign has strings for.
    """

    address: str
    first_name: str | None
    language: str
    country: str | None
    timezone: str
