"""The way in and out: every error leaves as one readable paragraph and an exit code that cron can act on."""

from __future__ import annotations

import sys
import textwrap
from typing import NoReturn

from campaigns.cli.commands import app
from campaigns.ground.errors import WinddownError
from recsource.errors import BatchRefusedError, InputError, RecsourceError, RuleError

FAILED, MISUSED, REFUSED, INTERRUPTED = 1, 2, 3, 130
_WIDTH = 100


def main() -> NoReturn:
    """Run a command.

    Exits with 0 when it is done, 1 on a failure, 2 on wrong usage or configuration, 3 when a guard refused.
    """
    debug = "--debug" in sys.argv
    try:
        app(prog_name="winddown")
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:  # Typer's answer to Ctrl-C
            _leave("interrupted; what was done is recorded, run the command again to go on", INTERRUPTED)
        raise
    except (WinddownError, RecsourceError) as error:
        if debug:
            raise
        _leave(str(error), _exit_code(error))
    except OSError as error:
        if debug:
            raise
        _leave(f"{error.filename or 'the system'}: {error.strerror or error}; mend that and run it again", FAILED)
    except Exception as error:
        if debug:
            raise
        _leave(f"this is a fault of Winddown's: {type(error).__name__}: {error}; --debug shows where", FAILED)
    sys.exit(0)


def _exit_code(error: WinddownError | RecsourceError) -> int:
    match error:
        case WinddownError():
            return error.exit_code
        case BatchRefusedError():
            return REFUSED
        case InputError() | RuleError():
            return MISUSED
        case _:
            return FAILED


def _leave(sentence: str, code: int) -> NoReturn:
    paragraph = textwrap.fill(f"winddown: {sentence}.", _WIDTH, break_long_words=False, break_on_hyphens=False)
    print(paragraph, file=sys.stderr)
    sys.exit(code)
