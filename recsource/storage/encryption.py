"""How a bucket's files are encrypted at rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recsource.errors import StorageError


@dataclass(frozen=True, slots=True)
class Encryption:
    """Server-side encryption, as S3's `PutObject` takes it.

    Attributes:
        kind: `default` for what the bucket does by itself (SSE-S3, unless it is set otherwise), `s3` for SSE-S3,
            `kms` for SSE-KMS.
        key_id: the KMS key's id or ARN; empty for the account's own `aws/s3` key.
    """

    kind: Literal["default", "s3", "kms"] = "default"
    key_id: str = ""

    def __post_init__(self) -> None:
        if self.key_id and self.kind != "kms":
            raise StorageError(f"a KMS key goes with `kms` encryption, not with {self.kind!r}; change one of them")

    @property
    def arguments(self) -> dict[str, str]:
        """The request's parameters."""
        match self.kind:
            case "default":
                return {}
            case "s3":
                return {"ServerSideEncryption": "AES256"}
            case "kms":
                key = {"SSEKMSKeyId": self.key_id} if self.key_id else {}
                return {"ServerSideEncryption": "aws:kms", **key}
