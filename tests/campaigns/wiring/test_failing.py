"""What a failure is told as, and what cron sees of it."""

from __future__ import annotations

import pytest

from campaigns.ground.errors import ConfigurationError, DeliveryError, GuardError
from campaigns.wiring.failing import discreet_sentence_of, exit_code_of, sentence_of
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


def test_of_what_nobody_foresaw_a_log_has_the_kind_and_the_place_alone() -> None:
    try:
        {}["u0001274"]
    except KeyError as failure:
        told = discreet_sentence_of(failure)
    assert told.startswith("this is a fault of Winddown's: KeyError at test_failing.py:")
    assert "u0001274" not in told


def test_of_what_was_foreseen_a_log_has_the_sentence_without_what_it_quotes() -> None:
    failure = InputError("users: 2 key(s) (user_id) stand more than once, first 'u0001274'; keep one row each")
    assert discreet_sentence_of(failure) == (
        "users: 2 key(s) (user_id) stand more than once, first […]; keep one row each"
    )
