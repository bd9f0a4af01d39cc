"""Why a line of an invoice amounts to what it does, down to the signals that it counts (law 4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from functions.billing.errors import NotFound
from functions.billing.invoicing.explanation import Explanation, explain
from functions.billing.models.invoice import Invoice, InvoiceLine, invoice_id, rebill_id
from functions.billing.models.order import Order
from functions.billing.models.pricing import ChargeType
from functions.billing.models.segment import LogId, Segment
from functions.billing.ports import Checkpoints, Collection, InvoiceRegister, SignalLog
from functions.billing.rating.counted_signals import CountedSignals, counted_signals

SEGMENTS_PER_READ = 100

_EVERYTHING = (0, 10**30)
"""Of a price in credits: which of its signals went beyond what was granted is not to be told of a single one."""


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
        line = invoice.line_named(line_id)
        if line is None:
            raise NotFound("invoice line", line_id)
        order = self.orders.get(organization_id, invoice.order_id)
        signals = None
        if line.charge_type is ChargeType.USAGE:
            signals = self._signals(organization_id, order, invoice, line)
        return explain(order, invoice, line, signals)

    def _signals(self, organization_id: str, order: Order, invoice: Invoice, line: InvoiceLine) -> CountedSignals:
        """First those that were billed before, then the others: so what the line adds is a stretch in every log."""
        log = LogId(organization_id, order.customer_id)
        through, billed = invoice.log_positions, self._positions_before(organization_id, order, invoice, line)
        return counted_signals(
            self.checkpoints.load(organization_id, order.customer_id).plan,
            chain(self._segments(log, {}, billed), self._segments(log, billed, through)),
            attribute_id=line.order_line_attribute_id,
            period_start=line.period_start,
            between=_EVERYTHING if line.pricing_model.takes_credits else (line.billed_before, line.quantity),
        )

    def _positions_before(
        self, organization_id: str, order: Order, invoice: Invoice, line: InvoiceLine
    ) -> Mapping[int, int]:
        """How far each shard was counted for what was billed before; of a log in one piece nobody need know."""
        if line.billed_before == 0 or len(invoice.log_positions) == 1:
            return {}
        from functions.billing.invoicing.issue_days import issue_days  # noqa: PLC0415 - few logs are split

        days = issue_days(order, line.period_end, until=invoice.issue_date)
        billed = self.register.get_many(organization_id, [invoice_id(order, day) for day in days])
        rebilled = self.register.get_many(organization_id, [rebill_id(each) for each in billed.values()])
        for earlier in (*billed.values(), *rebilled.values()):
            for each in earlier.lines:
                price = (each.order_line_attribute_id, each.period_start, each.quantity)
                if price == (line.order_line_attribute_id, line.period_start, line.billed_before):
                    return earlier.log_positions
        return {}

    def _segments(self, log: LogId, after: Mapping[int, int], through: Mapping[int, int]) -> Iterator[Segment]:
        """Shard by shard; one shard is in the order in which its signals came to exist."""
        for shard, last in sorted(through.items()):
            done = after.get(shard, 0)
            while done < last:
                limit = min(SEGMENTS_PER_READ, last - done)
                yield from self.log.read(replace(log, shard=shard), after=done, limit=limit)
                done += limit
