"""Cases of the field that take more than one step: played over the fakes, from a signal to an invoice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.order import Order
from functions.billing.models.signal import Signal
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.periods import midnight
from tests.billing.cases import case
from tests.billing.prices import GRADUATED, LATE_01, tiered
from tests.builders import (
    START,
    USAGE,
    make_attribute,
    make_customer,
    make_order,
    make_price,
    make_pricing,
    moment,
)
from tests.fakes.shop import ORG, Shop, make_signal, make_signals
from tests.fakes.taxes import FakeTaxes

JULY, AUGUST, SEPTEMBER, OCTOBER = (date(2025, month, 1) for month in (7, 8, 9, 10))
DAY = timedelta(days=1)

FEE = make_attribute(make_pricing(price_points=(make_price(500_00),)))
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))


def at_twenty_per_cent() -> FakeTaxes:
    return FakeTaxes(TaxDecision(rate=Decimal(20), category=TaxCategory.STANDARD, country="FR"))


def emails(count: int, *, on: date, first: int = 0) -> list[Signal]:
    return make_signals(
        (f"{on} {number}" for number in range(first, first + count)), occurred_at=midnight(on) + timedelta(hours=9)
    )


def amounts(invoice: Invoice) -> list[tuple[date, int, bool]]:
    """The first day of each line's period, its amount, and whether it is late."""
    return [(line.period_start, line.amount_minor, line.is_late) for line in invoice.lines]


# ---- signals


@pytest.mark.parametrize(("sends", "counted"), [case("IDEM-01", 1, 1), case("IDEM-01", 3, 1)])
def test_a_key_counts_once_however_often_it_is_sent(sends: int, counted: int) -> None:
    """Within one delivery, in another, and after its period was billed and posted."""
    shop = Shop()
    shop.sell(make_order(EMAILS, auto_post_invoices=True))
    signal = make_signal("key")

    shop.receive(*(sends * [signal]))
    for _ in range(sends - 1):
        shop.receive(signal)
    shop.bill_until(JULY)
    for _ in range(sends - 1):
        shop.receive(signal)
    shop.bill_until(SEPTEMBER)

    assert shop.totals() == {JULY: counted * 10}


# ---- numbers


@pytest.mark.parametrize(("customers", "months", "first", "next_ones"), [case("NUM-01", 3, 3, 9, [10, 11, 12])])
def test_numbers_have_no_gap_whoever_is_billed(customers: int, months: int, first: int, next_ones: list[int]) -> None:
    """One sequence for the organization: a number tells neither the customer nor the entity, as the case's do."""
    shop = Shop()
    for number in range(1, customers + 1):
        if number > 1:
            shop.customers.insert(ORG, make_customer(id=f"cus_{number}"))
        shop.sell(make_order(FEE, id=f"ord_{number}", customer_id=f"cus_{number}", auto_post_invoices=True))

    for day in [START, JULY, AUGUST, SEPTEMBER][: months + 1]:
        for number in range(1, customers + 1):
            shop.bill_until(day, f"ord_{number}")

    numbers = sorted(invoice.number or 0 for invoice in shop.register.of(ORG))
    assert numbers == list(range(1, first + 1)) + next_ones


# ---- the end


@pytest.mark.parametrize(
    ("start", "end", "used", "first_minor", "last_minor"),
    [
        case("CN-01", date(2025, 2, 8), datetime(2025, 2, 21, 15, tzinfo=UTC), 500, 90_00, 60_00),
        case("CN-03", date(2025, 2, 8), datetime(2025, 2, 21, 15, tzinfo=UTC), 500, 90_00, 60_00),
    ],
)
def test_what_was_paid_in_advance_is_not_given_back_when_the_order_ends(
    start: date, end: datetime, used: int, first_minor: int, last_minor: int
) -> None:
    """CN-01 would give back 7/28; here that takes an amendment that says so: CN-03 calls it `skip`."""
    shop = Shop(taxes=at_twenty_per_cent())
    fee = make_attribute(make_pricing(price_points=(make_price(100_00),)))
    shop.sell(make_order(fee, EMAILS, start=start, billing_anchor=1, auto_post_invoices=True), on=midnight(start))
    shop.bill_until(start)
    shop.receive(*emails(used, on=start + DAY))

    shop.update(ORG, "ord_1", {"end_date": end}, state=None, now=midnight(end.date()))
    shop.bill_until(date(2025, 4, 1))

    assert shop.totals() == {start: first_minor, end.date() + DAY: last_minor}


def test_usage_of_the_day_of_the_end_is_on_the_last_invoice_and_later_usage_on_none() -> None:
    shop = Shop()
    shop.sell(make_order(EMAILS, end=midnight(date(2025, 7, 15)) + timedelta(hours=12), auto_post_invoices=True))
    shop.receive(*emails(2, on=date(2025, 7, 15)), *emails(3, on=date(2025, 7, 16)))

    shop.bill_until(SEPTEMBER)

    assert shop.totals() == {date(2025, 7, 16): 2 * 10}


# ---- late


def test_usage_that_comes_in_three_times_costs_in_the_end_what_it_costs_at_once() -> None:
    """LATE-01 with invoices: 3, then 4 more, then 5 more, all of June."""
    shop = Shop()
    shop.sell(make_order(tiered(GRADUATED, LATE_01), auto_post_invoices=True))

    shop.receive(*emails(3, on=START))
    shop.bill_until(JULY)
    shop.receive(*emails(4, on=START, first=3))
    shop.bill_until(AUGUST)
    shop.receive(*emails(5, on=START + DAY))
    shop.bill_until(OCTOBER)

    assert {invoice.issue_date: amounts(invoice) for invoice in shop.register.of(ORG)} == {
        JULY: [(START, 3_00, False)],
        AUGUST: [(START, 6_00, True)],
        SEPTEMBER: [(START, 12_00, True)],
    }


def test_usage_of_a_draft_is_not_late_and_that_of_a_posted_invoice_is() -> None:
    shop = Shop()
    shop.sell(make_order(FEE, EMAILS))
    shop.receive(*emails(3, on=START))
    _, july = shop.bill_until(JULY)

    shop.receive(*emails(2, on=START + DAY))
    [august] = shop.bill_until(AUGUST)
    posted = shop.post(ORG, july.id, now=midnight(AUGUST))
    shop.receive(*emails(1, on=START + 2 * DAY))
    [september] = shop.bill_until(SEPTEMBER)

    assert amounts(august) == [(AUGUST, 500_00, False)]
    assert amounts(posted) == [(JULY, 500_00, False), (START, 5 * 10, False)]
    assert amounts(september) == [(SEPTEMBER, 500_00, False), (START, 1 * 10, True)]


# ---- backdated


def backdated(**fields: Any) -> Order:
    return make_order(FEE, EMAILS, start=START, **fields)


def test_an_activation_in_the_past_bills_each_elapsed_period_with_its_own_usage() -> None:
    """The signals came before the order was active: activating it replays the log."""
    shop = Shop()
    shop.receive(*emails(3, on=START), *emails(4, on=JULY), *emails(5, on=AUGUST))

    shop.sell(backdated(auto_post_invoices=True), on=moment(date(2025, 8, 15)))
    shop.bill_until(date(2025, 8, 15))

    assert [(i.issue_date, i.status, i.number, amounts(i)) for i in shop.register.of(ORG)] == [
        (START, InvoiceStatus.DRAFT, None, [(START, 500_00, False)]),
        (JULY, InvoiceStatus.DRAFT, None, [(JULY, 500_00, False), (START, 3 * 10, False)]),
        (AUGUST, InvoiceStatus.POSTED, 1, [(AUGUST, 500_00, False), (JULY, 4 * 10, False)]),
    ]


def test_of_usage_that_comes_after_a_backdated_activation_only_that_of_the_posted_period_is_late() -> None:
    shop = Shop()
    shop.sell(backdated(auto_post_invoices=True), on=moment(date(2025, 8, 15)))
    shop.bill_until(date(2025, 8, 15))

    shop.receive(*emails(3, on=START), *emails(4, on=JULY), *emails(5, on=AUGUST))
    [september] = shop.bill_until(SEPTEMBER)

    assert amounts(september) == [(SEPTEMBER, 500_00, False), (AUGUST, 5 * 10, False), (JULY, 4 * 10, True)]


@pytest.mark.parametrize(
    ("activated_on", "drafts", "posted"),
    [
        (START - DAY, [], []),
        (START, [], [START]),
        (JULY - DAY, [], [START]),
        (JULY, [START], [JULY]),
        (AUGUST - DAY, [START], [JULY]),
        (AUGUST, [START, JULY], [AUGUST]),
    ],
)
def test_of_the_elapsed_invoices_the_latest_is_posted(
    activated_on: date, drafts: list[date], posted: list[date]
) -> None:
    shop = Shop()
    shop.sell(backdated(auto_post_invoices=True), on=moment(activated_on))

    shop.bill_until(activated_on)

    made = shop.register.of(ORG)
    assert [i.issue_date for i in made if i.status is InvoiceStatus.DRAFT] == drafts
    assert [i.issue_date for i in made if i.status is InvoiceStatus.POSTED] == posted


def test_a_start_and_an_end_in_the_past_are_billed_at_once() -> None:
    shop = Shop()
    shop.receive(*emails(2, on=date(2025, 7, 15)))

    shop.sell(backdated(end=date(2025, 7, 16), auto_post_invoices=True), on=moment(SEPTEMBER))
    shop.bill_until(SEPTEMBER)

    assert [(i.issue_date, i.status, i.total_minor) for i in shop.register.of(ORG)] == [
        (START, InvoiceStatus.DRAFT, 500_00),
        (JULY, InvoiceStatus.DRAFT, 241_94),  # 15/31
        (date(2025, 7, 16), InvoiceStatus.POSTED, 2 * 10),
    ]
