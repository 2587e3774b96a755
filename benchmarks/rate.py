"""How well a configured rate is kept: what arrives at a provider's stand-in, by the second.

`winddown send` itself, with one worker and with two, into SES's stand-in, which notes when each recipient came.

    python benchmarks/rate.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from bisect import bisect_left
from pathlib import Path
from tempfile import TemporaryDirectory

from _edition import FRIDAY, KEY, SENT_AT, plan_anew, provider, sample_world, workspace_of

from campaigns.dispatch.pacing import Rate, batch_size

USERS = 20_000
RATES = {50: 12, 500: 10, 2_000: 5}
"""Recipients a second, and for how many seconds to look."""


def main() -> None:
    """Print each rate's figures."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "world"
        sample_world(root, USERS)
        for per_second, seconds in RATES.items():
            for workers in (1, 2):
                _measure(root, per_second, seconds, workers)


def _measure(root: Path, per_second: int, seconds: int, workers: int) -> None:
    plan_anew(workspace_of(root))
    record = root / f"record-{per_second}-{workers}"
    with provider("ses_server.py", "--sink", "--record", str(record)) as port:
        _send_for_a_while(root, port, per_second, seconds, workers)
    arrivals = sorted(float(line.split()[1]) for line in record.read_text().splitlines())
    arrivals = [at for at in arrivals if at < arrivals[0] + seconds]
    first = batch_size(Rate(per_second), 50, in_one_call=True)  # came at once, before any time had passed
    achieved = (len(arrivals) - first) / (arrivals[-1] - arrivals[0])
    most = max(bisect_left(arrivals, at + 1) - n for n, at in enumerate(arrivals))
    print(
        f"{per_second:,} a second, {workers} worker(s): {achieved:,.1f} achieved, at most {most:,} in any second"
    )
    print(f"figure rate_{per_second}_by_{workers}_achieved {achieved / per_second:.3f} x")
    print(f"figure rate_{per_second}_by_{workers}_most_in_a_second {most / per_second:.3f} x", flush=True)


def _send_for_a_while(root: Path, port: int, per_second: int, seconds: int, workers: int) -> None:
    winddown = Path(sys.executable).with_name("winddown")
    sender = {
        "PROVIDER": "ses",
        "MAX_PER_SECOND": str(per_second),
        "SES__ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "SES__CONFIGURATION_SET": "weekly",
    }
    environment = {
        **os.environ,
        **{f"WINDDOWN_SENDER__{name}": value for name, value in sender.items()},
        "WINDDOWN_SECRET_KEY": KEY,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    call = [winddown, "--workspace", root, "--now", SENT_AT.isoformat()]
    call += ["send", "weekly_winddown", "--date", FRIDAY.isoformat(), "--workers", str(workers)]
    with subprocess.Popen(call, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            _, errors = process.communicate(timeout=seconds + 10)
        except subprocess.TimeoutExpired:
            process.terminate()
            _, errors = process.communicate()
    if process.returncode not in {0, -15}:
        sys.exit(errors.decode())


if __name__ == "__main__":
    main()
