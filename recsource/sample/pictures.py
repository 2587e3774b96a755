"""Calm pictures for the sample's items: night skies, hills, waves and rain, drawn layer upon layer.

Each picture is drawn at twice its size and halved, for soft edges, and has no noise or dither, so that it stays
small as a PNG.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from recsource.sample import brushes
from recsource.sample.brushes import HEIGHT, WIDTH, Canvas, H, Palette, W

PALETTES = {
    "dusk": Palette((38, 32, 84), (226, 138, 128), (255, 226, 186), (30, 26, 62)),
    "night": Palette((9, 14, 42), (62, 82, 140), (250, 240, 214), (8, 12, 34)),
    "dawn": Palette((42, 66, 112), (244, 196, 164), (255, 244, 220), (34, 50, 82)),
}


def picture_name(topic: str, choice: int) -> str:
    """The file name of one of the pictures that suit a topic."""
    scene = _SCENE_OF_TOPIC[topic]
    return f"{scene}-{list(PALETTES)[choice % len(PALETTES)]}.png"


def picture_names() -> list[str]:
    """All file names."""
    return [f"{scene}-{palette}.png" for scene, palette in product(_SCENES, PALETTES)]


def write_pictures(folder: Path, progress: Callable[[int, int], None]) -> int:
    """Draw every picture into a folder, and say how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    names = picture_names()
    for done, name in enumerate(names, start=1):
        draw_picture(name).save(folder / name, optimize=True)
        progress(done, len(names))
    return len(names)


def draw_picture(name: str) -> Canvas:
    """The picture of one of `picture_names`."""
    scene, mood = name.removesuffix(".png").split("-")
    palette = PALETTES[mood]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    canvas = brushes.sky(palette)
    _SCENES[scene](canvas, palette, rng)
    small = canvas.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return small.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _moonlit_hills(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.stars(canvas, palette, rng, 40)
    brushes.moon(canvas, palette, x=0.68, y=0.34, radius=0.13)
    brushes.ridges(canvas, palette, rng, horizon=0.55, count=4, roughness=0.07)


def _starry(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.stars(canvas, palette, rng, 170)
    brushes.planet(canvas, palette)
    brushes.ridges(canvas, palette, rng, horizon=0.82, count=2, roughness=0.05)


def _crescent(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.stars(canvas, palette, rng, 90)
    brushes.moon(canvas, palette, x=0.3, y=0.38, radius=0.17, bite=0.55)
    brushes.clouds(canvas, palette, rng)


def _waves(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.stars(canvas, palette, rng, 25)
    brushes.moon(canvas, palette, x=0.5, y=0.46, radius=0.15)
    for at in range(6):
        depth = at / 5
        line = (
            0.55 + 0.075 * at + 0.014 * np.sin(np.linspace(0, 2 * np.pi * (5 - 0.5 * at), W) + rng.uniform(0, 7))
        )
        brushes.land(canvas, line, brushes.blend(palette.horizon, palette.land, 0.25 + 0.75 * depth))


def _rain(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.ridges(canvas, palette, rng, horizon=0.6, count=3, roughness=0.05)
    brushes.storm(canvas, palette, rng)
    pen = ImageDraw.Draw(canvas)
    colour = brushes.blend(palette.horizon, palette.light, 0.45)
    for x, y, length in rng.uniform((0, 0.38, 26), (1.05, 0.93, 60), (120, 3)):
        start = (x * W, y * H)
        pen.line((start, (start[0] - 0.25 * length, start[1] + length)), fill=colour, width=3)


def _forest(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.stars(canvas, palette, rng, 35)
    brushes.moon(canvas, palette, x=0.4, y=0.3, radius=0.1)
    for at in range(3):
        colour = brushes.blend(palette.horizon, palette.land, (0.45, 0.72, 1.0)[at])
        base = 0.62 + 0.13 * at
        brushes.land(canvas, brushes.ridge(rng, base + 0.1, 0.02), colour)
        brushes.firs(canvas, rng, colour, base=base + 0.14, height=0.2 + 0.07 * at, count=34 - 9 * at)


def _mountains(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.stars(canvas, palette, rng, 45)
    brushes.moon(canvas, palette, x=0.78, y=0.24, radius=0.08)
    for at in range(4):
        jagged = brushes.jagged(rng, 0.42 + 0.12 * at, 0.2 - 0.03 * at)
        brushes.land(canvas, jagged, brushes.blend(palette.horizon, palette.land, 0.3 + 0.7 * at / 3))


def _fireside(canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
    brushes.stars(canvas, palette, rng, 60)
    brushes.ridges(canvas, palette, rng, horizon=0.6, count=3, roughness=0.05)
    brushes.glow(canvas, (255, 176, 92), x=0.5, y=0.8, radius=0.3, strength=0.55)
    pen = ImageDraw.Draw(canvas)
    for size, colour in ((1.0, (236, 112, 58)), (0.68, (250, 168, 76)), (0.38, (255, 226, 150))):
        pen.polygon(_flame(size), fill=colour)
    for tilt in (-1, 1):
        ends = [(W * 0.5 - tilt * 70, H * 0.9), (W * 0.5 + tilt * 70, H * 0.86)]
        pen.line(ends, fill=brushes.blend(palette.land, (92, 52, 40), 0.6), width=22)


_SCENES: dict[str, Callable[[Canvas, Palette, np.random.Generator], None]] = {
    "hills": _moonlit_hills,
    "stars": _starry,
    "moon": _crescent,
    "waves": _waves,
    "rain": _rain,
    "forest": _forest,
    "mountains": _mountains,
    "fireside": _fireside,
}
_SCENE_OF_TOPIC = {
    "rain": "rain",
    "ocean": "waves",
    "forest": "forest",
    "space": "stars",
    "trains": "hills",
    "gardens": "forest",
    "fireside": "fireside",
    "mountains": "mountains",
    "anxiety": "waves",
    "focus": "mountains",
    "gratitude": "hills",
    "body": "moon",
    "kindness": "hills",
    "sleep": "moon",
}


def _flame(size: float) -> list[tuple[float, float]]:
    turn = np.linspace(0, 2 * np.pi, 90)
    x = W * 0.5 + 62 * size * np.sin(turn) * np.sin(turn / 2) ** 1.6
    y = H * 0.88 - 105 * size * (1 + np.cos(turn))
    return list(zip(x.tolist(), y.tolist(), strict=True))
