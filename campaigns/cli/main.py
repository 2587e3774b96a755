"""The way in and out: every error leaves as one readable paragraph and an exit code that cron can act on."""

from __future__ import annotations

import sys
import textwrap
from typing import NoReturn

from typer.exceptions import TyperException

from campaigns.cli import (  # noqa: F401 - each registers its commands
    designing,
    examining,
    guarding,
    judging,
    planning,
    previewing,
    recs,
    sending,
    serving,
    status,
)
from campaigns.cli.call import app
from campaigns.wiring.failing import MISUSED, exit_code_of, sentence_of

_WIDTH = 100


def main() -> NoReturn:
    """Run a command.

    Exits with 0 when it is done, 1 on a failure, 2 on wrong usage or configuration, 3 when a guard refused.
    """
    debug = "--debug" in sys.argv
    try:
        code = app(prog_name="winddown", standalone_mode=False)
    except TyperException as error:
        _leave(error.format_message() or "name a command; --help shows them all", MISUSED)
    except Exception as failure:
        if debug:
            raise
        _leave(sentence_of(failure), exit_code_of(failure))
    sys.exit(code)


def _leave(sentence: str, code: int) -> NoReturn:
    end = "" if sentence.endswith((".", "!", "?")) else "."
    paragraph = textwrap.fill(f"winddown: {sentence}{end}", _WIDTH, break_long_words=False, break_on_hyphens=False)
    print(paragraph, file=sys.stderr)
    sys.exit(code)
