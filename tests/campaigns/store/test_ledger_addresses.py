"""A ledger's address: what it may be, where a relative one leads, and that none shows its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.ground.errors import ConfigurationError
from campaigns.store.opening import open_ledger


@pytest.mark.parametrize(
    "address",
    [
        "notaurl",
        "ledger.db",
        "",
        "nosuch://anna:secret@host/db",
        "mysql://anna:secret@host/db",
        "postgresql://anna:secret@host:port/db",
        "sqlite://host/ledger.db",
        "sqlite:///ledger.db?timeout=soon",
        "sqlite:///ledger.db?isolation_level=AUTOCOMMIT",
    ],
)
def test_an_address_that_is_none_is_a_configuration_error(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sqlite:///ledger\.db or .*, as `url` under") as caught:
        open_ledger(address, root=tmp_path)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:?uri=true",
        "sqlite:///file::memory:?cache=shared&uri=true",
        "sqlite:///file:ledger.db?mode=memory&uri=true",
    ],
)
def test_a_ledger_that_no_other_process_could_see_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"names no file.* people could be sent to twice; name one"):
        open_ledger(address, root=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address", ["postgresql://anna:pass@se/cret@host/db", "postgresql://anna:pass@secret@host/db"]
)
def test_a_password_s_at_sign_puts_no_part_of_it_into_the_host_s_place(address: str) -> None:
    with pytest.raises(ConfigurationError, match="write %40") as caught:
        open_ledger(address)
    assert not any(part in str(caught.value) for part in ("pass@", "secret", "cret@"))


@pytest.mark.parametrize("address", ["sqlite:///ledger.db", "sqlite:///file:ledger.db?uri=true"])
def test_a_relative_path_starts_from_the_root_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    root, elsewhere = tmp_path / "the root", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    open_ledger(address, root=root).close()
    assert (root / "ledger.db").is_file()
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("address", ["sqlite:///{}/ledger.db", "sqlite:///file:{}/ledger.db?uri=true"])
def test_an_absolute_path_stays_what_it_is(tmp_path: Path, address: str) -> None:
    open_ledger(address.format(tmp_path), root=tmp_path / "nowhere").close()
    assert (tmp_path / "ledger.db").is_file()
