"""Asks SES to render the stored template with values that an escaping or repeating engine would change.

That they come through unchanged is documented (see `template`); that they do is better seen, once per edition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from email import message_from_string, policy
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2 import SESV2Client

VALUES: Mapping[str, str] = MappingProxyType(
    {
        "subject": 'Tom & "Jerry" <{{text}}>',
        "text": "Tom & 'Jerry' <{{subject}}> {{{html}}}",
        "html": '<p title="x">Tom &amp; Jerry\'s `=` {{#if text}}{{/if}}</p>',
    }
)


def altered(client: SESV2Client, name: str) -> list[str]:
    """Those of `VALUES` that the template does not give back as they were."""
    answer = client.test_render_email_template(TemplateName=name, TemplateData=json.dumps(dict(VALUES)))
    seen = _parts(answer["RenderedTemplate"])
    return [part for part, value in VALUES.items() if seen.get(part) != value]


def _parts(mime: str) -> dict[str, str]:
    message = message_from_string(mime, policy=policy.default)
    bodies = {"text": message.get_body(("plain",)), "html": message.get_body(("html",))}
    return {
        "subject": str(message.get("Subject", "")),
        **{part: body.get_content().rstrip() for part, body in bodies.items() if body is not None},
    }
