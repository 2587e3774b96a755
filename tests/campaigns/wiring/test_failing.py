"""What a failure is told as, and what cron sees of it."""

from __future__ import annotations

import pytest

from campaigns.ground.errors import ConfigurationError, DeliveryError, GuardError
from campaigns.wiring.failing import exit_code_of, sentence_of
from recsource.errors import BatchRefusedError, InputError, RecsourceError, RuleError


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (ConfigurationError("no key"), 2, "no key"),
        (GuardError("too many"), 3, "too many"),
        (DeliveryError("it is down", provider="smtp"), 1, "it is down"),
        (InputError("users: no file"), 2, "users: no file"),
        (RuleError("unknown rule"), 2, "unknown rule"),
        (BatchRefusedError("too old"), 3, "too old"),
        (RecsourceError("broken"), 1, "broken"),
        (FileNotFoundError(2, "No such file", "a.csv"), 1, "a.csv: No such file; mend that and run it again"),
        (OSError("odd"), 1, "the system: odd; mend that and run it again"),
        (KeyError("x"), 1, "this is a fault of Winddown's: KeyError: 'x'; --debug shows where"),
    ],
)
def test_every_failure_is_a_sentence_and_an_exit_code(failure: Exception, code: int, sentence: str) -> None:
    assert (exit_code_of(failure), sentence_of(failure)) == (code, sentence)
