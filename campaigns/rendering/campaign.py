"""`compile_campaign`: a campaign folder in, a renderer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from campaigns.ground.edition import Edition
from campaigns.ground.errors import TemplateError
from campaigns.ground.identity import Identity
from campaigns.ground.item import Catalogue
from campaigns.ground.message import Mailbox, Message
from campaigns.ground.plan_row import PlanRow
from campaigns.ports.links import Links
from campaigns.rendering.compiled import Compiled
from campaigns.rendering.folder import compile_folder
from campaigns.rendering.headers import header_writer
from campaigns.rendering.html import ascii_only
from campaigns.rendering.picks import Picks
from campaigns.rendering.text import squeeze
from campaigns.rendering.views import LinksView, Reader, one_line


class Parts(NamedTuple):
    """What one person reads; `html_pieces` are what `html` was joined from."""

    subject: str
    preheader: str
    html: str
    text: str
    html_pieces: tuple[str, ...]


class CampaignRenderer:
    """A campaign's compiled templates (implements `ports.renderer.Renderer`).

    What an email shows is looked up by slot and kept, each card once an item, so that memory grows with the
    items shown, never with people.
    """

    def __init__(
        self,
        compiled: Mapping[tuple[str, str], tuple[Compiled, Mapping[str, Any]]],
        template_hash: str,
        *,
        identity: Identity,
        edition: Edition,
        catalogue: Catalogue,
        links: Links,
    ) -> None:
        self.template_hash = template_hash
        self._compiled = compiled
        self._identity = identity
        self._picks = Picks(catalogue, edition)
        self._links = links
        self._headers = header_writer(identity, edition)

    def render(self, row: PlanRow) -> Message:
        """One person's message.

        Raises:
            TemplateError: a template fails for this row; names its delivery, not the person.
        """
        https = self._links.unsubscribe(row.delivery_id, row.send_at)
        reader = Reader(row)
        parts = self._parts(row, reader, https)
        return Message(
            row.delivery_id,
            self._identity.mailbox,
            self._identity.reply_to,
            Mailbox(row.contact.address, reader.first_name or ""),
            parts.subject,
            parts.html,
            parts.text,
            self._headers(row, https, self._links.unsubscribe_mailto(https)),
            parts.html_pieces,
        )

    def render_parts(self, row: PlanRow) -> Parts:
        """What a message says, with its preheader by itself: for previews and checks.

        Raises:
            TemplateError: as `render`.
        """
        return self._parts(row, Reader(row), self._links.unsubscribe(row.delivery_id, row.send_at))

    def _parts(self, row: PlanRow, reader: Reader, unsubscribe: str) -> Parts:
        try:
            compiled, shared = self._compiled[row.variant, row.contact.language]
        except KeyError:
            raise self._not_compiled(row) from None
        try:
            values = {
                **shared,
                "variant": row.variant,
                "links": LinksView(unsubscribe),
                "reader": reader,
                "picks": self._picks.of(row.slots),
            }
            values["subject"] = subject = one_line(compiled.subject.run(values))
            values["preheader"] = preheader = one_line(compiled.preheader.run(values))
            text = squeeze(compiled.text.run(values))
            values["subject"], values["preheader"] = _markup(subject), _markup(preheader)
            pieces = compiled.html.pieces(values)
            return Parts(subject, preheader, "".join(pieces), text, tuple(pieces))
        except TemplateError as error:
            sentence = f"{error} (delivery {row.delivery_id})"
            raise TemplateError(sentence, file=error.file, line=error.line) from error

    def _not_compiled(self, row: PlanRow) -> TemplateError:
        there = ", ".join(sorted(f"{variant}/{language}" for variant, language in self._compiled))
        return TemplateError(
            f"delivery {row.delivery_id} needs variant {row.variant!r} in language {row.contact.language!r}; "
            f"the campaign was compiled for {there}"
        )


def _markup(text: str) -> Markup:
    """A line for the page: escaped once, although it stands there three times, and in ASCII, as the page is."""
    escaped = escape(text)
    return escaped if escaped.isascii() else Markup(ascii_only(escaped))  # noqa: S704  escaped a line above


def compile_campaign(
    folder: Path,
    *,
    identity: Identity,
    edition: Edition,
    catalogue: Catalogue,
    links: Links,
    languages: Sequence[str],
    variants: Sequence[str],
) -> CampaignRenderer:
    """Compile every template of a campaign folder, for every language and variant.

    Args:
        folder: the campaign's, beside its shared parts: nothing outside its parent is read.
        identity: who the messages come from.
        edition: which sending; it names links and headers.
        catalogue: what the plan's slots may name.
        links: makes each delivery's unsubscribe links.
        languages: those that the plan can hold; each needs `strings/<language>.toml`.
        variants: those of the campaign; `body.<variant>.mjml` and its like override for one of them.

    Raises:
        TemplateError: a file is missing or wrong; names the file, its line and what is wanted.
    """
    compiled, template_hash = compile_folder(folder, identity, edition, languages, variants)
    return CampaignRenderer(
        compiled, template_hash, identity=identity, edition=edition, catalogue=catalogue, links=links
    )
