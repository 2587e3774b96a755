"""What the sample's pictures are drawn with: a sky, lights in it, and layers of land.

The canvas is twice as large as the picture will be. There is no noise or dither, so that a PNG of it stays small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 600, 338
SCALE = 2
W, H = WIDTH * SCALE, HEIGHT * SCALE

Colour: TypeAlias = tuple[int, int, int]
Canvas: TypeAlias = Image.Image


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one mood: the sky from top to horizon, the light in it, and the nearest land."""

    top: Colour
    horizon: Colour
    light: Colour
    land: Colour


def sky(palette: Palette) -> Canvas:
    """Bands of colour from top to horizon, two pixels each: a gradient that compresses well."""
    depth = np.linspace(0, 1, HEIGHT)[:, None] ** 1.3
    rows = (1 - depth) * np.array(palette.top) + depth * np.array(palette.horizon)
    pixels = np.repeat(np.repeat(rows[:, None, :], W, axis=1), SCALE, axis=0)
    return Image.fromarray(np.rint(pixels).astype(np.uint8))


def stars(canvas: Canvas, palette: Palette, rng: np.random.Generator, count: int) -> None:
    """Stars above the horizon, most of them small."""
    pen = ImageDraw.Draw(canvas)
    for x, y, size in rng.uniform((0, 0, 0), (1, 0.62, 1), (count, 3)):
        radius = 1.2 + 2.6 * size**3
        colour = blend(canvas.getpixel((int(x * (W - 1)), int(y * H))), palette.light, 0.45 + 0.5 * size)  # type: ignore[arg-type]  # an RGB canvas has RGB pixels
        pen.ellipse(box(x * W, y * H, radius), fill=colour)


def moon(canvas: Canvas, palette: Palette, *, x: float, y: float, radius: float, bite: float = 0.0) -> None:
    """A moon in its glow; a bite, as a share of its width, makes it a crescent."""
    glow(canvas, palette.light, x=x, y=y, radius=radius * 2.6, strength=0.4)
    mask = Image.new("L", canvas.size, 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse(box(x * W, y * H, radius * H), fill=255)
    if bite:
        pen.ellipse(box(x * W + bite * radius * H, y * H - 0.25 * radius * H, radius * 0.92 * H), fill=0)
    canvas.paste(palette.light, mask=mask)


def glow(canvas: Canvas, colour: Colour, *, x: float, y: float, radius: float, strength: float) -> None:
    """Rings of light, each a little stronger than the one around it."""
    mask = Image.new("L", canvas.size, 0)
    pen = ImageDraw.Draw(mask)
    rings = 24
    for ring in range(rings):
        reach = radius * H * (1 - ring / rings)
        pen.ellipse(box(x * W, y * H, reach), fill=round(255 * strength * ((ring + 1) / rings) ** 1.3))
    canvas.paste(colour, mask=mask)


def planet(canvas: Canvas, palette: Palette) -> None:
    """A planet with a ring around it, a little tilted."""
    body = blend(palette.horizon, palette.light, 0.35)
    glow(canvas, body, x=0.7, y=0.36, radius=0.34, strength=0.35)
    layer = Image.new("RGBA", canvas.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    x, y, r = 0.7 * W, 0.36 * H, 0.13 * H
    ring = (x - 1.9 * r, y - 0.5 * r, x + 1.9 * r, y + 0.5 * r)
    light = (*palette.light, 255)
    pen.arc(ring, 180, 360, fill=light, width=7)
    pen.ellipse(box(x, y, r), fill=(*body, 255))
    pen.arc(ring, 0, 180, fill=light, width=7)
    tilted = layer.rotate(14, center=(x, y), resample=Image.Resampling.BICUBIC)
    canvas.paste(tilted.convert("RGB"), mask=tilted.getchannel("A"))


def clouds(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    """Banks of round cloud below, the nearer the lighter."""
    for bank in range(3):
        colour = blend(palette.top, palette.horizon, 0.6 + 0.2 * bank)
        level = 0.72 + 0.11 * bank
        _bumps(canvas, colour, rng, level)
        ImageDraw.Draw(canvas).rectangle((0, level * H, W, H), fill=colour)


def storm(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    """Banks of cloud that hang from the upper edge, the nearer the darker."""
    for bank in range(3):
        colour = blend(palette.horizon, palette.top, 0.45 + 0.27 * bank)
        level = 0.27 - 0.1 * bank
        _bumps(canvas, colour, rng, level)
        ImageDraw.Draw(canvas).rectangle((0, 0, W, level * H), fill=colour)


def _bumps(canvas: Canvas, colour: Colour, rng: np.random.Generator, level: float) -> None:
    pen = ImageDraw.Draw(canvas)
    for slot, (shift, lift, size) in enumerate(rng.uniform((0, -0.015, 0.07), (0.6, 0.015, 0.13), (14, 3))):
        pen.ellipse(box((slot + shift) / 13 * W, (level + lift) * H, size * H), fill=colour)


def ridges(
    canvas: Canvas, palette: Palette, rng: np.random.Generator, *, horizon: float, count: int, roughness: float
) -> None:
    """Hills behind hills, the nearer the darker."""
    for at in range(count):
        level = horizon + (0.98 - horizon) * at / count
        colour = blend(palette.horizon, palette.land, 0.35 + 0.65 * (at + 1) / count)
        land(canvas, ridge(rng, level, roughness), colour)


def ridge(rng: np.random.Generator, level: float, roughness: float) -> npt.NDArray[np.float64]:
    """A soft line across the picture: a few long waves."""
    x = np.linspace(0, 2 * np.pi, W)
    parts = [np.sin(x * n * rng.uniform(0.4, 0.8) + rng.uniform(0, 7)) / n for n in (1, 2, 4)]
    line: npt.NDArray[np.float64] = level + roughness * np.sum(parts, axis=0)
    return line


def jagged(rng: np.random.Generator, level: float, height: float) -> npt.NDArray[np.float64]:
    """Peaks: straight lines between random points, with smaller ones upon them."""
    line = np.full(W, level)
    for points, share in ((9, 0.6), (26, 0.25), (70, 0.08)):
        line += (
            np.interp(np.linspace(0, points - 1, W), np.arange(points), rng.uniform(-1, 1, points))
            * height
            * share
        )
    return line


def land(canvas: Canvas, line: npt.NDArray[np.float64], colour: Colour) -> None:
    """Everything below a line (one height for each column of pixels, as a share of the canvas)."""
    points = [*zip(range(W), (line * H).tolist(), strict=True), (W, H), (0, H)]
    ImageDraw.Draw(canvas).polygon(points, fill=colour)


def firs(
    canvas: Canvas, rng: np.random.Generator, colour: Colour, *, base: float, height: float, count: int
) -> None:
    """A row of firs, each of four tiers."""
    pen = ImageDraw.Draw(canvas)
    for slot in range(count):
        x = (slot + rng.uniform(0, 0.8)) / count * W
        tall = height * rng.uniform(0.6, 1.0) * H
        for tier in range(4):
            wide = tall * (0.11 + 0.06 * tier)
            top = base * H - tall * (1 - 0.2 * tier)
            pen.polygon(((x, top), (x - wide, top + 0.38 * tall), (x + wide, top + 0.38 * tall)), fill=colour)


def box(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    """The bounding box of a circle, as Pillow wants it."""
    return (x - radius, y - radius, x + radius, y + radius)


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """A mixture with a share of the other colour."""
    mixed: Iterator[int] = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (next(mixed), next(mixed), next(mixed))
