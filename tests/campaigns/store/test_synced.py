"""What is synced to the disk when a method returns: whatever lets bytes leave, or was decided by a person.

Nobody pulls a plug here. How each transaction is committed is looked at; that it is then on the disk is the
databases' documented word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest
from contracts.ledger_world import EDITION, LATER, NOW, Worker, enrolled, event
from providers.postgres import PostgresServer
from sqlalchemy import Connection
from sqlalchemy import event as listening

from campaigns.dispatch.pacing import fresh
from campaigns.ground.event import EventType
from campaigns.ground.receipt import Outcome
from campaigns.store.opening import open_ledger
from campaigns.store.sql import SqlLedger

SYNCED = {"sqlite": ("PRAGMA synchronous", 2), "postgresql": ("SHOW synchronous_commit", "on")}

DONE: Mapping[str, tuple[Callable[[SqlLedger], object], bool]] = {
    "enrolling": (lambda ledger: enrolled(ledger, 20), True),
    "claiming": (lambda ledger: Worker(ledger).claim(5), False),
    "submitting": (lambda ledger: Worker(ledger).submit(Worker(ledger).claim(5)), True),
    "settling": (lambda ledger: Worker(ledger).settle(["2026-W48-0"], Outcome.ACCEPTED), False),
    "releasing": (lambda ledger: ledger.release(EDITION, "anna/1/0", NOW), False),
    "pacing": (lambda ledger: ledger.pace("ses", lambda pace: pace or fresh(NOW)), False),
    "recovering": (lambda ledger: ledger.recover(EDITION, "anna", LATER), True),
    "recording": (lambda ledger: ledger.record([event(1, EventType.COMPLAINED)]), True),
    "suppressing": (lambda ledger: ledger.suppress([("address-3", "asked us to")], NOW), True),
    "halting": (lambda ledger: ledger.halt(EDITION, "wrong picture", NOW), True),
    "resuming": (lambda ledger: ledger.resume(EDITION, NOW), True),
    "cancelling": (lambda ledger: ledger.cancel(EDITION, "called off", NOW), True),
}
"""What is done, in this order, and whether its last transaction is synced."""


@pytest.fixture(params=list(SYNCED))
def ledger(request: pytest.FixtureRequest) -> Iterator[SqlLedger]:
    if request.param == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('tmp_path')}/ledger.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    with open_ledger(url) as opened:
        yield opened


def test_all_but_the_steps_that_a_submit_takes_along_is_synced(ledger: SqlLedger) -> None:
    question, synced = SYNCED[ledger._database.dialect]
    commits: list[bool] = []

    def note(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        commits.append(driver.execute(question).fetchone()[0] == synced)

    for writer in set(ledger._database._writers.values()):
        listening.listen(writer, "commit", note)
    for name, (do, wanted) in DONE.items():
        commits.clear()
        do(ledger)
        assert commits[-1] is wanted, name


def test_each_transaction_says_for_itself_whether_it_is_synced(ledger: SqlLedger) -> None:
    """The connections beneath are shared."""
    enrolled(ledger, 3)
    for synced in (False, True, False, True):
        with ledger._database.writing(synced=synced) as connection:
            question, yes = SYNCED[ledger._database.dialect]
            assert (connection.exec_driver_sql(question).scalar() == yes) is synced
