"""Queues, in memory: what was sent, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from functions.billing.models.sender import Sender
from functions.billing.models.signal import SignalBatch, Source
from functions.billing.models.signal_message import SignalMessage
from functions.runtime.signal_request import decode_batch


@dataclass(slots=True)
class FakeSignalQueue:
    """Fulfils `SignalQueue`; keeps what its messages bring."""

    sent: list[SignalBatch] = field(default_factory=list)

    def send(self, sender: Sender, messages: Sequence[SignalMessage]) -> int:
        for number, message in enumerate(messages, len(self.sent) + 1):
            before = sum(len(batch.signals) for batch in self.sent)
            source = Source("a-process-01", number, before, message.size, sender.received_at.date().isoformat())
            self.sent.append(decode_batch(message.text(source)))
        return sum(message.signals for message in messages)


@dataclass(slots=True)
class FakeCostQueue:
    """Fulfils `CostQueue`."""

    sent: list[SignalBatch] = field(default_factory=list)

    def send(self, batch: SignalBatch) -> None:
        self.sent.append(batch)


@dataclass(slots=True)
class FakeInvoiceQueue:
    """Fulfils `InvoiceQueue`; keeps organization, order and day."""

    sent: list[tuple[str, str, date]] = field(default_factory=list)

    def send(self, organization_id: str, order_ids: Sequence[str], *, as_of: date) -> None:
        self.sent += [(organization_id, order_id, as_of) for order_id in order_ids]


@dataclass(slots=True)
class FakeDocumentQueue:
    """Fulfils `DocumentQueue`; keeps organization and invoice."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, organization_id: str, invoice_ids: Sequence[str]) -> None:
        self.sent += [(organization_id, invoice_id) for invoice_id in invoice_ids]


@dataclass(slots=True)
class FakeBacklog:
    """Fulfils `Backlog`: the sizes that it will answer, the last one for ever."""

    sizes: list[int]

    def size(self) -> int:
        return self.sizes.pop(0) if len(self.sizes) > 1 else self.sizes[0]
