"""What recsource raises when what it was given cannot be used."""

from __future__ import annotations


class RecsourceError(Exception):
    """The root: its message is one readable sentence, fit to be shown as it is."""


class InputError(RecsourceError):
    """A file or table is not what the schema asks for: missing, misnamed, of the wrong type or contradictory."""


class BatchRefusedError(RecsourceError):
    """A recommendation batch is readable but not fit to be sent from: too old, or too many bad lines."""


class RuleError(RecsourceError):
    """A rule is unknown, or its parameters are not what it takes."""


class StorageError(RecsourceError):
    """A folder or bucket does not give or take a file."""


class DatasetError(RecsourceError):
    """What was exported is nothing that a recommender can be trained on: too little, too much, or misshapen."""


class TrainingError(RecsourceError):
    """A model could not be trained; the sentence holds its source's own reason."""


class InferenceError(RecsourceError):
    """A batch of recommendations could not be inferred."""


class ServingError(RecsourceError):
    """Picks could not be put where applications read them, or a version of them is not there."""


class EngineError(RecsourceError):
    """An engine could not be started, or could not carry out what it was asked."""
