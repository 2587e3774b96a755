"""A small Personalize for tests: the fake behind real HTTP, a bucket in memory, time that passes at once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from http_server import HttpServer
from personalize_books import Books
from personalize_entries import REGION, ROLE
from personalize_server import FakePersonalize
from personalize_work import CountingWork

from recsource.dataset.layout import Layout
from recsource.personalize import PersonalizeRecommender, PersonalizeSettings
from recsource.personalize.connection import connect
from recsource.ports import Stored

RUN = "20261124"
SCHEMAS = {
    "interactions": ("USER_ID", "ITEM_ID", "TIMESTAMP:long", "EVENT_TYPE", "EVENT_VALUE:float"),
    "users": ("USER_ID", "LANGUAGE"),
    "items": ("ITEM_ID", "CREATION_TIMESTAMP:long", "KIND"),
}


class MemoryBucket:
    """A bucket in memory; implements `recsource.ports.Storage`."""

    def __init__(self, url: str = "s3://bucket/recs") -> None:
        self.url = url
        self.texts: dict[str, str] = {}

    def put(self, path: Path, key: str) -> None:
        self.texts[key] = path.read_text("utf-8")

    def get(self, key: str, path: Path) -> None:
        path.write_text(self.texts[key], "utf-8")

    def write(self, key: str, text: str) -> None:
        self.texts[key] = text

    def read(self, key: str) -> str | None:
        return self.texts.get(key)

    def keys(self, prefix: str) -> Sequence[str]:
        return sorted(key for key in self.texts if key.startswith(prefix))

    def files(self, prefix: str) -> Sequence[Stored]:
        now = datetime(2026, 11, 24, tzinfo=UTC)
        return [
            Stored(key=key, size=len(self.texts[key]), version=str(hash(self.texts[key])), modified_at=now)
            for key in self.keys(prefix)
        ]

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.texts.pop(key, None)


@dataclass
class FastTimer:
    """Time that passes only by being slept."""

    at: datetime = datetime(2026, 11, 24, 6, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class House:
    """A fake Personalize, its bucket, and what talks to both."""

    fake: FakePersonalize
    url: str
    bucket: MemoryBucket
    work: CountingWork
    timer: FastTimer = field(default_factory=FastTimer)

    @property
    def books(self) -> Books:
        return self.fake.books

    def recommender(self, **settings: Any) -> PersonalizeRecommender:
        client = connect(region=REGION, endpoint_url=self.url)
        wanted = PersonalizeSettings(**{"role_arn": ROLE, **settings})
        return PersonalizeRecommender(client, self.bucket, wanted, self.timer)


@contextmanager
def house_of_personalize(patch: pytest.MonkeyPatch, *, exported: bool = True) -> Iterator[House]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "no_proxy": "*",
    }.items():
        patch.setenv(name, value)
    patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    bucket = MemoryBucket()
    work = CountingWork(bucket)
    fake = FakePersonalize(Books(work))
    if exported:
        export(bucket)
    with HttpServer(fake.answer) as server:
        yield House(fake, server.url, bucket, work)


def export(bucket: MemoryBucket, run: str = RUN, *, people: int = 60, items: int = 40) -> None:
    """A dataset in which item 0 is met by everybody, and the higher its number the fewer met an item."""
    layout = Layout(run)
    met = [(user, item) for user in range(people) for item in range(items) if item <= user]
    rows = {
        "interactions": [f"u{user},i{item},{1_790_000_000 + user},listen,1.0" for user, item in met],
        "users": [f"u{user},en" for user in range(people)],
        "items": [f"i{item},1780000000,music" for item in range(items)],
    }
    for table, fields in SCHEMAS.items():
        names = [field.partition(":")[0] for field in fields]
        text = "\n".join([",".join(names), *rows[table]]) + "\n"
        bucket.texts[f"{layout.table(table)}part-0000.csv"] = text  # type: ignore[arg-type]
        bucket.texts[layout.schema(table)] = _schema(table, fields)  # type: ignore[arg-type]
    bucket.texts[layout.recipients] = "".join(f'{{"userId": "u{user}"}}\n' for user in range(people))


def _schema(table: str, fields: Sequence[str]) -> str:
    described = [
        {"name": name, "type": kind or "string"} for name, _, kind in (field.partition(":") for field in fields)
    ]
    return json.dumps(
        {
            "type": "record",
            "name": table.capitalize(),
            "namespace": "com.amazonaws.personalize.schema",
            "fields": described,
            "version": "1.0",
        }
    )
