"""Queues, in memory: what was sent, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from functions.billing.models.signal import SignalBatch


@dataclass(slots=True)
class FakeSignalQueue:
    """Fulfils `SignalQueue`."""

    sent: list[SignalBatch] = field(default_factory=list)

    def send(self, batch: SignalBatch) -> int:
        self.sent.append(batch)
        return len(batch.signals)


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
