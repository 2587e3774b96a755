"""TOML into frozen settings, and what is wrong with it into a sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from campaigns.ground.errors import ConfigurationError

Settings = TypeVar("Settings")


class Frozen(BaseModel):
    """A part of the settings: no unknown keys, no changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_toml(path: Path, what: str) -> dict[str, object]:
    """A TOML file's contents.

    Args:
        path: the file.
        what: what the file is to its reader, and what to do without one.

    Raises:
        ConfigurationError: there is no such file, or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: there is no such file; {what}") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: this file cannot be read: {error.strerror}; {what}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: this is not valid TOML: {error}; correct that line") from error


def checked(path: Path, build: Callable[[], Settings]) -> Settings:
    """Build settings, and say in a sentence what keeps them from being built.

    Raises:
        ConfigurationError: names the file, each offending key, what it holds and what is wanted.
    """
    try:
        return build()
    except ValidationError as error:
        complaints = "; ".join(_complaint(detail) for detail in error.errors(include_url=False))
        raise ConfigurationError(f"{path}: {complaints}") from error


def _complaint(detail: ErrorDetails) -> str:
    key = _key(detail)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return f"`{key}` is not a setting; remove it or correct its spelling"
        case "missing":
            return f"`{key}` is missing; add it"
        case "union_tag_invalid":
            return _unknown_tag(key, str(context["tag"]), str(context["expected_tags"]))
        case "union_tag_not_found":
            return f"`{key}` lacks {context['discriminator']}, which says what it is; add it"
        case "value_error":
            return f"`{key}`: {context['error']}" if key else str(context["error"])
        case _:
            what, _, wanted = detail["msg"].partition(" should ")
            wanted = f"wanted {wanted[3:]}" if wanted.startswith("be ") else f"the {what.lower()} should {wanted}"
            return f"`{key}` is {detail['input']!r}; {wanted}"


def _unknown_tag(key: str, found: str, expected: str) -> str:
    known = [tag.strip(" '") for tag in expected.split(",")]
    near = get_close_matches(found, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"wanted one of {', '.join(known)}"
    return f"`{key}`: unknown {key.partition('[')[0].removesuffix('s')} {found!r}; {hint}"


def _key(detail: ErrorDetails) -> str:
    """`rules[2].days`: the place in the file, without pydantic's names of union members."""
    key = ""
    for part, before in zip(detail["loc"], (None, *detail["loc"]), strict=False):
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif not (isinstance(before, int) and key.startswith("rules") and _is_tag(detail, part)):
            key += f".{part}" if key else part
    return key


def _is_tag(detail: ErrorDetails, part: str) -> bool:
    given = detail["input"]
    return not isinstance(given, Mapping) or part not in given or len(detail["loc"]) > 2  # noqa: PLR2004 - ("rules", n, tag)
