"""Lines of tiered prices and of multiples of costs: where there is one, what it says, what part of it is charged."""

from datetime import date
from decimal import Decimal

import pytest

from functions.billing.invoicing.lines import charged_on
from functions.billing.invoicing.terms import fixed_amount_due
from functions.billing.models.invoice import InvoiceLine, LineStep
from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import ChargeType, PricingModel
from tests.billing.cases import case
from tests.billing.prices import GRAD_07, GRADUATED, LATE_01, VOL_01, VOLUME, Row, in_cents, tiered
from tests.builders import ARREARS, ONE_TIME, RECURRING, SEATS, USAGE, make_attribute, make_order, make_pricing

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


def line_of(attribute: OrderLineAttribute, used: int) -> InvoiceLine | None:
    """The line of July for the usage of June."""
    lines = charged_on(make_order(attribute, start=JUNE), JULY, {attribute.id: {JUNE: used}})
    assert len(lines) <= 1
    return lines[0] if lines else None


FREE_THEN_PAID: list[Row] = [(1000, "0", "0"), (None, "0.10", "0")]


@pytest.mark.parametrize(
    ("attribute", "used", "amount_minor"),
    [
        case("GRAD-07", tiered(GRADUATED, GRAD_07), 0, 2_00),
        case("GRAD-07", tiered(GRADUATED, GRAD_07), 21, 163_00),
        case("VOL-01", tiered(VOLUME, VOL_01), 0, 100_00),
        case("VOL-01", tiered(VOLUME, VOL_01), 15, 150_00),
        case("VOL-01", tiered(VOLUME, VOL_01), 16, 80_00),
        case("no-flat-no-usage", tiered(GRADUATED, LATE_01), 0, None),
        case("no-flat-no-usage", tiered(VOLUME, LATE_01), 0, None),
        case("free-tier-unused", tiered(GRADUATED, FREE_THEN_PAID), 0, None),
        case("free-tier", tiered(GRADUATED, FREE_THEN_PAID), 1000, 0),
        case("free-tier-used-up", tiered(GRADUATED, FREE_THEN_PAID), 1001, 10),
        case("all-included", tiered(GRADUATED, LATE_01, included_quantity=5), 5, None),
        case("one-not-included", tiered(GRADUATED, LATE_01, included_quantity=5), 6, 1_00),
        case("flat-with-all-included", tiered(GRADUATED, GRAD_07, included_quantity=5), 5, 2_00),
        case("least", tiered(GRADUATED, LATE_01, min_quantity=6), 0, 5_00 + 2_00),
        case("most", tiered(GRADUATED, LATE_01, max_quantity=6), 100, 5_00 + 2_00),
    ],
)
def test_there_is_a_line_where_something_is_due_or_used(
    attribute: OrderLineAttribute, used: int, amount_minor: int | None
) -> None:
    line = line_of(attribute, used)

    assert (line and line.amount_minor) == amount_minor


def test_a_line_shows_the_tiers_that_it_went_through() -> None:
    line = line_of(tiered(GRADUATED, GRAD_07, included_quantity=100), 112)

    assert line is not None
    assert line.steps == (
        LineStep(tier=1, first=0, last=10, quantity=10, price_minor=10_00),
        LineStep(tier=1, first=0, last=10, quantity=1, price_minor=2_00, is_flat=True),
        LineStep(tier=2, first=11, last=20, quantity=2, price_minor=5_00),
        LineStep(tier=2, first=11, last=20, quantity=1, price_minor=3_00, is_flat=True),
    )
    assert (line.quantity, line.billed_quantity) == (112, 12)
    assert (line.pricing_model, line.unit_price_minor) == (GRADUATED, None)
    assert sum(step.quantity * step.price_minor for step in line.steps) == line.amount_minor == 115_00


def test_a_volume_line_shows_the_one_tier_it_reached() -> None:
    line = line_of(tiered(VOLUME, VOL_01), 16)

    assert line is not None
    assert line.steps == (LineStep(tier=4, first=16, last=None, quantity=16, price_minor=5_00),)


@pytest.mark.parametrize(
    ("charge_type", "start", "amount_minor"),
    [
        (RECURRING, JUNE, 115_00),
        (SEATS, JUNE, 115_00),
        (SEATS, date(2025, 6, 16), 57_50),
        (SEATS, date(2025, 6, 30), 3_83),  # 1/30 of the whole charge, rounded once
        (ONE_TIME, date(2025, 6, 16), 115_00),
    ],
)
def test_tiers_of_what_is_sold_by_number_are_prorated_as_a_whole(
    charge_type: ChargeType, start: date, amount_minor: int
) -> None:
    """Twelve of something: the tiers are climbed first, the part is taken of what they come to."""
    pricing = make_pricing(charge_type, in_cents(*GRAD_07), model=GRADUATED)
    order = make_order(make_attribute(pricing, quantity=12), start=start, billing_anchor=1)

    [line] = charged_on(order, start, {})

    assert line.amount_minor == fixed_amount_due(order, start) == amount_minor


def test_a_flat_amount_in_arrears_is_due_at_the_end_of_every_period() -> None:
    pricing = make_pricing(SEATS, in_cents(*GRAD_07), model=GRADUATED, timing=ARREARS)
    order = make_order(make_attribute(pricing, quantity=0), start=JUNE)

    assert charged_on(order, JUNE, {}) == ()
    assert [line.amount_minor for line in charged_on(order, JULY, {})] == [2_00]


# ---- costs


@pytest.mark.parametrize(
    ("cost", "multiplier", "amount_minor"),
    [
        case("DYN-01", "10", "1.33333", 13_33),
        case("nothing", "0", "1.3", None),
        case("almost-nothing", "0.000000000001", "1.3", 0),
        case("below-a-half", "0.004999999999", "1", 0),
        case("half", "0.005", "1", 1),
        case("given-away", "10", "0", 0),
    ],
)
def test_costs_are_charged_on_one_line_rounded_once(cost: str, multiplier: str, amount_minor: int | None) -> None:
    pricing = make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier=multiplier, event_name=None, price_points=())

    line = line_of(make_attribute(pricing), int(Decimal(cost) * 10**12))

    assert (line and line.amount_minor) == amount_minor


def test_a_line_of_costs_says_the_costs_and_the_multiplier() -> None:
    pricing = make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier="1.3", event_name=None, price_points=())

    line = line_of(make_attribute(pricing), 41_270_000_000_000)

    assert line is not None
    assert (line.quantity, line.factor, line.amount_minor) == (41_270_000_000_000, Decimal("1.3"), 53_65)
    assert (line.unit_price_minor, line.steps) == (None, ())
