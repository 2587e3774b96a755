"""Approval: somebody looked at an edition and said that it may go; it holds for that very plan and no other."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from campaigns.ground.errors import WinddownError
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.manifest import hash_files


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved what, and when.

    Attributes:
        name: as they gave it.
        at: UTC.
        manifest: the SHA-256 of the manifest that they had before them. It names the hash of every input, of the
            templates and of the plan, so that nothing that a reader would see can change under it.
    """

    name: str
    at: datetime
    manifest: str


def manifest_hash(folder: EditionFolder) -> str:
    """What an approval speaks of.

    Raises:
        ConfigurationError: the edition is not planned.
    """
    folder.require_manifest()
    return hash_files([folder.manifest])


def read_approval(folder: EditionFolder) -> Approval | None:
    """The approval of an edition, be it of this plan or of an earlier one; None where there never was one.

    Raises:
        WinddownError: the file is damaged.
    """
    try:
        found = json.loads(folder.approved.read_text(encoding="utf-8"))
        return Approval(found["name"], datetime.fromisoformat(found["at"]), found["manifest"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise WinddownError(
            f"{folder.approved}: this is no approval ({error}); approve the edition again"
        ) from error


def write_approval(folder: EditionFolder, approval: Approval) -> None:
    """Put an approval in the place of whichever was there; all of it or nothing."""
    written = asdict(approval) | {"at": approval.at.isoformat()}
    _replace(folder.approved, json.dumps(written, indent=2, ensure_ascii=False) + "\n")


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
