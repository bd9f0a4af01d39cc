"""Orders that run and are amended, over the fakes: what each test of amendments begins with."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from functions.billing.models.amendment import (
    AddNew,
    Amendment,
    Asked,
    EndAttribute,
    Treatment,
    UpdateOrderTerm,
    UpdateQuantity,
)
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.periods import midnight
from functions.billing.usecases.amend_order import Wanted
from tests.builders import RECURRING, make_attribute, make_order, make_price, make_pricing
from tests.fakes.shop import ORG, Shop, make_signals

PRORATE, NONE = Treatment.PRORATE, Treatment.NONE
FEE_ID = "ola_recurring"


def fee(price_minor: int, quantity: int = 1, **fields: Any) -> OrderLineAttribute:
    """A monthly fee in advance, unless the fields of its pricing say something else."""
    return make_attribute(make_pricing(RECURRING, make_price(price_minor), **fields), quantity=quantity)


def running(*attributes: OrderLineAttribute, start: date, **fields: Any) -> Shop:
    """A shop that has sold an order with these components, and billed its first day."""
    shop = Shop()
    shop.sell(make_order(*attributes, start=start, auto_post_invoices=True, **fields), on=midnight(start))
    shop.bill_until(start)
    return shop


def order_of(shop: Shop) -> Order:
    return shop.orders.get(ORG, "ord_1")


def latest(shop: Shop) -> OrderLineAttribute:
    """The last component of the order's last line."""
    return order_of(shop).lines[-1].attributes[-1]


def amend(shop: Shop, day: date, *intents: Asked, default: Treatment | None = None) -> Amendment:
    wanted = Wanted(order_version=order_of(shop).version, intents=intents, default=default, digest=str(intents))
    return shop.amend.execute(ORG, "ord_1", wanted, now=midnight(day))


def quantity(new: int, *, of: str = FEE_ID, treatment: Treatment | None = PRORATE) -> Asked:
    return UpdateQuantity(attribute_id=of, quantity=new, treatment=treatment)


def end(*, of: str = FEE_ID, treatment: Treatment | None = PRORATE) -> Asked:
    return EndAttribute(attribute_id=of, treatment=treatment)


def added(attribute: OrderLineAttribute, **fields: Any) -> Asked:
    """A component like that one, on a line of its own."""
    return AddNew(
        product_id="prod_1",
        line_name="More",
        pricing=attribute.pricing,
        quantity=attribute.quantity,
        **fields,
    )


def amounts(shop: Shop, day: date, *, billed_on: Sequence[date] = ()) -> list[int]:
    """The amounts of the lines of that day's invoice, once all is billed up to it."""
    for each in (*billed_on, day):
        shop.bill_until(each)
    return [
        line.amount_minor for invoice in shop.register.of(ORG) if invoice.issue_date == day for line in invoice.lines
    ]


def move(shop: Shop, day: date, new_end: date, treatment: Treatment | None = None) -> Amendment:
    return amend(shop, day, UpdateOrderTerm(new_end=midnight(new_end), treatment=treatment))


def billed(shop: Shop, through: date) -> dict[date, list[int]]:
    """The amounts of all lines by the day of their invoice."""
    shop.bill_until(through)
    return {each.issue_date: [line.amount_minor for line in each.lines] for each in shop.register.of(ORG)}


def send(shop: Shop, *on: date) -> None:
    """A signal at the beginning of each day; no two of a day."""
    for day in on:
        shop.receive(*make_signals([day], occurred_at=midnight(day)))
