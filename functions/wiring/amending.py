"""Running orders change."""

from collections.abc import Iterable, Mapping
from functools import cache

from functions.adapters.dynamodb.invoices import DynamoInvoices
from functions.billing.models.order import Order
from functions.billing.models.pricing import Pricing
from functions.billing.usecases.amend_order import AmendOrder
from functions.wiring import aws, entities, queues, terms


@cache
def amend_order() -> AmendOrder:
    return AmendOrder(
        orders=entities.orders(),
        book=terms.order_book(),
        schedules=terms.schedules(),
        register=DynamoInvoices(aws.records()),
        seated=_seated,
        products=entities.products(),
        check_currencies=_check_currencies,
        queue=queues.invoice_hints(),
    )


def _check_currencies(organization_id: str, pricings: Iterable[Pricing]) -> None:
    in_credits = [pricing for pricing in pricings if pricing.credits is not None or pricing.benefits]
    if in_credits:
        from functions.wiring import crediting  # noqa: PLC0415 - few prices are in credits

        crediting.check_currencies()(organization_id, in_credits)


def _seated(organization_id: str, order: Order) -> Mapping[str, str]:
    from functions.wiring import people  # noqa: PLC0415 - few orders have seats

    return people.seated(organization_id, order)
