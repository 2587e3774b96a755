"""Who took part in a test inside the app, in which variant, from when on: by a file, or as it was logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from campaigns.ground.experiment import Experiment
from campaigns.report.script import Script
from campaigns.report.tables import open_assignments, open_exposures
from recsource.errors import InputError


@dataclass(frozen=True, slots=True)
class Assignments:
    """Files, Parquet, CSV or JSON Lines, with `user_id`, `variant` and `assigned_at`: a row a person."""

    files: Sequence[Path]

    def open(self, script: Script, experiment: Experiment) -> None:  # noqa: ARG002 - as the exposures'
        """Make the view `in_app` of them."""
        open_assignments(script, self.files)


@dataclass(frozen=True, slots=True)
class Exposures:
    """Files of exposures, as `recsource.serving.exposure` writes them: a person counts from the first one on.

    Attributes:
        salt: that of the assignment, where it is known; exposures of the test's other versions are left out.
    """

    files: Sequence[Path]
    salt: str = ""

    def open(self, script: Script, experiment: Experiment) -> None:
        """Make the view `in_app` of them.

        Raises:
            InputError: nobody was exposed at random, or somebody in two variants.
        """
        open_exposures(script, self.files)
        script.run("exposed", experiment=experiment, salt=self.salt)
        people, torn, user = script.row("exposed_twice")
        if torn:
            raise InputError(
                f"exposures: {torn} people were exposed in several variants of {experiment.name!r}, {user!r} the "
                "first; it is not one test: report each version of it by its own files"
            )
        if not people:
            of = f"{experiment.name!r}" + (f" with the salt {self.salt!r}" if self.salt else "")
            raise InputError(f"exposures: none of {of} is randomised; wanted the files of a test that has begun")
