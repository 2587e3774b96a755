"""Models as files: NumPy's `.npz`, read back without running anything that is in them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from recsource.errors import InferenceError
from recsource.local.model import Model
from recsource.local.popularity import Popularity
from recsource.local.scorer import Scorer
from recsource.local.signals import Signals


def save(scorer: Model | Popularity, path: Path) -> None:
    """Write a model; the same model gives the same bytes."""
    item_ids = scorer.item_ids.astype(np.str_)
    if isinstance(scorer, Popularity):
        np.savez(path, item_ids=item_ids, plays=scorer.plays)
    else:
        np.savez(path, item_ids=item_ids, weights=scorer.weights, **asdict(scorer.signals))


def load(path: Path) -> Scorer:
    """Read a model back.

    Raises:
        InferenceError: the file is no model.
    """
    try:
        with np.load(path, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        item_ids = arrays.pop("item_ids").astype(object)
        if "plays" in arrays:
            return Popularity(item_ids, arrays["plays"])
        weights = arrays.pop("weights")
        return Model(item_ids, Signals(**arrays), weights)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise InferenceError(f"local: {path.name} is no model ({error}); train it again") from error
