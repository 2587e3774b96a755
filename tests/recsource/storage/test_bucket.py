"""A bucket's own matters: encryption, credentials, permissions, and what is said when S3 refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from providers.moto_cloud import REGION

from recsource.errors import StorageError
from recsource.storage.bucket import Bucket, connect
from recsource.storage.encryption import Encryption
from recsource.storage.folder import Folder
from recsource.storage.opening import open_storage

KEY_ID = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("encryption", "algorithm", "key_id"),
    [
        (Encryption("s3"), "AES256", None),
        (Encryption("kms"), "aws:kms", None),
        (Encryption("kms", KEY_ID), "aws:kms", KEY_ID),
    ],
)
def test_what_is_put_and_written_is_encrypted_as_asked(
    s3: Any, bucket_name: str, tmp_path: Path, encryption: Encryption, algorithm: str, key_id: str | None
) -> None:
    storage = Bucket(s3, bucket_name, "p", encryption)
    (tmp_path / "file").write_text("x")
    storage.put(tmp_path / "file", "put")
    storage.write("written", "x")
    for name in ("p/put", "p/written"):
        head = s3.head_object(Bucket=bucket_name, Key=name)
        assert head["ServerSideEncryption"] == algorithm
        assert key_id is None or head["SSEKMSKeyId"] == key_id


def test_a_key_without_kms_is_refused() -> None:
    with pytest.raises(StorageError, match="a KMS key goes with `kms` encryption, not with 's3'"):
        Encryption("s3", KEY_ID)


def test_a_prefix_keeps_to_itself(s3: Any, bucket_name: str) -> None:
    Bucket(s3, bucket_name, "a").write("x", "a's")
    Bucket(s3, bucket_name, "ab").write("x", "ab's")
    assert Bucket(s3, bucket_name, "a").keys("") == ["x"]
    assert Bucket(s3, bucket_name).keys("") == ["a/x", "ab/x"]
    assert Bucket(s3, bucket_name, "a").url == f"s3://{bucket_name}/a"
    assert Bucket(s3, bucket_name).url == f"s3://{bucket_name}"


def test_what_a_console_makes_of_a_folder_is_no_file(s3: Any, bucket_name: str) -> None:
    s3.put_object(Bucket=bucket_name, Key="p/runs/", Body=b"")
    assert not Bucket(s3, bucket_name, "p").keys("")


def test_a_bucket_that_is_not_there_is_named(s3: Any, tmp_path: Path) -> None:
    storage = Bucket(s3, "no-such-bucket-of-ours", "p")
    (tmp_path / "file").write_text("x")
    for attempt in (
        lambda: storage.write("k", ""),
        lambda: storage.put(tmp_path / "file", "k"),
        lambda: storage.keys(""),
        lambda: storage.read("k"),
        lambda: storage.delete(["k"]),
    ):
        with pytest.raises(StorageError, match="there is no bucket 'no-such-bucket-of-ours'; create it"):
            attempt()


def test_credentials_that_are_not_there_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(StorageError, match="cannot write 'k' below s3://b: no AWS credentials"):
        Bucket(connect(REGION, "http://127.0.0.1:9"), "b").write("k", "")


def test_an_endpoint_that_does_not_answer_is_told() -> None:
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("s3", region_name=REGION, endpoint_url="http://127.0.0.1:9", config=config)
    with pytest.raises(StorageError, match=r"cannot list '' below s3://b: .*127\.0\.0\.1:9"):
        Bucket(client, "b").keys("")


@pytest.mark.parametrize("endpoint", ["not a url", "ftp:/x"])
def test_an_endpoint_that_is_none_is_told(endpoint: str) -> None:
    with pytest.raises(StorageError, match="no connection to S3 can be set up"):
        connect(REGION, endpoint)


@pytest.mark.parametrize(
    ("operation", "attempt", "permission"),
    [
        ("put_object", lambda storage: storage.write("k", "x"), "s3:PutObject"),
        ("get_object", lambda storage: storage.read("k"), "s3:GetObject"),
        ("list_objects_v2", lambda storage: storage.keys("k"), "s3:ListBucket"),
        ("delete_objects", lambda storage: storage.delete(["k"]), "s3:DeleteObject"),
    ],
)
def test_a_permission_that_is_missing_is_named(s3: Any, operation: str, attempt: Any, permission: str) -> None:
    with Stubber(s3) as stubbed:
        stubbed.add_client_error(operation, "AccessDenied", "Access Denied", 403)
        with pytest.raises(StorageError, match=f"access denied .AccessDenied.; the credentials need {permission}"):
            attempt(Bucket(s3, "b"))


def test_one_key_that_cannot_be_deleted_is_told(s3: Any) -> None:
    with Stubber(s3) as stubbed:
        answer = {"Errors": [{"Key": "p/k", "Code": "AccessDenied", "Message": "Access Denied"}]}
        stubbed.add_response("delete_objects", answer)
        with pytest.raises(StorageError, match="cannot delete 'p/k' in the bucket 'b': AccessDenied"):
            Bucket(s3, "b", "p").delete(["k"])


def test_any_other_refusal_is_told_in_its_own_words(s3: Any) -> None:
    with Stubber(s3) as stubbed:
        stubbed.add_client_error("put_object", "KMS.DisabledException", "The key is disabled.", 400)
        with pytest.raises(StorageError, match=r"KMS.DisabledException: The key is disabled\."):
            Bucket(s3, "b").write("k", "")


def test_a_request_that_fails_on_the_way_is_made_again(
    s3: Any, bucket_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    failures = iter([503, 500])

    def fail(**_: object) -> Any:
        status = next(failures, None)
        return None if status is None else _response(status)

    s3.meta.events.register("before-send.s3.PutObject", fail)
    Bucket(s3, bucket_name).write("k", "there")
    assert Bucket(s3, bucket_name).read("k") == "there"
    assert next(failures, None) is None


def _response(status: int) -> Any:
    from botocore.awsrequest import AWSResponse

    class Raw:
        def stream(self, **_: object) -> Any:
            yield b"<Error><Code>SlowDown</Code></Error>"

    return AWSResponse("http://127.0.0.1/", status, {}, Raw())


@pytest.mark.parametrize("url", ["recs", "deep/er", "/srv/recs"])
def test_a_path_opens_a_folder_of_the_workspace(url: str, tmp_path: Path) -> None:
    opened = open_storage(url, tmp_path)
    assert isinstance(opened, Folder)
    assert opened.root == tmp_path / url


def test_an_s3_address_opens_a_bucket() -> None:
    opened = open_storage("s3://data-lake/team/recs/", Path(), region=REGION)
    assert isinstance(opened, Bucket)
    assert opened.url == "s3://data-lake/team/recs"
    assert open_storage("s3://data-lake", Path(), region=REGION).url == "s3://data-lake"


@pytest.mark.parametrize("url", ["gs://bucket/x", "s3://", "https://bucket.s3.amazonaws.com/x", "s3://b/x?y"])
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match=r"is no storage; wanted s3://bucket/prefix or a folder's path"):
        open_storage(url, Path())
