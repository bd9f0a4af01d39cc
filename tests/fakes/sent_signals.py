"""A bulk request of signals that nobody had to read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.models.signal_message import SignalMessage
from functions.billing.usecases.accept_signals import Headings
from functions.runtime.signal_messages import signal_messages


@dataclass(frozen=True, slots=True)
class FakeSentSignals:
    """Fulfils `SentSignals`: the signals by their indexes."""

    organization_id: str
    received_at: datetime
    signals: Sequence[Signal]

    def headings(self) -> Headings:
        return Headings(
            indexes=range(len(self.signals)),
            customers=[(signal.customer_id, signal.external_customer_id) for signal in self.signals],
            moments=[signal.occurred_at for signal in self.signals],
            keys=[signal.idempotency_key for signal in self.signals],
        )

    def signal(self, index: int) -> Signal:
        return self.signals[index]

    def messages(self, indexes: Iterable[int]) -> Sequence[SignalMessage]:
        signals = tuple(self.signals[index] for index in indexes)
        batch = SignalBatch(organization_id=self.organization_id, received_at=self.received_at, signals=signals)
        return signal_messages(batch)
