"""How far an order is billed, held against the invoices that say so."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from pydantic import JsonValue

from functions.billing.invoicing.lines import late_lines
from functions.billing.invoicing.replay import UsageKey, line_key
from functions.billing.models.audit import Book, Finding, Remark, differences
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.order import Order
from functions.billing.models.pricing import ChargeType
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Usage
from functions.billing.money import format_amount

_DERIVED = {"billed_usage", "billed_minor", "billed_tax_minor", "drafts"}


def schedule_findings(schedule: BillingSchedule, invoices: Sequence[Invoice]) -> Iterator[Finding]:
    """What the schedule sums up, against all invoices of its order."""
    promised = schedule.promised
    if promised is not None and promised.invoice_id not in {invoice.id for invoice in invoices}:
        waits = f"invoice {promised.invoice_id} is promised and not made yet; the next billing run makes it"
        yield Remark(Book.SCHEDULE, schedule.order_id, waits)
        return
    billed = [invoice for invoice in invoices if invoice.status is not InvoiceStatus.VOIDED]
    first_bills = [invoice for invoice in invoices if invoice.rebills is None]
    drafts = [invoice.issue_date for invoice in first_bills if invoice.status is InvoiceStatus.DRAFT]
    stored = schedule.model_dump(mode="json", include=_DERIVED)
    yield from differences(
        Book.SCHEDULE,
        schedule.order_id,
        stored={**stored, "drafts": sorted(stored["drafts"])},
        replayed={
            "billed_usage": _billed_usage(first_bills),
            "billed_minor": sum(invoice.subtotal_minor for invoice in billed),
            "billed_tax_minor": sum(invoice.tax_minor for invoice in billed),
            "drafts": [day.isoformat() for day in sorted(drafts)],
        },
    )


def never_billed(order: Order, schedule: BillingSchedule, used: Usage) -> Iterator[Remark]:
    """Usage that came after the last look at an order that has ended."""
    if schedule.next_billing_on is not None or schedule.billed_until is None:
        return
    for line in late_lines(order, schedule.billed_until + timedelta(days=1), used, schedule):
        amount = format_amount(line.amount_minor, order.currency)
        sentence = (
            f"{line.order_line_attribute_id} of {line.period_start} came to {line.quantity} after the last look at the "
            f"ended order, which billed {line.billed_before}: {amount} {order.currency} will not be billed"
        )
        yield Remark(Book.SCHEDULE, order.id, sentence)


def _billed_usage(invoices: Iterable[Invoice]) -> dict[str, JsonValue]:
    """By price and period the quantity that is billed: that of the line from which no other goes on.

    Lines of a period make a chain, each late one going on from another's quantity, the first from nothing. Where they
    make none, every quantity from which nothing goes on.
    """
    ends: dict[UsageKey, Counter[int]] = defaultdict(Counter)
    begun: set[UsageKey] = set()
    for line in (line for invoice in invoices for line in invoice.lines if line.charge_type is ChargeType.USAGE):
        key = line_key(line)
        ends[key][line.quantity] += 1
        if line.is_late:
            ends[key][line.billed_before] -= 1
        else:
            begun.add(key)
    billed: dict[str, dict[str, JsonValue]] = {}
    for key, counts in ends.items():
        if key not in begun:
            counts[0] += 1
        last: list[JsonValue] = [*counts.elements()]
        attribute_id, start = key
        billed.setdefault(attribute_id, {})[start.isoformat()] = last[0] if len(last) == 1 else last
    return {**billed}
