from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from functions.billing.invoicing.arithmetic import arithmetic
from functions.billing.invoicing.build import build_invoice
from functions.billing.invoicing.explanation import Explanation, UnexplainedError, explain
from functions.billing.models.invoice import Invoice, InvoiceLine
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import BillingFrequency, PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.money import major_units
from tests.billing.invoicing.follow import ELLIPSIS, LESS, TIMES, result_of
from tests.billing.prices import GRADUATED, VOLUME, Row, in_cents, tiered
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

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)

ROWS: list[Row] = [(1000, "0.10", "0"), (10_000, "0.05", "20"), (None, "0.01", "0")]


@dataclass(frozen=True)
class Sold:
    """One component from `start`, anchored on the first, and what of June was used and billed before."""

    attribute: OrderLineAttribute
    start: date = JUNE
    used: int = 0
    billed_before: int | None = None
    currency: str = "USD"
    beside: tuple[OrderLineAttribute, ...] = field(default=())

    @property
    def order(self) -> Order:
        return make_order(*self.beside, self.attribute, start=self.start, billing_anchor=1, currency=self.currency)

    def explained(self) -> Explanation:
        order, day = self.order, self.start
        usage = {self.attribute.id: {self.start: self.used}}
        schedule = BillingSchedule(order_id=order.id, customer_id=order.customer_id)
        if self.attribute.pricing.charge_type is USAGE:
            day = JULY
        if self.billed_before is not None:
            day = AUGUST
            billed = {self.attribute.id: {self.start: self.billed_before}}
            schedule = schedule.model_copy(update={"billed_until": JULY, "billed_usage": billed})
        invoice = build_invoice(make_facts(order, usage, schedule=schedule), day, now=NOW)
        assert invoice is not None
        return explained(order, invoice, invoice.lines[-1])


def explained(order: Order, invoice: Invoice, line: InvoiceLine) -> Explanation:
    explanation = explain(order, invoice, line, None)
    assert explanation.amount_minor == line.amount_minor
    assert result_of(arithmetic(explanation)) == major_units(line.amount_minor, invoice.currency)
    return explanation


def said(*sentences: str) -> tuple[str, ...]:
    """As they are written here, with the signs of the keyboard."""
    return tuple(s.replace(" x ", f" {TIMES} ").replace("-", LESS).replace("...", ELLIPSIS) for s in sentences)


def usage(price: int, **fields: int) -> OrderLineAttribute:
    return make_attribute(make_pricing(USAGE, make_price(price, **fields)))


def costs(multiplier: str) -> OrderLineAttribute:
    pricing = make_pricing(
        USAGE, model=PricingModel.COST_PLUS, multiplier=Decimal(multiplier), price_points=(), event_name=None
    )
    return make_attribute(pricing)


def percent(percentage: str) -> OrderLineAttribute:
    pricing = make_pricing(model=PricingModel.PERCENT_OF_TOTAL, percentage=Decimal(percentage), price_points=())
    return make_attribute(pricing, id="ola_percent")


def fee(price: int, name: str = "ola_fee") -> OrderLineAttribute:
    return make_attribute(make_pricing(price_points=(make_price(price),)), id=name)


@pytest.mark.parametrize(
    ("sold", "sentences"),
    [
        pytest.param(
            Sold(make_attribute(make_pricing(ONE_TIME, make_price(1000_00)), quantity=2)),
            ["2 x 1,000.00 = 2,000.00"],
            id="once",
        ),
        pytest.param(Sold(fee(500_00)), ["1 x 500.00 = 500.00"], id="recurring"),
        pytest.param(
            Sold(make_attribute(make_pricing(SEATS, make_price(30_00, included_quantity=2)), quantity=10)),
            ["10 ordered - 2 included = 8", "8 x 30.00 = 240.00"],
            id="seats",
        ),
        pytest.param(
            Sold(fee(112_00), start=date(2025, 7, 20)),
            ["1 x 112.00 = 112.00", "112.00 x 12 / 31 = 43.3548..., rounded to 43.35"],
            id="stub",
        ),
        pytest.param(
            Sold(fee(500_00), start=date(2025, 6, 16)),
            ["1 x 500.00 = 500.00", "500.00 x 15 / 30 = 250.00"],
            id="stub that comes out even",
        ),
        pytest.param(
            Sold(
                make_attribute(make_pricing(RECURRING, make_price(101, currency="JPY"))),
                start=date(2025, 6, 16),
                currency="JPY",
            ),
            ["1 x 101 = 101", "101 x 15 / 30 = 50.5, rounded to 51"],
            id="yen",
        ),
        pytest.param(Sold(usage(10), used=1240), ["1,240 x 0.10 = 124.00"], id="usage"),
        pytest.param(
            Sold(usage(10, included_quantity=1000), used=1240),
            ["1,240 counted - 1,000 included = 240", "240 x 0.10 = 24.00"],
            id="usage above the included",
        ),
        pytest.param(
            Sold(usage(10, included_quantity=1000, min_quantity=5), used=1000),
            ["1,000 counted, within the 1,000 included", "at least 5 are charged", "5 x 0.10 = 0.50"],
            id="least",
        ),
        pytest.param(
            Sold(usage(10, max_quantity=500), used=501),
            ["at most 500 are charged", "500 x 0.10 = 50.00"],
            id="most",
        ),
        pytest.param(Sold(usage(10, max_quantity=500), used=500), ["500 x 0.10 = 50.00"], id="not above the most"),
        pytest.param(Sold(tiered(GRADUATED, ROWS), used=1000), ["1,000 x 0.10 = 100.00"], id="first tier full"),
        pytest.param(
            Sold(tiered(GRADUATED, ROWS), used=1240),
            [
                "1,000 x 0.10 = 100.00",
                "240 x 0.05 = 12.00",
                "flat fee of tier 2: 20.00",
                "100.00 + 12.00 + 20.00 = 132.00",
            ],
            id="graduated",
        ),
        pytest.param(
            Sold(tiered(VOLUME, ROWS), used=1240),
            ["1,240 x 0.05 = 62.00", "flat fee of tier 2: 20.00", "62.00 + 20.00 = 82.00"],
            id="volume",
        ),
        pytest.param(
            Sold(tiered(GRADUATED, [(5, "0", "7"), (None, "1", "0")])),
            ["flat fee of tier 1: 7.00"],
            id="flat fee of nothing",
        ),
        pytest.param(
            Sold(usage(10), used=1240, billed_before=1000),
            ["1,240 x 0.10 = 124.00", "124.00 - 100.00 billed before = 24.00"],
            id="late",
        ),
        pytest.param(
            Sold(tiered(VOLUME, ROWS), used=1001, billed_before=1000),
            [
                "1,001 x 0.05 = 50.05",
                "flat fee of tier 2: 20.00",
                "50.05 + 20.00 = 70.05",
                "70.05 - 100.00 billed before = -29.95",
            ],
            id="late and cheaper",
        ),
        pytest.param(
            Sold(tiered(GRADUATED, ROWS), used=0, billed_before=10),
            ["no tier has a price for 0: 0.00", "0.00 - 1.00 billed before = -1.00"],
            id="late and gone",
        ),
        pytest.param(
            Sold(costs("1.3"), used=12_345_678_901_234),
            ["costs of 12.345678901234 x 1.3 = 16.0493825716042, rounded to 16.05"],
            id="cost plus",
        ),
        pytest.param(
            Sold(costs("2"), used=10**12, billed_before=5 * 10**11),
            ["costs of 1.00 x 2 = 2.00", "2.00 - 1.00 billed before = 1.00"],
            id="late costs",
        ),
        pytest.param(
            Sold(percent("12.5"), beside=(fee(500_00), fee(33_33, "ola_other"))),
            ["500.00 + 33.33 = 533.33", "533.33 x 12.5 % = 66.66625, rounded to 66.67"],
            id="percent of two lines",
        ),
        pytest.param(Sold(percent("10"), beside=(fee(500_00),)), ["500.00 x 10 % = 50.00"], id="percent of one line"),
    ],
)
def test_the_arithmetic_can_be_followed_to_the_amount(sold: Sold, sentences: list[str]) -> None:
    assert arithmetic(sold.explained()) == said(*sentences)


def test_a_stub_says_its_days_and_what_it_is_before_and_after() -> None:
    explanation = Sold(fee(112_00), start=date(2025, 7, 20)).explained()

    assert explanation.is_prorated
    assert explanation.share == (12, 31)
    assert explanation.charge.amount == 112_00
    assert explanation.exact * 31 == pytest.approx(Decimal(112_00 * 12))
    assert (explanation.rounded, explanation.amount_minor) == (43_35, 43_35)


def test_a_tier_says_from_where_to_where_it_goes() -> None:
    explanation = Sold(tiered(GRADUATED, ROWS), used=20_000).explained()

    assert [explanation.bounds(step.tier or 0) for step in explanation.charge.steps if not step.is_flat] == [
        (0, 1000),
        (1001, 10_000),
        (10_001, None),
    ]


def test_a_percentage_names_the_lines_that_it_is_taken_of() -> None:
    setup = make_attribute(make_pricing(ONE_TIME, make_price(1000_00)))

    explanation = Sold(percent("10"), beside=(setup, fee(500_00))).explained()

    assert [part.order_line_attribute_id for part in explanation.parts] == ["ola_fee"]


def test_a_multiple_has_no_price_point() -> None:
    assert Sold(percent("10"), beside=(fee(500_00),)).explained().point is None
    assert Sold(usage(10), used=1).explained().point == make_price(10)


def test_the_frequency_of_the_order_decides_of_what_a_part_is_taken() -> None:
    """The days of a part are counted by the calendar of the order, which may say otherwise than the pricing."""
    order = make_order(
        fee(90_00),
        start=date(2025, 6, 16),
        billing_anchor=1,
        billing_frequency_override={"frequency": BillingFrequency.QUARTERLY},
    )
    invoice = build_invoice(make_facts(order), date(2025, 6, 16), now=NOW)
    assert invoice is not None

    explanation = explained(order, invoice, invoice.lines[0])

    assert explanation.share == (15, 91)  # 1 April to 1 July


def test_an_order_that_was_shortened_afterwards_still_explains_what_it_charged() -> None:
    order = make_order(fee(90_00))
    invoice = build_invoice(make_facts(order), JULY, now=NOW)
    assert invoice is not None
    shortened = make_order(fee(90_00), end=date(2025, 7, 5))

    assert explain(shortened, invoice, invoice.lines[0], None).amount_minor == 90_00


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 9},
        {"quantity": 2},
        {"billed_quantity": 0},
        {"share_days": 3, "full_days": 4},
        {"is_late": True, "billed_before": 1},
        {"order_line_attribute_id": "ola_other"},
    ],
)
def test_a_line_that_the_pricing_does_not_give_is_never_explained_away(wrong: dict[str, object]) -> None:
    order = make_order(fee(10))
    invoice = build_invoice(make_facts(order), JUNE, now=NOW)
    assert invoice is not None

    with pytest.raises(UnexplainedError):
        explain(order, invoice, invoice.lines[0].model_copy(update=wrong), None)


def test_a_price_with_a_point_of_its_own_in_tiers_is_shown_in_the_orders_currency() -> None:
    euros = in_cents((None, "0.07", "0"), currency="EUR")
    pricing = make_pricing(USAGE, in_cents((None, "0.05", "0")), euros, model=GRADUATED)

    explanation = Sold(make_attribute(pricing), used=10, currency="EUR").explained()

    assert (explanation.point, explanation.amount_minor) == (euros, 70)
