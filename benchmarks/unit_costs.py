"""What one message costs, step by step, with the ledger in PostgreSQL and SES's stand-in as the provider.

docs/scale.md multiplies these out to a hundred million readers.

    python benchmarks/unit_costs.py
    USERS=5000 WIDE=20000 for a quick look
"""

from __future__ import annotations

import os
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parent.parent / "tests" / "providers"))

from _edition import EDITION, plan_anew, provider, rendering, sample_world, send, workspace_of
from _real_weekend import make_world
from million import send_to_nobody
from postgres import PostgresServer
from senders import Timed
from sqlalchemy import make_url

from campaigns.wiring.workspace import Workspace

USERS = int(os.environ.get("USERS", "20000"))
WIDE = int(os.environ.get("WIDE", "100000"))
_RENDERED = 3_000
_TICKS = os.sysconf("SC_CLK_TCK")
_TABLES = ("deliveries", "assignments")


def main() -> None:
    """Print the figures."""
    with TemporaryDirectory() as folder, PostgresServer(fsync=True) as server:
        os.environ["WINDDOWN_LEDGER__URL"] = server.new_database()
        _a_message(Path(folder) / "world", server)
        os.environ["WINDDOWN_LEDGER__URL"] = server.new_database()
        _memory(Path(folder) / "wide")


def _a_message(root: Path, server: PostgresServer) -> None:
    sample_world(root, USERS)
    with provider("ses_server.py", "--sink") as port:
        ses = {"configuration_set": "weekly", "endpoint_url": f"http://127.0.0.1:{port}"}
        workspace = workspace_of(root, {"provider": "ses", "ses": ses})
        plan_anew(workspace)
        rendered, sent_bytes = _rendering(workspace)
        ledger, before, servers = Timed(), time.process_time(), _cpu_of(server)
        seconds, tally = send(workspace, ledger.watching)
        process, servers = time.process_time() - before, _cpu_of(server) - servers
    people = tally.accepted
    _figure("render_us", rendered * 1e6, "us")
    _figure("ledger_us", ledger.cpu / people * 1e6, "us")
    _figure("provider_us", (process - ledger.cpu) / people * 1e6 - rendered * 1e6, "us")
    _figure("sender_cpu_us", process / people * 1e6, "us")
    _figure("postgresql_cpu_us", servers / people * 1e6, "us")
    _figure("elapsed_us", seconds / people * 1e6, "us")
    _figure("message_bytes", sent_bytes, "B")
    _figure("provider_calls", 1 / 50, "a message")
    _figure("plan_bytes", workspace.folder(EDITION).plan.stat().st_size / people, "B")
    database = str(make_url(os.environ["WINDDOWN_LEDGER__URL"]).database)
    for table in _TABLES:
        ((size,),) = server.run(f"SELECT pg_total_relation_size('{table}')", database)
        _figure(f"{table}_bytes", size / people, "B")
    ((log,),) = server.run("SELECT wal_bytes::bigint FROM pg_stat_wal", database)
    _figure("wal_bytes", log / people, "B")


def _rendering(workspace: Workspace) -> tuple[float, float]:
    """Seconds a message, and how many bytes it has."""
    with rendering(workspace) as messages:
        next(messages)
        start = time.process_time()
        some = list(islice(messages, _RENDERED))
        seconds = (time.process_time() - start) / len(some)
    sizes = [len(f"{message.subject}{message.html}{message.text}".encode()) for message in some]
    return seconds, sum(sizes) / len(sizes)


def _cpu_of(server: PostgresServer) -> float:
    """Seconds of cores that its processes have used, those that have ended among them."""
    main_process = server.pid
    seconds = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if path.parent.name == str(main_process):
            seconds += sum(map(int, fields[11:15])) / _TICKS
        elif int(fields[1]) == main_process:
            seconds += sum(map(int, fields[11:13])) / _TICKS
    return seconds


def _memory(root: Path) -> None:
    """Of the command that sends a wide plan, and of one that sends an eighth of it."""
    make_world(root, WIDE)
    _, shard = send_to_nobody(root, "--shard", "3/8")
    _, rest = send_to_nobody(root)
    _figure("send_peak_mb", rest, "MB")
    _figure("send_shard_peak_mb", shard, "MB")


def _figure(name: str, value: float, unit: str) -> None:
    print(f"figure unit_{name} {value:,.3g} {unit}" if value < 1 else f"figure unit_{name} {value:,.0f} {unit}")


if __name__ == "__main__":
    main()
