"""`/orders`: what a customer has bought, and who sits on its seats."""

from collections.abc import Mapping
from functools import partial

from functions.billing.invoicing.terms import check_deletable
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order
from functions.billing.models.organization import Scope
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.seats import seats_of
from functions.billing.periods import day_of
from functions.billing.ports import Stored
from functions.orders.line_schemas import OrderLineOut, order_line_out
from functions.orders.schemas import CreateOrder, OrderOut, OrderQuery, UpdateOrder, order_out
from functions.orders.seat_schemas import (
    AssignSeats,
    SeatOut,
    SeatQuery,
    SeatsOut,
    UpdateSeat,
    seat_out,
)
from functions.runtime.api import Api, Json, Request
from functions.runtime.chance import new_id
from functions.runtime.naming import asked_customer
from functions.runtime.wire import Listing, Paging, listing
from functions.wiring import entities, identity, ordering, people, terms

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/orders/", scope=Scope.READ)
def list_orders(request: Request) -> Listing[OrderOut]:
    query = request.query_as(OrderQuery)
    customer_id, named = query.customer_id, query.external_customer_id
    page = entities.orders().page(
        request.organization_id,
        limit=query.limit,
        offset=query.offset,
        owner=asked_customer(request, entities.customers(), customer_id=customer_id, named=named),
        where=None if query.is_open else lambda order: query.takes(order, request.now),
    )
    schedules = terms.schedules().get_many(request.organization_id, [order.id for order in page.items])
    return listing([_with(schedules.get(order.id), order) for order in page.items], page.total, query)


@api.route("POST", "/orders/", scope=Scope.WRITE, status=201)
def create_order(request: Request) -> OrderOut:
    new = request.body_as(CreateOrder)
    currency = new.currency or ordering.create_order().currency_of(request.organization_id, new.customer_id)
    draft = partial(new.draft, order_id=new_id("ord"), currency=currency, now=request.now)
    lines = [line.new_line(currency) for line in new.lines]
    order = ordering.create_order()(request.organization_id, draft, lines, state=new.creation_state)
    return order_out(_in_state(request, order, new.creation_state), None)


@api.route("GET", "/orders/{id}", scope=Scope.READ)
def get_order(request: Request) -> OrderOut:
    return _out(request, _order(request))


@api.route("PUT", "/orders/{id}", scope=Scope.WRITE)
def update_order(request: Request) -> OrderOut:
    update = request.body_as(UpdateOrder).fields()
    state = update.pop("creation_state", None)
    order = ordering.update_order()(
        request.organization_id, request.parameters["id"], update, state=state, now=request.now
    )
    return _out(request, _in_state(request, order, state))


@api.route("DELETE", "/orders/{id}", scope=Scope.WRITE)
def delete_order(request: Request) -> Json:
    entities.orders().delete(request.organization_id, request.parameters["id"], check=check_deletable)
    return {}


@api.route("POST", "/orders/{id}/activate", scope=Scope.WRITE)
def activate_order(request: Request) -> OrderOut:
    return _out(request, ordering.activate_order()(request.organization_id, request.parameters["id"], now=request.now))


@api.route("GET", "/orders/{id}/lines", scope=Scope.READ)
def get_order_lines(request: Request) -> Listing[OrderLineOut]:
    paging, order = request.query_as(Paging), _order(request)
    page = order.lines[paging.offset : paging.offset + paging.limit]
    return listing([order_line_out(order, line) for line in page], len(order.lines), paging)


@api.route("GET", "/orders/{id}/seats", scope=Scope.READ)
def list_order_seats(request: Request) -> Listing[SeatOut]:
    query = request.query_as(SeatQuery)
    seats = [seat for seat in _seats(request, _order(request)) if query.takes(seat)]
    page = seats[query.offset : query.offset + query.limit]
    return listing(page, len(seats), query)


@api.route("PUT", "/orders/{id}/seats/{seat_id}", scope=Scope.WRITE)
def update_order_seat_assignment(request: Request) -> SeatOut:
    seat_id = request.parameters["seat_id"]
    changed = _assign(request, {seat_id: request.body_as(UpdateSeat).user_external_id})
    return next(seat for seat in changed if seat.id == seat_id)


@api.route("POST", "/orders/{id}/seat-assignments", scope=Scope.WRITE)
def batch_order_seat_assignments(request: Request) -> SeatsOut:
    wanted = request.body_as(AssignSeats).by_seat()
    return SeatsOut(data=[seat for seat in _assign(request, wanted) if seat.id in wanted])


def _order(request: Request) -> Order:
    return entities.orders().get(request.organization_id, request.parameters["id"])


def _out(request: Request, order: Order) -> OrderOut:
    return _with(terms.schedules().get(request.organization_id, order.id), order)


def _with(schedule: Stored[BillingSchedule] | None, order: Order) -> OrderOut:
    return order_out(order, schedule.value if schedule else None)


def _in_state(request: Request, order: Order, state: CreationState | None) -> Order:
    """The order, activated where that was asked for."""
    if state is not CreationState.ACTIVE:
        return order
    return ordering.activate_order()(request.organization_id, order.id, now=request.now)


def _seats(request: Request, order: Order) -> list[SeatOut]:
    assignments = people.seats().get(request.organization_id, order.id)
    users = people.users().of(request.organization_id, order.customer_id)
    return [seat_out(seat, users) for seat in seats_of(order, assignments, users, on=day_of(request.now))]


def _assign(request: Request, wanted: Mapping[str, str | None]) -> list[SeatOut]:
    order_id = request.parameters["id"]
    return _seats(request, ordering.assign_seats()(request.organization_id, order_id, wanted, now=request.now))
