"""Why a line of an invoice amounts to what it does, down to the signals that it counts (law 4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from functions.billing.errors import NotFound
from functions.billing.invoicing.explanation import Explanation, explain
from functions.billing.models.invoice import Invoice, InvoiceLine
from functions.billing.models.order import Order
from functions.billing.models.pricing import ChargeType
from functions.billing.models.segment import LogId, Segment
from functions.billing.ports import Checkpoints, Collection, InvoiceRegister, SignalLog
from functions.billing.rating.counted_signals import CountedSignals, counted_signals

SEGMENTS_PER_READ = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainLine:
    """Reads the customer's log through where the invoice counted it: what a long log has takes its time."""

    register: InvoiceRegister
    orders: Collection[Order]
    checkpoints: Checkpoints
    log: SignalLog

    def __call__(self, organization_id: str, invoice_id: str, line_id: str) -> Explanation:
        """Raises NotFound for the invoice, or for a line that it does not have."""
        invoice = self.register.get(organization_id, invoice_id)
        line = next((line for line in invoice.lines if line.id == line_id), None)
        if line is None:
            raise NotFound("invoice line", line_id)
        order = self.orders.get(organization_id, invoice.order_id)
        signals = None
        if line.charge_type is ChargeType.USAGE:
            signals = self._signals(organization_id, order.customer_id, invoice, line)
        return explain(order, invoice, line, signals)

    def _signals(self, organization_id: str, customer_id: str, invoice: Invoice, line: InvoiceLine) -> CountedSignals:
        plan = self.checkpoints.load(organization_id, customer_id).plan
        return counted_signals(
            plan,
            self._segments(organization_id, customer_id, invoice.log_positions),
            attribute_id=line.order_line_attribute_id,
            period_start=line.period_start,
            between=(line.billed_before, line.quantity),
        )

    def _segments(self, organization_id: str, customer_id: str, through: Mapping[int, int]) -> Iterator[Segment]:
        """Shard by shard; one shard is in the order in which its signals came to exist."""
        for shard, last in sorted(through.items()):
            log, after = LogId(organization_id, customer_id, shard), 0
            while after < last:
                segments = self.log.read(log, after=after, limit=min(SEGMENTS_PER_READ, last - after))
                yield from segments
                after += SEGMENTS_PER_READ
