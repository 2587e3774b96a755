"""Puts tiny worlds on a shelf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from redis import Redis
from tiny_world import AS_OF, EDITION, TinyWorld

from recsource.engine import Engine
from recsource.rules.composition import slots
from recsource.rules.kids import Kids
from recsource.rules.language import Language
from recsource.rules.rule import Occasion, Rule
from recsource.rules.take import Take
from recsource.serving.loading import Loaded, Loader
from recsource.serving.made import make
from recsource.serving.shelf import About, Keys

RULES: tuple[Rule, ...] = (Language(rule="language"), Kids(rule="kids"), Take(rule="take", slots=2))


@dataclass(frozen=True)
class Shelving:
    """A shelf, and a folder for batches."""

    redis: Redis
    folder: Path

    def loader(self, redis: Redis | None = None) -> Loader:
        return Loader(redis or self.redis, Keys("t"), timedelta(days=8), lambda: AS_OF)

    def made(self, engine: Engine, world: TinyWorld, version: str, rules: tuple[Rule, ...] = RULES) -> About:
        world.make_tables(engine)
        occasion = Occasion(AS_OF, EDITION, "seed", slots(rules))
        about, _ = make(engine, world.write_batch(self.folder / "batch.out"), rules, occasion, version)
        return about

    def load(self, world: TinyWorld, version: str, redis: Redis | None = None) -> Loaded:
        with Engine() as engine:
            return self.loader(redis).load(engine, self.made(engine, world, version))
