"""The stored template through which finished messages pass unchanged: its parts are one variable each.

SES fills Handlebars variables in once (what a value looks like does not matter, braces included) and escapes
nothing: https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import EmailTemplateContentTypeDef

PARTS: Mapping[str, str] = MappingProxyType(
    {"Subject": "{{subject}}", "Text": "{{text}}", "Html": "{{html}}"},
)


def fingerprint(content: Mapping[str, object]) -> str:
    """SHA-256 of a template's three parts, in hexadecimal; a part that is not there counts as empty."""
    parts = (str(content.get(name) or "") for name in PARTS)
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()


def stored(client: SESV2Client, name: str) -> Mapping[str, object] | None:
    """What SES keeps under that name, or None."""
    try:
        return client.get_email_template(TemplateName=name)["TemplateContent"]
    except client.exceptions.NotFoundException:
        return None


def install(client: SESV2Client, name: str) -> bool:
    """Make the template, or put it right. Whether there was anything to do."""
    content: EmailTemplateContentTypeDef = {
        "Subject": PARTS["Subject"],
        "Text": PARTS["Text"],
        "Html": PARTS["Html"],
    }
    found = stored(client, name)
    if found is None:
        client.create_email_template(TemplateName=name, TemplateContent=content)
    elif fingerprint(found) != fingerprint(PARTS):
        client.update_email_template(TemplateName=name, TemplateContent=content)
    else:
        return False
    return True
