"""The kinds of problems, and their documentation."""

from __future__ import annotations

import re
from pathlib import Path

from campaigns.check.kinds import KINDS, NOT_RENDERED
from campaigns.check.page.support import features

DOCS = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")


def test_every_code_is_documented_with_its_gravity_and_no_other_is() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| (error|warning) \|", DOCS, re.MULTILINE)
    documented = {code: gravity for codes, gravity in rows for code in re.findall(r"[a-z_]+", codes)}
    assert documented == {kind.code: kind.severity for kind in KINDS} | {NOT_RENDERED: "error"}


def test_no_two_kinds_have_one_code() -> None:
    codes = [kind.code for kind in KINDS] + [feature.kind.code for feature in features()]
    assert len(set(codes)) == len(codes)


def test_the_number_of_features_is_as_documented() -> None:
    assert f"table of {len(features())} features" in DOCS
