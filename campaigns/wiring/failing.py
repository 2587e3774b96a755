"""Failures, as whoever waits for the work hears of them: a sentence, and an exit code that cron can act on."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb

from campaigns.ground.discretion import discreet
from campaigns.ground.errors import WinddownError
from recsource.errors import BatchRefusedError, InputError, RecsourceError, RuleError

FAILED, MISUSED, REFUSED = 1, 2, 3
INTERRUPTED = 130
"""What shells have for a command that Ctrl-C has ended: 128 and the signal's number."""

FORESEEN = (WinddownError, RecsourceError, OSError)
"""They are nobody's fault here; every other is a fault of Winddown's."""


def sentence_of(failure: Exception) -> str:
    """What went wrong, and what to do."""
    match failure:
        case WinddownError() | RecsourceError():
            return str(failure)
        case OSError():
            where, what = failure.filename or "the system", failure.strerror or failure
            return f"{where}: {what}; mend that and run it again"
        case _:
            return f"this is a fault of Winddown's: {type(failure).__name__}: {failure}; --debug shows where"


def discreet_sentence_of(failure: Exception) -> str:
    """The same for a log or a record: of what nobody foresaw only its kind and place, not its words."""
    if isinstance(failure, FORESEEN):
        return discreet(sentence_of(failure))
    last = extract_tb(failure.__traceback__)[-1:]
    places = "".join(f" at {Path(frame.filename).name}:{frame.lineno}" for frame in last)
    return f"this is a fault of Winddown's: {type(failure).__name__}{places}; --debug shows where"


def exit_code_of(failure: Exception) -> int:
    """1 for a failure, 2 for wrong usage or configuration, 3 where a guard refused."""
    match failure:
        case WinddownError():
            return failure.exit_code
        case BatchRefusedError():
            return REFUSED
        case InputError() | RuleError():
            return MISUSED
        case _:
            return FAILED
