"""A new folder or bucket for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsource.ports import Storage
from recsource.storage.bucket import Bucket
from recsource.storage.folder import Folder


@pytest.fixture(params=["folder", "bucket", "bucket's root"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return Folder(tmp_path / "storage")
    prefix = "team/recs" if request.param == "bucket" else ""
    return Bucket(request.getfixturevalue("s3"), request.getfixturevalue("bucket_name"), prefix)
