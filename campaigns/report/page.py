"""The page: the report's values as one self-contained HTML file, nothing of it fetched from anywhere."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from campaigns.report import wording
from campaigns.report.metrics import STEPS
from campaigns.report.picture import NARROW, WIDE, picture
from campaigns.report.result import Report


def page(report: Report) -> str:
    """The HTML; the same text for the same report."""
    return _template().render(
        report=report, steps=STEPS, wide=picture(report, WIDE), narrow=picture(report, NARROW)
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("campaigns", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": wording.count,
        "percent": wording.percent,
        "points": wording.points,
        "interval": wording.interval,
        "probability": wording.probability,
        "moment": wording.moment,
        "spoken": wording.spoken,
    }
    return environment.get_template("page.html")
