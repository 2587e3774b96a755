"""What an inbox shows of a message before it is opened, and how large the message is once it has arrived."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import html as lxml_html

from campaigns.ground.message import Message
from campaigns.settings.workspace import WorkspaceSettings

_CLIP = 102 * 1024
"""Bytes of HTML above which Gmail shows "[Message clipped]"."""
_FILLER = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2007\ufeff]"
)
_UNSEEN = ("script", "style", "title", "head")
_LINK = re.compile(r'\bhref="https?://')
_LONGEST_PREVIEW = 300
_REWRITTEN = {"sendgrid": 350}
"""Characters that a provider's own click tracking adds to a link, at most some; a guess on the safe side."""


@dataclass(frozen=True, slots=True)
class Size:
    """A message's HTML against Gmail's limit.

    Attributes:
        html: bytes as they leave us, our own link rewriting included.
        arrived: bytes as they arrive, where the provider rewrites links, too; an estimate.
        limit: bytes.
    """

    html: int
    arrived: int
    limit: int = _CLIP

    @property
    def share(self) -> float:
        """Of the limit, 1 being all of it."""
        return self.arrived / self.limit


def preview_text(html: str) -> str:
    """The first words that a client finds in the body: the preheader, and whatever follows if that is short."""
    page = lxml_html.document_fromstring(html)
    for element in list(page.iter(*_UNSEEN)):
        element.drop_tree()
    words = _FILLER.sub("", " ".join(page.itertext())).split()
    return " ".join(words)[:_LONGEST_PREVIEW]


def size_of(message: Message, settings: WorkspaceSettings) -> Size:
    """How large the HTML is, and will be when it arrives."""
    size = len(message.html.encode())
    sender = settings.sender
    rewritten = _REWRITTEN.get(sender.provider, 0) if sender.sendgrid.track_clicks else 0
    return Size(size, size + rewritten * len(_LINK.findall(message.html)))
