"""Each sender against what one would otherwise write: recipients a second into a sink on this machine.

Ours is the whole of sending, from the start of a worker on: compiling templates, reading the plan, rendering, the
ledger with its syncing commits, the provider. The other side renders the same messages, and sends each as the
provider's own library, or the standard one, has it; it is measured before and after ours. The figures are of one
worker against one loop; `…_by_2` are of two workers.

    ROUNDS=1 USERS=60000 for a quick look

    python benchmarks/senders.py [ses|sendgrid|smtp ...]
"""

from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from shutil import which
from statistics import median
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from _edition import plan_anew, provider, rendering, sample_world, send, workspace_of
from null_send import email_of

from campaigns.ground.message import Message
from campaigns.wiring.workspace import Workspace

USERS = int(os.environ.get("USERS", "140000"))  # some 100,000 of them are sent to
SLOTS = 4  # which makes messages of 24 KB
ROUNDS = int(os.environ.get("ROUNDS", "3"))
THEIRS = 1_500  # messages, before ours and once more after
os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}

SendOne = Callable[[Message], object]


def main() -> None:
    """Print each sender's figures."""
    wanted = sys.argv[1:] or list(SIDES)
    with TemporaryDirectory() as folder:
        root = Path(folder) / "world"
        sample_world(root, USERS, SLOTS)
        for name in wanted:
            _compare(name, root)


def _compare(name: str, root: Path) -> None:
    open_sink, other, open_other = SIDES[name]
    ours, by_two, theirs, shares = [], [], [], []
    for _ in range(ROUNDS):
        with open_sink() as settings:
            workspace = workspace_of(root, settings)
            plan_anew(workspace)
            before = _one_by_one(workspace, open_other(settings))
            ledger = Timed()
            cpu = time.process_time()
            seconds, tally = send(workspace, ledger.watching)
            shares.append(ledger.cpu / (time.process_time() - cpu))
            assert tally.accepted == tally.planned, tally
            ours.append(tally.accepted / seconds)
            theirs.append((before + _one_by_one(workspace, open_other(settings))) / 2)
            plan_anew(workspace)
            seconds, tally = send(workspace, workers=2)
            assert tally.accepted == tally.planned, tally
            by_two.append(tally.accepted / seconds)
    print(f"{name}: {tally.planned:,} messages, the whole of sending      {median(ours):8,.0f} a second")
    print(f"{name}: {'by two workers':<40}      {median(by_two):8,.0f} a second")
    print(f"{name}: {other:<40}      {median(theirs):8,.0f} a second")
    print(f"figure {name}_vs_{other.split()[0]} {_ratio(ours, theirs):.1f} x")
    print(f"figure {name}_vs_{other.split()[0]}_by_2 {_ratio(by_two, theirs):.1f} x")
    print(f"figure {name}_ledger_cpu_share {median(shares):.2f}", flush=True)


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return median(mine / other for mine, other in zip(ours, theirs, strict=True))


class Timed:
    """How much of the process's time the ledger takes; it is asked from two threads."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self._alone = Lock()

    def watching(self, ledger: Any) -> Any:
        """The ledger, with a watch on each of its methods."""
        self._ledger = ledger
        return self

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)

        def timed(*values: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return method(*values, **named)
            finally:
                with self._alone:
                    self.cpu += time.thread_time() - start

        return timed


def _one_by_one(workspace: Workspace, send_one: SendOne) -> float:
    with rendering(workspace) as messages:
        send_one(next(messages))
        start = time.perf_counter()
        for message in islice(messages, THEIRS):
            send_one(message)
        return THEIRS / (time.perf_counter() - start)


@contextmanager
def _ses() -> Iterator[dict[str, Any]]:
    with provider("ses_server.py", "--sink") as port:
        url = f"http://127.0.0.1:{port}"
        settings = {"region": "eu-west-1", "configuration_set": "weekly", "endpoint_url": url}
        yield {"provider": "ses", "ses": settings}


def _boto3(settings: dict[str, Any]) -> SendOne:
    import boto3

    ses = settings["ses"]
    client = boto3.client("sesv2", region_name=ses["region"], endpoint_url=ses["endpoint_url"])

    def send_one(message: Message) -> object:
        content = {
            "Subject": {"Data": message.subject},
            "Body": {"Html": {"Data": message.html}, "Text": {"Data": message.text}},
            "Headers": [{"Name": k, "Value": v} for k, v in message.headers if k not in {"Message-ID", "Date"}],
        }
        return client.send_email(
            FromEmailAddress=message.sender.address,
            Destination={"ToAddresses": [message.recipient.address]},
            Content={"Simple": content},
            ConfigurationSetName=ses["configuration_set"],
            EmailTags=[{"Name": "delivery_id", "Value": message.delivery_id}],
        )

    return send_one


@contextmanager
def _sendgrid() -> Iterator[dict[str, Any]]:
    with provider("sendgrid_server.py", "--sink") as port:
        yield {"provider": "sendgrid", "sendgrid": {"host": f"http://127.0.0.1:{port}"}}


def _helper(settings: dict[str, Any]) -> SendOne:
    from sendgrid import SendGridAPIClient
    from sendgrid.helpers.mail import Content, CustomArg, Email, Header, Mail, To

    client = SendGridAPIClient("SG.benchmark", host=settings["sendgrid"]["host"])

    def send_one(message: Message) -> object:
        mail = Mail(
            Email(message.sender.address, message.sender.name), To(message.recipient.address), message.subject
        )
        mail.add_content(Content("text/plain", message.text))
        mail.add_content(Content("text/html", message.html))
        mail.add_custom_arg(CustomArg("delivery_id", message.delivery_id))
        for name, value in message.headers:
            if name not in {"Message-ID", "Date"}:
                mail.add_header(Header(name, value))
        return client.send(mail)

    return send_one


@contextmanager
def _smtp() -> Iterator[dict[str, Any]]:
    """Postfix's smtp-sink, which takes mail and throws it away."""
    sink = which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    if sink is None:
        sys.exit("smtp-sink is not installed; it comes with Postfix")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([sink, *user, f"127.0.0.1:{port}", "1000"]) as process:
        try:
            _await(port)
            yield {"provider": "smtp", "smtp": {"host": "127.0.0.1", "port": port, "security": "none"}}
        finally:
            process.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("smtp-sink does not answer")


def _smtplib(settings: dict[str, Any]) -> SendOne:
    smtp = smtplib.SMTP(settings["smtp"]["host"], settings["smtp"]["port"])

    def send_one(message: Message) -> object:
        return smtp.send_message(email_of(message))

    return send_one


SIDES: dict[str, tuple[Callable[[], Any], str, Callable[[dict[str, Any]], SendOne]]] = {
    "ses": (_ses, "boto3 send_email in a loop", _boto3),
    "sendgrid": (_sendgrid, "helper one by one", _helper),
    "smtp": (_smtp, "smtplib on one connection", _smtplib),
}


if __name__ == "__main__":
    main()
