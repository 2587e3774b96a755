"""The MD5 sharder that Eppo's SDKs publish: portable to any language and SQL engine."""

from __future__ import annotations

from hashlib import md5

from campaigns.ground.experiment import TOTAL_SHARDS, Experiment, Variant
from recsource.engine import Queries

_SQL = Queries("campaigns")
_DIGITS = 8


def shard(salt: str, subject: str) -> int:
    """A subject's shard, 0 to 9,999.

    The first 8 hexadecimal digits of `md5("{salt}-{subject}")` as a number, modulo 10,000: `MD5Sharder` in
    Eppo's SDKs. MD5 is used for its spread and its ubiquity, not for secrecy.
    """
    digest = md5(f"{salt}-{subject}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:_DIGITS], 16) % TOTAL_SHARDS


def shard_sql(salt: str, subject: str) -> str:
    """The same as SQL over a column, `subject`, which is taken as SQL."""
    return _SQL("assignment/shard", salt=salt, subject=subject).strip()


def portable_shard_sql(salt: str, subject: str) -> str:
    """The same again, for warehouses: DuckDB's SQL still, and such as SQLGlot turns into any other's.

    No two engines read hexadecimal alike. Digit by digit, each by its weight modulo 10,000, needs no reading, and
    no sum of theirs outgrows 32 bits.
    """
    weights = [16**place % TOTAL_SHARDS for place in reversed(range(_DIGITS))]
    return _SQL(
        "assignment/portable_shard", salt=salt, subject=subject, weights=weights, total=TOTAL_SHARDS
    ).strip()


def variant(experiment: Experiment, subject: str, edition: str) -> Variant:
    """The variant that owns a subject's shard in an edition, for somebody who takes part and is not forced."""
    bucket = shard(experiment.salt_in(edition), subject)
    return next(v for v in experiment.variants if v.first_shard <= bucket < v.end_shard)
