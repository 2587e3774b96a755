"""What a key may be: the same for a folder and a bucket, so that what works in one works in the other."""

from __future__ import annotations

from recsource.errors import StorageError


def require_key(key: str) -> str:
    """The key itself.

    Raises:
        StorageError: it would lead out of the storage, or could not be a path.
    """
    if not key or "\\" in key or "\0" in key or any(part in {"", ".", ".."} for part in key.split("/")):
        raise StorageError(f"{key!r} is no key; wanted names with '/' between them, none empty, '.' or '..'")
    return key
