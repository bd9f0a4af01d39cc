"""How a customer stands, on the wire (contract: CustomerState)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum

from pydantic import JsonValue

from functions.billing.models.credit import CreditCurrency
from functions.billing.models.customer import CustomerUser
from functions.billing.models.order import Order, OrderStatus
from functions.billing.models.seats import Seat
from functions.billing.periods import day_of
from functions.billing.usecases.read_credits import Credits
from functions.billing.usecases.read_customer_state import CustomerState
from functions.customers.schemas import CustomerAddress, address_out
from functions.runtime.credit_wire import credits_of
from functions.runtime.wire import MomentOut, NumberOut, Wire


class StateCustomerOut(Wire):
    id: str
    name: str
    external_id: str | None
    billing_address: CustomerAddress | None


class StateOrderOut(Wire):
    """`effectiveUntil` is when the order stops to apply: its end, as long as nothing else can stop it."""

    id: str
    external_id: str | None
    name: str
    state: OrderStatus
    currency: str
    start_date: MomentOut
    end_date: MomentOut | None
    effective_until: MomentOut | None


class StateBalanceOut(Wire):
    credits_currency_id: str
    currency_name: str
    currency_key: str
    balance: NumberOut


class CreditsOut(Wire):
    """Of each currency that something was granted in, what can be taken today."""

    balances: list[StateBalanceOut]


class ProductRefOut(Wire):
    id: str
    external_id: str | None
    name: str


class AssigneeOut(Wire):
    id: str
    external_id: str
    name: str | None
    email: str | None


class SeatStatus(StrEnum):
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"


class StateSeatOut(Wire):
    """The product goes by the name that it was sold under."""

    id: str
    order_id: str
    product: ProductRefOut
    status: SeatStatus
    assignee: AssigneeOut | None
    credits: CreditsOut


class StateSeatsOut(Wire):
    total: int
    assigned: int
    unassigned: int
    data: list[StateSeatOut]


class CustomerStateOut(Wire):
    customer: StateCustomerOut
    default_currency: str
    orders: list[StateOrderOut]
    seats: StateSeatsOut
    checkout_links: list[JsonValue]
    credits: CreditsOut
    timestamp: MomentOut


def customer_state_out(
    state: CustomerState, credits_read: Credits, currencies: Mapping[str, CreditCurrency], *, now: datetime
) -> CustomerStateOut:
    customer = state.customer

    left = _balances(credits_read, today=day_of(now))

    def balances_of(seat_id: str | None) -> CreditsOut:
        return _credits_out(left.get(seat_id, {}), currencies)

    return CustomerStateOut(
        customer=StateCustomerOut(
            id=customer.id,
            name=customer.name,
            external_id=customer.external_id,
            billing_address=address_out(customer.billing_address),
        ),
        default_currency=customer.default_currency,
        orders=[_order_out(order, now) for order in state.orders],
        seats=_seats_out(state, balances_of),
        checkout_links=[],
        credits=balances_of(None),
        timestamp=now,
    )


def _order_out(order: Order, now: datetime) -> StateOrderOut:
    return StateOrderOut(
        id=order.id,
        external_id=order.external_id,
        name=order.name,
        state=order.status(now),
        currency=order.currency,
        start_date=order.start_date,
        end_date=order.end_date,
        effective_until=order.end_date,
    )


def _seats_out(state: CustomerState, balances_of: Callable[[str], CreditsOut]) -> StateSeatsOut:
    assigned = sum(seat.user_id is not None for seat in state.seats)
    return StateSeatsOut(
        total=len(state.seats),
        assigned=assigned,
        unassigned=len(state.seats) - assigned,
        data=[_seat_out(seat, state.users, balances_of(seat.id)) for seat in state.seats],
    )


def _seat_out(seat: Seat, users: Mapping[str, CustomerUser], balances: CreditsOut) -> StateSeatOut:
    user = None if seat.user_id is None else users[seat.user_id]
    return StateSeatOut(
        id=seat.id,
        order_id=seat.order_id,
        product=ProductRefOut(id=seat.product_id, external_id=seat.product_external_id, name=seat.name),
        status=SeatStatus.UNASSIGNED if user is None else SeatStatus.ASSIGNED,
        assignee=user and AssigneeOut(id=user.id, external_id=user.external_id, name=user.name, email=user.email),
        credits=balances,
    )


def _balances(read: Credits, *, today: date) -> dict[str | None, dict[str, int]]:
    """By seat, None for the customer itself, what is left of each currency, in millionths."""
    left: dict[str | None, dict[str, int]] = {None: dict.fromkeys(read.burnt, 0)}
    for currency_id, burnt in read.burnt.items():
        for pot in burnt.pots:
            own = left.setdefault(pot.grant.seat_id, {})
            own[currency_id] = own.get(currency_id, 0) + pot.available_on(today)
    return left


def _credits_out(left: Mapping[str, int], currencies: Mapping[str, CreditCurrency]) -> CreditsOut:
    return CreditsOut(
        balances=[
            StateBalanceOut(
                credits_currency_id=currency_id,
                currency_name=currencies[currency_id].name,
                currency_key=currencies[currency_id].key,
                balance=credits_of(micro),
            )
            for currency_id, micro in left.items()
        ]
    )
