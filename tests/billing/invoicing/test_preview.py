from datetime import date

import pytest

from functions.billing.invoicing.build import build_invoice
from functions.billing.invoicing.preview import next_invoice
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import BillingFrequency, PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Usage
from tests.builders import (
    ARREARS,
    NOW,
    ONE_TIME,
    START,
    USAGE,
    make_attribute,
    make_facts,
    make_line,
    make_order,
    make_price,
    make_pricing,
    moment,
)

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
FEE = make_attribute()
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
NOTHING_USED: Usage = {}


def preview(
    order: Order, usage: Usage = NOTHING_USED, *, since: date = date.min, next_on: date | None = START
) -> Invoice | None:
    schedule = BillingSchedule(order_id=order.id, customer_id=order.customer_id, next_billing_on=next_on)
    return next_invoice(make_facts(order, usage, schedule=schedule), not_before=since, now=NOW)


def day(order: Order, usage: Usage = NOTHING_USED, *, since: date = date.min) -> date | None:
    invoice = preview(order, usage, since=since)
    return None if invoice is None else invoice.issue_date


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (date.min, START),
        (START, START),
        (date(2025, 6, 2), JULY),
        (date(2025, 6, 30), JULY),
        (JULY, JULY),
        (date(2025, 7, 2), AUGUST),
    ],
)
def test_the_invoice_of_the_day_or_else_of_the_first_day_after_it(since: date, expected: date) -> None:
    assert day(make_order(FEE), since=since) == expected


def test_it_is_the_invoice_that_will_be_made() -> None:
    order, used = make_order(FEE, EMAILS), {EMAILS.id: {START: 3}}
    schedule = BillingSchedule(order_id=order.id, customer_id=order.customer_id, next_billing_on=JULY)
    facts = make_facts(order, used, schedule=schedule)

    assert preview(order, used, next_on=JULY) == build_invoice(facts, JULY, now=NOW)


def test_what_an_earlier_invoice_will_have_billed_is_not_billed_again() -> None:
    order = make_order(FEE, EMAILS, auto_post_invoices=True).activated(now=NOW)

    invoice = preview(order, {EMAILS.id: {START: 3, JULY: 4}}, since=AUGUST)

    assert invoice is not None
    assert [(line.period_start, line.billed_quantity) for line in invoice.lines] == [(AUGUST, 1), (JULY, 4)]


def test_days_on_which_nothing_is_charged_are_skipped() -> None:
    order = make_order(EMAILS)

    assert day(order, {EMAILS.id: {JULY: 1}}) == AUGUST
    assert day(order, {EMAILS.id: {JULY: 1}}, since=date(2025, 8, 2)) is None


@pytest.mark.parametrize("since", [date.min, date(2030, 1, 1)])
def test_without_anything_that_is_ever_charged_there_is_an_end(since: date) -> None:
    assert preview(make_order(EMAILS), since=since) is None


def annual(timing: str) -> OrderLineAttribute:
    return make_attribute(make_pricing(frequency=BillingFrequency.ANNUAL, timing=timing), id="ola_annual")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (make_order(EMAILS, annual(ARREARS)), date(2026, 6, 1)),
        (make_order(EMAILS, annual(ARREARS), start=date(2025, 6, 2), billing_anchor=1), date(2025, 7, 1)),
        (
            make_order(
                EMAILS,
                make_attribute(
                    make_pricing(frequency=BillingFrequency.CUSTOM, custom_months=120, timing=ARREARS), id="ola_decade"
                ),
            ),
            date(2035, 6, 1),
        ),
        (
            make_order(lines=(make_line(EMAILS), make_line(FEE, id="late", start_date=moment(date(2031, 1, 1))))),
            date(2031, 1, 1),
        ),
    ],
)
def test_what_is_charged_years_from_now_is_found(order: Order, expected: date) -> None:
    assert day(order) == expected


def test_an_order_that_is_billed_to_its_end_has_no_next_invoice() -> None:
    assert preview(make_order(FEE, end=JULY), next_on=None) is None
    assert preview(make_order(FEE, end=JULY), since=date(2025, 7, 2)) is None


def test_what_is_charged_once_is_previewed_once() -> None:
    setup = make_attribute(make_pricing(ONE_TIME, make_price(1000_00)))

    assert day(make_order(setup)) == START
    assert day(make_order(setup), since=date(2025, 6, 2)) is None


def test_a_percentage_of_nothing_is_no_invoice() -> None:
    percent = make_attribute(make_pricing(model=PricingModel.PERCENT_OF_TOTAL, percentage=10, price_points=()))

    assert preview(make_order(percent)) is None
