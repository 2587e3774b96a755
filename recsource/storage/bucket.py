"""A storage that is a prefix of an S3 bucket: Amazon's, or that of any server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from recsource.errors import StorageError
from recsource.ports import Stored
from recsource.storage.encryption import Encryption
from recsource.storage.keys import require_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ATTEMPTS = 5
_MOST_DELETED_AT_ONCE = 1_000
"""Amazon S3 API reference, `DeleteObjects`."""
_MISSING = {"NoSuchKey", "404"}
_DENIED = {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


def connect(region: str | None = None, endpoint_url: str | None = None) -> S3Client:
    """A client with credentials from boto3's own chain.

    It repeats what fails on the way: unlike a message, a file can be written twice. Anything but Amazon's
    endpoint gets path-style addresses, for a bucket's name need not be a host's there.

    Raises:
        StorageError: region or endpoint cannot be used.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        s3={"addressing_style": "path" if endpoint_url else "auto"},
    )
    try:
        return boto3.session.Session().client("s3", region_name=region, endpoint_url=endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise StorageError(
            f"no connection to S3 can be set up ({error}); correct the region, the endpoint or the AWS environment"
        ) from error


class Bucket:
    """Keys are objects below a prefix.

    Args:
        client: boto3's, as `connect` makes it.
        bucket: its name.
        prefix: without a slash at its end; empty for the bucket's root.
        encryption: asked for with every object that is written.
    """

    def __init__(
        self, client: S3Client, bucket: str, prefix: str = "", encryption: Encryption | None = None
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{require_key(prefix)}/" if prefix else ""
        self._encryption = (encryption or Encryption()).arguments

    @property
    def url(self) -> str:
        """`s3://bucket/prefix`."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def put(self, path: Path, key: str) -> None:
        """Upload a file, large ones in parts; S3 shows an object when all of it is there."""
        with self._told(key, "write"), path.open("rb") as file:
            self._client.upload_fileobj(file, self._bucket, self._name(key), ExtraArgs=self._encryption)

    def get(self, key: str, path: Path) -> None:
        """Download a file, streamed; it appears at `path` at once as a whole."""
        with self._told(key, "read"), TemporaryDirectory(prefix=".winddown-", dir=path.parent) as drafts:
            draft = Path(drafts) / path.name
            with draft.open("wb") as file:
                self._client.download_fileobj(self._bucket, self._name(key), file)
            draft.replace(path)

    def write(self, key: str, text: str) -> None:
        """Write a small text."""
        with self._told(key, "write"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._name(key),
                Body=text.encode(),
                **self._encryption,  # type: ignore[arg-type]  # the stubs want each encryption's literal
            )

    def read(self, key: str) -> str | None:
        """A small text; None where there is none."""
        with self._told(key, "read"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._name(key))
            except self._client.exceptions.NoSuchKey:
                return None
            return answer["Body"].read().decode()

    def keys(self, prefix: str) -> Sequence[str]:
        """All keys that begin so, sorted."""
        return [file.key for file in self.files(prefix)]

    def files(self, prefix: str) -> Sequence[Stored]:
        """All files whose keys begin so, by key."""
        with self._told(prefix, "list"):
            return sorted(self._found(prefix), key=lambda file: file.key)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove files, a thousand a request; what is not there is no error."""
        names = ({"Key": self._name(key)} for key in keys)
        while some := list(islice(names, _MOST_DELETED_AT_ONCE)):
            with self._told(some[0]["Key"], "delete"):
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})  # type: ignore[typeddict-item]  # a plain dict is one
            for failed in answer.get("Errors", []):
                raise StorageError(
                    f"cannot delete {failed.get('Key')!r} in the bucket {self._bucket!r}: {failed.get('Code')}: "
                    f"{failed.get('Message')}; the credentials need s3:DeleteObject there"
                )

    def _name(self, key: str) -> str:
        return self._prefix + require_key(key)

    def _found(self, prefix: str) -> Iterator[Stored]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        for page in pages:
            for found in page.get("Contents", []):
                # S3's consoles make folders visible by empty objects whose names end in a slash.
                if not found["Key"].endswith("/"):
                    yield Stored(
                        key=found["Key"].removeprefix(self._prefix),
                        size=found["Size"],
                        version=found["ETag"].strip('"'),
                        modified_at=found["LastModified"].astimezone(UTC),
                    )

    @contextmanager
    def _told(self, key: str, action: str) -> Iterator[None]:
        where = f"{key!r} below {self.url}"
        try:
            yield
        except NoCredentialsError as error:
            raise StorageError(
                f"cannot {action} {where}: no AWS credentials; set AWS_PROFILE or give the machine a role"
            ) from error
        except ClientError as error:
            raise StorageError(f"cannot {action} {where}: {self._reason(error, action)}") from error
        except BotoCoreError as error:
            raise StorageError(
                f"cannot {action} {where}: {error}; look at the network, the region and the endpoint"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"cannot {action} {where}: {error}; look at the file and the disk") from error

    def _reason(self, error: ClientError, action: str) -> str:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code == "NoSuchBucket":
            return f"there is no bucket {self._bucket!r}; create it, or correct its name"
        if code in _MISSING:
            return f"it is not in the bucket {self._bucket!r}; look whether the step that writes it has run"
        if code in _DENIED:
            return (
                f"access denied ({code}); the credentials need {_PERMISSIONS[action]} there, and s3:ListBucket, "
                "without which S3 denies what it does not have"
            )
        return f"{code}: {message}; look it up in S3's list of error codes"


_PERMISSIONS = {
    "read": "s3:GetObject",
    "write": "s3:PutObject",
    "delete": "s3:DeleteObject",
    "list": "s3:ListBucket",
}
