"""More of everything, differing in all that listings can be filtered by; and for each filter what it must find."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from paid import CustomerByExternalId, ProductById

from tests.journeys.contract_scene import CREDITS, CUSTOMER, PRODUCT, READER, Scene, signal

JUNE, JULY, AUGUST = (datetime(2025, month, 1, tzinfo=UTC) for month in (6, 7, 8))


@dataclass(frozen=True)
class Id:
    """In the place of the id that the shop gave to a thing."""

    name: str


def open_shop(scene: Scene) -> Scene:
    paid, ids = scene.caller.paid, scene.ids
    chatbot = paid.products.create_product(name="Chatbot", active=False, external_id="chatbot")
    paid.products.create_product(name="Chat SDR")
    beta = paid.customers.create_customer(name="Beta GmbH", external_id="beta", creation_state="draft")
    paid.customers.create_customer(name="Acme GmbH")
    for number in range(2):
        paid.customers.create_customer_alias(ids["customer"], alias=f"alias-{number}")
        paid.contacts.create_contact(customer_id=beta.id, email=f"{number}@beta.example")
    paid.orders.create_order(customer_id=beta.id, name="Beta draft", start_date=AUGUST, external_id="order-2")
    over = paid.orders.create_order(
        customer_id=beta.id,
        name="Beta over",
        start_date=JUNE,
        end_date=JULY,
        currency="EUR",
        payment_terms="Net 60",
        purchase_order_reference="PO-9",
        lines=[{"productId": ids["product"], "attributes": [_fee()]}, *[{"productId": chatbot.id}] * 2],
    )
    paid.orders.activate_order_by_id(over.id)
    beta_met = signal(
        0,
        event_name="meeting_booked",
        customer=CustomerByExternalId(external_customer_id="beta"),
        data={"label": "meeting"},
    )
    chat = signal(0, attribution=ProductById(product_id=chatbot.id), data={"label": "chat"}, idempotency_key="chat")
    paid.signals.create_signals(signals=[beta_met, chat])
    scene.customer.settle()
    expected = paid.payments.create_payment(
        external_customer_id="beta", amount=9_00, currency="EUR", payment_type="cash", status="draft"
    )
    paid.payments.create_payment(external_customer_id="beta", amount=5_00, currency="EUR", payment_type="ach")
    (euros,) = paid.invoices.list_invoices(order_id=over.id).data
    ids |= {"beta": beta.id, "chatbot": chatbot.id, "beta order": over.id}
    ids |= {"draft payment": expected.id, "beta invoice": euros.id}
    return scene


def _fee() -> dict[str, Any]:
    pricing = {
        "chargeType": "recurring",
        "pricingModel": "perUnit",
        "billingType": "arrears",
        "pricePoints": {"unitPrice": 5_00, "currency": "EUR"},
    }
    return {"name": "Fee", "pricing": pricing}


def label(item: Any) -> str:
    """What the tables below call a thing in a listing."""
    match item:
        case {"invoiceTotal": _}:
            return f"{item['currency']} {item['issueDate'][:10]}"
        case {"assignee": _}:
            return str(item["status"])
        case {"originCode": _}:
            return f"{item['type']} {item['amount']}"
        case {"paymentType": _} | {"invoiceLineId": _}:
            return f"{item['currency']} {item['amount']}"
        case {"data": {"label": str(text)}}:
            return text
        case _:
            return str(item["name"])


TODAY, TOMORROW, YESTERDAY = "2025-07-10", "2025-07-11", "2025-07-09"

AI, CHATBOT, CHAT = "AI SDR", "Chatbot", "Chat SDR"
ACME, BETA, ACME_GMBH = "Acme Ltd", "Beta GmbH", "Acme GmbH"
FIRST, DRAFT, OVER = "AI SDR Pro", "Beta draft", "Beta over"
GIVEN, HALF, TAKEN = "grant 100", "grant 0.5", "spend -0.5"
MAILS = ["mail 0", "mail 1", "mail 2"]
JUNE_1, JULY_1, EUROS = "USD 2025-06-01", "USD 2025-07-01", "EUR 2025-07-01"

READERS = {"Reader", "Reader Ltd", "Order 2", "mail 10", "mail 11", "mail 12", "Suite"}
"""What the scene has for credits or plans alone: the tables below do without it."""

STARTER, PRO, OLD = "Starter", "Pro", "Old"

PAID, PART = "USD 40000", "USD 100"

Found = tuple[dict[str, object], list[str]]


def nothing_by(name: str, *values: str) -> list[Found]:
    return [({name: value}, []) for value in values]


FILTERS: dict[str, list[Found]] = {
    "products.list_products": [
        ({"name": "sdr"}, [AI, CHAT]),
        ({"name": "CHAT"}, [CHATBOT, CHAT]),
        ({"active": True}, [AI, CHAT]),
        ({"active": False}, [CHATBOT]),
        ({"archived": True}, []),
        ({"archived": False}, [AI, CHATBOT, CHAT]),
        ({"name": "chat", "active": False}, [CHATBOT]),
    ],
    "plans.list_plans": [
        ({"product_id": Id("suite")}, [STARTER, PRO, OLD]),
        ({"product_id": Id("chatbot")}, []),
        ({"external_product_id": "suite"}, [STARTER, PRO, OLD]),
        ({"external_product_id": "chatbot"}, []),
        ({"product_id": Id("suite"), "external_product_id": "suite"}, [STARTER, PRO, OLD]),
        ({"product_id": Id("chatbot"), "external_product_id": "suite"}, []),
        ({"include_archived": True}, [STARTER, PRO, OLD]),
        ({"include_archived": False}, [STARTER, PRO]),
        ({"product_id": Id("suite"), "include_archived": False}, [STARTER, PRO]),
    ],
    "customers.list_customers": [
        ({"name": "acme"}, [ACME, ACME_GMBH]),
        ({"status": "churned"}, [ACME]),
        ({"status": "active"}, [BETA, ACME_GMBH]),
        ({"creation_state": "draft"}, [BETA]),
        ({"creation_state": "active"}, [ACME, ACME_GMBH]),
        ({"external_id": "beta"}, [BETA]),
        ({"external_id": "bet"}, []),
        ({"external_id": "acme-crm"}, []),
        ({"created_at_from": TODAY}, [ACME, BETA, ACME_GMBH]),
        ({"created_at_from": TOMORROW}, []),
        ({"created_at_to": TODAY}, [ACME, BETA, ACME_GMBH]),
        ({"created_at_to": YESTERDAY}, []),
        ({"created_at_to": "2025-07-10T00:00:00Z"}, [ACME, BETA, ACME_GMBH]),
        ({"created_at_to": "2025-07-10T00:00:00+00:01"}, []),
    ],
    "orders.list_orders": [
        ({"customer_id": Id("customer")}, [FIRST]),
        ({"customer_id": "nobody"}, []),
        ({"external_customer_id": "beta"}, [DRAFT, OVER]),
        ({"external_customer_id": "acme-crm"}, [FIRST]),
        ({"external_customer_id": "nobody"}, []),
        ({"customer_id": Id("customer"), "external_customer_id": "beta"}, []),
        ({"external_id": "order-2"}, [DRAFT]),
        ({"external_id": "order"}, []),
        ({"creation_state": "draft"}, [DRAFT]),
        ({"creation_state": "active"}, [FIRST, OVER]),
        ({"status": "draft"}, [DRAFT]),
        ({"status": "active"}, [FIRST]),
        ({"status": "ended"}, [OVER]),
        ({"status": "paused"}, []),
        ({"start_date_from": "2025-06-02"}, [DRAFT]),
        ({"start_date_from": "2025-06-01"}, [FIRST, DRAFT, OVER]),
        ({"start_date_to": "2025-06-01"}, [FIRST, OVER]),
        ({"start_date_to": "2025-05-31T23:59:59Z"}, []),
        ({"end_date_from": "2025-07-02"}, [FIRST]),
        ({"end_date_to": "2025-07-01"}, [OVER]),
        ({"end_date_from": "2020-01-01"}, [FIRST, OVER]),
    ],
    "orders.list_order_seats": [
        ({"status": "assigned"}, ["assigned"]),
        ({"status": "unassigned"}, ["unassigned"] * 2),
        ({"product_external_id": PRODUCT}, ["assigned", "unassigned", "unassigned"]),
        ({"product_external_id": "chatbot"}, []),
    ],
    "signals.list_signals": [
        ({"signal_name": "meeting_booked"}, ["meeting"]),
        ({"signal_name": "meeting"}, []),
        ({"customer_id": Id("customer")}, ["chat", *MAILS]),
        ({"customer_id": "nobody"}, []),
        ({"external_customer_id": CUSTOMER}, ["chat", *MAILS]),
        ({"external_customer_id": "acme-crm"}, ["chat", *MAILS]),
        ({"external_customer_id": "nobody"}, []),
        ({"customer_id": Id("customer"), "external_customer_id": "beta"}, []),
        ({"product_id": Id("chatbot")}, ["chat"]),
        ({"external_product_id": PRODUCT}, ["meeting", *MAILS]),
        ({"external_product_id": "chatbot"}, ["chat"]),
        ({"external_product_id": "nothing"}, []),
        ({"product_id": Id("chatbot"), "external_product_id": "chatbot"}, ["chat"]),
        ({"product_id": Id("chatbot"), "external_product_id": PRODUCT}, []),
        ({"created_at_from": TODAY}, ["chat", "meeting", *MAILS]),
        ({"created_at_from": TOMORROW}, []),
        ({"created_at_to": TODAY}, ["chat", "meeting", *MAILS]),
        ({"created_at_to": YESTERDAY}, []),
    ],
    "credits.list_credit_transactions": [
        ({"customer_id": Id("customer")}, [GIVEN]),
        ({"customer_id": "nobody"}, []),
        ({"external_customer_id": READER}, [HALF, TAKEN]),
        ({"external_customer_id": "acme-crm"}, [GIVEN]),
        ({"external_customer_id": "nobody"}, []),
        ({"customer_id": Id("customer"), "external_customer_id": READER}, []),
        ({"credits_currency_id": Id("currency")}, [GIVEN, HALF, TAKEN]),
        ({"credits_currency_id": "nothing"}, []),
        ({"credit_currency_key": CREDITS}, [GIVEN, HALF, TAKEN]),
        ({"credit_currency_key": "words"}, []),
        ({"type": "grant"}, [GIVEN, HALF]),
        ({"type": "spend"}, [TAKEN]),
        ({"type": "pendingGrant"}, []),
        ({"order_id": Id("reader order")}, [TAKEN]),
        ({"order_id": "nothing"}, []),
        ({"created_at_from": TODAY}, [GIVEN, HALF, TAKEN]),
        ({"created_at_from": TOMORROW}, []),
        ({"created_at_to": TODAY}, [GIVEN, HALF, TAKEN]),
        ({"created_at_to": YESTERDAY}, []),
    ],
    "invoices.list_invoices": [
        ({"customer_id": Id("customer")}, [JUNE_1, JULY_1]),
        ({"external_customer_id": "acme-crm"}, [JUNE_1, JULY_1]),
        ({"external_customer_id": "nobody"}, []),
        ({"customer_id": Id("customer"), "external_customer_id": "beta"}, []),
        ({"order_id": Id("beta order")}, [EUROS]),
        ({"order_id": "nothing"}, []),
        ({"status": "draft"}, [JUNE_1, EUROS]),
        ({"status": "posted"}, [JULY_1]),
        *nothing_by("status", "building", "pending", "voided", "canceled", "error"),
        ({"payment_status": "pending"}, [JUNE_1, EUROS]),
        ({"payment_status": "partiallyPaid"}, [JULY_1]),
        *nothing_by("payment_status", "paid", "overdue", "error"),
        ({"issue_date_from": "2025-06-02"}, [JULY_1, EUROS]),
        ({"issue_date_to": "2025-06-01"}, [JUNE_1]),
        ({"due_date_from": "2025-08-30"}, [EUROS]),
        ({"due_date_to": "2025-07-31"}, [JUNE_1, JULY_1]),
        ({"display_number": "INV-000001"}, [JULY_1]),
        ({"display_number": "INV-00000"}, []),
        ({"purchase_order_reference": "PO-9"}, [EUROS]),
        ({"purchase_order_reference": "po-9"}, []),
        ({"currency": "EUR"}, [EUROS]),
        ({"currency": "usd"}, [JUNE_1, JULY_1]),
    ],
    "payments.list_payments": [
        ({"customer_id": Id("customer")}, [PAID]),
        ({"external_customer_id": "acme-crm"}, [PAID]),
        ({"external_customer_id": "beta"}, ["EUR 900", "EUR 500"]),
        ({"customer_id": Id("customer"), "external_customer_id": "beta"}, []),
        ({"status": "draft"}, ["EUR 900"]),
        ({"status": "posted"}, [PAID, "EUR 500"]),
        *nothing_by("status", "processing", "requiresAction", "failed", "canceled"),
    ],
    "payment_allocations.list_payment_allocations": [
        ({"payment_id": Id("payment")}, [PART] * 3),
        ({"payment_id": Id("draft payment")}, []),
        ({"invoice_id": Id("invoice")}, [PART] * 3),
        ({"invoice_id": Id("beta invoice")}, []),
        ({"payment_id": Id("payment"), "invoice_id": Id("beta invoice")}, []),
    ],
}
