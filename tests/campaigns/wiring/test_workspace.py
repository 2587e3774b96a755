"""The wiring: which adapter stands behind each port, by settings and environment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from command_line import CAMPAIGN, EDITION, SUNDAY, Winddown

from campaigns.ground.errors import ConfigurationError
from campaigns.ports.clock import FixedClock
from campaigns.ports.progress import Silent
from campaigns.senders.outbox import OutboxSender
from campaigns.senders.smtp.connection import Security
from campaigns.senders.smtp.sender import SmtpSender
from campaigns.wiring import sending, stages
from campaigns.wiring.status import edition_status
from campaigns.wiring.workspace import Workspace


def opened(winddown: Winddown, now: str = SUNDAY) -> Workspace:
    return Workspace.open(winddown.root, FixedClock(datetime.fromisoformat(f"{now}+00:00")), Silent())


def test_the_outbox_is_the_sender_unless_told_otherwise(winddown: Winddown) -> None:
    assert isinstance(opened(winddown).sender(EDITION), OutboxSender)


def test_the_environment_chooses_and_sets_up_the_sender(winddown: Winddown) -> None:
    for name, value in {
        "SENDER__PROVIDER": "smtp",
        "SENDER__SMTP__HOST": "mail.example.org",
        "SENDER__SMTP__SECURITY": "tls",
        "SENDER__SMTP__USERNAME": "anna",
        "SENDER__SMTP__CA_FILE": "authority.pem",
        "SMTP_PASSWORD": "correct-horse",
    }.items():
        winddown.patch.setenv(f"WINDDOWN_{name}", value)
    sender = opened(winddown).sender(EDITION)
    assert isinstance(sender, SmtpSender)
    settings = sender._settings
    assert (settings.host, settings.port, settings.security) == ("mail.example.org", 587, Security.TLS)
    assert (settings.user, settings.password) == ("anna", "correct-horse")
    assert settings.ca_file == winddown.root / "authority.pem"
    assert "correct-horse" not in repr(settings)
    assert "correct-horse" not in repr(opened(winddown).secrets)


def test_the_ledger_lies_in_the_workspace_wherever_one_stands(
    winddown: Winddown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(winddown).ledger() as ledger:
        assert ledger.plan_hash(EDITION) is not None
    assert not list(tmp_path.glob("*.sqlite"))


def test_a_ledger_may_lie_elsewhere(winddown: Winddown, tmp_path: Path) -> None:
    winddown.patch.setenv("WINDDOWN_LEDGER__URL", f"sqlite:///{tmp_path}/other.sqlite")
    with opened(winddown).ledger() as ledger:
        assert ledger.plan_hash(EDITION) is None
    assert (tmp_path / "other.sqlite").exists()


@pytest.mark.parametrize("url", ["notaurl", "sqlite:///:memory:", "postgresql://anna:secret@host:port/db"])
def test_a_ledger_s_address_that_cannot_be_is_told_in_a_sentence(winddown: Winddown, url: str) -> None:
    winddown.patch.setenv("WINDDOWN_LEDGER__URL", url)
    ran = winddown("status", CAMPAIGN)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.said.startswith("winddown: the ledger's address ")
    assert "WINDDOWN_LEDGER__URL" in ran.said
    assert "secret" not in ran.said
    assert not list(winddown.root.glob("*memory*"))


def test_stages_are_functions_that_a_scheduler_can_call(winddown: Winddown) -> None:
    workspace = opened(winddown)
    assert stages.check_edition(workspace, EDITION).sound
    tally = sending.send_edition(workspace, EDITION).tally
    assert tally.accepted == tally.planned == len(winddown.emails())
    manifest, again = sending.run_edition(workspace, EDITION)
    assert again.tally == tally
    assert manifest == edition_status(workspace, EDITION).manifest


def test_a_send_that_is_told_to_stop_at_once_sends_nothing(winddown: Winddown) -> None:
    tally = sending.send_edition(opened(winddown), EDITION, stopping=lambda: True).tally
    assert (tally.accepted, tally.waiting) == (0, tally.planned)
    assert winddown.emails() == {}


def test_looking_at_a_campaign_that_is_not_there_leaves_no_folder(winddown: Winddown) -> None:
    workspace = opened(winddown)
    with pytest.raises(ConfigurationError, match=CAMPAIGN), workspace.hold(type(EDITION)("misspelt", 2026, 47)):
        pass
    assert not (workspace.editions / "misspelt").exists()
