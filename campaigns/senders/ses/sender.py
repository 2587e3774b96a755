"""Amazon SES: a batch in one call, and a receipt from every entry's own status."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from threading import local
from typing import TYPE_CHECKING, Self

from campaigns.ground.edition import Edition
from campaigns.ground.errors import MessageError
from campaigns.ground.message import Message
from campaigns.ground.receipt import Receipt
from campaigns.ports.sender import Allowance, Submission
from campaigns.senders.ses.calls import BulkRequest, bulk_request, one_off
from campaigns.senders.ses.connection import SesSettings, connect
from campaigns.senders.ses.failures import FAILED, BadCallError, Departure, asking, is_refusal, weigh
from campaigns.senders.ses.fields import tag
from campaigns.senders.ses.outcomes import ACCEPTED, REJECTED, read
from campaigns.senders.ses.parting import send_in_parts
from campaigns.senders.ses.preflight import allowance, look
from campaigns.senders.ses.template import install

if TYPE_CHECKING:  # a package of stubs, which only type checkers have
    from mypy_boto3_sesv2.type_defs import GetAccountResponseTypeDef


class SesSender:
    """Sends the messages of one edition. Threads may share it; each keeps a connection."""

    name = "ses"
    in_one_call = True
    calls_at_once = 2
    """While one waits for its answer, the other is written down and leaves."""

    def __init__(self, settings: SesSettings, edition: Edition) -> None:
        """Set up, without talking to anybody.

        Raises:
            ConfigurationError: region, endpoint or profile cannot be used.
        """
        self.batch_size = settings.batch_size
        self._settings = settings
        self._tags = [tag("campaign", edition.campaign), tag("edition", edition.name)]
        clients = connect(settings)
        self._sending, self._asking = clients.sending, clients.asking
        self._departure = Departure(self._sending)
        self._account: GetAccountResponseTypeDef | None = None
        self._call_at_hand = local()
        self._sending.meta.events.register("before-call.sesv2.SendBulkEmail", self._put_body)

    def __enter__(self) -> Self:
        """Ask for the account, and open the connection that batches go through by the way.

        A first batch that had to wait for it would arrive late, and the next one too soon after it for the rate.
        """
        with asking():
            try:
                self._account = self._sending.get_account()
            except FAILED as failure:
                if is_refusal(failure):
                    raise
                self._account = self._asking.get_account()
        return self

    def __exit__(self, *exc: object) -> None:
        self._sending.close()
        self._asking.close()

    @property
    def allowance(self) -> Allowance:
        """The account's, as it was on entering."""
        return allowance(self._opened)

    def preflight(self, recipients: int) -> Sequence[str]:
        """Look at account, identity, template and configuration set."""
        with asking():
            return list(look(self._asking, self._settings, self._opened, recipients))

    def install_template(self) -> bool:
        """Make the stored template, or put it right. Whether there was anything to do."""
        with asking():
            return install(self._asking, self._settings.template_name)

    def send(self, batch: Sequence[Message]) -> Sequence[Receipt]:
        """Hand over a batch in one SendBulkEmail; see the port."""
        return self.prepare(batch)()

    def prepare(self, batch: Sequence[Message]) -> Submission:
        """Write a batch's request."""
        return partial(self._hand_over, batch, self._request(batch))

    def _request(self, batch: Sequence[Message]) -> BulkRequest:
        return bulk_request(batch, self._settings, self._tags)

    def _hand_over(self, batch: Sequence[Message], request: BulkRequest) -> Sequence[Receipt]:
        try:
            return self._call(batch, request)
        except BadCallError as refused:
            if len(batch) == 1:
                raise
            return send_in_parts(batch, refused, lambda part: self._call(part, self._request(part)))

    def _call(self, batch: Sequence[Message], request: BulkRequest) -> Sequence[Receipt]:
        sent = self._submit(request) if request.delivery_ids else ()
        receipts = request.rejected | {receipt.delivery_id: receipt for receipt in sent}
        return [receipts[message.delivery_id] for message in batch]

    def send_one(self, message: Message) -> Receipt:
        """Send a one-off, such as a test send, with SendEmail, which needs no template.

        Raises:
            QuotaError: as `send`.
            DeliveryError: as `send`.
        """
        try:
            request = one_off(message, self._settings, self._tags)
            answer = self._sending.send_email(**request)
        except MessageError as failure:
            return REJECTED.because(str(failure)).receipt(message.delivery_id)
        except FAILED as failure:
            return weigh(failure, self._departure).receipt(message.delivery_id)
        return ACCEPTED.receipt(message.delivery_id, answer.get("MessageId"))

    def _submit(self, request: BulkRequest) -> Sequence[Receipt]:
        self._call_at_hand.body = request.body
        try:
            answer = self._sending.send_bulk_email(DefaultContent={}, BulkEmailEntries=[])
        except FAILED as failure:
            verdict = weigh(failure, self._departure)
            return [verdict.receipt(delivery_id) for delivery_id in request.delivery_ids]
        return read(request.delivery_ids, answer.get("BulkEmailEntryResults", []))

    def _put_body(self, params: dict[str, object], **_: object) -> None:
        """Before botocore signs: its own serializer would escape every message anew."""
        params["body"] = self._call_at_hand.body

    @property
    def _opened(self) -> GetAccountResponseTypeDef:
        assert self._account is not None, "enter the sender first"
        return self._account
