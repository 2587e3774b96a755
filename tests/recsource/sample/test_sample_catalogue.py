"""What there is to hear, and what the marketers picked of it."""

from __future__ import annotations

import pytest
from written_world import IMAGE_BASE, Sample

from recsource.sample.curation import EDITIONS, NEW_DAYS, PICKS

UNTIL = "TIMESTAMP '2026-11-21'"  # the first instant after the data


def test_there_are_about_1200_items_of_every_kind_mostly_english(sample: Sample) -> None:
    assert 1150 <= sample.counts["items"] <= 1250
    kinds = {kind for (kind,) in sample.rows("SELECT DISTINCT kind FROM items")}
    assert {"sleep_story", "meditation", "soundscape", "music"} <= kinds
    shares = dict(sample.rows("SELECT language, count(*) FROM items GROUP BY 1"))
    assert set(shares) == {"en", "de", "es", "fr"}
    assert max(shares, key=lambda language: shares[language]) == "en"


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_each_of_the_last_twelve_weeks_brings_enough_adult_items(sample: Sample, language: str) -> None:
    weeks = sample.rows(f"""
        SELECT (date_diff('day', published_at, {UNTIL}) - 1) // 7 AS week, count(*) FROM items
        WHERE language = '{language}' AND published_at < {UNTIL} AND NOT for_kids GROUP BY 1 ORDER BY 1 LIMIT 12
    """)
    assert [week for week, _ in weeks] == list(range(12))
    assert min(count for _, count in weeks) >= 16


def test_some_items_are_for_kids_some_unnarrated_and_some_not_out_yet(sample: Sample) -> None:
    assert 0.03 < sample.one("SELECT avg(for_kids::INT) FROM items") < 0.09
    assert sample.one("SELECT count(*) FROM items WHERE narrator IS NULL AND kind = 'soundscape'") > 20
    assert sample.one("SELECT count(*) FROM items WHERE narrator IS NULL AND kind = 'sleep_story'") == 0
    assert 10 <= sample.one(f"SELECT count(*) FROM items WHERE published_at >= {UNTIL}") <= 40


def test_titles_are_unique_in_a_language_outside_collections(sample: Sample) -> None:
    repeated = "SELECT language, title FROM items WHERE collection_id IS NULL GROUP BY ALL HAVING count(*) > 1"
    assert sample.rows(repeated) == []


@pytest.mark.parametrize("mark", ["&", "<", '"', "🌙", "{{"])
def test_new_titles_include_ones_that_are_hard_to_print(sample: Sample, mark: str) -> None:
    fresh = f"published_at BETWEEN {UNTIL} - INTERVAL 10 DAY AND {UNTIL}"
    assert sample.one(f"SELECT count(*) FROM items WHERE contains(title, '{mark}') AND {fresh}") >= 1


def test_collections_are_ordered_in_one_language_and_out_on_one_day(sample: Sample) -> None:
    members = sample.rows("""
        SELECT list(collection_position ORDER BY collection_position), count(DISTINCT language),
            count(DISTINCT published_at),
            list(item_id ORDER BY item_id) = list(item_id ORDER BY collection_position)
        FROM items WHERE collection_id IS NOT NULL GROUP BY collection_id
    """)
    assert len(members) == sample.counts["collections"] >= 10
    for positions, languages, days, ids_ascend in members:
        assert positions == list(range(1, len(positions) + 1))
        assert (languages, days, ids_ascend) == (1, 1, True)


def test_pictures_and_links_lead_to_files_and_players(sample: Sample) -> None:
    names = {path.name for path in (sample.folder / "images").iterdir()}
    for table in ("items", "collections"):
        for url, link in sample.rows(f"SELECT image_url, url FROM {table}"):
            assert url.removeprefix(IMAGE_BASE) in names
            assert link.startswith("https://app.winddown.example/")


def test_a_few_narrators_have_most_of_the_following(sample: Sample) -> None:
    narrated = "FROM items WHERE language = 'en' AND narrator IS NOT NULL"
    counts = [n for (n,) in sample.rows(f"SELECT count(*) {narrated} GROUP BY narrator ORDER BY 1 DESC")]
    assert len(counts) >= 15
    assert sum(counts[:5]) > 0.35 * sum(counts)


def test_each_edition_has_a_full_list_in_each_language_without_repeats(sample: Sample) -> None:
    lists = sample.rows("""
        SELECT edition, language, list(position ORDER BY position), count(DISTINCT item_id)
        FROM curated GROUP BY ALL ORDER BY ALL
    """)
    assert len(lists) == EDITIONS * 4
    assert lists[-1][0] == "2026-W47"
    assert {(tuple(positions), items) for *_, positions, items in lists} == {(tuple(range(1, PICKS + 1)), PICKS)}


def test_curated_picks_are_new_adult_items_in_the_readers_language(sample: Sample) -> None:
    wrong = sample.one(f"""
        SELECT count(*)
        FROM (SELECT *, strptime(edition || '-5', '%G-W%V-%u') AS friday FROM curated) AS picks
        JOIN items USING (item_id)
        WHERE picks.language <> items.language OR for_kids
            OR published_at NOT BETWEEN friday - INTERVAL {NEW_DAYS - 1} DAY AND friday + INTERVAL 1 DAY
    """)
    assert wrong == 0
