"""The MD5 sharder that Eppo's SDKs publish: portable to any language and SQL engine."""

from __future__ import annotations

from hashlib import md5

from recsource.engine import Queries

TOTAL_SHARDS = 10_000
_SQL = Queries("recsource")
_DIGITS = 8


def shard(salt: str, subject: str, shards: int = TOTAL_SHARDS) -> int:
    """A subject's shard, 0 to `shards` - 1.

    The first 8 hexadecimal digits of `md5("{salt}-{subject}")` as a number, modulo the number of shards:
    `MD5Sharder` in Eppo's SDKs. MD5 is used for its spread and its ubiquity, not for secrecy.
    """
    digest = md5(f"{salt}-{subject}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:_DIGITS], 16) % shards


def shard_sql(salt: str, subject: str, shards: int = TOTAL_SHARDS) -> str:
    """The same as SQL over a column, `subject`, which is taken as SQL."""
    return _SQL("shard", salt=salt, subject=subject, shards=shards).strip()


def portable_shard_sql(salt: str, subject: str) -> str:
    """The same again, for warehouses: DuckDB's SQL still, and such as SQLGlot turns into any other's.

    No two engines read hexadecimal alike. Digit by digit, each by its weight modulo 10,000, needs no reading, and
    no sum of theirs outgrows 32 bits.
    """
    weights = [16**place % TOTAL_SHARDS for place in reversed(range(_DIGITS))]
    return _SQL("portable_shard", salt=salt, subject=subject, weights=weights, total=TOTAL_SHARDS).strip()
