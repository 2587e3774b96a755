"""From interactions to the email: recommendations made by either source, and the weekly email sent from them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import boto3
import pytest
from command_line import CAMPAIGN, FRIDAY, SUNDAY, Winddown, copied, free_of_settings
from http_server import HttpServer, Reply
from moto_cloud import REGION, cloud
from personalize_books import Books
from personalize_entries import ROLE
from personalize_server import FakePersonalize
from personalize_work import LocalWork

from campaigns.demo.sample import write_sample
from campaigns.ports.progress import Silent
from campaigns.wiring.recs import recs_parts
from campaigns.wiring.workspace import Workspace
from recsource.pipeline import steps
from recsource.ports import Storage
from recsource.storage.opening import open_storage

_BUCKETS = count(1)


@dataclass
class Amazon:
    """S3 as moto has it, and the fake Personalize on it."""

    fake: FakePersonalize
    storage: Storage


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample workspace with enough interactions to learn from; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("listening") / "workspace"
    write_sample(folder, users=300, weeks=8, seed=7, until=date(2026, 11, 20), progress=Silent())
    return folder


@pytest.fixture
def listeners(listening: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Winddown:
    """A workspace of 300 people, not planned."""
    free_of_settings(monkeypatch)
    return Winddown(copied(listening, tmp_path / "workspace"), monkeypatch)


@pytest.fixture
def amazon(listeners: Winddown, tmp_path: Path) -> Iterator[Amazon]:
    """A bucket and a Personalize, and the workspace recommending through them."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "no_proxy": "*",
    }.items():
        listeners.patch.setenv(name, value)
    with cloud() as running:
        location, bucket = {"LocationConstraint": REGION}, f"winddown-recs-{next(_BUCKETS)}"
        base = f"s3://{bucket}/production"
        s3 = boto3.client("s3", endpoint_url=running.url, region_name=REGION)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)  # type: ignore[arg-type]
        storage = open_storage(base, Path(), region=REGION, endpoint_url=running.url)
        fake = FakePersonalize(Books(LocalWork(storage, folder=tmp_path / "personalize")))
        with HttpServer(fake.answer) as server:
            for name, value in {
                "SOURCE": "personalize",
                "BASE": base,
                "BUCKET__REGION": REGION,
                "BUCKET__ENDPOINT_URL": running.url,
                "PERSONALIZE__REGION": REGION,
                "PERSONALIZE__ENDPOINT_URL": server.url,
                "PERSONALIZE__ROLE_ARN": ROLE,
                "PERSONALIZE__POLL_MINUTES": "0.0001",
            }.items():
                listeners.patch.setenv(f"WINDDOWN_RECS__{name}", value)
            yield Amazon(fake, storage)


def recommended(winddown: Winddown) -> dict[str, list[str]]:
    """What plans are now made from: items by person."""
    found = {}
    for path in (winddown.root / "data" / "recommendations" / "current").glob("*.out"):
        for line in path.read_text("utf-8").splitlines():
            read = json.loads(line)
            found[read["input"]["userId"]] = read["output"]["recommendedItems"]
    return found


def send_from_it(winddown: Winddown) -> None:
    """Plan, check and send; everybody planned gets an email, with items of the batch that was pulled."""
    planned = winddown("plan", CAMPAIGN, "--json")
    assert planned.code == 0, planned.stderr
    files = [one["name"] for one in planned.json["inputs"]["recommendations"]]
    assert files
    assert all("recommendations/batches/" in name for name in files)
    assert winddown("check", CAMPAIGN).code == 0
    sent = winddown("send", CAMPAIGN, now=SUNDAY)
    assert sent.code == 0, sent.stderr
    assert len(winddown.emails()) == winddown.tally()["accepted"] == winddown.tally()["planned"] > 50


def run(winddown: Winddown, *arguments: str, now: str = FRIDAY) -> dict[str, dict[str, object]]:
    ran = winddown("recs", "run", "--json", *arguments, now=now)
    assert ran.code == 0, ran.stderr
    return dict(ran.json)


def test_the_embedded_recommender_makes_the_batch_that_the_email_is_sent_from(listeners: Winddown) -> None:
    done = run(listeners)
    assert done["run"] == "20261120"
    assert set(done) == {"run", "export", "train", "evaluate", "infer", "pull"}
    lists = recommended(listeners)
    assert len(lists) == done["export"]["counts"]["recipients"] > 80  # type: ignore[index,operator]
    assert len({tuple(items) for items in lists.values()}) > len(lists) / 2
    send_from_it(listeners)


def test_personalize_makes_the_batch_that_the_email_is_sent_from(listeners: Winddown, amazon: Amazon) -> None:
    done = run(listeners)
    assert done["run"] == "20261120"
    record = json.loads(amazon.storage.read("runs/20261120/run.json") or "")
    models = record["steps"]["train"]["result"]["models"]
    assert [one["details"]["recipe"] for one in models] == ["aws-user-personalization-v2", "aws-popularity-count"]
    assert all(one["metrics"] for one in models)
    assert len(recommended(listeners)) == done["export"]["counts"]["recipients"]  # type: ignore[index]
    send_from_it(listeners)


def test_cron_may_call_it_every_day(listeners: Winddown) -> None:
    run(listeners)
    idle = listeners("recs", "run", now="2026-11-21T20:00")
    assert (idle.code, idle.out) == (0, "Nothing is due: model and batch are young enough.\n")
    later = run(listeners, now="2026-11-22T20:00")
    assert (later["run"], "train" in later) == ("20261122", False)
    assert later["infer"]["trained_in"] == "20261120"


def test_the_steps_one_by_one_make_the_same_batch(listeners: Winddown) -> None:
    run(listeners)
    whole = recommended(listeners)
    for step in ("export", "train", "infer", "pull"):
        ran = listeners("recs", step, "--run", "by-hand")
        assert ran.code == 0, ran.stderr
    assert recommended(listeners) == whole


def test_old_runs_are_shown_and_then_deleted(listeners: Winddown, amazon: Amazon) -> None:
    for number in (1, 2):
        run(listeners, "--run", f"run-{number}", "--force", now=f"2026-11-2{number}T06:00")
    shown = listeners("recs", "prune", "--keep", "1", "--json")
    assert shown.json["deleted"] is False
    assert [one["run"] for one in shown.json["runs"]] == ["run-1"]
    assert len(shown.json["runs"][0]["holdings"]) == 9
    assert amazon.storage.keys("runs/run-1/")
    deleted = listeners("recs", "prune", "--keep", "1", "--yes")
    assert deleted.code == 0, deleted.stderr
    assert not amazon.storage.keys("runs/run-1/")
    assert not [arn for arn in amazon.fake.books.entries if "/winddown-run-1" in arn and "batch" not in arn]
    assert amazon.storage.keys("runs/run-2/")


@pytest.mark.usefixtures("amazon")
def test_sources_are_compared_by_what_was_played_since(listeners: Winddown) -> None:
    run(listeners, "--source", "local", "--run", "ours", now="2026-11-06T06:00")
    run(listeners, "--source", "personalize", "--run", "theirs", now="2026-11-06T06:00")
    compared = listeners("recs", "compare", "ours", "theirs", "--json")
    assert compared.code == 0, compared.stderr
    assert compared.json["baseline"] == "local ours popularity"
    judged = compared.json["all_items"]
    assert list(judged) == [
        "local ours",
        "local ours popularity",
        "personalize theirs",
        "personalize theirs popularity",
    ]
    assert judged["local ours popularity"] == judged["personalize theirs popularity"]
    assert (
        judged["local ours"]["means"]["NDCG@25"]["mean"]
        > judged["local ours popularity"]["means"]["NDCG@25"]["mean"]
    )
    assert "| personalize theirs |" in listeners("recs", "compare", "ours", "theirs").out


def test_what_loads_the_batch_into_redshift_is_printed_and_lies_in_the_bucket(
    listeners: Winddown, amazon: Amazon
) -> None:
    run(listeners)
    refused = listeners("recs", "load")
    assert (refused.code, "`role_arn` under [recs.redshift]" in refused.said) == (2, True)
    listeners.patch.setenv("WINDDOWN_RECS__REDSHIFT__ROLE_ARN", ROLE)
    loaded = listeners("recs", "load")
    assert loaded.code == 0, loaded.stderr
    assert loaded.out.startswith('BEGIN;\n\nCREATE TEMP TABLE "recommendation_lines"')
    assert loaded.out.endswith("COMMIT;\n")
    manifest = json.loads(amazon.storage.read("runs/20261120/load/manifest.json") or "")
    (entry,) = manifest["entries"]
    assert entry["url"] == f"{amazon.storage.url}/runs/20261120/personalised/users.jsonl.out"
    assert f"MANIFEST\nFORMAT AS JSON '{amazon.storage.url}/runs/20261120/load/jsonpaths.json'" in loaded.out


def test_what_redshift_cannot_reach_is_not_loaded(listeners: Winddown) -> None:
    refused = listeners("recs", "load", "--run", "any")
    assert refused.code == 2
    assert "`base` under [recs] in winddown.toml is 'recs', and Redshift knows S3 alone" in refused.said


def test_slack_is_told_both_models_metrics_side_by_side(listeners: Winddown) -> None:
    told: list[str] = []

    async def hook(_method: str, _path: str, _headers: Mapping[str, str], body: bytes) -> Reply:
        told.append(json.loads(body)["text"])
        return Reply(body=b"ok")

    with HttpServer(hook) as slack:
        listeners.patch.setenv("no_proxy", "*")
        listeners.patch.setenv("WINDDOWN_SLACK_WEBHOOK", f"{slack.url}/services/x")
        done = run(listeners)
        run(listeners, "--run", str(done["run"]))
    message, ready = told
    assert ready.startswith("recommendations of run 20261120 (local, personalised) are ready: ")
    headline, _, header, row, _ = message.splitlines()
    assert headline == "Recommendations: local has trained run 20261120:"
    assert header.split() == ["personalised", "popularity"]
    metrics = [one["metrics"]["perplexity"] for one in done["train"]["models"]]  # type: ignore[attr-defined]
    assert row.split() == ["perplexity", *(f"{value:.4f}" for value in metrics)]


def test_the_batch_is_the_same_whatever_the_threads_of_engine_and_ranking(listeners: Winddown) -> None:
    lists = []
    for threads in ("1", "3"):
        listeners.patch.setenv("WINDDOWN_ENGINE__THREADS", threads)
        run(listeners, "--run", f"threads-{threads}", "--force")
        lists.append(recommended(listeners))
    assert lists[0] == lists[1]


def test_a_dag_may_call_each_step_by_settings_and_a_runs_id(listeners: Winddown) -> None:
    """Every step opens the workspace anew, as a worker on another machine would."""
    for step in (steps.export, steps.train, steps.evaluate, steps.infer, steps.pull):
        opened = Workspace.open(listeners.root, lambda: datetime(2026, 11, 20, 20, tzinfo=UTC), Silent())
        step(recs_parts(opened), "by-a-dag")
    assert len(recommended(listeners)) > 80


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("PERSONALIZE__ROLE_ARN", "", "`role_arn` is ''"),
        ("PERSONALIZE__RECIPE", "aws-trending-now", "cannot recommend items to users in a batch"),
        ("BASE", "recs", "set `base` to s3://bucket/folder"),
        ("BASE", "ftp://elsewhere", "`base` under [recs] in winddown.toml: 'ftp://elsewhere' is no storage"),
        ("BUCKET__KMS_KEY", "a-key", "[recs.bucket] in winddown.toml: a KMS key goes with `kms` encryption"),
        ("EXPORT__ITEM_METADATA", '["colour"]', "[recs.export] in winddown.toml: item_metadata: 'colour' is no"),
        ("EXPORT__WAREHOUSE", "redshift", "`role_arn` under [recs.redshift] in winddown.toml is missing"),
        ("NUM_RESULTS", "501", "`recs.num_results` is '501'; wanted less than or equal to 500"),
    ],
)
def test_settings_that_cannot_work_are_one_sentence(
    listeners: Winddown, amazon: Amazon, setting: str, value: str, words: str
) -> None:
    listeners.patch.setenv(f"WINDDOWN_RECS__{setting}", value)
    ran = listeners("recs", "run")
    assert ran.code == 2, ran.stderr
    assert words in ran.said
    assert amazon.fake.requests == []


def test_a_failed_training_is_one_sentence_with_personalizes_own_reason(
    listeners: Winddown, amazon: Amazon
) -> None:
    amazon.fake.books.failing["winddown-20261120-popularity"] = "There was not enough daylight"
    ran = listeners("recs", "run")
    assert ran.code == 1
    assert "There was not enough daylight" in ran.said
    assert "Traceback" not in ran.stderr


def test_a_batch_needs_a_folder_to_be_pulled_to(listeners: Winddown) -> None:
    listeners.patch.setenv("WINDDOWN_DATA__RECOMMENDATIONS", "data/recommendations/*.out")
    ran = listeners("recs", "run")
    assert ran.code == 2
    assert "wanted a folder" in ran.said
