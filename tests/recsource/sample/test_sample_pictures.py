"""The pictures."""

from __future__ import annotations

from PIL import Image
from written_world import Sample

from recsource.sample.pictures import picture_name, picture_names
from recsource.sample.words import TOPICS


def test_pictures_are_small_files_of_one_size(sample: Sample) -> None:
    paths = sorted((sample.folder / "images").iterdir())
    assert len(paths) == 24
    for path in paths:
        assert path.stat().st_size < 25_000
        with Image.open(path) as picture:
            assert picture.size == (600, 338)


def test_no_two_pictures_are_the_same(sample: Sample) -> None:
    contents = [path.read_bytes() for path in (sample.folder / "images").iterdir()]
    assert len(set(contents)) == len(contents)


def test_every_topic_has_pictures() -> None:
    drawn = {picture_name(topic, choice) for topic in TOPICS for choice in range(3)}
    assert drawn == set(picture_names())
