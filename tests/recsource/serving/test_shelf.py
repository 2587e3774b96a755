"""Names and bytes of the shelf."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tiny_world import AS_OF

from recsource.serving.shelf import About, Pick

_PICKS = st.builds(Pick, st.sampled_from(("item", "collection")), st.text(min_size=1))


def _about(shown: tuple[Pick, ...], buckets: int = 7) -> About:
    return About("v1", AS_OF, 10, buckets, shown, {"": (0,), "de": (1, 0)})


@given(st.lists(_PICKS, min_size=2, max_size=40, unique=True), st.data())
def test_what_is_packed_is_unpacked(shown: list[Pick], data: st.DataObject) -> None:
    about = _about(tuple(shown))
    numbers = data.draw(st.lists(st.integers(0, len(shown) - 1), max_size=30))
    packed = about.pack(numbers)
    assert about.unpack(packed) == tuple(shown[number] for number in numbers)
    assert len(packed) == 2 * len(numbers)


def test_more_than_two_bytes_can_tell_take_four() -> None:
    about = _about(tuple(Pick("item", str(number)) for number in range(65_537)))
    assert about.unpack(about.pack([65_536, 0])) == (Pick("item", "65536"), Pick("item", "0"))
    assert len(about.pack([65_536, 0])) == 8


def test_what_readers_must_know_survives_the_shelf() -> None:
    about = _about((Pick("item", "ü"), Pick("collection", 'a"b')))
    assert About.of_json(about.to_json()) == about


@given(st.text(), st.integers(1, 100_000))
def test_everybody_has_a_bucket(user_id: str, buckets: int) -> None:
    about = _about((Pick("item", "a"), Pick("item", "b")), buckets)
    assert 0 <= about.bucket(user_id) < buckets


def test_strangers_see_their_languages_list_or_anybodys() -> None:
    about = _about((Pick("item", "a"), Pick("item", "b")))
    assert [pick.id for pick in about.for_strangers("de")] == ["b", "a"]
    assert [pick.id for pick in about.for_strangers("fr")] == ["a"]
