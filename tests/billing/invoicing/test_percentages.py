"""A percentage of the other recurring lines of the same invoice (design: Prices)."""

from datetime import date, timedelta

import pytest

from functions.billing.invoicing.build import build_invoice
from functions.billing.invoicing.lines import charged_on
from functions.billing.invoicing.terms import fixed_amount_due, fixed_amount_per_period
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Usage
from tests.billing.invoicing.amounts import ANNUAL, QUARTERLY, amounts, recurring
from tests.builders import (
    ARREARS,
    NOW,
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    make_attribute,
    make_facts,
    make_line,
    make_order,
    make_price,
    make_pricing,
)

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
DAY = timedelta(days=1)

SETUP = make_attribute(make_pricing(ONE_TIME, make_price(1000_00)))
TEN_SEATS = make_attribute(make_pricing(SEATS, make_price(30_00)), quantity=10)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))


def percent(percentage: str, name: str = "support", **fields: object) -> OrderLineAttribute:
    pricing = make_pricing(
        RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage=percentage, price_points=(), **fields
    )
    return make_attribute(pricing, id=f"ola_{name}", name=name)


def amount_of(order: Order, day: date, component: str = "ola_support", usage: Usage | None = None) -> int | None:
    """The amount of the component's line, None where it has none."""
    lines = {line.order_line_attribute_id: line.amount_minor for line in charged_on(order, day, usage or {})}
    return lines.get(component)


@pytest.mark.parametrize(
    ("others", "amount_minor"),
    [
        ([recurring(500_00)], 50_00),
        ([recurring(500_00), TEN_SEATS], 50_00 + 30_00),
        ([recurring(500_00), SETUP], 50_00),
        ([recurring(500_00), EMAILS], 50_00),
        ([recurring(500_00), percent("20", "training")], 50_00),
        ([recurring(0)], None),
        ([SETUP], None),
        ([EMAILS], None),
        ([percent("20", "training")], None),
        ([], None),
    ],
)
def test_it_is_taken_of_what_recurs_and_of_seats_alone(
    others: list[OrderLineAttribute], amount_minor: int | None
) -> None:
    """Not of one-time charges, usage or another percentage; of nothing there is no line."""
    june = {EMAILS.id: {date(2025, 5, 1): 100}}
    order = make_order(*others, percent("10"), start=date(2025, 5, 1))

    assert amount_of(order, date(2025, 5, 1), usage=june) == amount_minor


def test_usage_of_the_same_invoice_is_left_out() -> None:
    order = make_order(EMAILS, recurring(500_00), percent("10"))

    assert amount_of(order, JULY, usage={EMAILS.id: {JUNE: 1000}}) == 50_00


def test_late_usage_of_the_same_invoice_is_left_out() -> None:
    order = make_order(EMAILS, recurring(500_00), percent("10"))
    schedule = BillingSchedule(order_id=order.id, customer_id=order.customer_id, billed_until=JULY)

    invoice = build_invoice(make_facts(order, {EMAILS.id: {JUNE: 1000}}, schedule=schedule), AUGUST, now=NOW)

    assert invoice is not None
    assert [line.amount_minor for line in invoice.lines] == [500_00, 50_00, 1000 * 10]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_it_does_not_matter_where_on_the_order_it_stands(place: int) -> None:
    attributes = [recurring(500_00), TEN_SEATS]
    attributes.insert(place, percent("10"))

    charged = charged_on(make_order(*attributes), JUNE, {})

    assert [line.order_line_attribute_id for line in charged] == [attribute.id for attribute in attributes]
    assert charged[place].amount_minor == 80_00


def test_it_is_taken_of_the_lines_of_all_products() -> None:
    lines = [make_line(recurring(500_00)), make_line(percent("10"), product_id="prod_2")]

    assert amount_of(make_order(lines=lines), JUNE) == 50_00


@pytest.mark.parametrize(
    ("start", "base_minor", "amount_minor"),
    [
        (JUNE, 300_00, 30_00),
        (JUNE + DAY, 290_00, 29_00),
        (date(2025, 6, 30), 10_00, 1_00),
    ],
)
def test_of_a_stub_it_is_taken_of_the_part_and_not_cut_once_more(
    start: date, base_minor: int, amount_minor: int
) -> None:
    order = make_order(recurring(300_00), percent("10"), start=start, billing_anchor=1)

    base, part = charged_on(order, start, {})

    assert (base.amount_minor, part.amount_minor) == (base_minor, amount_minor)
    assert (part.share_days, part.full_days) == (1, 1)


@pytest.mark.parametrize(
    ("percentage", "base_minor", "amount_minor"),
    [
        ("2.9", 5_00, 15),  # 14.5
        ("2.9", 4_99, 14),  # 14.471
        ("0.1", 5_00, 1),  # 0.5
        ("0.1", 4_99, 0),
        ("0", 500_00, 0),
        ("100", 499_99, 499_99),
    ],
)
def test_it_is_taken_of_rounded_lines_and_rounded_once(percentage: str, base_minor: int, amount_minor: int) -> None:
    assert amount_of(make_order(recurring(base_minor), percent(percentage)), JUNE) == amount_minor


def test_only_lines_of_the_same_invoice_count() -> None:
    """A quarter is in its total where it begins, and a percentage in arrears is taken of what falls due with it."""
    order = make_order(
        recurring(500_00), recurring(900_00, QUARTERLY), percent("10"), percent("1", "afterwards", timing=ARREARS)
    )

    assert amounts(order, until="2025-09-01") == {
        "2025-06-01": [500_00, 900_00, 140_00],
        "2025-07-01": [500_00, 50_00, 5_00],
        "2025-08-01": [500_00, 50_00, 5_00],
        "2025-09-01": [500_00, 900_00, 140_00, 14_00],
    }


def test_an_annual_percentage_is_taken_once_a_year() -> None:
    order = make_order(recurring(500_00), percent("10", frequency=ANNUAL))

    charged = amounts(order, until="2026-06-01")

    assert [day for day, lines in charged.items() if len(lines) == 2] == ["2025-06-01", "2026-06-01"]


def test_its_line_says_of_how_much_it_was_taken() -> None:
    _, line = charged_on(make_order(recurring(500_00), percent("12.5")), JUNE, {})

    assert (line.quantity, str(line.factor), line.amount_minor) == (500_00, "12.5", 62_50)
    assert (line.pricing_model, line.unit_price_minor, line.steps) == (PricingModel.PERCENT_OF_TOTAL, None, ())


def test_it_is_part_of_what_is_known_before() -> None:
    order = make_order(
        SETUP, recurring(300_00), TEN_SEATS, EMAILS, percent("10"), start=date(2025, 6, 16), billing_anchor=1
    )

    assert fixed_amount_due(order, date(2025, 6, 16)) == 1000_00 + 150_00 + 150_00 + 30_00
    assert fixed_amount_per_period(order) == 1000_00 + 300_00 + 300_00 + 60_00
