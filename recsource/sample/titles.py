"""Titles and descriptions of the sample catalogue: varied, and never the same title twice in a language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsource.sample.words import Words

_CLOSED = 0.8  # of descriptions end in a closing sentence
_TRIES = 30  # after which a title becomes a second part


class TitleWriter:
    """Writes titles in one language, remembering those it has given away."""

    def __init__(self, words: Words, rng: np.random.Generator) -> None:
        self._words = words
        self._rng = rng
        self._taken: set[str] = set()

    def title(self, kind: str, topic: str, *, for_kids: bool) -> str:
        """A title that this writer has not given before."""
        for _ in range(_TRIES):
            candidate = self._kids_title() if for_kids else self._title(kind, topic)
            if candidate not in self._taken:
                return self.claim(candidate)
        return self.claim(_next_part(candidate, self._taken))

    def claim(self, title: str) -> str:
        """Take a title out of circulation."""
        self._taken.add(title)
        return title

    def description(self, topic: str) -> str:
        """One sentence about the topic, and mostly another that asks for nothing."""
        about = self._words.topics[topic].about
        return f"{about} {self._pick(self._words.closings)}" if self._rng.random() < _CLOSED else about

    def _title(self, kind: str, topic: str) -> str:
        phrase = self._pick(self._words.topics[topic].phrases)
        return self._pick(self._words.titles[kind]).format(
            scene=phrase,
            practice=phrase,
            place=self._pick(self._words.places),
            keeper=self._pick(self._words.keepers),
            number=self._rng.integers(2, 60),
        )

    def _kids_title(self) -> str:
        return self._pick(self._words.plots).format(hero=self._pick(self._words.heroes))

    def _pick(self, options: Sequence[str]) -> str:
        return options[int(self._rng.integers(len(options)))]


def _next_part(title: str, taken: set[str]) -> str:
    part = 2
    while f"{title} ({part})" in taken:
        part += 1
    return f"{title} ({part})"
