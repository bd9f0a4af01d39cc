"""Every argument of every update: it changes its own field and no other, and null clears it where it may be empty."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from paid.core.api_error import ApiError
from pydantic.alias_generators import to_camel

from tests.journeys.contract_scene import ADDRESS, CONTACT_ADDRESS, CUSTOMER, METADATA, Scene, suite_price
from tests.journeys.contract_systems import caller
from tests.journeys.contract_types import OPERATIONS, Operation

DECEMBER = datetime(2025, 12, 1, tzinfo=UTC)
MAY = datetime(2025, 5, 1, tzinfo=UTC)
NEVER_EMPTY = object()
"""In the place of what null makes of a field: it is refused."""
SAYS_NOTHING = object()
"""In the same place: the field stays as it is."""

MOVES_BY_ITSELF = {"updatedAt", "version", "created"}
FOLLOWS = {
    "churn_date": {"status"},
    "status": {"archivedAt"},
    "attributes": {"supportedCurrencies"},
    "start_date": {"pendingBillingAmount", "endDate"},
    "billing_anchor": {"pendingBillingAmount"},
}
"""Fields that depend on another: a stub is the less, the later it begins, the end lies where the terms put it, and
what is archived has been so since some moment."""

WITHOUT_EMPTY_FIELDS = {
    "pricing.update_pricing",
    "plans.update_plan_upgrade_path",
    "orders.update_order_seat_assignment",
}
"""A price and a path are set as a whole, and a seat's user is all that there is to change."""


@dataclass(frozen=True)
class Update:
    """How a thing with all its fields is made and what is in its path.

    For each argument there is another value than it has, or how to come by one, and what null makes of the field.
    """

    make: Callable[[Scene], tuple[str, ...]]
    arguments: dict[str, tuple[object, object]]


def full_product(scene: Scene) -> Any:
    return scene.caller.paid.products.create_product(
        name="AI", description="Sells", product_code="P", external_id=scene.new_name(), metadata=METADATA
    )


def full_customer(scene: Scene) -> Any:
    made = scene.caller.paid.customers.create_customer(
        name="Acme",
        legal_name="Acme Ltd",
        email="a@acme.example",
        phone="1",
        website="acme.example",
        external_id=scene.new_name(),
        billing_address=ADDRESS,
        vat_number="GB1",
        metadata=METADATA,
    )
    return scene.caller.paid.customers.update_customer_by_id(made.id, churn_date=DECEMBER)


def full_contact(scene: Scene) -> Any:
    return scene.caller.paid.contacts.create_contact(
        customer_id=scene.ids["customer"],
        first_name="John",
        last_name="Doe",
        email="john@acme.example",
        phone="1",
        billing_address=CONTACT_ADDRESS,
        external_id=scene.new_name(),
        roles=["BILLING"],
    )


def full_order(scene: Scene) -> tuple[str]:
    order = scene.new_order(
        billing_customer_id=scene.ids["customer"],
        billing_contact_ids=[scene.ids["contact"]],
        end_date=DECEMBER,
        subscription_terms=6,
        billing_anchor=5,
        payment_terms="Net 30",
        external_id=scene.new_name(),
        metadata=METADATA,
        purchase_order_reference="PO",
    )
    return (order.id,)


def full_plan(scene: Scene) -> Any:
    return scene.caller.paid.plans.create_plan(
        product_id=scene.ids["suite"],
        name="Scale",
        external_id=scene.new_name(),
        supported_currencies=["USD"],
        attributes=[suite_price(scene.ids["suite attribute"])],
    )


def other_prices(scene: Scene) -> Any:
    """Those of another plan, as they are shown: what is not read of them is ignored."""
    client = caller(scene.customer)
    prices = [suite_price(scene.ids["suite attribute"], 90_00)]
    client.call("plans", "create_plan", product_id=scene.ids["suite"], attributes=prices)
    return client.wire.answer["attributes"]


def full_user(scene: Scene) -> tuple[str, str]:
    name = scene.new_name()
    scene.caller.paid.customers.upsert_customer_user_by_external_id(
        CUSTOMER, name, name="Ada", email="ada@acme.example", metadata=METADATA
    )
    return CUSTOMER, name


def full_currency(scene: Scene) -> tuple[str]:
    made = scene.caller.paid.credits.create_credit_currency(name="Words", key=scene.new_name(), description="Written")
    return (made.id,)


def full_webhook(scene: Scene) -> tuple[str, ...]:
    name = "billing-credits-depleted"
    scene.caller.paid.webhooks.update_webhook(name, enabled=False, url="https://hooks.acme.example/a")
    return (name,)


def full_invoice(scene: Scene) -> tuple[str]:
    scene.caller.paid.invoices.update_invoice_by_id(scene.ids["invoice"], metadata=METADATA)
    return (scene.ids["invoice"],)


def new_customer_id(scene: Scene) -> str:
    return str(scene.new_customer().id)


OTHER_METADATA = {"tier": "silver"}
PRODUCT_ARGUMENTS = {
    "name": ("Bot", NEVER_EMPTY),
    "description": ("Talks", None),
    "active": (False, SAYS_NOTHING),
    "product_code": ("Q", None),
    "external_id": (Scene.new_name, None),
    "metadata": (OTHER_METADATA, None),
    "product_attributes": ([], NEVER_EMPTY),
}
PLAN_ARGUMENTS = {
    "name": ("Enterprise", None),
    "external_id": (Scene.new_name, None),
    "is_default": (True, SAYS_NOTHING),
    "attributes": (other_prices, SAYS_NOTHING),
    "supported_currencies": (["EUR"], ["USD", "EUR"]),
    "status": ("archived", SAYS_NOTHING),
}
CUSTOMER_ARGUMENTS = {
    "name": ("Beta", NEVER_EMPTY),
    "legal_name": ("Beta GmbH", None),
    "email": ("b@beta.example", ""),
    "phone": ("2", ""),
    "website": ("beta.example", ""),
    "external_id": (Scene.new_name, None),
    "billing_address": ({**ADDRESS, "city": "Leeds"}, None),
    "creation_state": ("draft", NEVER_EMPTY),
    "churn_date": (MAY, None),
    "vat_number": ("DE1", None),
    "metadata": (OTHER_METADATA, None),
}
CONTACT_ARGUMENTS = {
    "customer_id": (new_customer_id, NEVER_EMPTY),
    "first_name": ("Jane", ""),
    "last_name": ("Roe", ""),
    "email": ("jane@acme.example", NEVER_EMPTY),
    "phone": ("2", None),
    "billing_address": ({**CONTACT_ADDRESS, "city": "Leeds"}, None),
    "external_id": (Scene.new_name, None),
    "roles": (["ACCOUNTS_PAYABLE"], []),
}
UPDATES = {
    "products.update_product_by_id": Update(lambda scene: (full_product(scene).id,), PRODUCT_ARGUMENTS),
    "products.update_product_by_external_id": Update(
        lambda scene: (full_product(scene).external_id,), PRODUCT_ARGUMENTS
    ),
    "plans.update_plan_by_id": Update(lambda scene: (full_plan(scene).id,), PLAN_ARGUMENTS),
    "plans.update_plan_by_external_id": Update(lambda scene: (full_plan(scene).external_id,), PLAN_ARGUMENTS),
    "customers.update_customer_by_id": Update(lambda scene: (full_customer(scene).id,), CUSTOMER_ARGUMENTS),
    "customers.update_customer_by_external_id": Update(
        lambda scene: (full_customer(scene).external_id,), CUSTOMER_ARGUMENTS
    ),
    "customers.upsert_customer_user_by_external_id": Update(
        full_user,
        {
            "name": ("Bob", None),
            "email": ("bob@acme.example", None),
            "metadata": (OTHER_METADATA, None),
            "status": ("deactivated", NEVER_EMPTY),
        },
    ),
    "contacts.update_contact_by_id": Update(lambda scene: (full_contact(scene).id,), CONTACT_ARGUMENTS),
    "contacts.update_contact_by_external_id": Update(
        lambda scene: (full_contact(scene).external_id,), CONTACT_ARGUMENTS
    ),
    "orders.update_order_by_id": Update(
        full_order,
        {
            "name": ("Pro", NEVER_EMPTY),
            "start_date": (MAY, NEVER_EMPTY),
            "end_date": (datetime(2025, 9, 1, tzinfo=UTC), None),
            "subscription_terms": (12, None),
            "creation_state": ("draft", NEVER_EMPTY),
            "billing_anchor": (31, None),
            "payment_terms": ("Net 60", None),
            "external_id": (Scene.new_name, None),
            "metadata": (OTHER_METADATA, None),
            "billing_customer_id": (new_customer_id, None),
            "billing_contact_ids": ([], []),
            "auto_post_invoices": (True, SAYS_NOTHING),
            "auto_send_billing_emails": (True, SAYS_NOTHING),
            "auto_send_payment_emails": (True, SAYS_NOTHING),
            "purchase_order_reference": ("PO-2", None),
        },
    ),
    "credits.update_credit_currency_by_id": Update(
        full_currency, {"description": ("Words that were written", None), "status": ("archived", SAYS_NOTHING)}
    ),
    "invoices.update_invoice_by_id": Update(full_invoice, {"metadata": (OTHER_METADATA, None)}),
    "webhooks.update_webhook": Update(
        full_webhook, {"url": ("https://hooks.acme.example/b", None), "enabled": (True, SAYS_NOTHING)}
    ),
}


EVERY = pytest.mark.parametrize("operation", [pytest.param(OPERATIONS[name], id=name) for name in UPDATES])


class Thing:
    """A new thing and what was last answered of it."""

    def __init__(self, scene: Scene, operation: Operation) -> None:
        self._operation = operation
        self._client = caller(scene.customer)
        self._path = UPDATES[operation.name].make(scene)
        self.answer = self.updated()

    def updated(self, **named: object) -> Any:
        """The raw answer."""
        self._client.call(self._operation.resource, self._operation.method, *self._path, **named)
        return self._client.wire.answer

    def change(self, **named: object) -> set[str]:
        """Makes the change; the fields of the answer that changed, but those that always do."""
        before, self.answer = self.answer, self.updated(**named)
        return {name for name, value in self.answer.items() if value != before[name]} - MOVES_BY_ITSELF


def arguments_of(operation: Operation) -> list[tuple[str, object, object]]:
    """Each with another value and what null makes of it; the external id, which may be the path, comes last."""
    arguments = UPDATES[operation.name].arguments
    return [(name, *arguments[name]) for name in sorted(arguments, key=lambda name: name == "external_id")]


def wire_value(value: object) -> object:
    return f"{value:%Y-%m-%dT%H:%M:%S}.000Z" if isinstance(value, datetime) else value


@EVERY
def test_an_argument_changes_its_field_and_the_absent_ones_stay(scene: Scene, operation: Operation) -> None:
    thing = Thing(scene, operation)

    for argument, other, _ in arguments_of(operation):
        value = other(scene) if callable(other) else other

        changed = thing.change(**{argument: value})

        field = to_camel(argument)
        assert thing.answer[field] == wire_value(value)
        assert changed <= {field} | FOLLOWS.get(argument, set())


@EVERY
def test_null_clears_what_may_be_empty(scene: Scene, operation: Operation) -> None:
    thing = Thing(scene, operation)

    for argument, _, cleared in arguments_of(operation):
        if cleared in (NEVER_EMPTY, SAYS_NOTHING):
            continue
        field = to_camel(argument)
        assert thing.answer[field] != cleared, "nothing to clear"

        changed = thing.change(**{argument: None})

        assert thing.answer[field] == cleared
        assert changed <= {field} | FOLLOWS.get(argument, set())


@EVERY
def test_null_is_refused_where_something_must_be(scene: Scene, operation: Operation) -> None:
    thing = Thing(scene, operation)

    for argument, _, cleared in arguments_of(operation):
        if cleared is not NEVER_EMPTY:
            continue
        with pytest.raises(ApiError) as refusal:
            thing.updated(**{argument: None})

        assert refusal.value.status_code == 400
        assert refusal.value.body["error"].startswith(f"{to_camel(argument)} is null: expected ")
        assert thing.change() == set()


@EVERY
def test_null_says_nothing_where_the_published_types_allow_it(scene: Scene, operation: Operation) -> None:
    thing = Thing(scene, operation)

    for argument, other, cleared in arguments_of(operation):
        if cleared is not SAYS_NOTHING:
            continue
        value = other(scene) if callable(other) else other
        thing.change(**{argument: value})

        assert thing.change(**{argument: None}) == set()
        assert thing.answer[to_camel(argument)] == value


def test_no_argument_of_an_update_is_forgotten() -> None:
    declared = {name: o.named_arguments for name, o in OPERATIONS.items() if ".up" in name}

    assert {name: set(update.arguments) for name, update in UPDATES.items()} == {
        name: arguments for name, arguments in declared.items() if name not in WITHOUT_EMPTY_FIELDS
    }
