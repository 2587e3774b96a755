"""Messages by themselves: in a frame, as the file that is sent, and the pictures that they show."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response

from campaigns.ground.errors import ConfigurationError
from campaigns.ground.message import Message
from campaigns.studio.answering import Asked
from campaigns.studio.desk import Desk
from campaigns.studio.display import PICTURES, Shop, displayed, picture_path
from campaigns.studio.reasons import in_variant

_NO_SCRIPTS = "default-src 'none'; style-src 'unsafe-inline'; font-src https: data:; sandbox allow-same-origin"
_WITH_PICTURES = f"{_NO_SCRIPTS}; img-src 'self' https: http: data:"


@dataclass(frozen=True, slots=True)
class Messages:
    """What frames and files show.

    The frame's document may not run scripts, be it by the frame's own `sandbox` or by the policy here. It keeps
    our origin, so that the page can ask how high it is, and so that pictures count as asked for by us.
    """

    desk: Desk

    def html(self, asked: Asked) -> Response:
        """The HTML, with `variant`, `edition=earlier`, `dark` and `images=off` as asked."""
        dark, pictures = asked.query.get("scheme") == "dark", asked.query.get("images") != "off"
        workshop = self.desk.workshop
        shop = Shop(workshop.root, workshop.settings.links.base_url, lambda path: f"/pictures/{path}")
        page = displayed(self._message(asked).html, dark=dark, shop=shop)
        policy = _WITH_PICTURES if pictures else _NO_SCRIPTS
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy})

    def text(self, asked: Asked) -> Response:
        """The text part."""
        return PlainTextResponse(self._message(asked).text)

    def file(self, asked: Asked) -> Response:
        """The very bytes that are sent, to be opened in a mail program."""
        row = self.desk.opened().row(asked.path["user_id"])
        name = f"{row.delivery_id}.eml"
        return Response(
            self.desk.workshop.assemble(self.desk.message(row)),
            media_type="message/rfc822",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def picture(self, asked: Asked) -> Response:
        """A picture of the workspace."""
        path = picture_path(self.desk.workshop.root, asked.path["path"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type=PICTURES[path.suffix.lower()])

    def _message(self, asked: Asked) -> Message:
        user_id, variant = asked.path["user_id"], asked.query.get("variant")
        if asked.query.get("edition") == "earlier":
            return self.desk.earlier_message(user_id)[1]
        row = self.desk.opened().row(user_id)
        if variant in {None, row.variant}:
            return self.desk.message(row)
        campaign = self.desk.campaign()
        if variant not in {one.name for one in campaign.experiment.variants}:
            raise ConfigurationError(f"the campaign has no variant {variant!r}")
        other = in_variant(row, str(variant), self.desk.reasons(row), campaign)
        return self.desk.message_in_other_arm(other)
