"""The batch file: Personalize's format to the byte, and work for every rule."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from written_world import Sample

LINE = re.compile(
    rb'\{"input":\{"userId":"u\d{7}"\},"output":\{"recommendedItems":\["item-\d{5}"(?:,"item-\d{5}")*\],'
    rb'"scores":\[0\.\d{9}(?:,0\.\d{9})*\]\},"error":null\}\n'
)
ERROR = re.compile(
    rb'\{"input":\{"userId":"u\d{7}"\},"output":(?:null|\{"recommendedItems":\[\]\}),"error":"[^"]+"\}\n'
)


def test_every_line_is_exactly_personalizes_output_or_an_error(sample: Sample) -> None:
    lines = _lines(sample)
    errors = [line for line in lines if not LINE.fullmatch(line)]
    assert 0 < len(errors) < 0.005 * len(lines)
    assert all(ERROR.fullmatch(error) for error in errors)


def test_lines_are_json_with_as_many_scores_as_items_none_twice(sample: Sample) -> None:
    for row in _parsed(sample):
        items, scores = row["output"]["recommendedItems"], row["output"]["scores"]
        assert len(items) == len(scores) == len(set(items)) == 500
        assert scores == sorted(scores, reverse=True)
        assert 0 < sum(scores) < 1 + 1e-6


def test_a_check_object_lies_beside_the_output(sample: Sample) -> None:
    names = {path.name for path in (sample.folder / "data" / "recommendations").iterdir()}
    assert names == {"batch-2026-11-20.json.out", "_CHECK"}


def test_the_outputs_file_time_is_the_end_of_the_data(sample: Sample) -> None:
    path = sample.folder / "data" / "recommendations" / "batch-2026-11-20.json.out"
    assert datetime.fromtimestamp(path.stat().st_mtime, UTC) == datetime(2026, 11, 21, tzinfo=UTC)


def test_nothing_unpublished_is_recommended(sample: Sample) -> None:
    early = "SELECT count(*) FROM recommendations JOIN items USING (item_id) WHERE published_at >= '2026-11-21'"
    assert sample.one(early) == 0


def test_the_newest_people_have_no_line_and_all_others_have(sample: Sample) -> None:
    missing = sample.rows("""
        SELECT max(signed_up_at), min(signed_up_at), count(*) FROM users
        WHERE user_id NOT IN (SELECT input.userId FROM lines)
    """)
    ((_, earliest, count),) = missing
    assert count > 0
    assert str(earliest) >= "2026-11-19"


def test_most_english_speakers_are_shown_kids_items_high_up(sample: Sample) -> None:
    first = _median_first_rank(sample, "items.for_kids", "NOT kids_household AND users.language = 'en'")
    assert first <= 60


def test_heard_items_collection_members_and_other_languages_are_recommended(sample: Sample) -> None:
    heard = sample.one("""
        WITH heard AS (SELECT DISTINCT user_id, item_id, 1 AS once FROM interactions)
        SELECT avg(coalesce(once, 0)) FROM recommendations
        LEFT JOIN heard USING (user_id, item_id) WHERE rank <= 20
    """)
    assert 0.05 < heard < 0.8
    assert _median_first_rank(sample, "collection_id IS NOT NULL", "true") <= 30
    foreign = "items.language <> users.language"
    assert 3 < _median_first_rank(sample, foreign, "users.language = 'de'") < 300


def test_top_recommendations_are_in_the_readers_language(sample: Sample) -> None:
    share = sample.one("""
        SELECT avg((items.language = users.language)::INT) FROM recommendations
        JOIN items USING (item_id) JOIN users USING (user_id)
        WHERE rank <= 20 AND users.language IN ('en', 'de', 'es')
    """)
    assert share > 0.9


def test_everybody_in_a_main_language_has_new_adult_items_to_be_shown(sample: Sample) -> None:
    fewest = sample.one("""
        SELECT min(fresh) FROM (SELECT count(*) AS fresh FROM recommendations
            JOIN items USING (item_id) JOIN users USING (user_id)
            WHERE items.language = users.language AND users.language IN ('en', 'de', 'es') AND NOT for_kids
                AND published_at >= TIMESTAMP '2026-11-07' GROUP BY user_id)
    """)
    assert fewest >= 12


def test_recommendations_know_tastes_without_being_the_truth(sample: Sample) -> None:
    liking = """
        SELECT avg(list_dot_product(true_users.factors[1:8], true_items.factors[1:8])) FROM {}
        JOIN true_users USING (user_id) JOIN true_items USING (item_id)
    """
    best = sample.one(liking.format("(FROM recommendations WHERE rank <= 10)"))
    worst = sample.one(liking.format("(FROM recommendations WHERE rank > 490)"))
    assert best > worst + 1


def _median_first_rank(sample: Sample, item: str, person: str) -> float:
    value: float = sample.one(f"""
        SELECT median(first) FROM (SELECT min(rank) AS first FROM recommendations JOIN items USING (item_id)
            JOIN users USING (user_id) JOIN true_users USING (user_id) WHERE {item} AND {person} GROUP BY user_id)
    """)
    return value


def _lines(sample: Sample) -> list[bytes]:
    path = sample.folder / "data" / "recommendations" / "batch-2026-11-20.json.out"
    return path.read_bytes().splitlines(keepends=True)


def _parsed(sample: Sample) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in _lines(sample)]
    return [row for row in rows if row["error"] is None]
