"""A reader's preview, asked for over HTTP, of a plan with a million people: search, page and message.

And how long after a template was saved its message stands there anew, the script's pause between looks included.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import duckdb
from _edition import EDITION, FRIDAY, KEY, plan_anew, sample_world, workspace_of

PEOPLE = 1_000_000
READERS = 60
SAVES = 15
LOOKS_EVERY_S = 0.5
"""As the pages' script does."""
_LONG = """
COPY (
    SELECT
        md5(n::VARCHAR) AS delivery_id, n::INTEGER AS position, row.user_id || '-' || n AS user_id,
        row.* EXCLUDE (delivery_id, position, user_id)
    FROM range({people}) AS numbers (n)
    JOIN read_parquet('{plan}') AS row ON row.position = n % {rows}
    ORDER BY n
) TO '{long}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)
"""


def main() -> None:
    """Plan a small world, make its plan a million rows long, and preview random readers of it."""
    folder = Path(tempfile.mkdtemp(prefix="winddown-studio-"))
    try:
        world = folder / "world"
        sample_world(world, users=2_000)
        plan_anew(workspace_of(world))
        users = _lengthen(world / "editions" / EDITION.campaign / EDITION.name / "plan.parquet")
        _measure(world, random.Random(7).sample(users, READERS))
    finally:
        shutil.rmtree(folder)


def _lengthen(plan: Path) -> list[str]:
    """The same rows over and over, each with a person of its own; some of the ids."""
    long = plan.with_name("long.parquet")
    with closing(duckdb.connect()) as engine:
        (rows,) = engine.execute("SELECT count(*) FROM read_parquet(?)", [str(plan)]).fetchall()[0]
        engine.execute(_LONG.format(plan=plan, rows=rows, people=PEOPLE, long=long))
        users = engine.execute(f"SELECT user_id FROM read_parquet('{long}') WHERE position % 997 = 0").fetchall()
    long.replace(plan)
    return [str(user) for (user,) in users]


def _measure(world: Path, users: list[str]) -> None:
    winddown = Path(sys.executable).with_name("winddown")
    before = ["--workspace", world, "--now", f"{FRIDAY}T20:00"]
    command = [winddown, *before, "preview", EDITION.campaign, "--port", "0"]
    environment = {"WINDDOWN_SECRET_KEY": KEY, "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as studio:
        assert studio.stdout
        port = int(studio.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0])
        try:
            print(f"first page, which opens the plan: {_timed(lambda: _get(port, '/readers')):.0f} ms")
            _get(port, f"/readers/{users[0]}")
            for what, path in {
                "studio_preview_ms": "/readers/{}",
                "studio_message_ms": "/messages/{}.html",
                "studio_search_ms": "/search?q={}",
            }.items():
                before = _cpu_s(studio.pid)
                times = sorted(_timed(partial(_get, port, path.format(user))) for user in users)
                print(f"figure {what} {median(times):.1f} ms", flush=True)
                print(f"  of {len(times)}: fastest {times[0]:.1f}, slowest {times[-1]:.1f}")
                each = (_cpu_s(studio.pid) - before) * 1000 / len(times)
                print(f"figure {what.removesuffix('_ms')}_cpu_ms {each:.1f} ms")
            template = world / "templates" / EDITION.campaign / "body.mjml"
            times = sorted(_reloaded(port, template, users[0], save) for save in range(SAVES))
            print(f"figure studio_reload_ms {median(times):.0f} ms")
            print(f"  of {len(times)}: fastest {times[0]:.0f}, slowest {times[-1]:.0f}")
        finally:
            studio.send_signal(signal.SIGTERM)


def _reloaded(port: int, template: Path, user: str, save: int) -> float:
    """Save the template somewhere between two looks, and look until the message shows it."""
    before = _get(port, "/stamp")
    looked = time.perf_counter()
    time.sleep(LOOKS_EVERY_S * save / SAVES)
    text = template.read_text("utf-8").partition("<!-- saved")[0]
    template.write_text(f"{text}<!-- saved {save} -->\n", "utf-8")
    saved = time.perf_counter()
    while _get(port, "/stamp") == before:
        looked += LOOKS_EVERY_S
        time.sleep(max(0.0, looked - time.perf_counter()))
    _get(port, f"/readers/{user}")
    _get(port, f"/messages/{user}.html")
    return (time.perf_counter() - saved) * 1000


def _cpu_s(pid: int) -> float:
    """What a process has used of all cores, which other work on the machine does not lengthen (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _timed(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


def _get(port: int, path: str) -> bytes:
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (path, answer.status, content[:500])
        return content


if __name__ == "__main__":
    main()
