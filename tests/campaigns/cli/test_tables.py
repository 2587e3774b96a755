"""Tables on the command line."""

from __future__ import annotations

import pytest

from campaigns.cli.tables import print_table


def test_square_brackets_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Of [data]", ("where", "what"), [("[recs.serving]", "a [bold] word"), ("people", 1_000)])
    shown = capsys.readouterr().out
    for words in ("Of [data]", "[recs.serving]", "a [bold] word", "1,000"):
        assert words in shown
    assert "\\" not in shown
