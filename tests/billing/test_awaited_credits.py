"""Credits that wait for an invoice: given on the day on which it is posted, or paid, and never for what was billed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.models.invoice import Invoice
from functions.billing.models.signal import Signal
from functions.billing.periods import midnight
from tests.builders import RECURRING, USAGE, make_attribute, make_order, make_pricing, moment
from tests.fakes.shop import ORG, Shop, make_signal

MICRO = 10**6
JUNE_1, JUNE_10, JULY_1, JULY_5, AUGUST_1 = (date(2025, *day) for day in ((6, 1), (6, 10), (7, 1), (7, 5), (8, 1)))

WORDS = make_attribute(
    make_pricing(
        USAGE,
        model="prepaidCredits",
        price_points=(),
        credits={"currency_id": "cc_1", "cost": Decimal(1)},
        overage_unit_minor=10,
    )
)


def fee(timing: str, *, amount: int = 2, frequency: str = "monthly", **more: object) -> Any:
    benefit = {"currency_id": "cc_1", "amount_micro": amount * MICRO, "timing": timing, **more}
    return make_attribute(make_pricing(RECURRING, frequency=frequency, benefits=(benefit,)), id="fee")


def written(*keys: str, on: date) -> list[Signal]:
    return [make_signal(key, occurred_at=midnight(on) + timedelta(hours=9)) for key in keys]


def granted(shop: Shop, *, through: date) -> list[tuple[date, date | None, int]]:
    """From when, until when, and how many."""
    plan = shop.book.plan(ORG, "cus_1").value
    grants = shop.granted(ORG, "cus_1", plan, through=through)
    return sorted((grant.starts_on, grant.expires_on, grant.amount_micro // MICRO) for grant in grants)


def posted(shop: Shop, invoice: Invoice, *, on: date) -> None:
    shop.post(ORG, invoice.id, now=moment(on))


def overage(invoices: list[Invoice]) -> Mapping[date, int]:
    """Whole credits by the day of issue."""
    lines = [(invoice.issue_date, line) for invoice in invoices for line in invoice.lines]
    return {day: line.quantity // MICRO for day, line in lines if line.charge_type is USAGE}


def test_nothing_is_given_before_the_periods_invoice_is_posted_and_all_of_it_from_that_day_on() -> None:
    shop = Shop()
    shop.sell(make_order(WORDS, fee("on_invoice_posted")))
    (draft,) = shop.bill_until(JUNE_1)
    assert granted(shop, through=JUNE_10) == []

    posted(shop, draft, on=JUNE_10)

    assert granted(shop, through=date(2025, 6, 9)) == []
    assert granted(shop, through=JUNE_10) == [(JUNE_10, JULY_1, 2)]


def test_what_was_taken_before_in_the_same_period_waits_for_the_posting() -> None:
    """3 on 5 June wait; 2 come on the 10th: 1 over."""
    shop = Shop()
    shop.sell(make_order(WORDS, fee("on_invoice_posted")))
    (draft,) = shop.bill_until(JUNE_1)
    shop.receive(*written("a", "b", "c", on=date(2025, 6, 5)))
    posted(shop, draft, on=JUNE_10)

    assert overage(shop.bill_until(JULY_1)) == {JULY_1: 1}


@pytest.mark.parametrize("on", [JULY_1, JULY_5])
def test_what_is_posted_when_the_period_is_billed_changes_nothing_of_it_and_lasts_to_the_end_of_the_one_that_runs(
    on: date,
) -> None:
    """The 3 of June are over, though its 2 credits are given now; they serve July, which has its own 2 not yet."""
    shop = Shop()
    shop.sell(make_order(WORDS, fee("on_invoice_posted")))
    (june,) = shop.bill_until(JUNE_1)
    shop.receive(*written("a", "b", "c", on=JUNE_10))
    (july,) = shop.bill_until(JULY_1)

    posted(shop, june, on=on)
    posted(shop, july, on=on)

    assert overage([shop.register.get(ORG, july.id)]) == {JULY_1: 3}
    assert granted(shop, through=on) == [(on, AUGUST_1, 2), (on, AUGUST_1, 2)]


def test_an_invoice_that_posts_itself_gives_at_once() -> None:
    shop = Shop()
    shop.sell(make_order(WORDS, fee("on_invoice_posted"), auto_post_invoices=True))

    shop.bill_until(JUNE_1)

    assert granted(shop, through=JUNE_1) == [(JUNE_1, JULY_1, 2)]


def test_a_fee_in_arrears_gives_when_its_period_is_over_for_the_one_that_runs() -> None:
    shop = Shop()
    arrears = make_pricing(
        RECURRING,
        timing="arrears",
        benefits=({"currency_id": "cc_1", "amount_micro": 2 * MICRO, "timing": "on_invoice_posted"},),
    )
    shop.sell(make_order(WORDS, make_attribute(arrears), auto_post_invoices=True))

    shop.bill_until(JULY_1)

    assert granted(shop, through=JULY_1) == [(JULY_1, AUGUST_1, 2)]


def test_what_comes_month_by_month_begins_where_the_posting_was() -> None:
    """12 a year are 1 a month; posted on 10 July, those of June and of July are given then."""
    shop = Shop()
    shop.sell(make_order(fee("on_invoice_posted", amount=12, frequency="annual", cadence="monthly")))
    (draft,) = shop.bill_until(JUNE_1)

    posted(shop, draft, on=date(2025, 7, 10))

    first = (date(2025, 7, 10), AUGUST_1, 1)
    assert granted(shop, through=AUGUST_1) == [first, first, (AUGUST_1, date(2025, 9, 1), 1)]


def test_a_voided_invoice_takes_nothing_back_and_the_one_that_bills_it_again_gives_nothing_more() -> None:
    shop = Shop()
    shop.sell(make_order(WORDS, fee("on_invoice_posted"), auto_post_invoices=True))
    (june,) = shop.bill_until(JUNE_1)
    shop.void(ORG, june.id, now=moment(JUNE_10))
    again = shop.rebill(ORG, june.id, now=moment(JUNE_10))

    posted(shop, again, on=JUNE_10)

    assert granted(shop, through=JUNE_10) == [(JUNE_1, JULY_1, 2)]


def paid(shop: Shop, invoice: Invoice, at: datetime) -> None:
    shop.paid[invoice.id] = at


def test_what_waits_for_a_payment_is_given_when_the_invoice_is_fully_paid() -> None:
    shop = Shop()
    shop.sell(make_order(WORDS, fee("on_payment"), auto_post_invoices=True))
    (june,) = shop.bill_until(JUNE_1)
    assert granted(shop, through=JUNE_10) == []

    paid(shop, june, moment(JUNE_10))

    assert granted(shop, through=JUNE_10) == [(JUNE_10, JULY_1, 2)]


def test_a_voided_invoice_that_was_not_paid_gives_when_the_one_that_bills_it_again_is() -> None:
    shop = Shop()
    shop.sell(make_order(WORDS, fee("on_payment"), auto_post_invoices=True))
    (june,) = shop.bill_until(JUNE_1)
    shop.void(ORG, june.id, now=moment(JUNE_1))
    again = shop.rebill(ORG, june.id, now=moment(JUNE_1))

    paid(shop, again, moment(JUNE_10))

    assert granted(shop, through=JUNE_10) == [(JUNE_10, JULY_1, 2)]


def test_of_an_order_that_is_activated_for_the_past_each_period_waits_for_its_own_invoice() -> None:
    """On 10 July June's is a draft and July's posts itself; June's 3 are over, whenever somebody posts it."""
    shop = Shop()
    shop.receive(*written("a", "b", "c", on=JUNE_10))
    shop.sell(make_order(WORDS, fee("on_invoice_posted"), auto_post_invoices=True), on=moment(date(2025, 7, 10)))
    june, july = shop.bill_until(date(2025, 7, 10))
    assert (june.posted_at, july.posted_at) == (None, moment(date(2025, 7, 10)))

    posted(shop, june, on=date(2025, 7, 12))

    assert overage([july]) == {JULY_1: 3}
    assert granted(shop, through=date(2025, 7, 12)) == [
        (date(2025, 7, 10), AUGUST_1, 2),
        (date(2025, 7, 12), AUGUST_1, 2),
    ]
