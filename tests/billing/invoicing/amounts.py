"""What an order is charged in the course of time."""

from datetime import date

from functions.billing.invoicing.dues import next_due_day
from functions.billing.invoicing.lines import charged_on
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import BillingFrequency
from functions.billing.models.usage import Usage
from tests.builders import ADVANCE, RECURRING, make_attribute, make_order, make_price, make_pricing

MONTHLY, QUARTERLY, HALF_YEARLY, ANNUAL, CUSTOM = BillingFrequency


def recurring(price_minor: int, frequency: BillingFrequency = MONTHLY, **fields: object) -> OrderLineAttribute:
    """A recurring price, named after its frequency."""
    id_ = f"ola_{fields.get('timing', ADVANCE)}_{frequency}"
    return make_attribute(make_pricing(RECURRING, make_price(price_minor), frequency=frequency, **fields), id=id_)


def amounts(order: Order, *, until: str, usage: Usage | None = None) -> dict[str, list[int]]:
    """The amounts charged on each day."""
    charged: dict[str, list[int]] = {}
    day, last = next_due_day(order), date.fromisoformat(until)
    while day is not None and day <= last:
        charged[day.isoformat()] = [line.amount_minor for line in charged_on(order, day, usage or {})]
        day = next_due_day(order, day)
    return charged


def sold(*attributes: OrderLineAttribute, start: str, end: str | None = None, anchor: int | None = None) -> Order:
    return make_order(
        *attributes,
        start=date.fromisoformat(start),
        end=None if end is None else date.fromisoformat(end),
        billing_anchor=anchor,
    )
