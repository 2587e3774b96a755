"""What an inbox shows before a message is opened."""

from __future__ import annotations

from campaigns.studio.inbox import preview_text


def test_the_preview_is_what_a_client_finds_first() -> None:
    html = (
        "<html><head><title>No</title><style>p{}</style></head><body><!--[if mso]>no<![endif]-->"
        '<div style="display:none">Three new stories&#8203;&#847;&zwnj;&nbsp;</div>'
        "<table><tr><td>Good</td><td>evening</td></tr></table>"
    )
    assert preview_text(html) == "Three new stories Good evening"


def test_a_long_body_is_cut() -> None:
    assert len(preview_text(f"<body>{'word ' * 500}</body>")) == 300
