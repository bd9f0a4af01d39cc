"""What every operation refuses, with the statuses that the client declares for it and has error classes of."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from paid import ErrorResponse, PlanUpgradePathGroup, UnifiedAmendmentIntent_EndAttribute
from paid.core.api_error import ApiError
from paid.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError

from tests.journeys.contract_calls import CALLS, Call, call
from tests.journeys.contract_scene import CUSTOMER, USER, Scene, cost, tokens
from tests.journeys.contract_systems import caller
from tests.journeys.contract_types import OPERATIONS, SERVER_TROUBLE, Operation
from tests.journeys.strict import violations

UNKNOWN = "nothing-of-that-name"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

END_OF_UNKNOWN = UnifiedAmendmentIntent_EndAttribute(order_line_attribute_id=UNKNOWN)

Change = Callable[[Scene], Call]
"""What of a good call makes it a bad one: other ids, if any are given, and other arguments."""


def arguments(**named: Any) -> Change:
    return lambda _: call(**named)


BAD: dict[str, Change] = {
    "products.list_products": arguments(limit=0),
    "products.create_product": arguments(name=""),
    "products.update_product_by_id": arguments(name=""),
    "products.update_product_by_external_id": arguments(metadata=["gold"]),
    "pricing.update_pricing": arguments(pricing={"pricingType": "UsageVolume"}),
    "plans.list_plans": arguments(limit=0),
    "plans.create_plan": arguments(attributes=[]),
    "plans.update_plan_upgrade_path": arguments(groups=[PlanUpgradePathGroup(plan_ids=[UNKNOWN])]),
    "plans.update_plan_by_id": arguments(status="gone"),
    "plans.update_plan_by_external_id": arguments(supported_currencies=["GBP"]),
    "customers.list_customers": arguments(status="gone"),
    "customers.create_customer": arguments(default_currency="usd"),
    "customers.update_customer_by_id": arguments(email="nowhere"),
    "customers.update_customer_by_external_id": arguments(creation_state="new"),
    "customers.delete_customer_by_id": lambda scene: call(scene.ids["customer"]),
    "customers.delete_customer_by_external_id": lambda _: call(CUSTOMER),
    "customers.list_customer_aliases": arguments(offset=-1),
    "customers.list_customer_aliases_by_external_id": arguments(limit=1001),
    "customers.create_customer_alias": arguments(alias=""),
    "customers.create_customer_alias_by_external_id": arguments(alias=""),
    "customers.upsert_customer_user_by_external_id": arguments(status="gone"),
    "customers.grant_customer_credits": arguments(amount=0),
    "customers.grant_customer_credits_by_external_id": arguments(credit_currency_key=UNKNOWN),
    "customers.list_customer_pending_credit_consumption": arguments(limit=0),
    "customers.list_customer_pending_credit_consumption_by_external_id": arguments(offset=-1),
    "credits.list_credit_transactions": arguments(type="gift"),
    "credits.create_credit_currency": arguments(key="Not A Key"),
    "credits.update_credit_currency_by_id": arguments(status="gone"),
    "payments.list_payments": arguments(status="late"),
    "payments.create_payment": arguments(amount=0),
    "payment_allocations.list_payment_allocations": arguments(payment_id=None, invoice_id=None),
    "payment_allocations.create_payment_allocation": arguments(allocations=[]),
    "contacts.list_contacts": arguments(limit=-1),
    "contacts.create_contact": arguments(email="nowhere"),
    "contacts.update_contact_by_id": arguments(roles=["CEO"]),
    "contacts.update_contact_by_external_id": arguments(customer_id=UNKNOWN),
    "orders.list_orders": arguments(status="lost"),
    "orders.create_order": arguments(billing_anchor=32),
    "orders.update_order_by_id": arguments(end_date=LONG_AGO),
    "orders.activate_order_by_id": lambda scene: call(scene.new_order(lines=[]).id),
    "orders.list_order_seats": arguments(status="taken"),
    "orders.update_order_seat_assignment": arguments(user_external_id=UNKNOWN),
    "orders.batch_order_seat_assignments": lambda scene: call(
        assignments=[{"seatId": scene.ids["seat"], "userExternalId": UNKNOWN}]
    ),
    "amendments.preview_order_amendment": arguments(intents=[]),
    "amendments.execute_order_amendment": arguments(default_treatment="half"),
    "signals.create_signals": arguments(signals={"eventName": "email_sent"}),
    "costs.create_costs": lambda _: call(costs=[cost(0), tokens(model=UNKNOWN)]),
    "signals.list_signals": arguments(created_at_from="yesterday"),
    "invoices.list_invoices": arguments(payment_status="late"),
    "invoices.update_invoice_by_id": arguments(metadata=["gold"]),
    "webhooks.update_webhook": arguments(url="ftp://hooks.acme.example"),
    "webhooks.test_webhook": lambda _: call("billing-overage-incurred"),
}

MISSING: dict[str, Change] = {
    "pricing.list_pricing": arguments(product_id=UNKNOWN),
    "plans.list_plans": arguments(product_id=UNKNOWN),
    "plans.create_plan": arguments(product_id=UNKNOWN),
    "plans.update_plan_upgrade_path": arguments(product_id=UNKNOWN),
    "amendments.preview_order_amendment": lambda _: call(intents=[END_OF_UNKNOWN]),
    "amendments.execute_order_amendment": lambda _: call(intents=[END_OF_UNKNOWN]),
    "payments.list_payments": arguments(external_customer_id=UNKNOWN),
    "payments.create_payment": arguments(external_customer_id=UNKNOWN),
    "payment_allocations.list_payment_allocations": arguments(payment_id=UNKNOWN),
    "payment_allocations.create_payment_allocation": arguments(payment_id=UNKNOWN),
}

TAKEN: dict[str, Change] = {
    "customers.create_customer_alias": arguments(alias="acme-crm"),
    "customers.create_customer_alias_by_external_id": arguments(alias=CUSTOMER),
    "orders.update_order_seat_assignment": lambda scene: call(scene.ids["order"], free_seat(scene)),
    "orders.batch_order_seat_assignments": lambda scene: call(
        assignments=[{"seatId": free_seat(scene), "userExternalId": USER}]
    ),
    "amendments.preview_order_amendment": arguments(order_version=99),
    "amendments.execute_order_amendment": arguments(plan_hash="f" * 64),
}

NEVER_BAD = {
    "amendments.get_order_amendment_options": "any text may be an id; one that is not ours is not found",
    "payments.get_payment": "any text may be an id; one that is not ours is not found",
    "signals.get_signal_by_id": "any text may be an id; one that is not ours is not found",
    "webhooks.rotate_webhook_secret": "it takes nothing that could be wrong",
}
NEVER_TAKEN = {
    "amendments.get_order_amendment_options": "of an order that cannot be amended the answer says why",
}
MAKES_WHAT_IS_UNKNOWN = {"customers.upsert_customer_user_by_external_id": "user_external_id"}

CLASSES = {400: BadRequestError, 403: ForbiddenError, 404: NotFoundError, 409: ConflictError}


def free_seat(scene: Scene) -> str:
    seats = scene.caller.paid.orders.list_order_seats(scene.ids["order"], status="unassigned")
    return str(seats.data[0].id)


def each(names: set[str] | dict[str, Change]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "operation", [pytest.param(operation, id=name) for name, operation in OPERATIONS.items() if name in names]
    )


def refusal(scene: Scene, operation: Operation, *path: str, api_key: str | None = None, **named: object) -> ApiError:
    """What the client raises; the raw body behind it has exactly the declared types, and a code."""
    client = caller(scene.customer, key=api_key)
    with pytest.raises(ApiError) as refused:
        client.call(operation.resource, operation.method, *path, **named)
    assert violations(ErrorResponse, client.wire.answer) == []
    assert isinstance(client.wire.answer["code"], str)
    return refused.value


def changed(scene: Scene, operation: Operation, change: Change) -> Call:
    good, bad = CALLS[operation.name](scene), change(scene)
    return call(*(bad.path or good.path), **{**good.named, **bad.named})


def unknown_ids() -> list[Any]:
    return [
        pytest.param(operation, position, id=f"{name}-{argument}")
        for name, operation in OPERATIONS.items()
        for position, argument in enumerate(operation.path_arguments)
        if MAKES_WHAT_IS_UNKNOWN.get(name) != argument
    ]


@pytest.mark.parametrize(("operation", "position"), unknown_ids())
def test_an_unknown_id_is_not_found(scene: Scene, operation: Operation, position: int) -> None:
    good = CALLS[operation.name](scene)
    path = (*good.path[:position], UNKNOWN, *good.path[position + 1 :])

    error = refusal(scene, operation, *path, **good.named)

    assert isinstance(error, NotFoundError)
    assert error.body["code"] == "NOT_FOUND"
    assert UNKNOWN in error.body["error"]


@each(MISSING)
def test_an_unknown_thing_that_an_argument_names_is_not_found(scene: Scene, operation: Operation) -> None:
    missing = changed(scene, operation, MISSING[operation.name])

    assert isinstance(refusal(scene, operation, *missing.path, **missing.named), NotFoundError)


@each(BAD)
def test_a_bad_request_is_refused_with_a_sentence(scene: Scene, operation: Operation) -> None:
    bad = changed(scene, operation, BAD[operation.name])

    error = refusal(scene, operation, *bad.path, **bad.named)

    assert isinstance(error, BadRequestError)
    assert len(error.body["error"].split()) >= 3, error.body


@each(TAKEN)
def test_what_is_taken_is_a_conflict(scene: Scene, operation: Operation) -> None:
    taken = changed(scene, operation, TAKEN[operation.name])

    assert isinstance(refusal(scene, operation, *taken.path, **taken.named), ConflictError)


@each(set(OPERATIONS))
def test_a_wrong_key_raises_the_class_that_the_client_declares(scene: Scene, operation: Operation) -> None:
    good = CALLS[operation.name](scene)

    error = refusal(scene, operation, *good.path, api_key="owed_test_garbage", **good.named)

    assert error.status_code == 403
    assert isinstance(error, ForbiddenError) is (403 in operation.errors)


@each(set(OPERATIONS))
def test_every_declared_status_is_tried_here_or_cannot_be_asked_for(operation: Operation) -> None:
    name = operation.name
    tried = {403}
    tried |= {400} if name in BAD else set()
    tried |= {404} if operation.path_arguments or name in MISSING else set()
    tried |= {409} if name in TAKEN else set()
    unreachable = SERVER_TROUBLE | ({400} if name in NEVER_BAD else set()) | ({409} if name in NEVER_TAKEN else set())

    assert operation.errors <= tried | unreachable
    assert tried - {403} <= operation.errors <= CLASSES.keys() | SERVER_TROUBLE
