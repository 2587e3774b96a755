"""Which storage an address means."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from recsource.errors import StorageError
from recsource.ports import Storage
from recsource.storage.encryption import Encryption
from recsource.storage.folder import Folder


def open_storage(
    url: str,
    root: Path,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    encryption: Encryption | None = None,
) -> Storage:
    """A bucket's prefix, or a folder.

    Args:
        url: `s3://bucket/prefix`, or a path, absolute or relative to `root`.
        root: the workspace.
        region: the bucket's; None for boto3's own choice.
        endpoint_url: another server that speaks S3; None for Amazon's.
        encryption: how a bucket's files are encrypted; a folder has no such thing.

    Raises:
        StorageError: the address is neither, or boto3 is not installed.
    """
    if "://" not in url:
        return Folder(root / url)
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise StorageError(f"{url!r} is no storage; wanted s3://bucket/prefix or a folder's path")
    try:
        from recsource.storage.bucket import Bucket, connect  # noqa: PLC0415 - an extra, for those who use it
    except ModuleNotFoundError as error:
        raise StorageError(
            f"{url!r} needs boto3, which is not installed; `pip install winddown[personalize]`"
        ) from error
    return Bucket(connect(region, endpoint_url), parts.netloc, parts.path.strip("/"), encryption)
