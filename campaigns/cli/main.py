"""The way in and out: every error leaves as one readable paragraph and an exit code that cron can act on."""

from __future__ import annotations

import logging
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
    running,
    sending,
    serving,
    status,
)
from campaigns.cli.call import app
from campaigns.ground.discretion import discreet
from campaigns.wiring.failing import (
    FAILED,
    INTERRUPTED,
    MISUSED,
    discreet_sentence_of,
    exit_code_of,
    sentence_of,
)
from campaigns.wiring.observing import Observation

_LOG = logging.getLogger(__name__)
_WIDTH = 100


def main() -> NoReturn:
    """Run a command.

    Exits with 0 when it is done, 1 on a failure, 2 on wrong usage or configuration, 3 when a guard refused.
    """
    debug, observation = "--debug" in sys.argv, Observation(sys.argv[1:])
    try:
        code = app(prog_name="winddown", standalone_mode=False, obj=observation)
    except TyperException as error:
        sentence = error.format_message() or "name a command; --help shows them all"
        _leave(observation, sentence, discreet(sentence), MISUSED)
    except Exception as failure:
        if debug:
            observation.end(FAILED, discreet_sentence_of(failure))
            raise
        _leave(observation, sentence_of(failure), discreet_sentence_of(failure), exit_code_of(failure))
    except SystemExit as left:  # a server was told to
        observation.stopped()
        observation.end(int(left.code or 0))
        raise
    except KeyboardInterrupt:
        observation.end(INTERRUPTED)
        raise
    observation.end(code or 0)
    sys.exit(code)


def _leave(observation: Observation, sentence: str, discreetly: str, code: int) -> NoReturn:
    """Say why to whoever called the command, and discreetly in its log and record."""
    if observation.speaks_json:
        _LOG.error("%s", discreetly, extra={"exit_code": code})
    else:
        end = "" if sentence.endswith((".", "!", "?")) else "."
        paragraph = f"winddown: {sentence}{end}"
        print(textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False), file=sys.stderr)
    observation.end(code, discreetly)
    sys.exit(code)
