"""The renderer: turns a plan row into a message, the same way for preview, check and send."""

from __future__ import annotations

from typing import Protocol

from campaigns.ground.message import Message
from campaigns.ground.plan_row import PlanRow


class Renderer(Protocol):
    """A campaign's compiled templates."""

    template_hash: str
    """SHA-256 over the campaign's template sources, in hexadecimal."""

    def render(self, row: PlanRow) -> Message:
        """One person's message; a pure function of the row, the catalogue and the templates.

        Raises:
            TemplateError: a variable is undefined or a template fails for this row.
        """
        ...
