"""Signal queue → log → usage. A message that fails comes back whole; what it had appended is then a duplicate.

A message whose signals are all new needs nothing more. Of another it is written down what became of the rest (law 1),
when all of it is done. A signal is rejected for good if resolving it raises a `BillingError` that is not Busy. Only one
can be: the organization is not there. All else was checked at the front door, and what a name leads to is made if need
be. Whatever else is raised gives the message back, and in the end to the dead letters: so does a signal that was
accepted and that the code of today would not accept, for that is to be mended, and not held against its sender.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from aws_lambda_powertools import Logger

from functions.billing.errors import BillingError, Busy, NotFound
from functions.billing.models.organization import Organization
from functions.billing.models.segment import LogId
from functions.billing.models.signal import Delivered, Signal
from functions.rate_signals.outcomes import Outcomes, SortedMessage
from functions.rate_signals.tally import Tally
from functions.runtime.chance import real_now
from functions.runtime.queue import BatchAnswer, Context, answer, succeeds
from functions.runtime.signal_messages import weight
from functions.runtime.signal_request import decode_batch
from functions.wiring import identity, queues, rating, signalling

logger = Logger(service="owed")

SORTING, STOPPING = Decimal("0.6"), Decimal("0.1")
"""The parts of the turn's time that must be left to go on sorting, and to begin another log.

What is not begun comes back. Logs are done in the order of the messages, so that the first message is always finished:
a delivery of any size ends after some turns, and no sender drives another's signals to the dead letters.
"""


MOST_BYTES = 12_000_000
"""Of a delivery's messages, unpacked: JSON takes up to twenty times its size in memory, and a message is small."""


def handler(event: Mapping[str, Any], context: Context) -> BatchAnswer:
    """Appends a whole delivery log by log, so that many small requests become few large segments."""
    delivery, time_left = _Delivery(), context.get_remaining_time_in_millis
    all_of_it = time_left()
    failed = [
        record["messageId"]
        for record in event["Records"]
        if time_left() < all_of_it * SORTING
        or not delivery.has_room_for(record)
        or not succeeds(delivery.sort, record, message_id=record["messageId"])
    ]
    for log, signals in delivery.logs.items():
        if time_left() < all_of_it * STOPPING or not succeeds(delivery.append, log, customer_id=log.customer_id):
            failed += [message_id for message_id, _ in signals]
    failed += [
        message_id
        for message_id in delivery.outcomes.without(failed)
        if not succeeds(delivery.outcomes.settle, message_id, message_id=message_id)
    ]
    done = delivery.outcomes.without(failed)
    delivery.tally.write(done, rejected=delivery.outcomes.rejected(done), now=real_now())
    return answer(failed)


class _Delivery:
    """The signals of some messages, by log; each name and organization is looked up once."""

    def __init__(self) -> None:
        self.outcomes = Outcomes()
        self.logs: dict[LogId, list[tuple[str, Delivered]]] = defaultdict(list)
        """Of each signal the id of the queue message that brought it."""
        self.tally = Tally()
        self._append = signalling.append_signals()
        self._bytes = 0
        self._organizations: dict[str, Organization | BillingError] = {}
        self._started = real_now()

    def has_room_for(self, record: Mapping[str, Any]) -> bool:
        """Always for the first message, so that each is done some time."""
        size = weight(record["body"])
        if self._bytes > 0 and self._bytes + size > MOST_BYTES:
            return False
        self._bytes += size
        return True

    def sort(self, record: Mapping[str, Any]) -> None:
        """Puts a message's signals to the logs of their customers, who are created if need be."""
        batch = decode_batch(record["body"])
        message = SortedMessage(record["body"], batch)
        self.tally.arrived(record, batch.source)
        for place, signal in enumerate(batch.signals):
            try:
                customer_id = self._customer_of(batch.organization_id, signal)
            except Busy:
                raise
            except BillingError as error:
                message.reject(place, error)
                continue
            delivered = Delivered(signal, batch.source)
            self.logs[LogId(batch.organization_id, customer_id)].append((record["messageId"], delivered))
        self.outcomes.sorted(record["messageId"], message)
        organization = self._organizations.get(batch.organization_id)
        if isinstance(organization, Organization) and organization.clock is None:
            self.tally.waited(record["messageId"], since=batch.received_at)

    def append(self, log: LogId) -> None:
        """Appends, then brings usage to the log's end, also when nothing was new: an earlier try may have crashed."""
        delivered = [each for _, each in self.logs[log]]
        done = self._append.append(log, delivered, now=self._now(log.organization_id))
        self.outcomes.repeated(done.repeats)
        rated = rating.advance_rating().after(log.organization_id, log.customer_id, appended=done.segments)
        if rated.plan.takes_credits:  # a message that cannot be sent brings all of this back: nobody else would ask
            queues.credit_queue().send(log.organization_id, log.customer_id, at=self._now(log.organization_id))
        counted = rated.counted(done.segments)
        self.tally.appended(done, counted=counted)
        logger.info(
            "signals appended",
            extra={
                "organization_id": log.organization_id,
                "customer_id": log.customer_id,
                "message_ids": list(dict.fromkeys(message_id for message_id, _ in self.logs[log])),
                "signals": [[s.signal_id(0), s.signal_id(len(s.entries) - 1)] for s in done.segments if s.entries],
                "appended": done.appended,
                "counted": counted,
                "duplicates": done.duplicates,
            },
        )

    def _customer_of(self, organization_id: str, signal: Signal) -> str:
        return self._append.customer_of(organization_id, signal, now=self._now(organization_id))

    def _now(self, organization_id: str) -> datetime:
        """Raises NotFound for an organization that is not there."""
        if organization_id not in self._organizations:
            self._organizations[organization_id] = _look_up(organization_id)
        organization = self._organizations[organization_id]
        if isinstance(organization, BillingError):
            raise organization
        return organization.now(self._started)


def _look_up(organization_id: str) -> Organization | BillingError:
    try:
        return identity.organizations().get(organization_id)
    except NotFound as error:
        return error
