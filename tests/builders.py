"""Things of the core, made by stating only what matters; the rest is ordinary.

Ordinary is: USD, one unit at 1.00 a month in advance, product `prod_1`, customer `cus_1`, from 1 June 2025. A component
is named after its event, else after what it charges: `ola_email_sent`, `ola_recurring`.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from functions.billing.invoicing.build import BillingFacts
from functions.billing.models.contact import Contact
from functions.billing.models.customer import CreationState, Customer
from functions.billing.models.invoice import Invoice, InvoiceLine, Party
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.models.organization import ApiKey, Organization, Scope
from functions.billing.models.payment import Payment
from functions.billing.models.plan import Plan, PlanAttribute
from functions.billing.models.pricing import BillingTiming, ChargeType, PricePoint, Pricing, default_timing
from functions.billing.models.product import PricingVersion, Product, ProductAttribute
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.billing.models.usage import Checkpoint, RatingPlan, Usage
from functions.billing.periods import Period, midnight
from functions.billing.ports import InvoiceRegister, Stored

START = date(2025, 6, 1)
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
LOG = LogId("org_1", "cus_1")

ADVANCE, ARREARS = BillingTiming.ADVANCE, BillingTiming.ARREARS
ONE_TIME, RECURRING, SEATS, USAGE = (
    ChargeType.ONE_TIME,
    ChargeType.RECURRING,
    ChargeType.SEAT_BASED,
    ChargeType.USAGE,
)

_STAMPS = {"created_at": NOW, "updated_at": NOW}


def moment(day: date) -> datetime:
    """A moment as it is; a day as its midnight."""
    return day if isinstance(day, datetime) else midnight(day)


def period(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def make_price(unit_price_minor: int = 100, **fields: Any) -> PricePoint:
    return PricePoint.model_validate({"currency": "USD", "unit_price_minor": unit_price_minor, **fields})


def make_pricing(charge_type: ChargeType = RECURRING, *prices: PricePoint, **fields: Any) -> Pricing:
    return Pricing.model_validate(
        {
            "charge_type": charge_type,
            "timing": default_timing(charge_type),
            "price_points": prices or (make_price(),),
            "event_name": "email_sent" if charge_type is USAGE else None,
            **fields,
        }
    )


def make_attribute(pricing: Pricing | None = None, **fields: Any) -> OrderLineAttribute:
    pricing = pricing or make_pricing()
    name = pricing.event_name or pricing.charge_type.value
    return OrderLineAttribute.model_validate({"id": f"ola_{name}", "name": name, "pricing": pricing, **fields})


def make_line(*attributes: OrderLineAttribute, product_id: str = "prod_1", **fields: Any) -> OrderLine:
    return OrderLine.model_validate(
        {"id": f"line_{product_id}", "product_id": product_id, "name": "AI SDR", "attributes": attributes, **fields}
    )


def make_order(*attributes: OrderLineAttribute, start: date = START, end: date | None = None, **fields: Any) -> Order:
    """A draft with its attributes on one line, or with the `lines` that are given."""
    return Order.model_validate(
        {
            "id": "ord_1",
            "customer_id": "cus_1",
            "name": "Order 1",
            "number": 1,
            "start_date": moment(start),
            "end_date": None if end is None else moment(end),
            "currency": "USD",
            "lines": (make_line(*attributes),),
            **_STAMPS,
            **fields,
        }
    )


def activated(order: Order, on: date) -> Order:
    return order.model_copy(update={"creation_state": CreationState.ACTIVE, "activated_at": moment(on)})


def make_entry(on: date = START, event_name: str = "email_sent", **fields: Any) -> Entry:
    """A signal in the log; of `prod_1`, unless something else is said of its product."""
    product = {} if "external_product_id" in fields else {"product_id": "prod_1"}
    return Entry(key_hash=hash_key("key"), event_name=event_name, occurred_at=moment(on), **{**product, **fields})


def make_segments(*blocks: Sequence[Entry], after: int = 0) -> list[Segment]:
    """A stretch of a log: one segment per block, following number `after`."""
    sizes = [len(block) for block in blocks]
    return [
        Segment(log=LOG, number=after + i, cumulative=sum(sizes[:i]), logged_at=NOW, entries=tuple(block))
        for i, block in enumerate(blocks, start=1)
    ]


def make_plan(*orders: Order) -> RatingPlan:
    """The plan after the orders were activated one after the other."""
    plan = RatingPlan()
    for order in orders:
        plan = plan.with_order(order)
    return plan


def make_organization(**fields: Any) -> Organization:
    return Organization.model_validate({"id": "org_1", "name": "Acme AI", "test": False, **_STAMPS, **fields})


def make_key(**fields: Any) -> ApiKey:
    return ApiKey.model_validate(
        {
            "id": "key_1",
            "organization_id": "org_1",
            "name": "first",
            "sha256": "00",
            "test": False,
            "scopes": tuple(Scope),
            "created_at": NOW,
            **fields,
        }
    )


def make_customer(**fields: Any) -> Customer:
    return Customer.model_validate(
        {"id": "cus_1", "name": "Acme Ltd", "default_currency": "USD", **_STAMPS, **fields},
    )


def make_contact(**fields: Any) -> Contact:
    return Contact.model_validate(
        {"id": "con_1", "customer_id": "cus_1", "email": "ada@acme.example", **_STAMPS, **fields}
    )


def make_product_attribute(*pricings: Pricing, **fields: Any) -> ProductAttribute:
    """With a version per pricing, each a day after the one before."""
    versions = tuple(
        PricingVersion(version=number, effective_at=datetime(2025, 1, number, tzinfo=UTC), pricing=pricing)
        for number, pricing in enumerate(pricings or (make_pricing(),), start=1)
    )
    return ProductAttribute.model_validate({"id": "pa_1_1", "name": "Platform fee", "versions": versions, **fields})


def make_product(*attributes: ProductAttribute, **fields: Any) -> Product:
    return Product.model_validate({"id": "prod_1", "name": "AI SDR", "attributes": attributes, **_STAMPS, **fields})


def make_plan_of(product: Product, *prices: Pricing, **fields: Any) -> Plan:
    """A plan of the product's first components, at these prices: no rating plan, which has none."""
    attributes = [
        PlanAttribute(product_attribute_id=attribute.id, pricing=pricing)
        for attribute, pricing in zip(product.attributes, prices, strict=False)
    ]
    return Plan.model_validate(
        {"id": "plan_1", "product_id": product.id, "attributes": attributes, **_STAMPS, **fields}
    )


def make_facts(order: Order, usage: Usage | None = None, **fields: Any) -> BillingFacts:
    """What an invoice of the order is made of, with this usage in its customer's only log."""
    return BillingFacts(
        **{
            "organization": make_organization(),
            "order": order,
            "buyer": make_customer(),
            "contact": None,
            "checkpoints": {0: Checkpoint(usage=usage or {})},
            "schedule": BillingSchedule(order_id=order.id, customer_id=order.customer_id),
            **fields,
        }
    )


def make_invoice_line(amount_minor: int = 100, **fields: Any) -> InvoiceLine:
    return InvoiceLine.model_validate(
        {
            "id": "invoice_line_1",
            "order_line_id": "line_prod_1",
            "order_line_attribute_id": "ola_recurring",
            "charge_type": RECURRING,
            "description": "AI SDR: Platform fee",
            "period_start": START,
            "period_end": date(2025, 7, 1),
            "quantity": 1,
            "billed_quantity": 1,
            "unit_price_minor": amount_minor,
            "share_days": 1,
            "full_days": 1,
            "amount_minor": amount_minor,
            **fields,
        }
    )


def make_invoice(*lines: InvoiceLine, **fields: Any) -> Invoice:
    return Invoice.model_validate(
        {
            "id": "inv_1",
            "order_id": "ord_1",
            "customer_id": "cus_1",
            "issue_date": START,
            "due_date": date(2025, 7, 1),
            "currency": "USD",
            "lines": lines or (make_invoice_line(),),
            "seller": Party(name="Acme AI"),
            "buyer": Party(name="Acme Ltd"),
            **_STAMPS,
            **fields,
        }
    )


def billed(register: InvoiceRegister, organization_id: str, invoice: Invoice) -> Invoice:
    """The invoice as the register stores it, on a schedule of its own, and posted if it is to post itself."""
    schedule = BillingSchedule(order_id=f"schedule of {invoice.id}", customer_id=invoice.customer_id)
    posted_at = invoice.created_at if invoice.auto_post else None
    return register.write(organization_id, Stored(invoice, 0), Stored(schedule, 0), posted_at=posted_at)


def make_payment(amount_minor: int = 1_000, **fields: Any) -> Payment:
    """A posted one of 1 June."""
    return Payment.model_validate(
        {
            "id": "pay_1",
            "number": 1,
            "customer_id": "cus_1",
            "amount_minor": amount_minor,
            "currency": "USD",
            "paid_at": NOW,
            "payment_type": "bankTransfer",
            **_STAMPS,
            **fields,
        }
    )
