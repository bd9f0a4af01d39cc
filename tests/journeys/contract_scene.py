"""One organization in the middle of its business: of everything there is at least one, and it has all its fields.

The order began on 1 June and was activated on TODAY, 10 July: so the invoice of June is a draft to be looked at, and
that of July is posted.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from paid import (
    Cost_Cost,
    Cost_Usage,
    CustomerByExternalId,
    Paid,
    PaymentAllocationInput,
    PlanAttributeInput,
    PlanUpgradePathGroup,
    ProductAttributeUpsert,
    ProductByExternalId,
    ProductPricingInput_RecurringPerUnit,
    ProductPricingInput_SeatBasedPerUnit,
    ProductPricingInput_UsagePerUnit,
    ProductPricingInput_UsagePrepaidCredits,
    ProductSimplePricePoint,
    Signal,
    TokenUsage,
)

from local import guide
from tests.journeys.contract_systems import Caller, Customer, caller

JUNE, FAR_OFF = datetime(2025, 6, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
JULY_5 = datetime(2025, 7, 5, tzinfo=UTC)
ADDRESS = {"line1": "1 Road", "line2": "Flat 2", "city": "London", "state": "LDN", "zipCode": "EC2A", "country": "GB"}
CONTACT_ADDRESS = {"street": "1 Road", "city": "London", "state": "LDN", "zipCode": "EC2A", "country": "GB"}
METADATA = {"tier": "gold", "nested": {"since": 2025, "beta": None}}

PRODUCT, CUSTOMER, CONTACT, ORDER, USER, CREDITS = "ai-sdr-001", "acme-ltd", "john-doe", "order-1", "ada", "pages"
READER = "reader-ltd"
SUITE, STARTER = "suite", "starter"


@dataclass(frozen=True)
class Scene:
    """The ids of what is there; `numbers` make names that nothing has yet."""

    customer: Customer
    caller: Caller
    ids: dict[str, str]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new_name(self) -> str:
        return f"new-{next(self.numbers)}"

    def new_customer(self) -> Any:
        return self.caller.paid.customers.create_customer(name="Passing Ltd", external_id=self.new_name())

    def new_contact(self) -> Any:
        return self.caller.paid.contacts.create_contact(
            customer_id=self.ids["customer"], email="new@acme.example", external_id=self.new_name()
        )

    def new_order(self, **named: Any) -> Any:
        """A draft that could be activated."""
        lines = [{"productId": self.ids["product"]}]
        return self.caller.paid.orders.create_order(
            **{"customer_id": self.ids["customer"], "start_date": JUNE, "lines": lines, **named}
        )

    def new_plan(self) -> Any:
        return self.caller.paid.plans.create_plan(
            product_id=self.ids["suite"],
            attributes=[suite_price(self.ids["suite attribute"])],
            external_id=self.new_name(),
        )

    def new_alias(self) -> str:
        alias = self.new_name()
        self.caller.paid.customers.create_customer_alias(self.ids["customer"], alias=alias)
        return alias


def prices() -> list[ProductAttributeUpsert]:
    """Setup and platform fee of the guide, three seats, and e-mails in two currencies with all their quantities."""
    seats = ProductSimplePricePoint(currency="USD", unit_price=30_00, min_quantity=3)
    emails = [
        ProductSimplePricePoint(
            currency=currency, unit_price=10, included_quantity=1, min_quantity=1, max_quantity=1_000
        )
        for currency in ("USD", "EUR")
    ]
    return [
        *guide.prices()[:2],
        ProductAttributeUpsert(
            name="Seats",
            pricing=ProductPricingInput_SeatBasedPerUnit(
                billing_frequency="Monthly", billing_type="Advance", price_points=[seats]
            ),
        ),
        ProductAttributeUpsert(
            name="E-mails",
            pricing=ProductPricingInput_UsagePerUnit(
                event_name="email_sent", signal_type="activity", billing_type="Arrears", price_points=emails
            ),
        ),
    ]


def set_scene(customer: Customer) -> Scene:
    client = caller(customer)
    paid = client.paid
    product = paid.products.create_product(
        name="AI SDR", description="Sells", product_code="PROD-001", external_id=PRODUCT, metadata=METADATA
    )
    priced = paid.products.update_product_by_id(product.id, product_attributes=prices())
    buyer = paid.customers.create_customer(
        name="Acme Ltd",
        legal_name="Acme Limited",
        email="billing@acme.example",
        phone="+44 20 7946 0000",
        website="https://acme.example",
        external_id=CUSTOMER,
        billing_address=ADDRESS,
        vat_number="GB123",
        metadata=METADATA,
    )
    paid.customers.update_customer_by_id(buyer.id, churn_date=datetime(2025, 12, 31, tzinfo=UTC))
    paid.customers.create_customer_alias(buyer.id, alias="acme-crm", name="CRM", description="As the CRM knows it")
    paid.customers.upsert_customer_user_by_external_id(
        CUSTOMER, USER, name="Ada", email="ada@acme.example", metadata=METADATA
    )
    currency = paid.credits.create_credit_currency(name="Pages", key=CREDITS, description="Pages that were read")
    paid.customers.grant_customer_credits(buyer.id, credit_currency_key=CREDITS, amount=100)
    contact = paid.contacts.create_contact(
        customer_id=buyer.id,
        first_name="John",
        last_name="Doe",
        email="john@acme.example",
        phone="1",
        billing_address=CONTACT_ADDRESS,
        external_id=CONTACT,
        roles=["BILLING", "ACCOUNTS_PAYABLE"],
    )
    order = paid.orders.create_order(
        customer_id=buyer.id,
        billing_customer_id=buyer.id,
        billing_contact_ids=[contact.id],
        name="AI SDR Pro",
        start_date=JUNE,
        end_date=datetime(2026, 6, 1, tzinfo=UTC),
        subscription_terms=12,
        billing_anchor=1,
        payment_terms="Net 30",
        external_id=ORDER,
        metadata=METADATA,
        auto_post_invoices=True,
        billing_frequency_override={"frequency": "monthly"},
        purchase_order_reference="PO-117",
        lines=[{"productId": product.id, "description": "Ten seats"}],
    )
    sent = paid.signals.create_signals(signals=[signal(number) for number in range(3)])
    assert (sent.ingested, sent.failed) == (3, 0)
    customer.settle()
    paid.orders.activate_order_by_id(order.id)
    customer.settle()
    reader_order_id = _read_pages(paid, currency.id)
    customer.settle()
    suite = _plan_suite(paid, currency.id)
    seat = paid.orders.list_order_seats(order.id, limit=1).data[0]
    paid.orders.update_order_seat_assignment(order.id, seat.id, user_external_id=USER)
    june, july = paid.invoices.list_invoices().data
    line = paid.invoices.get_invoice_lines(july.id).data[0]
    payment = _pay(paid, buyer.id, line.id)
    ids = {
        "product": product.id,
        "attribute": priced.product_attributes[1].product_attribute_id,
        "customer": buyer.id,
        "contact": contact.id,
        "currency": currency.id,
        "reader": paid.customers.get_customer_by_external_id(READER).id,
        "order": order.id,
        "reader order": reader_order_id,
        "seat": seat.id,
        "signal": paid.signals.list_signals().data[0].id,
        "draft invoice": june.id,
        "invoice": july.id,
        **suite,
        "invoice line": line.id,
        "payment": payment,
    }
    return Scene(customer, client, ids)


def suite_price(attribute_id: str, unit_price: int = 80_00, **fields: Any) -> PlanAttributeInput:
    points = [ProductSimplePricePoint(currency=currency, unit_price=unit_price) for currency in ("USD", "EUR")]
    pricing = ProductPricingInput_RecurringPerUnit(billing_frequency="Monthly", price_points=points)
    return PlanAttributeInput(product_attribute_id=attribute_id, pricing=pricing, **fields)


def _plan_suite(paid: Paid, currency_id: str) -> dict[str, str]:
    """A product with a plan that has all its fields, another, and an archived one; the ids of what is needed later."""
    suite = paid.products.create_product(name="Suite", external_id=SUITE)
    priced = paid.products.update_product_by_id(suite.id, product_attributes=prices()[1:2])
    attribute_id = priced.product_attributes[0].product_attribute_id
    benefit = {
        "creditsCurrencyId": currency_id,
        "amount": 12.5,
        "rolloverAmount": 1,
        "rolloverDuration": 2,
        "rolloverDurationUnit": "months",
    }
    starter = paid.plans.create_plan(
        product_id=suite.id,
        name="Starter",
        external_id=STARTER,
        is_default=True,
        supported_currencies=["USD"],
        attributes=[suite_price(attribute_id, credit_benefits=[benefit])],
    )
    pro, old = (
        paid.plans.create_plan(product_id=suite.id, name=name, attributes=[suite_price(attribute_id)])
        for name in ("Pro", "Old")
    )
    paid.plans.update_plan_by_id(old.id, status="archived")
    paid.plans.update_plan_upgrade_path(
        product_id=suite.id, groups=[PlanUpgradePathGroup(frequency="Monthly", plan_ids=[starter.id, pro.id])]
    )
    return {"suite": suite.id, "suite attribute": attribute_id, "plan": starter.id}


def _pay(paid: Paid, customer_id: str, line_id: str) -> str:
    """A payment of which three parts are allocated to the line, and most is left."""
    payment = paid.payments.create_payment(
        customer_id=customer_id,
        amount=400_00,
        currency="USD",
        payment_type="bankTransfer",
        payment_date=JULY_5,
        metadata=METADATA,
    )
    part = PaymentAllocationInput(invoice_line_id=line_id, amount=1_00)
    paid.payment_allocations.create_payment_allocation(payment_id=payment.id, allocations=[part] * 3)
    return str(payment.id)


def _read_pages(paid: Paid, currency_id: str) -> str:
    """A customer that has taken more credits than it has, on three days; the id of its order."""
    pricing = ProductPricingInput_UsagePrepaidCredits(
        event_name="pages_read", credits_currency_id=currency_id, credit_cost=1
    )
    product = paid.products.create_product(name="Reader", external_id="reader")
    paid.products.update_product_by_id(
        product.id, product_attributes=[ProductAttributeUpsert(name="Pages", pricing=pricing)]
    )
    reader = paid.customers.create_customer(name="Reader Ltd", external_id=READER)
    order = paid.orders.create_order(customer_id=reader.id, start_date=JUNE, lines=[{"productId": product.id}])
    paid.orders.activate_order_by_id(order.id)
    paid.signals.create_signals(
        signals=[
            signal(
                day,
                event_name="pages_read",
                customer=CustomerByExternalId(external_customer_id=READER),
                attribution=ProductByExternalId(external_product_id="reader"),
                timestamp=datetime(2025, 6, day, tzinfo=UTC),
            )
            for day in (10, 11, 12)
        ]
    )
    paid.customers.grant_customer_credits(reader.id, credit_currency_key=CREDITS, amount=0.5)
    return str(order.id)


def signal(number: int, **fields: Any) -> Signal:
    return Signal(
        **{
            "event_name": "email_sent",
            "customer": CustomerByExternalId(external_customer_id=CUSTOMER),
            "attribution": ProductByExternalId(external_product_id=PRODUCT),
            "timestamp": datetime(2025, 6, 10, 9, number, tzinfo=UTC),
            "idempotency_key": f"email-{number}",
            "data": {"label": f"mail {number}", "tags": ["a", None]},
            **fields,
        }
    )


def cost(number: int, **fields: Any) -> Cost_Cost:
    """A precomputed cost; further fields go out as they are called here."""
    return Cost_Cost(
        customer=CustomerByExternalId(external_customer_id=CUSTOMER),
        product=ProductByExternalId(external_product_id=PRODUCT),
        timestamp=datetime(2025, 6, 10, 9, number, tzinfo=UTC),
        amount=0.0125,
        currency="USD",
        vendor="openai",
        model="gpt-4o-2024-08-06",
        metadata=METADATA,
        **fields,
    )


def tokens(**fields: Any) -> Cost_Usage:
    """Token usage: at 2.50 and 10 dollars a million, 0.003 + 0.0034; or what `fields` say instead."""
    return Cost_Usage(
        **{
            "customer": CustomerByExternalId(external_customer_id=CUSTOMER),
            "vendor": "openai",
            "model": "gpt-4o-2024-08-06",
            "usage": TokenUsage(input_tokens=1_200, output_tokens=340),
            **fields,
        }
    )
