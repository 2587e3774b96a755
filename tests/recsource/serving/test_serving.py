"""From a batch onto the shelf, and off it again: all old or all new, and never nothing."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from providers.redis_server import RedisServer
from redis import Redis
from serving_worlds import crowd, shown_alone
from shelving import Shelving
from tiny_world import TinyWorld, ago, heard, item, recommended, user

from recsource.engine import Engine
from recsource.errors import BatchRefusedError, ServingError
from recsource.serving.loading import open_loader
from recsource.serving.reading import Origin, Reader, connect
from recsource.serving.shelf import Pick
from recsource.serving.trial import Visitor

WORLD = TinyWorld(
    items=[
        item("a"),
        item("b"),
        item("c", language="de"),
        item("d", language="de"),
        item("kids", for_kids=True),
        item("in-series", collection_id=None),
    ],
    users=[user("ann"), user("bob", language="de"), user("eve"), user("few")],
    interactions=[heard("eve", "kids", days_ago=days) for days in (1, 2, 3)],
    lines=[
        recommended("ann", ["kids", "b", "c", "a"]),
        recommended("bob", ["a", "d", "c"]),
        recommended("eve", ["kids", "a", "b"]),
        recommended("few", ["a"]),
    ],
)


def _ids(picks: tuple[Pick, ...]) -> list[str]:
    return [pick.id for pick in picks]


def test_everybody_is_shown_their_picks_after_the_rules(shelving: Shelving, redis: Redis) -> None:
    loaded = shelving.load(WORLD, "v1")
    reader = Reader(redis, "t")
    assert (loaded.people, loaded.written) == (3, 3)
    assert _ids(reader.picks(Visitor("ann")).picks) == ["b", "a"]
    assert _ids(reader.picks(Visitor("bob")).picks) == ["d", "c"]
    assert _ids(reader.picks(Visitor("eve")).picks) == ["kids", "a"]
    assert reader.picks(Visitor("ann")).origin is Origin.PICKS
    assert reader.picks(Visitor("ann")).version == "v1"


def test_whoever_has_no_picks_is_shown_what_most_see_in_their_language_and_never_kids_content(
    shelving: Shelving, redis: Redis
) -> None:
    shelving.load(WORLD, "v1")
    reader = Reader(redis, "t")
    few = reader.picks(Visitor("few", "en"))
    assert (few.origin, _ids(few.picks)) == (Origin.STRANGER, ["a", "b"])
    assert _ids(reader.picks(Visitor("nobody knows me", "de")).picks) == ["d", "c"]
    anybodys = reader.picks(Visitor("stranger", "en")).picks + reader.picks(Visitor("stranger")).picks
    assert "kids" not in _ids(anybodys)


def test_readers_see_a_version_only_once_it_is_whole(shelving: Shelving, redis: Redis) -> None:
    shelving.load(crowd(300, "old"), "v1")
    reader = Reader(redis, "t")
    with pytest.raises(_CutError):
        shelving.load(crowd(20_000, "new"), "v2", redis=_Cut(redis, transactions=3))  # type: ignore[arg-type]
    assert list(redis.scan_iter("t:v2:*"))
    assert {_ids(reader.picks(Visitor(f"u{n}")).picks)[0] for n in range(300)} == {"old"}


def test_a_load_that_was_broken_off_is_gone_on_with(shelving: Shelving, redis: Redis) -> None:
    world = crowd(20_000, "new")
    with pytest.raises(_CutError):
        shelving.load(world, "v1", redis=_Cut(redis, transactions=3))  # type: ignore[arg-type]
    loaded = shelving.load(world, "v1")
    assert 0 < loaded.written < loaded.people == 20_000
    reader = Reader(redis, "t")
    assert {_ids(reader.picks(Visitor(f"u{n}")).picks)[0] for n in range(20_000)} == {"new"}
    assert shelving.load(world, "v1").written == 0


def test_while_versions_change_everybody_sees_all_of_one(shelving: Shelving, redis_server: RedisServer) -> None:
    """Both picks of a person are of one version, whenever they look."""
    shelving.load(crowd(500, "0"), "v0")
    seen: set[tuple[str, ...]] = set()
    begun, done = threading.Barrier(4), threading.Event()

    def look() -> None:
        with redis_server.client() as client:
            reader = Reader(client, "t")
            _see(reader, seen)
            begun.wait()
            while not done.is_set():
                _see(reader, seen)
            _see(reader, seen)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    begun.wait()
    for version in range(1, 6):
        shelving.load(crowd(500, str(version)), f"v{version}")
    done.set()
    for reader in readers:
        reader.join()
    whole = {("picks", f"v{n}", str(n), f"{n}, too") for n in range(6)}
    first, last = ("picks", "v0", "0", "0, too"), ("picks", "v5", "5", "5, too")
    assert {first, last} <= seen <= whole


def _see(reader: Reader, seen: set[tuple[str, ...]]) -> None:
    for n in range(0, 500, 7):
        served = reader.picks(Visitor(f"u{n}"))
        seen.add((served.origin, served.version, *_ids(served.picks)))


def test_the_version_before_can_be_shown_again_and_older_ones_are_gone(shelving: Shelving, redis: Redis) -> None:
    for version in ("v1", "v2", "v3"):
        loaded = shelving.load(shown_alone(version), version)
    assert loaded.removed == ("v1",)
    assert not list(redis.scan_iter("t:v1*"))
    reader = Reader(redis, "t")
    assert _ids(reader.picks(Visitor("ann")).picks)[0] == "v3"
    assert shelving.loader().roll_back() == "v2"
    assert _ids(reader.picks(Visitor("ann")).picks)[0] == "v2"
    assert shelving.loader().roll_back() == "v3"


def test_loading_what_is_current_already_keeps_the_version_before(shelving: Shelving) -> None:
    for version in ("v1", "v2", "v2"):
        shelving.load(shown_alone(version), version)
    assert shelving.loader().roll_back() == "v1"


def test_without_a_version_before_nothing_is_rolled_back(shelving: Shelving) -> None:
    shelving.load(WORLD, "v1")
    with pytest.raises(ServingError, match="names no version that is still there; load a batch again"):
        shelving.loader().roll_back()


def test_every_key_of_a_version_expires(shelving: Shelving, redis: Redis) -> None:
    shelving.load(crowd(300, "a"), "v1")
    ages = {key: redis.ttl(key) for key in redis.scan_iter("t:v1*")}
    assert len(ages) > 3
    assert all(age > 0 for age in ages.values())


def test_an_expired_version_is_no_version(shelving: Shelving, redis: Redis) -> None:
    shelving.load(WORLD, "v1")
    redis.delete(*redis.scan_iter("t:v1*"))
    served = Reader(redis, "t", fallback=[Pick("item", "ours")]).picks(Visitor("ann"))
    assert (served.origin, _ids(served.picks)) == (Origin.NOTHING_CURRENT, ["ours"])


def test_before_anything_is_loaded_the_applications_own_list_is_shown(redis: Redis) -> None:
    served = Reader(redis, "t", fallback=[Pick("item", "ours")]).picks(Visitor("ann"))
    assert (served.origin, _ids(served.picks), served.version) == (Origin.NOTHING_CURRENT, ["ours"], "")


def test_while_redis_is_away_the_last_list_for_strangers_is_shown_and_redis_left_alone(
    shelving: Shelving, redis_server: RedisServer
) -> None:
    shelving.load(WORLD, "v1")
    seconds = [0.0]
    with connect(redis_server.url) as client:
        reader = Reader(client, "t", stopwatch=lambda: seconds[0])
        assert reader.picks(Visitor("ann")).origin is Origin.PICKS
        redis_server.stop()
        away = reader.picks(Visitor("ann", "en"))
        redis_server.start()
        still = reader.picks(Visitor("ann", "en"))
        shelving.load(WORLD, "v1")
        seconds[0] = 2.0
        back = reader.picks(Visitor("ann", "en"))
    assert (away.origin, _ids(away.picks)) == (Origin.UNREACHABLE, ["a", "b"])
    assert still.origin is Origin.UNREACHABLE
    assert (back.origin, _ids(back.picks)) == (Origin.PICKS, ["b", "a"])


def test_a_batch_that_leaves_nobody_anything_is_refused(shelving: Shelving) -> None:
    with pytest.raises(BatchRefusedError, match="leave nobody anything to be shown"):
        shelving.load(replace(WORLD, lines=[recommended("few", ["a"])]), "v1")


def test_the_same_picks_are_made_whatever_the_order_of_the_input(shelving: Shelving) -> None:
    turned = replace(WORLD, items=WORLD.items[::-1], users=WORLD.users[::-1], lines=WORLD.lines[::-1])
    with Engine() as engine:
        first = shelving.made(engine, WORLD, "v1")
        again = shelving.made(engine, turned, "v1")
    assert first == again


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://127.0.0.1:1/0", r"Redis at redis://127\.0\.0\.1:1/0: .*running the command again goes on"),
        ("redis://me:secret@127.0.0.1:1/0", r"redis://127\.0\.0\.1:1/0"),
        ("http://x", "Redis URL must specify"),
        ("nonsense", "an address without redis://"),
    ],
)
def test_an_address_that_is_none_is_told_without_its_password(shelving: Shelving, url: str, said: str) -> None:
    with (
        pytest.raises(ServingError, match=said) as refused,
        open_loader(url, "t", shelving.loader().keep, lambda: ago(0)) as loader,
    ):
        loader.roll_back()
    assert "secret" not in str(refused.value)


class _CutError(Exception):
    pass


class _Cut:
    """A connection that breaks after so many transactions."""

    def __init__(self, redis: Redis, transactions: int) -> None:
        self._redis, self._left = redis, transactions

    def pipeline(self, *, transaction: bool) -> object:
        self._left -= 1
        if self._left < 0:
            raise _CutError
        return self._redis.pipeline(transaction=transaction)

    def __getattr__(self, name: str) -> object:
        return getattr(self._redis, name)
