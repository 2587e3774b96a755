"""What of a command's result stands in the record of its run: hashes of what it read, and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from campaigns.check.finding import Checked
from campaigns.plan.manifest import Manifest, fingerprint_file, plan_hash
from recsource.pipeline.parts import Result

if TYPE_CHECKING:
    from campaigns.report.edition import Reported


def input_hashes(manifest: Manifest) -> dict[str, str]:
    """What a plan was made from, file by file, and the plan itself."""
    inputs = cast("dict[str, list[dict[str, str]]]", manifest["inputs"])
    files = {file["name"]: file["xxh3_128"] for found in inputs.values() for file in found}
    return {**files, "templates": str(manifest["templates"]), "plan": plan_hash(manifest)}


def plan_counts(manifest: Manifest) -> dict[str, int]:
    """Who was considered, excluded and planned."""
    counts = cast("dict[str, int]", manifest["counts"])
    considered, planned = counts["considered"], counts["planned"]
    return {"considered": considered, "excluded": considered - planned, "planned": planned}


def check_counts(checked: Checked) -> dict[str, int]:
    """How many messages were looked at, and what was found."""
    errors = len(checked.errors)
    return {"messages": checked.messages, "errors": errors, "warnings": len(checked.findings) - errors}


def file_hashes(files: Iterable[Path]) -> dict[str, str]:
    """Files by what they are known by."""
    return {str(path): fingerprint_file(path, path.parent).xxh3_128 for path in files}


def report_counts(reported: Reported) -> dict[str, int]:
    """How much was written."""
    return {"editions": len(reported.report.editions), "files": len(reported.files)}


def result_counts(results: Mapping[str, Result]) -> dict[str, int]:
    """The numbers of a run of recommendations, by step."""
    return {
        f"{step} {name}": value
        for step, result in results.items()
        for name, value in _flat(result)
        if isinstance(value, int) and not isinstance(value, bool)
    }


def _flat(result: Result) -> Iterable[tuple[str, object]]:
    for name, value in result.items():
        if isinstance(value, Mapping):
            yield from value.items()
        else:
            yield name, value


def report_hashes(reported: Reported) -> dict[str, str]:
    """The manifests of the editions that were reported, by edition."""
    return dict(reported.report.manifests)
