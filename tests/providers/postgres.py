"""A PostgreSQL server of our own for tests: in a folder that is thrown away, on a socket that nobody else sees.

    with PostgresServer() as server:
        url = server.new_database()

Its binaries come with the system's package (`apt-get install postgresql`); nothing needs to run beforehand.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy import URL

_USER, _PASSWORD = "winddown", "secret/of@7%"  # one that has to be escaped in a URL
_PATIENCE_S = 60
_UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to run as root


def find_binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest where there are several; None where there is none."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


class PostgresServer:
    """One server; it listens on a socket in its folder alone.

    Attributes:
        folder: what it writes, and its `log`.
        fsync: whether a commit waits for the disk; tests that cut no power do without.
    """

    def __init__(self, *, fsync: bool = False, settings: dict[str, str] | None = None) -> None:
        self.fsync = fsync
        self.folder = Path()
        self._settings = settings or {}
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop(signal.SIGQUIT)  # nothing of it is worth a last checkpoint
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, in a new folder the first time; returns as soon as it lets us in.

        Raises:
            RuntimeError: it does not start; with the end of its log.
        """
        if self.folder == Path():
            self._make()
        settings = {"fsync": "on" if self.fsync else "off", "listen_addresses": "", "max_connections": "200"}
        options = [f"-c{key}={value}" for key, value in (settings | self._settings).items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_binary("postgres"), "-D", self.folder / "data", "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                **_unprivileged(),
            )
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: at once by default (`SIGINT`), or as in a crash (`SIGQUIT`)."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE_S)
            self._process = None

    @property
    def pid(self) -> int:
        """The process that all its others descend from."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str, *, user: str = _USER, password: str = _PASSWORD) -> str:
        """The address of one of its databases, in the form that settings have."""
        address = URL.create("postgresql", user, password, database=database, query={"host": str(self.folder)})
        return address.render_as_string(hide_password=False)

    def new_database(self, template: str = "template1") -> str:
        """The address of a new, empty database, or of a copy of the one called `template`."""
        name = f"db{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def run(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the server's owner; its rows, if it has any."""
        with psycopg.connect(self._address(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def _address(self, database: str) -> str:
        return psycopg.conninfo.make_conninfo(
            host=str(self.folder), dbname=database, user=_USER, password=_PASSWORD, connect_timeout=5
        )

    def _make(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.folder.chmod(0o755)
        password = self.folder / "password"
        password.write_text(_PASSWORD)
        who = _unprivileged()
        if who:
            for path in (self.folder, password):
                shutil.chown(path, who["user"], who["group"])
        command = [_binary("initdb"), "-D", self.folder / "data", "-U", _USER, f"--pwfile={password}"]
        how = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run([*map(str, command), *how], capture_output=True, text=True, check=False, **who)
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr}")

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text()[-2_000:]
                    raise RuntimeError(f"PostgreSQL did not start: {log}") from None
                time.sleep(0.05)
            else:
                return


def _binary(name: str) -> Path:
    folder = find_binaries()
    if folder is None:
        raise RuntimeError("PostgreSQL's binaries are not installed")
    return folder / name


def _unprivileged() -> dict[str, Any]:
    """As whom to run: ourselves, unless we are root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    who = next(names[name] for name in _UNPRIVILEGED if name in names)
    return {"user": who.pw_name, "group": who.pw_gid, "extra_groups": [], "cwd": "/"}
