"""How messages are shown: a colour scheme as asked, pictures of the workspace alone, and nothing that counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.studio.display import Shop, displayed, path_in, picture_path

MEDIA = "<style>@media (prefers-color-scheme: dark) {a{}} @media (prefers-color-scheme:light){b{}}</style>"


def _shown(html: str, root: Path = Path("/w"), *, dark: bool = False) -> str:
    return displayed(html, dark=dark, shop=Shop(root, "https://mail.example", lambda path: f"/pictures/{path}"))


def test_the_scheme_is_the_one_that_is_asked_for() -> None:
    assert "@media (min-width: 0) {a{}} @media (max-width: 0){b{}}" in _shown(MEDIA, dark=True)
    assert "@media (max-width: 0) {a{}} @media (min-width: 0){b{}}" in _shown(MEDIA, dark=False)


def test_pictures_of_the_workspace_come_from_the_studio() -> None:
    html = '<img src="file:///w/images/a%20b.png"><td background="file:///w/c.png" style="background:url(file:///w/d.png)">'
    shown = _shown(html)
    assert 'src="/pictures/images/a%20b.png"' in shown
    assert 'background="/pictures/c.png"' in shown
    assert "url(/pictures/d.png)" in shown


def test_other_pictures_stay_where_they_are() -> None:
    html = '<img src="https://img.example/a.png"><img src="file:///elsewhere/b.png"><img src="file:///w/../etc/c.png">'
    assert _shown(html).count("/pictures/") == 0


def test_nothing_counts_as_opened() -> None:
    shown = _shown('<img src="https://mail.example/o/abc.gif"><img src="https://mail.example.org/x.png">')
    assert "mail.example/o/" not in shown
    assert "https://mail.example.org/x.png" in shown


def test_links_open_elsewhere_which_the_frame_forbids() -> None:
    assert '<head><base target="_blank">' in _shown("<html><head></head></html>")


@pytest.mark.parametrize(
    "path",
    ["../secret.png", "images/../../secret.png", "/etc/passwd", "link.png", "winddown.toml", "page.svg", "images"],
)
def test_no_path_leads_out_of_the_workspace_or_to_what_is_no_picture(tmp_path: Path, path: str) -> None:
    root = tmp_path / "w"
    (root / "images").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"x")
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    (root / "winddown.toml").write_text("")
    (root / "page.svg").write_text("<svg/>")
    assert picture_path(root, path) is None


def test_a_picture_of_the_workspace_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.PNG").write_bytes(b"x")
    assert picture_path(tmp_path, "a.PNG") == tmp_path / "a.PNG"


def test_addresses_lead_into_the_workspace_only_by_file() -> None:
    assert path_in("file:///w/a.png", Path("/w")) == "a.png"
    assert path_in("https://w/a.png", Path("/w")) is None
