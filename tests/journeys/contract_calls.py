"""A good call of every operation, in the scene: its ids in the path, then its named arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paid import (
    PaymentAllocationInput,
    PlanUpgradePathGroup,
    PricingInput_RecurringPerUnit,
    ProductAttributeUpsert,
    SimplePricePoint,
    UnifiedAmendmentIntent_EndAttribute,
    UnifiedAmendmentIntent_UpdateQuantity,
)

from tests.journeys.contract_scene import (
    ADDRESS,
    CONTACT,
    CREDITS,
    CUSTOMER,
    FAR_OFF,
    JUNE,
    METADATA,
    PRODUCT,
    READER,
    STARTER,
    SUITE,
    USER,
    Scene,
    cost,
    prices,
    signal,
    suite_price,
    tokens,
)

JULY_1, YESTERDAY, TODAY = "2025-07-01", "2025-07-09", "2025-07-10T23:00:00+02:00"


@dataclass(frozen=True)
class Call:
    path: tuple[str, ...]
    named: dict[str, Any]


def call(*path: str, **named: Any) -> Call:
    return Call(path, named)


PAGE = {"limit": 10, "offset": 0}


def _fee() -> Any:
    price = SimplePricePoint(currency="USD", unit_price=500_00)
    return PricingInput_RecurringPerUnit(billing_frequency="Monthly", billing_type="Advance", price_points=[price])


def _new_product(scene: Scene) -> Any:
    return scene.caller.paid.products.create_product(name="Chatbot", external_id=scene.new_name())


def _attributes() -> list[ProductAttributeUpsert]:
    return prices()[:1]


def _listening(scene: Scene) -> str:
    """The name of a webhook that leads to a receiver which refuses every connection: that is an answer, too."""
    name = "billing-checkout-created"
    scene.caller.paid.webhooks.update_webhook(name, enabled=True, url="http://127.0.0.1:9/")
    return name


def _amendment(scene: Scene) -> Call:
    """A passing customer buys, and wants more seats at once; and no e-mails any more."""
    paid = scene.caller.paid
    order = paid.orders.activate_order_by_id(scene.new_order(customer_id=scene.new_customer().id).id)
    options = paid.amendments.get_order_amendment_options(order.id)
    _, _, seats, emails = (each.order_line_attribute_id for each in options.lines[0].attributes)
    more = UnifiedAmendmentIntent_UpdateQuantity(order_line_attribute_id=seats, new_quantity=5, treatment="prorate")
    no_more = UnifiedAmendmentIntent_EndAttribute(order_line_attribute_id=emails)
    version = int(options.order_version)
    return call(order.id, order_version=version, intents=[more, no_more], default_treatment="none")


CALLS: dict[str, Callable[[Scene], Call]] = {
    "products.list_products": lambda _: call(**PAGE, name="ai", active=True, archived=False),
    "products.create_product": lambda scene: call(
        name="Chatbot",
        description="Talks",
        active=False,
        product_code="PROD-002",
        external_id=scene.new_name(),
        metadata=METADATA,
    ),
    "products.get_product_by_id": lambda scene: call(scene.ids["product"]),
    "products.get_product_by_external_id": lambda _: call(PRODUCT),
    "products.update_product_by_id": lambda scene: call(_new_product(scene).id, product_attributes=_attributes()),
    "products.update_product_by_external_id": lambda scene: call(
        _new_product(scene).external_id, product_attributes=_attributes(), metadata=METADATA
    ),
    "pricing.list_pricing": lambda scene: call(product_id=scene.ids["product"]),
    "pricing.get_pricing": lambda scene: call(scene.ids["attribute"]),
    "pricing.update_pricing": lambda scene: call(scene.ids["attribute"], pricing=_fee()),
    "plans.list_plans": lambda scene: call(
        **PAGE, product_id=scene.ids["suite"], external_product_id=SUITE, include_archived=False
    ),
    "plans.create_plan": lambda scene: call(
        product_id=scene.ids["suite"],
        attributes=[suite_price(scene.ids["suite attribute"], credit_benefits=[])],
        name="Scale",
        external_id=scene.new_name(),
        supported_currencies=["EUR"],
        is_default=False,
    ),
    "plans.update_plan_upgrade_path": lambda scene: call(
        product_id=scene.ids["suite"],
        groups=[
            PlanUpgradePathGroup(frequency="Monthly", plan_ids=[scene.ids["plan"]]),
            PlanUpgradePathGroup(plan_ids=[scene.new_plan().id]),
        ],
    ),
    "plans.get_plan_by_id": lambda scene: call(scene.ids["plan"]),
    "plans.get_plan_by_external_id": lambda _: call(STARTER),
    "plans.update_plan_by_id": lambda scene: call(
        scene.new_plan().id,
        name="Scale",
        status="archived",
        attributes=[suite_price(scene.ids["suite attribute"])],
    ),
    "plans.update_plan_by_external_id": lambda scene: call(
        scene.new_plan().external_id, supported_currencies=["USD"], is_default=False
    ),
    "customers.list_customers": lambda _: call(
        **PAGE,
        name="ACME",
        status="churned",
        creation_state="active",
        created_at_from=YESTERDAY,
        created_at_to=TODAY,
        external_id=CUSTOMER,
    ),
    "customers.create_customer": lambda scene: call(
        name="Beta GmbH",
        legal_name="Beta",
        email="beta@beta.example",
        phone="1",
        website="https://beta.example",
        external_id=scene.new_name(),
        billing_address=ADDRESS,
        creation_state="draft",
        vat_number="DE1",
        metadata=METADATA,
        default_currency="EUR",
    ),
    "customers.get_customer_by_id": lambda scene: call(scene.ids["customer"]),
    "customers.get_customer_by_external_id": lambda _: call(CUSTOMER),
    "customers.update_customer_by_id": lambda scene: call(scene.new_customer().id, churn_date=JUNE, metadata=METADATA),
    "customers.update_customer_by_external_id": lambda scene: call(
        scene.new_customer().external_id, billing_address=ADDRESS, creation_state="draft"
    ),
    "customers.delete_customer_by_id": lambda scene: call(scene.new_customer().id),
    "customers.delete_customer_by_external_id": lambda scene: call(scene.new_customer().external_id),
    "customers.get_customer_state_by_id": lambda scene: call(scene.ids["customer"]),
    "customers.get_customer_state_by_external_id": lambda _: call(CUSTOMER),
    "customers.list_customer_aliases": lambda scene: call(scene.ids["customer"], **PAGE),
    "customers.list_customer_aliases_by_external_id": lambda _: call(CUSTOMER, **PAGE),
    "customers.create_customer_alias": lambda scene: call(
        scene.ids["customer"], alias=scene.new_name(), name="ERP", description="As the ERP knows it"
    ),
    "customers.create_customer_alias_by_external_id": lambda scene: call(CUSTOMER, alias=scene.new_name()),
    "customers.delete_customer_alias": lambda scene: call(scene.ids["customer"], scene.new_alias()),
    "customers.delete_customer_alias_by_external_id": lambda scene: call(CUSTOMER, scene.new_alias()),
    "customers.upsert_customer_user_by_external_id": lambda scene: call(
        CUSTOMER, scene.new_name(), name="Bob", email="bob@acme.example", metadata=METADATA, status="active"
    ),
    "customers.grant_customer_credits": lambda scene: call(
        scene.ids["customer"], credit_currency_key=CREDITS, amount=12.5, starts_at=JUNE, expires_at=FAR_OFF
    ),
    "customers.grant_customer_credits_by_external_id": lambda _: call(CUSTOMER, credit_currency_key=CREDITS, amount=1),
    "customers.get_customer_credit_balances": lambda scene: call(scene.ids["customer"]),
    "customers.get_customer_credit_balances_by_external_id": lambda _: call(CUSTOMER),
    "customers.list_customer_pending_credit_consumption": lambda scene: call(scene.ids["reader"], **PAGE),
    "customers.list_customer_pending_credit_consumption_by_external_id": lambda _: call(READER, **PAGE),
    "credits.list_credit_transactions": lambda scene: call(
        **PAGE,
        customer_id=scene.ids["reader"],
        external_customer_id=READER,
        credits_currency_id=scene.ids["currency"],
        credit_currency_key=CREDITS,
        type="spend",
        order_id=scene.ids["reader order"],
        created_at_from=YESTERDAY,
        created_at_to=TODAY,
    ),
    "credits.list_credit_currencies": lambda _: call(status="active"),
    "credits.create_credit_currency": lambda scene: call(
        name="Words", key=scene.new_name().lower(), description="What was written"
    ),
    "credits.update_credit_currency_by_id": lambda scene: call(
        scene.ids["currency"], description="Pages that were read", status="active"
    ),
    "contacts.list_contacts": lambda _: call(**PAGE),
    "contacts.create_contact": lambda scene: call(
        customer_id=scene.ids["customer"], email="eve@acme.example", external_id=scene.new_name(), roles=["BILLING"]
    ),
    "contacts.get_contact_by_id": lambda scene: call(scene.ids["contact"]),
    "contacts.get_contact_by_external_id": lambda _: call(CONTACT),
    "contacts.update_contact_by_id": lambda scene: call(scene.new_contact().id, first_name="Eve", roles=[]),
    "contacts.update_contact_by_external_id": lambda scene: call(scene.new_contact().external_id, phone="2"),
    "contacts.delete_contact_by_id": lambda scene: call(scene.new_contact().id),
    "contacts.delete_contact_by_external_id": lambda scene: call(scene.new_contact().external_id),
    "orders.list_orders": lambda scene: call(
        **PAGE,
        customer_id=scene.ids["customer"],
        external_customer_id="acme-crm",
        external_id="order-1",
        creation_state="active",
        status="active",
        start_date_from="2025-06-01",
        start_date_to="2025-06-01",
        end_date_from="2026-06-01",
        end_date_to="2026-06-01",
    ),
    "orders.create_order": lambda scene: call(
        customer_id=scene.ids["customer"], external_id=scene.new_name(), metadata=METADATA, currency="USD"
    ),
    "orders.get_order_by_id": lambda scene: call(scene.ids["order"]),
    "orders.update_order_by_id": lambda scene: call(
        scene.new_order().id, name="Renamed", start_date=JUNE, billing_anchor=15, metadata=METADATA
    ),
    "orders.delete_order_by_id": lambda scene: call(scene.new_order().id),
    "orders.activate_order_by_id": lambda scene: call(scene.new_order(customer_id=scene.new_customer().id).id),
    "orders.get_order_lines": lambda scene: call(scene.ids["order"], **PAGE),
    "orders.list_order_seats": lambda scene: call(
        scene.ids["order"], **PAGE, product_external_id=PRODUCT, status="assigned"
    ),
    "orders.update_order_seat_assignment": lambda scene: call(
        scene.ids["order"], scene.ids["seat"], user_external_id=USER
    ),
    "orders.batch_order_seat_assignments": lambda scene: call(
        scene.ids["order"], assignments=[{"seatId": scene.ids["seat"], "userExternalId": USER}]
    ),
    "amendments.get_order_amendment_options": lambda scene: call(scene.ids["order"]),
    "amendments.preview_order_amendment": _amendment,
    "amendments.execute_order_amendment": _amendment,
    "signals.create_signals": lambda scene: call(signals=[signal(0), signal(1, idempotency_key=scene.new_name())]),
    "signals.list_signals": lambda scene: call(
        **PAGE,
        signal_name="email_sent",
        customer_id=scene.ids["customer"],
        external_customer_id=CUSTOMER,
        product_id=scene.ids["product"],
        external_product_id=PRODUCT,
        created_at_from=JULY_1,
        created_at_to=TODAY,
    ),
    "costs.create_costs": lambda scene: call(costs=[cost(0), cost(1, idempotencyKey=scene.new_name()), tokens()]),
    "signals.get_signal_by_id": lambda scene: call(scene.ids["signal"]),
    "invoices.list_invoices": lambda scene: call(
        **PAGE,
        customer_id=scene.ids["customer"],
        external_customer_id=CUSTOMER,
        order_id=scene.ids["order"],
        status="posted",
        payment_status="partiallyPaid",
        issue_date_from=JULY_1,
        issue_date_to=JULY_1,
        due_date_from="2025-07-31",
        due_date_to="2025-07-31",
        display_number="INV-000001",
        purchase_order_reference="PO-117",
        currency="usd",
    ),
    "invoices.get_invoice_by_id": lambda scene: call(scene.ids["draft invoice"]),
    "invoices.update_invoice_by_id": lambda scene: call(scene.ids["invoice"], metadata=METADATA),
    "invoices.get_invoice_lines": lambda scene: call(scene.ids["invoice"], **PAGE),
    "payments.list_payments": lambda scene: call(
        **PAGE, customer_id=scene.ids["customer"], external_customer_id=CUSTOMER, status="posted"
    ),
    "payments.create_payment": lambda _: call(
        external_customer_id=CUSTOMER,
        amount=15_00,
        currency="USD",
        payment_type="check",
        payment_date=JUNE,
        status="draft",
        metadata=METADATA,
    ),
    "payments.get_payment": lambda scene: call(scene.ids["payment"]),
    "payment_allocations.list_payment_allocations": lambda scene: call(
        **PAGE, payment_id=scene.ids["payment"], invoice_id=scene.ids["invoice"]
    ),
    "payment_allocations.create_payment_allocation": lambda scene: call(
        payment_id=scene.ids["payment"],
        allocations=[PaymentAllocationInput(invoice_line_id=scene.ids["invoice line"], amount=1, currency="USD")],
    ),
    "webhooks.list_webhooks": lambda _: call(),
    "webhooks.update_webhook": lambda _: call("billing-invoice-paid", enabled=True, url="https://hooks.acme.example/a"),
    "webhooks.test_webhook": lambda scene: call(_listening(scene)),
    "webhooks.rotate_webhook_secret": lambda _: call(),
}
