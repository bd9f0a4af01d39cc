"""The guide's first ten minutes: what is sold and to whom, what happens in June, and what is owed for it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from paid import (
    Contact,
    Customer,
    CustomerBillingAddressInput,
    CustomerByExternalId,
    Order,
    Paid,
    ProductAttributeUpsert,
    ProductByExternalId,
    ProductDetail,
    ProductPricingInput,
    ProductPricingInput_OneTimePerUnit,
    ProductPricingInput_RecurringPerUnit,
    ProductPricingInput_SeatBasedPerUnit,
    ProductPricingInput_UsagePerUnit,
    ProductSimplePricePoint,
    Signal,
)

from local.messages import Json

BEFORE = "2025-05-25"
START = datetime(2025, 6, 1, tzinfo=UTC)
END_OF_JUNE = "2025-06-30"
DUE_DAYS = ("2025-07-01", "2025-08-01")

CUSTOMER = "acme-ltd"
PRODUCT = "ai-sdr-001"
SEATS = 10
EMAILS = 1_240
MEETINGS = 7
BULK = 100

ADDRESS = CustomerBillingAddressInput(
    line1="1 Leonard Street", city="London", state="", zip_code="EC2A 4NE", country="United Kingdom"
)
"""The invoices are addressed to it."""

OWED_MINOR = {
    "2025-06-01": 100_000 + 50_000 + SEATS * 3_000,
    "2025-07-01": 50_000 + SEATS * 3_000 + EMAILS * 10 + MEETINGS * 5_000,
    "2025-08-01": 50_000 + SEATS * 3_000,
}
"""By issue date: 1,800.00, then 1,274.00, then 800.00 US dollars."""


def create_product(paid: Paid) -> ProductDetail:
    bare = paid.products.create_product(name="AI SDR", external_id=PRODUCT, product_code="PROD-001", active=True)
    product: ProductDetail = paid.products.update_product_by_id(bare.id, product_attributes=prices())
    return product


def sign_order(paid: Paid, product_id: str, start: datetime) -> tuple[Customer, Contact, Order]:
    """A draft for a new customer and its contact."""
    customer = paid.customers.create_customer(name="Acme Ltd", external_id=CUSTOMER, billing_address=ADDRESS)
    contact = paid.contacts.create_contact(
        customer_id=customer.id, first_name="John", last_name="Doe", email="john.doe@acme.example"
    )
    order = paid.orders.create_order(
        customer_id=customer.id,
        billing_contact_ids=[contact.id],
        name="AI SDR for Acme Ltd",
        start_date=start,
        currency="USD",
        payment_terms="Net 30",
        purchase_order_reference="PO-2025-117",
        auto_post_invoices=True,
        request_options={"additional_body_parameters": order_lines(product_id)},
    )
    return customer, contact, order


def prices() -> list[ProductAttributeUpsert]:
    """Setup once, platform and seats in advance, emails (activity) and meetings (outcome) in arrears."""
    return [
        _attribute("Setup fee", ProductPricingInput_OneTimePerUnit(fee_type="setup", price_points=_usd(100_000))),
        _attribute(
            "Platform fee",
            ProductPricingInput_RecurringPerUnit(
                billing_frequency="Monthly", billing_type="Advance", price_points=_usd(50_000)
            ),
        ),
        _attribute(
            "Seats",
            ProductPricingInput_SeatBasedPerUnit(
                billing_frequency="Monthly", billing_type="Advance", price_points=_usd(3_000)
            ),
        ),
        _attribute("Emails sent", _usage("email_sent", "activity", 10)),
        _attribute("Meetings booked", _usage("meeting_booked", "outcome", 5_000)),
    ]


def order_lines(product_id: str) -> Json:
    """The product at its list prices, for ten seats.

    Beyond the contract, and so beyond the client's own types: an attribute without a pricing copies the product's.
    """
    attributes = [{"name": price.name, "quantity": SEATS if price.name == "Seats" else 1} for price in prices()]
    return {"lines": [{"productId": product_id, "attributes": attributes}]}


def june_in_bulks() -> Iterator[Sequence[Signal]]:
    signals = [*_spread_over_june("email_sent", EMAILS), *_spread_over_june("meeting_booked", MEETINGS)]
    for start in range(0, len(signals), BULK):
        yield signals[start : start + BULK]


def _spread_over_june(event_name: str, count: int) -> Iterator[Signal]:
    for index in range(count):
        yield Signal(
            event_name=event_name,
            customer=CustomerByExternalId(external_customer_id=CUSTOMER),
            attribution=ProductByExternalId(external_product_id=PRODUCT),
            timestamp=START + index * timedelta(days=30) / count,
            idempotency_key=f"{event_name}-{index}",
        )


def _attribute(name: str, pricing: ProductPricingInput) -> ProductAttributeUpsert:
    return ProductAttributeUpsert(name=name, active=True, pricing=pricing)


def _usage(event_name: str, signal_type: str, unit_price_minor: int) -> ProductPricingInput:
    return ProductPricingInput_UsagePerUnit(
        event_name=event_name,
        signal_type=signal_type,
        billing_frequency="Monthly",
        billing_type="Arrears",
        price_points=_usd(unit_price_minor),
    )


def _usd(unit_price_minor: int) -> list[ProductSimplePricePoint]:
    return [ProductSimplePricePoint(currency="USD", unit_price=unit_price_minor)]
