"""The sample world: a wellness app's items, people, history and recommendations, made from a seed.

`write_world` writes it; `simulate_response` makes up how people respond to an edition's emails. Both stand in for
data that a newcomer does not have. People's true tastes are known, so that recommenders can be judged by them.
"""

from __future__ import annotations

from recsource.sample.response import simulate_response
from recsource.sample.world import World
from recsource.sample.writing import silent, write_world

__all__ = ["World", "silent", "simulate_response", "write_world"]
