"""The report of 2 million people over 8 weeks: 16 million assignments, 100 million interactions, 2 cores.

From the editions' files and the app's to every metric, check, segment and week, and the page. The
ledger's rows, which pass through Python once an edition on their way to `responses.parquet`, are apart.

Against pandas, at a smaller scale on both sides, each in a process of its own: it reads the same files and makes
the primary metric, the days with a completion, completions a day and the days before, with covariances.

    python benchmarks/report.py                  # some minutes; 4 GB of disk under .bench/, removed after
    python benchmarks/report.py --users 200000
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from _mailings import PLAYS_A_USER, WEEKS, Mailings, write_mailings

WORLDS = Path(".bench")
SMALL = 100_000
ROUNDS = 3


def winddown(mailings: Mailings) -> object:
    """Gather, study and write the page and all else."""
    from campaigns.report.edition import write_report
    from campaigns.report.gather import gather
    from campaigns.report.metrics import METRICS
    from campaigns.report.study import study
    from recsource.engine import Engine

    question = mailings.question()
    with Engine(memory_limit="3500MB", threads=2) as engine:
        found = gather(engine, question, METRICS, interactions=mailings.interactions, items=mailings.items)
    report = study(found, question, METRICS, campaign="benchmark", simulated=True, manifests={})
    write_report(report, found.script, mailings.root / "report")
    return {arm.variant: round(arm.count) for arm in report.primary.arms}


def with_pandas(mailings: Mailings) -> object:
    """A part of it, in the straightforward way."""
    import pandas as pd

    question = mailings.question()
    plays = pd.concat(pd.read_parquet(path) for path in sorted(mailings.root.glob("interactions-*.parquet")))
    completed = plays[plays["event"] == "complete"]
    weeks = []
    for edition in question.editions:
        people = pd.read_parquet(edition.assignments).merge(
            pd.read_parquet(edition.plan, columns=["user_id", "send_at"]), on="user_id"
        )
        sent = people.merge(pd.read_parquet(edition.responses), on="user_id")
        sent["sent_at"] = sent[["send_at", "accepted_at"]].max(axis=1)
        weeks.append(_week(sent, plays, completed))
    begun = pd.read_parquet(question.first.plan, columns=["send_at"])["send_at"].min()
    earlier = completed[(completed["at"] < begun) & (completed["at"] >= begun - pd.Timedelta(days=28))]
    before = earlier.groupby("user_id")["at"].apply(lambda at: (begun - at).dt.days.nunique()).rename("before")
    persons = pd.concat(weeks).groupby(["user_id", "variant"]).sum().reset_index()
    persons = persons.merge(before, on="user_id", how="left").fillna({"before": 0})
    persons.drop(columns="user_id").groupby("variant").cov()
    return persons.groupby("variant")["completed"].sum().astype(int).to_dict()


def _week(sent: Any, plays: Any, completed: Any) -> Any:
    import pandas as pd

    def within(events: Any) -> Any:
        joined = events.merge(sent[["user_id", "sent_at"]], on="user_id")
        joined["day"] = (joined["at"] - joined["sent_at"]) // pd.Timedelta(days=1)
        return joined[(joined["day"] >= 0) & (joined["day"] < 7)]

    done, used = within(completed.drop_duplicates()), within(plays)
    found = sent[["user_id", "variant"]].set_index("user_id")
    found["assigned"] = 1
    found["completed"] = done[done["day"] == 0].groupby("user_id").size().clip(upper=1)
    found["days"] = done.groupby("user_id")["day"].nunique()
    found["completions"] = done.groupby("user_id").size()
    found["active"] = used.groupby("user_id")["day"].nunique()
    return found.fillna(0).reset_index()


SIDES = {"winddown": winddown, "pandas": with_pandas}


def measured(side: str, users: int) -> dict[str, Any]:
    """One side in a process of its own."""
    call = [sys.executable, __file__, "--users", str(users), "--side", side]
    return json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def main() -> None:
    """Make the data, run the sides in turn, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=2_000_000)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    mailings = Mailings(WORLDS / f"mailings-{given.users}", given.users)
    if given.side:
        start, work = time.perf_counter(), time.process_time()
        answer = SIDES[given.side](mailings)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seconds = {"s": time.perf_counter() - start, "cpu_s": time.process_time() - work, "mb": peak}
        print(json.dumps({**seconds, "answer": answer}))
        return
    small = Mailings(WORLDS / f"mailings-{SMALL}", SMALL)
    write_mailings(small)
    rounds = [{side: measured(side, SMALL) for side in SIDES} for _ in range(ROUNDS)]
    assert rounds[0]["winddown"]["answer"] == rounds[0]["pandas"]["answer"]
    ratio = median(each["pandas"]["s"] / each["winddown"]["s"] for each in rounds)
    write_mailings(mailings)
    whole = measured("winddown", given.users)
    print(f"{given.users:,} people, {WEEKS} weeks, {given.users * PLAYS_A_USER:,} interactions")
    print(f"figure report_s {whole['s']:.1f} s")
    print(f"figure report_cpu_s {whole['cpu_s']:.1f} s")
    print(f"figure report_peak_mb {whole['mb']:.0f} MB")
    print(f"figure report_vs_pandas {ratio:.1f} x ({SMALL:,} people on both sides)")
    if not given.keep:
        for made in (small, mailings):
            shutil.rmtree(made.root)


if __name__ == "__main__":
    main()
