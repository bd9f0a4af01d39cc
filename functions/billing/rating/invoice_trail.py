"""Which invoice charges a signal. The usage lines of one price and period continue from each other.

    June's line, 0 ──▶ 5        late line, 5 ──▶ 8          late line, 8 ──▶ 9
    counted through segment 3   counted through segment 6   counted through segment 7

A signal stands on the first of them whose invoice was counted through its segment. A voided invoice keeps its place,
and gives it to the one that bills it again.

So nothing has to be counted, and in two rare cases a neighbour is named, of the same price and period: where the end of
another order moved, so that the log counts for this one what it did not before, the first invoice for a later one; and
where a draft of late usage was posted after the next invoice had gone on from it, so that its line stayed and its
positions did not, the draft for that next one.
"""

from collections.abc import Iterable
from datetime import date

from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.pricing import ChargeType
from functions.billing.models.segment import SignalPosition


class InvoiceTrail:
    """The usage lines of some invoices, by order line attribute and first day of the period."""

    def __init__(self, invoices: Iterable[Invoice]) -> None:
        in_order = sorted(invoices, key=lambda each: (each.issue_date, each.created_at, each.id))
        self._in_place_of = {each.rebills: each for each in in_order if each.rebills is not None}
        self._charging: dict[tuple[str, date], list[Invoice]] = {}
        for invoice in in_order:
            for line in invoice.lines:
                if line.charge_type is ChargeType.USAGE:
                    named = (line.order_line_attribute_id, line.period_start)
                    self._charging.setdefault(named, []).append(invoice)

    def invoice_of(self, position: SignalPosition, *, attribute_id: str, period_start: date) -> Invoice | None:
        """The invoice that charges what lies there for the price and period; None while none does.

        It is a voided one where nobody has billed it again.
        """
        for invoice in self._charging.get((attribute_id, period_start), ()):
            if invoice.log_positions.get(position.log.shard, 0) >= position.segment:
                return self._in_force(invoice)
        return None

    def _in_force(self, invoice: Invoice) -> Invoice:
        while invoice.status is InvoiceStatus.VOIDED and invoice.id in self._in_place_of:
            invoice = self._in_place_of[invoice.id]
        return invoice
