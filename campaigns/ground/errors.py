"""The error tree: what went wrong, in a sentence, and how cron should take it.

`WinddownError.exit_code` is what the command line exits with: 1 a failure, 2 wrong usage or
configuration, 3 refused by a guard. Configuration errors stand outside `DeliveryError`, so that
nothing which handles a provider's refusal can swallow a missing password.
"""

from __future__ import annotations


class WinddownError(Exception):
    """The root: its message is one readable sentence, fit to be shown as it is."""

    exit_code: int = 1


class ConfigurationError(WinddownError):
    """A setting is missing, misspelt or impossible; names file, key, what was found and what is wanted."""

    exit_code = 2


class TemplateError(WinddownError):
    """A campaign's template cannot be compiled or rendered; names file, line and the offending text.

    Attributes:
        file: from the templates' folder; empty where no one file is wrong.
        line: from 1; 0 where no one line is.
    """

    exit_code = 2

    def __init__(self, sentence: str, *, file: str = "", line: int = 0) -> None:
        super().__init__(sentence)
        self.file = file
        self.line = line


class GuardError(WinddownError):
    """A guard refused: going on could embarrass the brand. Nothing was changed."""

    exit_code = 3


class MessageError(WinddownError):
    """One message cannot be put on the wire as it is; names the header or address and what is wrong with it."""


class LedgerError(WinddownError):
    """The ledger could not be read or written; whatever was claimed stays claimed."""


class EditionBusyError(WinddownError):
    """Another process is at work on the same edition."""

    exit_code = 3


class UnsignedError(WinddownError):
    """What came from the internet does not carry the signature it needs; nothing of it is believed."""


class DeliveryError(WinddownError):
    """A provider could not take a batch at all: which one, its status, its words, and the cause.

    Attributes:
        provider: the sender's name, such as `smtp`.
        status: the provider's own code, or None when it never answered.
        body: what the provider said, at most a line.
    """

    def __init__(self, sentence: str, *, provider: str, status: int | None = None, body: str = "") -> None:
        super().__init__(sentence)
        self.provider = provider
        self.status = status
        self.body = body


class QuotaError(DeliveryError):
    """The provider's allowance for the day is used up; what is left waits, and sending ends in good order."""
