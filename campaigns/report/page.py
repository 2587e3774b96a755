"""The page: the report's values as one self-contained HTML file, nothing of it fetched from anywhere."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from campaigns.report import pictures, wording
from campaigns.report.metric_result import Role
from campaigns.report.result import Report
from campaigns.report.steps import STEPS


def page(report: Report) -> str:
    """The HTML; the same text for the same report."""
    return _template().render(report=report, steps=STEPS, pictures=pictures, roles=list(Role))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("campaigns", "report/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = (
        "count", "percent", "points", "interval", "probability", "moment", "spoken", "amount", "change", "value",
        "difference", "span",
    )  # fmt: skip
    environment.filters |= {name: getattr(wording, name) for name in names}
    return environment.get_template("page.html")
