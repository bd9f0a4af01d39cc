"""Orders: made, changed, activated, sat on."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from functions.billing.usecases.activate_order import ActivateOrder
from functions.billing.usecases.check_parties import CheckParties
from functions.billing.usecases.create_order import CreateOrder
from functions.billing.usecases.update_order import UpdateOrder
from functions.wiring import entities, people, queues, terms

if TYPE_CHECKING:
    from functions.billing.models.plan import Plan
    from functions.billing.models.pricing import Pricing
    from functions.billing.usecases.assign_seats import AssignSeats


@cache
def activate_order() -> ActivateOrder:
    return ActivateOrder(
        orders=entities.orders(),
        book=terms.order_book(),
        invoices=queues.invoice_hints(),
        seated=people.seated,
        opens_book=_open_book,
    )


def _open_book(organization_id: str, customer_id: str) -> None:
    from functions.wiring import crediting  # noqa: PLC0415 - few orders have to do with credits

    crediting.books().open(organization_id, customer_id)


@cache
def create_order() -> CreateOrder:
    return CreateOrder(
        orders=entities.orders(),
        customers=entities.customers(),
        products=entities.products(),
        plans=_plans,
        check_parties=_check_parties(),
        check_currencies=_check_currencies,
        book=terms.order_book(),
        next_number=lambda organization_id: terms.sequences().next(organization_id, "order"),
    )


@cache
def update_order() -> UpdateOrder:
    return UpdateOrder(
        orders=entities.orders(), book=terms.order_book(), schedules=terms.schedules(), check_parties=_check_parties()
    )


@cache
def assign_seats() -> "AssignSeats":
    from functions.billing.usecases.assign_seats import AssignSeats  # noqa: PLC0415 - few calls are about seats

    return AssignSeats(orders=entities.orders(), change_seats=people.change_seats, users=people.users())


def _plans(organization_id: str, plan_ids: Sequence[str]) -> "dict[str, Plan]":
    from functions.wiring import planning  # noqa: PLC0415 - few products have plans

    return planning.plans().get_many(organization_id, plan_ids)


def _check_currencies(organization_id: str, pricings: "Sequence[Pricing]") -> None:
    from functions.wiring import selling  # noqa: PLC0415 - few orders have to do with credits

    selling.check_currencies()(organization_id, pricings, where="lines are sold with credits whose ")


@cache
def _check_parties() -> CheckParties:
    return CheckParties(customers=entities.customers(), contacts=entities.contacts())
