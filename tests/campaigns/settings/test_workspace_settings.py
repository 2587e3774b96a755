"""`winddown.toml` and the environment over it; and secrets, which stand nowhere else and are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.ground.errors import ConfigurationError
from campaigns.settings.workspace import Secrets, WorkspaceSettings, read_workspace, require_secret_keys

TOML = """\
[data]
items = "items.csv"
collections = "collections.csv"
users = "users/*.parquet"
interactions = "interactions.parquet"
curated = "curated.csv"
suppressions = "suppressions.csv"
recommendations = "batch"
[sender]
provider = "outbox"
[identity]
from_name = "Winddown"
from_address = "hello@mail.winddown.example"
reply_to = "care@winddown.example"
domain = "mail.winddown.example"
postal_address = "1 Quiet Lane"
feedback_id = "winddown1"
[links]
base_url = "https://mail.winddown.example"
unsubscribe_mailbox = "unsubscribe@mail.winddown.example"
"""
KEY = "0123456789abcdef-hunter2"


def _read(folder: Path, text: str = TOML) -> WorkspaceSettings:
    (folder / "winddown.toml").write_text(text, encoding="utf-8")
    return read_workspace(folder)


def _refusal(folder: Path, text: str = TOML) -> str:
    with pytest.raises(ConfigurationError) as caught:
        _read(folder, text)
    return str(caught.value)


def test_what_is_not_set_has_a_default_that_needs_no_server(tmp_path: Path) -> None:
    settings = _read(tmp_path)
    assert settings.data.users == "users/*.parquet"
    assert (settings.sender.provider, settings.sender.smtp.security) == ("outbox", "starttls")
    assert settings.ledger.url.get_secret_value() == "sqlite:///ledger.sqlite"
    assert (settings.engine.memory_limit, settings.engine.threads) == ("1GB", None)
    assert (settings.holdout.share, settings.simulated) == (0, False)


def test_the_identity_is_the_domains_own_value(tmp_path: Path) -> None:
    identity = _read(tmp_path).identity.identity()
    assert (identity.mailbox.address, identity.mailbox.name) == ("hello@mail.winddown.example", "Winddown")
    assert identity.reply_to
    assert identity.reply_to.address == "care@winddown.example"
    without = _read(tmp_path, TOML.replace('reply_to = "care@winddown.example"\n', ""))
    assert without.identity.identity().reply_to is None


def test_the_environment_overrides_the_file_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDDOWN_SENDER__PROVIDER", "smtp")
    monkeypatch.setenv("WINDDOWN_SENDER__SMTP__PORT", "2525")
    monkeypatch.setenv("winddown_engine__threads", "3")
    monkeypatch.setenv("WINDDOWN_DATA__USERS", "elsewhere/users.csv")
    settings = _read(tmp_path)
    assert (settings.sender.provider, settings.sender.smtp.port) == ("smtp", 2525)
    assert (settings.data.users, settings.data.items) == ("elsewhere/users.csv", "items.csv")
    assert settings.engine.threads == 3


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("WINDDOWN_SENDER__PROVIDER", "pigeon", "`sender.provider` is 'pigeon'; wanted 'outbox', 'smtp', 'ses', "),
        ("WINDDOWN_HOLDOUT__SHARE", "lots", "`holdout.share` is 'lots'; wanted a valid number"),
        (
            "WINDDOWN_SENDER__PROVIDR",
            "smtp",
            "`sender.providr` is not a setting; remove it or correct its spelling",
        ),
        ("WINDDOWN_SENDER", "smtp", 'environment: error parsing value for field "sender"'),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_with_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert complaint in _refusal(tmp_path)


def test_a_variable_of_something_else_is_none_of_the_settings_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDDOWN_SECRET_KEY", KEY)
    monkeypatch.setenv("WINDDOWN_HOME", "/nowhere")
    monkeypatch.setenv("SENDER__PROVIDER", "pigeon")
    assert _read(tmp_path).sender.provider == "outbox"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[links]", "[links", "this is not valid TOML: "),
        (
            "[links]",
            "[link]",
            "`links` is missing; add it; `link` is not a setting; remove it or correct its spelling",
        ),
        ('users = "users/*.parquet"\n', "", "`data.users` is missing; add it"),
        ('users = "users/*.parquet"', "users = 3", "`data.users` is 3; wanted a valid string"),
        (
            '"outbox"',
            '"pigeon"',
            "`sender.provider` is 'pigeon'; wanted 'outbox', 'smtp', 'ses', 'sendgrid' or 'null'",
        ),
        (
            "https://",
            "http://",
            "`links.base_url` is 'http://mail.winddown.example'; the string should match pattern",
        ),
        ("hello@mail", "hello at mail", "`identity.from_address` is 'hello at mail.winddown.example'; the string"),
        (
            "[links]",
            '[engine]\nmemory_limit = "lots"\n[links]',
            "`engine.memory_limit` is 'lots'; the string should",
        ),
        ("[links]", "[holdout]\nshare = 1\n[links]", "`holdout.share` is 1; wanted less than 1"),
        ("[links]", "[engine]\nthreads = 0\n[links]", "`engine.threads` is 0; wanted greater than 0"),
    ],
)
def test_what_is_wrong_is_said_with_its_key_and_what_is_wanted(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in TOML
    assert _refusal(tmp_path, TOML.replace(old, new, 1)).startswith(f"{tmp_path}/winddown.toml: {complaint}")


def test_a_folder_without_the_file_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"winddown\.toml: there is no such file; name a workspace"):
        read_workspace(tmp_path)


@pytest.mark.parametrize("place", ["", "[sender.smtp]"])
@pytest.mark.parametrize("name", ["secret_key", "smtp_password", "password"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, name: str, place: str) -> None:
    line = f'{name} = "{KEY}"\n'
    sentence = _refusal(tmp_path, TOML + f"{place}\n{line}" if place else line + TOML)
    assert f"{name}` is not a setting" in sentence
    assert "hunter2" not in sentence


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDDOWN_SECRET_KEY", KEY)
    monkeypatch.setenv("WINDDOWN_SMTP_PASSWORD", KEY)
    secrets = Secrets()
    assert require_secret_keys(secrets) == [KEY]
    assert secrets.smtp_password.get_secret_value() == KEY
    for shown in (repr(secrets), str(secrets), f"{secrets}", str(secrets.model_dump()), secrets.model_dump_json()):
        assert "hunter2" not in shown


def test_the_key_before_is_still_believed_while_the_new_one_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDDOWN_SECRET_KEY", KEY)
    monkeypatch.setenv("WINDDOWN_PREVIOUS_SECRET_KEY", "the one before")
    assert require_secret_keys(Secrets()) == ["the one before", KEY]


def test_a_ledger_s_password_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDDOWN_LEDGER__URL", "postgresql://anna:hunter2@db/winddown")
    settings = _read(tmp_path)
    for shown in (repr(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("key", "found"), [("", "no characters"), ("hunter2", "7 characters"), ("x" * 15, "15 characters")]
)
def test_a_key_that_is_missing_or_too_short_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, key: str, found: str
) -> None:
    monkeypatch.setenv("WINDDOWN_SECRET_KEY", key)
    with pytest.raises(
        ConfigurationError, match=f"WINDDOWN_SECRET_KEY: found {found}; wanted at least 16"
    ) as caught:
        require_secret_keys(Secrets())
    assert "hunter2" not in str(caught.value)


def test_without_an_environment_there_are_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WINDDOWN_SECRET_KEY", "WINDDOWN_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert Secrets().smtp_password.get_secret_value() == ""
    with pytest.raises(ConfigurationError, match="found no characters"):
        require_secret_keys(Secrets())


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('[logging]\nlevel = "loud"', ("`logging.level` is 'loud'", "'debug', 'info', 'warning' or 'error'")),
        ('[logging]\nformat = "xml"', ("`logging.format` is 'xml'", "'auto', 'json' or 'text'")),
        ("[runs]\nkeep = 0", ("`runs.keep` is 0", "greater than 0")),
        ("[metrics]\nport = 70000", ("`metrics.port` is 70000", "less than 65536")),
        ('[metrics]\ntextfile = "winddown.txt"', ("`metrics.textfile` is 'winddown.txt'", ".prom")),
    ],
)
def test_how_a_workspace_is_seen_is_checked(tmp_path: Path, section: str, words: tuple[str, ...]) -> None:
    refusal = _refusal(tmp_path, f"{TOML}\n{section}\n")
    assert [word for word in words if word not in refusal] == []


def test_cron_is_not_written_to_unless_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(tmp_path)
    assert (settings.logging.format, settings.logging.level) == ("auto", "warning")
    assert (settings.metrics.port, settings.metrics.textfile, settings.runs.folder) == (None, "", "runs")
    monkeypatch.setenv("WINDDOWN_LOGGING__LEVEL", "info")
    monkeypatch.setenv("WINDDOWN_METRICS__PORT", "9464")
    settings = _read(tmp_path)
    assert (settings.logging.level, settings.metrics.port) == ("info", 9464)
