"""Each component that MJML 4 documents, in a campaign: compiled with Jinja tags in it, inlined, filled in.

All of them work. What differs from MJML's own compiler is said in docs/templates.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from rendering_world import campaign, row, tiny

from campaigns.rendering.structure import KNOWN

USES = tomllib.loads(Path(__file__).with_name("mjml_components.toml").read_text("utf-8"))
COMPONENTS = {name: (place, use) for place, uses in USES.items() for name, use in uses.items()}
PARTS = {
    "part__mjml": "<mj-section><mj-column><mj-text>part {{ variant }}</mj-text></mj-column></mj-section>\n",
    "part__html": "<p>html {{ variant }}</p>\n",
    "part__css": ".found { color: teal; }\n",
}
BODY = """<mjml>
<mj-head>{head}</mj-head>
<mj-body background-color="#fedcba" css-class="outer" width="500px">
{body}
<mj-section><mj-column>
{column}
<mj-text css-class="found" mj-class="tall" font-family="Lato">words</mj-text>
</mj-column></mj-section>
</mj-body>
</mjml>
"""


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_works_in_a_campaign(tmp_path: Path, component: str) -> None:
    place, use = COMPONENTS[component]
    folder = campaign(tmp_path, body__mjml=_body(place, use), **PARTS)
    page = tiny(folder).render(row("train", "day", attributes={"colour": "#123456"})).html
    assert [fragment for fragment in use["page"] if fragment not in page] == []
    assert not re.search(r"xqj|\{\{|\{%|<mj-", page)


def test_no_component_is_forgotten() -> None:
    written = "".join(_body(place, use) for place, use in COMPONENTS.values())
    assert set(re.findall(r"<(mj-[\w-]+)", written)) == KNOWN | {"mj-include"}


def _body(place: str, use: Mapping[str, str]) -> str:
    return BODY.format(**{"head": "", "body": "", "column": "", place: use["mjml"]})
