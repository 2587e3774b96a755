"""Colours, and how much one stands out from another: WCAG 2.2's contrast ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tinycss2 import parse_component_value_list
from tinycss2.color4 import parse_color

_LARGE, _LARGE_BOLD = 24.0, 18.66
"""Pixels; WCAG 2.2 calls text large from 18 points on, and bold text from 14 points on."""

ENOUGH, ENOUGH_LARGE = 4.5, 3.0
"""The least contrast at level AA, for text and for large text (WCAG 2.2, success criterion 1.4.3)."""


_LINEAR = 0.04045
"""Where sRGB's curve begins (IEC 61966-2-1); WCAG's older 0.03928 gives every 8-bit colour the same."""


class Colour(NamedTuple):
    """An opaque colour in sRGB, each part from 0 to 1."""

    red: float
    green: float
    blue: float

    def __str__(self) -> str:
        """As CSS writes it."""
        return "#" + "".join(f"{round(part * 255):02x}" for part in self)


BLACK, WHITE, LINK = Colour(0, 0, 0), Colour(1, 1, 1), Colour(0, 0, 0xEE / 255)


def contrast(one: Colour, other: Colour) -> float:
    """From 1, the same, to 21, black on white; whichever is the lighter (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def enough(size: float, *, bold: bool) -> float:
    """The contrast that text of this size needs.

    Args:
        size: of the font, in CSS pixels.
        bold: whether it is.
    """
    return ENOUGH_LARGE if size >= (_LARGE_BOLD if bold else _LARGE) else ENOUGH


def paint(css: str, under: Colour, current: Colour | None) -> Colour | None:
    """The colour that CSS names, over what it lets through; None if it names none, or a clear one.

    Args:
        css: a colour, or a shorthand that holds one, such as `url(sky.png) #10163a`.
        under: what is behind.
        current: what `currentcolor` and `inherit` mean.
    """
    for part in parse_component_value_list(css):
        found = parse_color(part)
        if found == "currentcolor" or getattr(part, "lower_value", "") == "inherit":
            return current
        if found is not None and not isinstance(found, str):
            srgb = found.to("srgb")
            return None if not srgb.alpha else _over(srgb.coordinates, srgb.alpha, under)
    return None


def _over(above: Sequence[float | None], alpha: float, under: Colour) -> Colour:
    parts = zip(above, under, strict=True)
    return Colour(*(min(1.0, max(0.0, (part or 0) * alpha + behind * (1 - alpha))) for part, behind in parts))


def _luminance(colour: Colour) -> float:
    """Relative luminance, from 0, black, to 1, white (WCAG 2.2, "relative luminance")."""
    red, green, blue = (part / 12.92 if part <= _LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
