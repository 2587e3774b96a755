"""What an installation does without is missed only by who asks for it, and told by the name of its extra."""

from __future__ import annotations

import pytest
from command_line import CAMPAIGN, SUNDAY, Winddown

from campaigns.ground.errors import ConfigurationError
from campaigns.wiring.extras import needed_for

_WITHOUT = "import sys; sys.modules[{!r}] = None; from campaigns.cli import main; main()"


def test_what_is_installed_is_imported_and_other_errors_pass() -> None:
    with needed_for("serve", "serve"):
        import json
    assert json
    with pytest.raises(KeyError), needed_for("serve", "serve"):
        raise KeyError


def test_what_is_not_installed_is_told_by_who_asks_and_by_the_extra() -> None:
    with (
        pytest.raises(ConfigurationError, match=r"^ingest --sqs: .* install winddown\[ses\]$") as caught,
        needed_for("ingest --sqs", "ses"),
    ):
        raise ModuleNotFoundError("No module named 'boto3'")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize(("missing", "provider"), [("boto3", "ses"), ("sendgrid", "sendgrid")])
def test_a_provider_whose_package_is_missing(winddown: Winddown, missing: str, provider: str) -> None:
    winddown.patch.setenv("WINDDOWN_SENDER__PROVIDER", provider)
    winddown.patch.setenv("WINDDOWN_SENDGRID_API_KEY", "SG.a-key-for-tests")
    ran = winddown.run("preflight", CAMPAIGN, now=SUNDAY, wrapper=_WITHOUT.format(missing))
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.said == (
        f"winddown: `provider` under [sender], '{provider}': what it needs is not installed: "
        f"install winddown[{provider}]."
    )
