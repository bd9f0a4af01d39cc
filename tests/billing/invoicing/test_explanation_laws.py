"""Law 4: whatever is charged, its explanation computes to it again, and every sentence of that is true."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.invoicing.arithmetic import arithmetic
from functions.billing.invoicing.build import build_invoice
from functions.billing.invoicing.explanation import explain
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import PricePoint, PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.tiers import Tier
from functions.billing.money import major_units, round_to_minor
from functions.billing.periods import prorated
from tests.billing.invoicing.follow import result_of
from tests.builders import (
    NOW,
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    make_attribute,
    make_facts,
    make_order,
    make_price,
    make_pricing,
)

JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 1)

law = settings(derandomize=True, database=None, deadline=None, max_examples=100)
factors = st.decimals(0, 1000, places=6)
minor = st.integers(0, 10**6)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    bounds = sorted(draw(st.sets(st.integers(1, 3000), max_size=4)))
    return tuple(
        Tier(up_to=bound, unit_minor=unit, flat_minor=draw(minor) if unit is None else draw(st.none() | minor))
        for bound in (*bounds, None)
        for unit in [draw(st.none() | minor)]
    )


@st.composite
def points(draw: st.DrawFn, currency: str, model: PricingModel) -> PricePoint:
    least = draw(st.sampled_from([0, 0, 5, 700]))
    return make_price(
        draw(minor),
        currency=currency,
        included_quantity=draw(st.sampled_from([0, 0, 10, 1000])),
        min_quantity=least,
        max_quantity=draw(st.none() | st.integers(least, 2500)),
        tiers=draw(tiers()) if model.has_tiers else (),
    )


@st.composite
def components(draw: st.DrawFn, currency: str, name: str) -> OrderLineAttribute:
    model = draw(st.sampled_from(PricingModel))
    charge_types = {
        PricingModel.COST_PLUS: [USAGE],
        PricingModel.PREPAID_CREDITS: [USAGE],
        PricingModel.BRACKETED_CREDITS: [USAGE],
        PricingModel.PERCENT_OF_TOTAL: [RECURRING],
    }.get(model, [ONE_TIME, RECURRING, SEATS, USAGE])
    charge_type = draw(st.sampled_from(charge_types))
    multiple = model in {PricingModel.COST_PLUS, PricingModel.PERCENT_OF_TOTAL} or model.takes_credits
    pricing = make_pricing(
        charge_type,
        model=model,
        price_points=() if multiple else (draw(points(currency, model)),),
        percentage=draw(factors) if model is PricingModel.PERCENT_OF_TOTAL else None,
        multiplier=draw(factors) if model is PricingModel.COST_PLUS else None,
        credits={"currency_id": "cc_1", "cost": 1} if model.takes_credits else None,
        overage_unit_minor=draw(minor) if model.takes_credits else None,
    )
    return make_attribute(pricing, id=name, name=name, quantity=draw(st.integers(0, 3000)))


@st.composite
def invoices(draw: st.DrawFn) -> tuple[Order, list[Invoice]]:
    """An order with a stub, its usage and what of it was billed before, and its first three invoices."""
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    start = JULY - timedelta(days=draw(st.integers(1, 60)))
    components_ = [draw(components(currency, f"ola_{number}")) for number in range(draw(st.integers(1, 4)))]
    order = make_order(*components_, start=start, billing_anchor=1, currency=currency)
    quantities = st.integers(0, 3000) | st.integers(0, 10**16)
    starts = sorted({start, date(2025, 6, 1), JULY})
    usage = {component.id: {day: draw(quantities) for day in starts} for component in components_}
    billed = {component.id: {day: draw(quantities) for day in starts} for component in components_}
    schedule = BillingSchedule(order_id=order.id, customer_id=order.customer_id, billed_until=JULY, billed_usage=billed)
    facts = make_facts(order, usage, schedule=schedule)
    made = (build_invoice(facts, day, now=NOW) for day in (start, JULY, AUGUST))
    return order, [invoice for invoice in made if invoice is not None]


@law
@given(invoices())
def test_every_explanation_computes_to_its_line(sold: tuple[Order, list[Invoice]]) -> None:
    order, made = sold

    for invoice in made:
        for line in invoice.lines:
            explanation = explain(order, invoice, line, None)

            steps = sum((step.price_minor * step.quantity for step in explanation.charge.steps), Decimal(0))
            rounded = round_to_minor(prorated(steps, explanation.share))
            assert rounded - explanation.billed_before_minor == line.amount_minor
            assert result_of(arithmetic(explanation)) == major_units(line.amount_minor, invoice.currency)
