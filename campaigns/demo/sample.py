"""A sample workspace: the sample world's data, an operator's settings, the campaigns that come with Winddown."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

from campaigns.ground.errors import ConfigurationError
from campaigns.ports.progress import Progress
from campaigns.settings.workspace import FILE

if TYPE_CHECKING:
    from recsource.sample import World

CAMPAIGN = "weekly_winddown"


def write_sample(
    folder: Path, *, users: int, weeks: int, seed: int, until: date, progress: Progress
) -> dict[str, int]:
    """Write a sample workspace; the data are a function of the arguments.

    Returns:
        How many rows each table has.

    Raises:
        ConfigurationError: the folder holds something already, or the extra `sample` is not installed.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty; name a new folder, or remove this one")
    counts = _write_data(folder, users=users, weeks=weeks, seed=seed, until=until, progress=progress)
    copytree(_shipped_templates(), folder / "templates", dirs_exist_ok=True)
    (folder / FILE).write_text(files("campaigns.demo").joinpath(FILE).read_text("utf-8"), "utf-8")
    return counts


def _write_data(
    folder: Path, *, users: int, weeks: int, seed: int, until: date, progress: Progress
) -> dict[str, int]:
    try:
        from recsource.sample import World, write_world  # noqa: PLC0415 - needs the optional extra
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the sample world needs {error.name}, which is not installed; "
            "add Winddown's extra `sample`: pip install --editable '.[sample]'"
        ) from error
    world: World = World(users=users, weeks=weeks, seed=seed, until=until)
    images = (folder / "images").resolve().as_uri()
    with progress.stage("Making a sample world", 100) as step:
        done = 0

        def on(stage: str, part: int, whole: int) -> None:
            nonlocal done
            reached = _REACHED.get(stage, (done, done))
            now = int(reached[0] + (reached[1] - reached[0]) * part / max(whole, 1))
            step(max(now - done, 0))
            done = max(now, done)

        return write_world(world, folder, image_base=f"{images}/", progress=on)


_REACHED = {
    "images": (0, 5),
    "people": (5, 10),
    "listening": (10, 40),
    "tables": (40, 50),
    "recommendations": (50, 100),
}
"""How much of the time each stage takes, in percent."""


def _shipped_templates() -> Path:
    """The campaigns that come with Winddown: in the package once installed, at the repository's root before."""
    package = Path(str(files("campaigns")))
    installed = package / "shipped_templates"
    return installed if installed.is_dir() else package.parent / "templates"
