"""Where an order stands at the moment at which it is amended."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from functions.billing.invoicing.dues import day_due
from functions.billing.models.invoice import Invoice, InvoiceStatus, invoice_id, rebill_id
from functions.billing.models.order import AmendedTerm, Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import BillingTiming
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import Period

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The day of the change, which belongs to the new state, and how far the order is billed.

    `uncollected` are the components whose current period is charged on an invoice that is voided, and not billed again.
    `seated` are the users, by the id of the seat that they sit on.
    """

    today: date
    billed_until: date | None = None
    uncollected: frozenset[str] = frozenset()
    seated: Mapping[str, str] = field(default_factory=dict[str, str])
    plan: RatingPlan

    @property
    def settles_on(self) -> date:
        """The first day that is not billed yet: a day has one invoice, and what is on it stays."""
        return self.today if self.billed_until is None else max(self.today, self.billed_until + _DAY)

    @property
    def next_run(self) -> date:
        """The day of the first billing run to come."""
        return max(self.today + _DAY, self.settles_on)

    def day_of_change(self, order: Order, line: OrderLine, attribute: OrderLineAttribute) -> date:
        """Today, or the day on which the component begins, if that is later."""
        return max(self.today, order.calendar(line, attribute).start)

    def is_charged(self, order: Order, line: OrderLine, attribute: OrderLineAttribute, period: Period) -> bool:
        """Whether a period of the component was charged in advance, or falls to a run that is late."""
        in_advance = attribute.pricing.timing is BillingTiming.ADVANCE
        return in_advance and day_due(attribute, order.calendar(line, attribute), period) < self.settles_on


def charging_invoices(order: Order, standing: Standing) -> dict[str, str]:
    """By component the id of the invoice that charges its current period in advance."""
    return dict(_charging(order, standing))


def uncollected(charging: Mapping[str, str], invoices: Mapping[str, Invoice]) -> frozenset[str]:
    """The components whose invoice is voided; `invoices` are those that charge them, and what bills them again."""
    return frozenset(attribute_id for attribute_id, its in charging.items() if _is_voided(its, invoices))


def with_charged_ends(order: Order, charging: Mapping[str, str], invoices: Mapping[str, Invoice]) -> Order:
    """The order, where an end that moved earlier did not say yet that the period goes on that was charged.

    The charging invoice says it: its line ends where the end was before.
    """
    lines = [
        line.model_copy(
            update={
                "attributes": tuple(
                    _until_charged(order, line, each, invoices.get(charging.get(each.id, "")))
                    for each in line.attributes
                )
            }
        )
        for line in order.lines
    ]
    return order.model_copy(update={"lines": tuple(lines)})


def _until_charged(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, invoice: Invoice | None
) -> OrderLineAttribute:
    end = order.calendar(line, attribute).end
    if attribute.amended is not None or invoice is None or end is None:
        return attribute
    charged = (each.period_end for each in invoice.lines if each.order_line_attribute_id == attribute.id)
    paid_until = max(charged, default=end)
    return (
        attribute.model_copy(update={"amended": AmendedTerm(paid_until=paid_until)}) if paid_until > end else attribute
    )


def _charging(order: Order, standing: Standing) -> Iterator[tuple[str, str]]:
    for line, attribute in order.attributes():
        calendar = order.calendar(line, attribute)
        period = calendar.period_of(standing.today)
        if period is not None and standing.is_charged(order, line, attribute, period):
            yield attribute.id, invoice_id(order, day_due(attribute, calendar, period))


def _is_voided(invoice_id: str, invoices: Mapping[str, Invoice]) -> bool:
    invoice = invoices.get(invoice_id)
    if invoice is None or invoice.status is not InvoiceStatus.VOIDED:
        return False
    again = rebill_id(invoice)
    return again not in invoices or _is_voided(again, invoices)
