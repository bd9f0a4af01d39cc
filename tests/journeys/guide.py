"""The guide's AI SDR: its prices, its order and its June, in the published client's own types."""

from datetime import UTC, datetime, timedelta

from paid import (
    CustomerByExternalId,
    Order,
    Paid,
    ProductAttributeUpsert,
    ProductByExternalId,
    ProductPricingInput_OneTimePerUnit,
    ProductPricingInput_RecurringPerUnit,
    ProductPricingInput_SeatBasedPerUnit,
    ProductPricingInput_UsagePerUnit,
    Signal,
)
from paid.types import ProductSimplePricePoint

SETUP_FEE, PLATFORM_FEE, SEAT = 1_000_00, 500_00, 30_00
EMAIL, MEETING = 10, 50_00
SEATS, EMAILS, MEETINGS = 10, 1_240, 7

JUNE = datetime(2025, 6, 1, tzinfo=UTC)


def usd(unit_price: int, **quantities: int) -> list[ProductSimplePricePoint]:
    return [ProductSimplePricePoint(currency="USD", unit_price=unit_price, **quantities)]


def prices() -> list[ProductAttributeUpsert]:
    """The five prices of the guide; the seats are sold in tens."""
    return [
        ProductAttributeUpsert(
            name="Setup fee",
            pricing=ProductPricingInput_OneTimePerUnit(price_points=usd(SETUP_FEE), fee_type="setup"),
        ),
        ProductAttributeUpsert(
            name="Platform fee",
            pricing=ProductPricingInput_RecurringPerUnit(
                billing_frequency="Monthly", billing_type="Advance", price_points=usd(PLATFORM_FEE)
            ),
        ),
        ProductAttributeUpsert(
            name="Seats",
            pricing=ProductPricingInput_SeatBasedPerUnit(
                billing_frequency="Monthly", billing_type="Advance", price_points=usd(SEAT, min_quantity=SEATS)
            ),
        ),
        ProductAttributeUpsert(
            name="Emails",
            pricing=ProductPricingInput_UsagePerUnit(
                event_name="email_sent",
                signal_type="activity",
                billing_frequency="Monthly",
                billing_type="Arrears",
                price_points=usd(EMAIL),
            ),
        ),
        ProductAttributeUpsert(
            name="Meetings",
            pricing=ProductPricingInput_UsagePerUnit(
                event_name="meeting_booked",
                signal_type="outcome",
                billing_frequency="Monthly",
                billing_type="Arrears",
                price_points=usd(MEETING),
            ),
        ),
    ]


def draft_order(paid: Paid) -> Order:
    """Product, customer, contact and a draft order from 1 June 2025."""
    product = paid.products.create_product(name="AI SDR", external_id="ai-sdr-001", product_code="PROD-001")
    paid.products.update_product_by_id(product.id, product_attributes=prices())
    customer = paid.customers.create_customer(name="Acme Ltd", external_id="acme-ltd")
    contact = paid.contacts.create_contact(
        customer_id=customer.id, first_name="John", last_name="Doe", email="john@acme.example", roles=["BILLING"]
    )
    return paid.orders.create_order(
        customer_id=customer.id,
        billing_contact_ids=[contact.id],
        name="AI SDR Pro",
        start_date=JUNE,
        currency="USD",
        payment_terms="Net 30",
        purchase_order_reference="PO-2025-117",
        auto_post_invoices=True,
        lines=[{"productId": product.id}],
    )


def june_signals() -> list[Signal]:
    """1,240 e-mails and 7 meetings, spread over June, by external ids."""
    emails = [_signal("email_sent", number, JUNE + timedelta(minutes=30 * number)) for number in range(EMAILS)]
    return emails + [_signal("meeting_booked", day, JUNE + timedelta(days=4 * day)) for day in range(MEETINGS)]


def _signal(event_name: str, number: int, timestamp: datetime) -> Signal:
    return Signal(
        event_name=event_name,
        customer=CustomerByExternalId(external_customer_id="acme-ltd"),
        attribution=ProductByExternalId(external_product_id="ai-sdr-001"),
        timestamp=timestamp,
        idempotency_key=f"{event_name}-{number}",
    )
