"""What became of the messages of a delivery, of which most leave nothing to be said."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from functions.billing.models.settlement import Message, Rejection
from functions.wiring import settling

if TYPE_CHECKING:
    from functions.billing.errors import BillingError
    from functions.billing.models.arrival import Repeat
    from functions.billing.models.signal import Signal, SignalBatch, Source

logger = Logger(service="owed")


@dataclass(slots=True)
class SortedMessage:
    """A message whose signals were put to their logs, but for those that were rejected."""

    body: str
    batch: "SignalBatch"
    rejected: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    """By code and sentence, the places in the message."""

    def reject(self, place: int, error: "BillingError") -> None:
        self.rejected[error.code, error.sentence].append(place)

    def rejections(self) -> list[Rejection]:
        return [
            Rejection(code=code, sentence=sentence, places=tuple(places))
            for (code, sentence), places in self.rejected.items()
        ]

    def message(self) -> Message:
        return Message(
            self.body,
            organization_id=self.batch.organization_id,
            source=self.batch.source,
            received_on=self.batch.received_at.date().isoformat(),
            signals=len(self.batch.signals),
        )


def _said(signal: "Signal") -> tuple[str, str, str]:
    """No message has two signals of the same: the front door has taken the second for a repeat."""
    return signal.customer_id or "", signal.external_customer_id or "", signal.idempotency_key


class Outcomes:
    """Of the messages by the ids that the queue gave them, which are others at each sending."""

    def __init__(self) -> None:
        self._messages: dict[str, SortedMessage] = {}
        self._repeats: dict[Source, list[Repeat]] = defaultdict(list)

    def sorted(self, message_id: str, message: SortedMessage) -> None:
        self._messages[message_id] = message

    def repeated(self, repeats: "Iterable[Repeat]") -> None:
        for repeat in repeats:
            if repeat.source is not None:
                self._repeats[repeat.source].append(repeat)

    def without(self, failed: Iterable[str]) -> list[str]:
        """The ids of the messages that are done."""
        not_done = set(failed)
        return [message_id for message_id in self._messages if message_id not in not_done]

    def rejected(self, done: Iterable[str]) -> int:
        """How many signals of these messages were refused for good."""
        return sum(len(places) for message_id in done for places in self._messages[message_id].rejected.values())

    def settle(self, message_id: str) -> None:
        """Writes down what became of a message that is done, if its signals are not all new."""
        done = self._messages[message_id]
        rejected = done.rejections()
        repeats = [] if done.batch.source is None else self._repeats.get(done.batch.source, [])
        if not repeats and not rejected:
            return
        message = done.message()
        # Several copies of the message may be in the delivery: each of its signals says once what it is.
        conflicting = {_said(repeat.signal) for repeat in repeats if repeat.is_conflict}
        conflicting_keys = sorted(key for *_, key in conflicting)
        settling.settle_message()(message, rejected, conflicting_keys=conflicting_keys)
        logger.info(
            "message settled",
            extra={
                "organization_id": done.batch.organization_id,
                "signal_message": message.id,
                "repeats": len(repeats),
                "rejected": sum(len(each.places) for each in rejected),
                "conflicts": len(conflicting_keys),
            },
        )
