"""What SES lacks is found before the first message, and told in a sentence that says what to do."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
import ses_mail
from botocore.stub import Stubber
from ses_provider import ENVIRONMENT, SesProvider, ses_provider

from campaigns.ground.errors import ConfigurationError, DeliveryError
from campaigns.senders.ses.connection import SesSettings, connect
from campaigns.senders.ses.template import PARTS, fingerprint, install


@pytest.fixture
def ses() -> Iterator[SesProvider]:
    with ses_provider() as provider:
        yield provider


def warnings(ses: SesProvider, recipients: int = 100, **changes: str) -> str:
    with ses.open(**changes) as sender:
        return "\n".join(sender.preflight(recipients))


def test_an_account_in_order_is_no_cause_for_words(ses: SesProvider) -> None:
    assert warnings(ses) == ""


FATAL: dict[str, tuple[Callable[[SesProvider], object], str]] = {
    "sending is disabled": (lambda ses: ses.fake.account.update(SendingEnabled=False), "sending is paused"),
    "the account is shut": (lambda ses: ses.fake.account.update(EnforcementStatus="SHUTDOWN"), "is paused"),
    "no identity": (lambda ses: ses.fake.identities.clear(), "neither hello@example.org nor its domain"),
    "an identity not verified": (
        lambda ses: ses.fake.identities["example.org"].update(VerifiedForSendingStatus=False),
        "example.org is not verified",
    ),
    "no template": (
        lambda ses: ses.fake.templates.clear(),
        "winddown is not there; `winddown preflight --install`",
    ),
    "another template": (
        lambda ses: ses.fake.templates["winddown"].update(Html="<p>{{html}}</p>"),
        "is not Winddown's .*`winddown preflight --install`",
    ),
    "no configuration set": (lambda ses: ses.fake.configuration_sets.clear(), "set weekly is not there"),
    "a paused configuration set": (
        lambda ses: ses.fake.configuration_sets.update(weekly={"SendingOptions": {"SendingEnabled": False}}),
        "paused for configuration set weekly",
    ),
    "no event destination": (lambda ses: ses.fake.destinations.clear(), "no enabled event destination"),
    "a destination that is off": (
        lambda ses: ses.fake.destinations[0].update(Enabled=False),
        "no enabled event destination",
    ),
}


@pytest.mark.parametrize("case", FATAL)
def test_what_every_message_needs_is_a_configuration_error_where_it_is_missing(
    ses: SesProvider, case: str
) -> None:
    spoil, words = FATAL[case]
    spoil(ses)
    with pytest.raises(ConfigurationError, match=words):
        warnings(ses)


WORRYING: dict[str, tuple[Callable[[SesProvider], object], str]] = {
    "the sandbox": (lambda ses: ses.fake.account.update(ProductionAccessEnabled=False), "in the sandbox"),
    "a review": (lambda ses: ses.fake.account.update(EnforcementStatus="PROBATION"), "under review"),
    "no DKIM": (lambda ses: ses.fake.identities["example.org"].pop("DkimAttributes"), "DKIM"),
    "events that are missing": (
        lambda ses: ses.fake.destinations[0].update(MatchingEventTypes=["SEND", "BOUNCE", "DELIVERY", "REJECT"]),
        "no COMPLAINT, RENDERING_FAILURE events",
    ),
}


@pytest.mark.parametrize("case", WORRYING)
def test_what_is_no_obstacle_is_a_warning(ses: SesProvider, case: str) -> None:
    spoil, words = WORRYING[case]
    spoil(ses)
    assert words in warnings(ses)


def test_events_may_go_to_several_destinations(ses: SesProvider) -> None:
    whole = ses.fake.destinations[0]
    types = whole["MatchingEventTypes"]
    ses.fake.destinations[:] = [
        {**whole, "Name": "a", "MatchingEventTypes": types[:3]},
        {**whole, "Name": "b", "MatchingEventTypes": types[3:]},
    ]
    assert warnings(ses) == ""


@pytest.mark.parametrize(("recipients", "warned"), [(49_000, False), (49_001, True)])
def test_a_quota_that_is_too_small_for_the_plan_is_a_warning(
    ses: SesProvider,
    recipients: int,
    warned: bool,  # noqa: FBT001 - a case
) -> None:
    assert ("49,000 left for 49,001" in warnings(ses, recipients)) is warned


def test_a_template_engine_that_escapes_is_a_warning(ses: SesProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_in = ses_mail.rendered
    monkeypatch.setattr(ses_mail, "rendered", lambda part, data: html.escape(fill_in(part, data)))
    assert "changed the subject, text, html of a trial message" in warnings(ses)


@pytest.mark.parametrize("name", ["hello@news.example.org", "news.example.org", "example.org"])
def test_the_address_its_domain_or_one_above_may_be_the_verified_identity(ses: SesProvider, name: str) -> None:
    ses.fake.identities = {name: ses.fake.identities["example.org"]}
    assert warnings(ses, from_address="hello@news.example.org") == ""


def test_a_missing_permission_is_a_configuration_error_that_names_the_operation(ses: SesProvider) -> None:
    with ses.open() as sender:
        ses.fake.refusals.append((403, "AccessDeniedException", "User is not authorized to perform: ses:X"))
        with pytest.raises(ConfigurationError, match=r"GetEmailIdentity was not allowed .*ses:X"):
            sender.preflight(1)


def test_an_ses_that_does_not_answer_is_a_delivery_error(ses: SesProvider) -> None:
    ses.fake.refusals.extend([(503, "ServiceUnavailable", "come back")] * 9)
    with pytest.raises(DeliveryError, match=r"GetAccount failed .* later"), ses.open():
        pass


# the template


def test_the_template_is_made_where_it_is_missing_and_put_right_where_it_differs(ses: SesProvider) -> None:
    with ses.open() as sender:
        for before in ({}, {"winddown": {"Subject": "s", "Text": "t", "Html": "h"}}):
            ses.fake.templates = dict(before)
            assert sender.install_template()
            assert ses.fake.templates == {"winddown": dict(PARTS)}
        assert not sender.install_template()


def test_a_fingerprint_tells_parts_apart_and_does_not_mind_what_else_is_there() -> None:
    assert fingerprint({**PARTS, "Other": "x"}) == fingerprint(PARTS)
    assert fingerprint({"Subject": "ab", "Text": "c"}) != fingerprint({"Subject": "a", "Text": "bc"})
    assert fingerprint({"Subject": "a", "Html": None}) == fingerprint({"Subject": "a"})


def test_making_the_template_has_the_shapes_that_the_service_model_wants() -> None:
    with patch.dict(os.environ, ENVIRONMENT):
        client = connect(SesSettings("eu-west-1", "weekly", "hello@example.org")).asking
    content = dict(PARTS)
    with Stubber(client) as stub:
        stub.add_client_error("get_email_template", "NotFoundException")
        stub.add_response("create_email_template", {}, {"TemplateName": "winddown", "TemplateContent": content})
        assert install(client, "winddown")
        other = {"TemplateName": "winddown", "TemplateContent": {"Subject": "another"}}
        stub.add_response("get_email_template", other, {"TemplateName": "winddown"})
        stub.add_response("update_email_template", {}, {"TemplateName": "winddown", "TemplateContent": content})
        assert install(client, "winddown")
        stub.assert_no_pending_responses()
