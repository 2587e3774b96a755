"""Whether what is shown is what would be sent: what of an edition's making has changed since it was planned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from campaigns.plan.manifest import Manifest, fingerprint_file
from campaigns.plan.sources import campaign_source, sender_sources
from campaigns.settings.campaign import CampaignSettings
from campaigns.studio.workshop import Workshop
from recsource.batch import find_batch
from recsource.inputs import find

_WORDS = {
    "templates": "the templates",
    "settings": "campaign.toml",
    "identity": "who the email comes from",
    "links": "where its links lead",
    "curated": "the curated picks",
    "recommendations": "the batch of recommendations",
}


def changed_since(
    workshop: Workshop, campaign: CampaignSettings, manifest: Manifest, template_hash: str | None
) -> Iterator[str]:
    """What is no longer as it was planned, in words.

    Large tables are not read for it: of the inputs it looks at the curated picks, and which batch is current.

    Args:
        workshop: whose.
        campaign: its settings as they are.
        manifest: the plan's.
        template_hash: of the templates as they are; None where they do not compile.
    """
    now = {
        "templates": template_hash,
        "settings": campaign_source(campaign),
        **sender_sources(workshop.settings),
    }
    yield from (_WORDS[name] for name, value in now.items() if manifest[name] != value)
    yield from (
        _WORDS[name] for name in ("curated", "recommendations") if _files(manifest, name) != _found(workshop, name)
    )


def _files(manifest: Manifest, name: str) -> list[tuple[object, ...]]:
    inputs = cast("dict[str, list[dict[str, object]]]", manifest["inputs"])
    return [_known_by(file["name"], file["size"], file["xxh3_128"], name) for file in inputs[name]]


def _found(workshop: Workshop, name: str) -> list[tuple[object, ...]]:
    root, data = workshop.root, workshop.settings.data
    if name == "curated":
        files = [fingerprint_file(path, root) for path in find(name, data.curated, root).files]
        return [_known_by(file.name, file.size, file.xxh3_128, name) for file in files]
    paths = find_batch(data.recommendations, root).files
    return [
        (path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix(), path.stat().st_size)
        for path in paths
    ]


def _known_by(file: object, size: object, digest: object, name: str) -> tuple[object, ...]:
    """A batch may be a gigabyte: by its name and size."""
    return (file, size, digest) if name == "curated" else (file, size)
