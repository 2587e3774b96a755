"""The MD5 sharder that Eppo's SDKs publish: portable to any language and SQL engine."""

from __future__ import annotations

from hashlib import md5

from recsource.engine import Queries

TOTAL_SHARDS = 10_000
_SQL = Queries("recsource")


def shard(salt: str, subject: str, shards: int = TOTAL_SHARDS) -> int:
    """A subject's shard, 0 to `shards` - 1.

    The first 8 hexadecimal digits of `md5("{salt}-{subject}")` as a number, modulo the number of shards:
    `MD5Sharder` in Eppo's SDKs. MD5 is used for its spread and its ubiquity, not for secrecy.
    """
    digest = md5(f"{salt}-{subject}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % shards


def shard_sql(salt: str, subject: str, shards: int = TOTAL_SHARDS) -> str:
    """The same as SQL over a column, `subject`, which is taken as SQL."""
    return _SQL("shard", salt=salt, subject=subject, shards=shards).strip()
