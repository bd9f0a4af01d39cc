"""When the amount of an invoice line is earned: evenly on the days of its service period, or once on the first of them.

    share(day)    of the amount, what the days before `day` have earned, rounded once to 12 digits
    [from, to)    earns share(to) - share(from)

So ranges that adjoin add up to the digit, and all days of a line to its amount.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus
from functions.billing.models.order import Order
from functions.billing.models.pricing import ChargeType
from functions.billing.money import EXACT, major_units, round_to_cost
from functions.billing.periods import Period


@dataclass(frozen=True, slots=True)
class Earning:
    """What a line earned, without tax, in major units; `is_invoiced` once its invoice is posted, accrued before."""

    currency: str
    product_id: str | None
    is_invoiced: bool
    amount: Decimal


def earnings(invoice: Invoice, order: Order, span: Period) -> Iterator[Earning]:
    """What the invoice earns in the span, by line; a voided one nothing, and a draft has not invoiced it yet."""
    if invoice.status is InvoiceStatus.VOIDED:
        return
    products = {line.id: line.product_id for line in order.lines}
    for line in invoice.lines:
        amount = earned(line, invoice.currency, span)
        if amount:
            is_invoiced = invoice.status is InvoiceStatus.POSTED
            yield Earning(invoice.currency, products.get(line.order_line_id), is_invoiced, amount)


def earned(line: InvoiceLine, currency: str, span: Period) -> Decimal:
    """In major units; what happens once, or serves for no day, belongs to the day on which it begins."""
    first = Period(line.period_start, line.period_start + timedelta(days=1))
    happens_once = line.charge_type is ChargeType.ONE_TIME
    service = first if happens_once else Period(first.start, max(line.period_end, first.end))
    amount = major_units(line.amount_minor, currency)
    return EXACT.subtract(_share(amount, service, span.end), _share(amount, service, span.start))


def _share(amount: Decimal, service: Period, day: date) -> Decimal:
    days = min(max((day - service.start).days, 0), service.days)
    return round_to_cost(EXACT.divide(EXACT.multiply(amount, Decimal(days)), Decimal(service.days)))
