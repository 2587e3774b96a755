"""`winddown recs serve`: from the workspace's current batch to what an application reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from command_line import Winddown
from providers.redis_server import RedisServer, find_binary

from recsource.serving.reading import Origin, Reader
from recsource.serving.trial import Visitor

_STORIES = """
[[recs.serving.rules]]
rule = "kinds"
include = ["sleep_story"]
"""
_ONE = """
[[recs.serving.rules]]
rule = "take"
slots = 1
"""


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    if find_binary() is None:
        pytest.skip("Redis is not installed; `apt-get install redis-server` brings it")
    with RedisServer() as server:
        yield server


def test_an_application_reads_what_was_served(unplanned: Winddown, redis_server: RedisServer) -> None:
    served = unplanned("recs", "serve", "--to", redis_server.url, "--json")
    assert served.code == 0, served.stderr
    with redis_server.client() as client:
        reader = Reader(client)
        shown = [reader.picks(Visitor(f"u{number:07}")) for number in range(1, 2_000)]
    known = [one for one in shown if one.origin is Origin.PICKS]
    assert len(known) == served.json["people"] > 0
    assert {len(one.picks) for one in known} == {12}
    assert {one.version for one in known} == {served.json["version"]}


def test_other_rules_are_another_version_and_can_be_taken_back(
    unplanned: Winddown, redis_server: RedisServer
) -> None:
    unplanned.patch.setenv("WINDDOWN_RECS__SERVING__URL", redis_server.url)
    first = unplanned("recs", "serve", "--json").json
    _append(unplanned, _STORIES + _ONE)
    second = unplanned("recs", "serve", "--json").json
    back = unplanned("recs", "serve", "--roll-back", "--json").json
    assert first["version"] != second["version"]
    assert back["version"] == first["version"]


def test_without_an_address_it_says_where_one_goes(unplanned: Winddown) -> None:
    refused = unplanned("recs", "serve")
    assert refused.code == 2
    assert "--to redis://host:6379/0, or `url` under [recs.serving]" in refused.said


def test_a_batch_that_is_too_old_is_not_served(unplanned: Winddown, redis_server: RedisServer) -> None:
    refused = unplanned("recs", "serve", "--to", redis_server.url, now="2027-01-20T20:00")
    assert refused.code == 3
    assert "infer a new batch" in refused.said


def test_rules_without_a_take_are_refused(unplanned: Winddown) -> None:
    _append(unplanned, _STORIES)
    refused = unplanned("recs", "serve")
    assert refused.code == 2
    assert "wanted exactly one, as the last rule" in refused.said


def _append(winddown: Winddown, text: str) -> None:
    settings = winddown.root / "winddown.toml"
    settings.write_text(settings.read_text("utf-8") + text, "utf-8")
