"""The documented policy of a Redshift warehouse allows what the export and the load do, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from export_world import NOW
from exporting import Exporter
from personalize_house import MemoryBucket
from providers.redshift_data import FakeRedshift
from tiny_world import TinyWorld

from recsource.dataset.data_api import DataApi, RedshiftSettings
from recsource.dataset.layout import TABLES, Layout
from recsource.dataset.query import OWN_NAMES, recipients
from recsource.dataset.redshift import RedshiftWarehouse, UnloadSettings
from recsource.dataset.settings import ExportSettings
from recsource.pipeline.load import load
from recsource.ports import MODELS, Stored

POLICY = json.loads((Path(__file__).parents[3] / "docs" / "redshift-policy.json").read_text("utf-8"))
ROLE = POLICY["redshift_role"]["permissions"]["Statement"]
RUN = Layout("20261124")


@dataclass
class Recording:
    """A client that remembers what was called."""

    client: Any
    called: set[str] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        self.called.add("".join(word.capitalize() for word in name.split("_")))
        return getattr(self.client, name)


def test_the_policy_names_exactly_the_operations_that_are_used(exporter: Exporter, s3: Any) -> None:
    exporter.warehouse(TinyWorld())
    fake = FakeRedshift(exporter.engine, s3)
    client = Recording(fake)
    api = DataApi(client, RedshiftSettings("app", workgroup="analytics"), "r1", fake.clock, fake.sleep)  # type: ignore[arg-type]
    warehouse = RedshiftWarehouse(api, UnloadSettings("arn:aws:iam::123456789012:role/unload"))
    warehouse.extract("recipients", recipients(ExportSettings(), OWN_NAMES, NOW), Path())
    api.run("unload", ["SELECT 1", "SELECT 2"])
    allowed = {
        action.removeprefix("redshift-data:")
        for statement in POLICY["pipeline"]["Statement"]
        for action in statement["Action"]
        if action.startswith("redshift-data:")
    }
    assert allowed == client.called


def test_redshift_writes_where_a_run_has_its_dataset_and_reads_where_it_has_its_batches() -> None:
    written = {*(RUN.table(name) for name in TABLES), f"{RUN.root}recipients/"}
    assert all(_covered("UnloadTablesAndPeople", f"s3://bucket/recs/{folder}part-0000.csv") for folder in written)
    bucket = MemoryBucket("s3://bucket/recs")
    for model in MODELS:
        batch = Stored(f"{RUN.batch(model)}users.jsonl.out", 1, "v", datetime(2026, 11, 24, tzinfo=UTC))
        texts = load(bucket, [batch], f"{RUN.root}load/", role="arn:aws:iam::123456789012:role/copy")
        named = re.findall(r"s3://[^'\"]+", texts.statements[1] + texts.manifest)
        assert len(named) == 3
        assert all(_covered("LoadBatches", place) for place in named)


def _covered(sid: str, place: str) -> bool:
    """Whether a statement of the role's means a place."""
    (resources,) = [statement["Resource"] for statement in ROLE if statement["Sid"] == sid]
    patterns = [one.removeprefix("arn:aws:s3:::").replace("BUCKET", "bucket") for one in resources]
    wanted = place.removeprefix("s3://")
    return any(
        re.fullmatch(re.escape(pattern.replace("FOLDER", "recs")).replace(r"\*", ".*"), wanted)
        for pattern in patterns
    )
