"""Before the real thing: is the provider ready, and how does the message look where it arrives?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from campaigns.ground.edition import Edition
from campaigns.ground.errors import ConfigurationError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Receipt
from campaigns.plan.manifest import planned
from campaigns.plan.reading import Plan
from campaigns.plan.shown import read_catalogue
from campaigns.ports.sender import KeepsTemplate, Sender, SendsOneOffs
from campaigns.wiring.trust import renderer_as_planned
from campaigns.wiring.workspace import Workspace


def preflight_edition(workspace: Workspace, edition: Edition, *, install: bool) -> tuple[int, Sequence[str]]:
    """Look whether the provider is ready for a planned edition: how many messages it has, and warnings.

    Args:
        workspace: whose.
        edition: which.
        install: store our template with the provider first.

    Raises:
        ConfigurationError: the edition is not planned, or the provider is not ready.
        DeliveryError: the provider cannot be asked.
    """
    recipients = planned(workspace.folder(edition).require_manifest())
    with workspace.sender(edition) as sender:
        if install:
            _install(sender)
        return recipients, sender.preflight(recipients)


def _install(sender: Sender) -> None:
    if not isinstance(sender, KeepsTemplate):
        raise ConfigurationError(f"--install: {sender.name} stores no template of ours; leave it out")
    sender.install_template()


def send_test(workspace: Workspace, edition: Edition, user_id: str, address: str) -> Receipt:
    """Send one person's message to another address.

    Its subject begins with [TEST]. It goes under a delivery id of its own, so that its events and links say
    nothing about the person's delivery.

    Raises:
        ConfigurationError: the edition is not planned, or the person is not in the plan.
        GuardError: the templates are not those that were planned with.
        DeliveryError: the provider takes nothing.
    """
    folder = workspace.folder(edition)
    manifest = folder.require_manifest()
    with workspace.engine() as engine, workspace.sender(edition) as sender:
        renderer = renderer_as_planned(workspace, edition, manifest, read_catalogue(engine, folder))
        row = Plan(engine, folder.plan).of(user_id)
        test_id = sha256(f"test of {row.delivery_id} at {workspace.clock()}".encode()).hexdigest()[:32]
        contact = replace(row.contact, address=address)
        message = renderer.render(replace(row, delivery_id=test_id, contact=contact))
        return _send_alone(sender, replace(message, subject=f"[TEST] {message.subject}"))


def _send_alone(sender: Sender, message: Message) -> Receipt:
    if isinstance(sender, SendsOneOffs):
        return sender.send_one(message)
    (receipt,) = sender.send([message])
    return receipt
