"""Credits that wait for an invoice: a change of the price alone leaves them as many, and as soon, as they were."""

from datetime import date, timedelta
from typing import Any

import pytest

from functions.billing.models.amendment import UpdatePricing
from functions.billing.models.pricing import BillingFrequency, BillingTiming, Cadence, CreditBenefit, GrantTiming
from functions.billing.periods import midnight
from tests.billing.amending.selling import FEE_ID, PRORATE, amend, fee, latest, move, quantity, running
from tests.builders import ADVANCE, ARREARS
from tests.fakes.shop import ORG, Shop

DAY = timedelta(days=1)
JANUARY, MID_JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 1, 10), date(2025, 2, 1)
LATE, SEEN = date(2025, 2, 9), date(2025, 2, 20)
POSTED, PAID, ACTIVE = GrantTiming.ON_INVOICE_POSTED, GrantTiming.ON_PAYMENT, GrantTiming.ON_ACTIVATION
HUNDRED = 100_000_000


def selling(awaits: GrantTiming, timing: BillingTiming, start: date = JANUARY, **fields: Any) -> Shop:
    return running(at(31_00, awaits, timing), start=start, **fields)


def at(minor: int, awaits: GrantTiming, timing: BillingTiming, **fields: Any) -> Any:
    benefit = CreditBenefit(currency_id="ccy_1", amount_micro=HUNDRED, timing=awaits)
    fields.setdefault("benefits", (benefit,))
    return fee(minor, timing=timing, **fields)


def daily(shop: Shop, start: date, through: date) -> None:
    for number in range((through - start).days + 1):
        shop.bill_until(start + number * DAY)


def repriced(shop: Shop, day: date, awaits: GrantTiming, timing: BillingTiming) -> None:
    """Another price from the day on, and nothing else but when it is charged."""
    pricing = at(62_00, awaits, timing).pricing
    amend(shop, day, UpdatePricing(attribute_id=latest(shop).id, pricing=pricing, treatment=PRORATE))


def pay(shop: Shop, issued_on: date, day: date) -> None:
    (invoice,) = (each for each in shop.register.of(ORG) if each.issue_date == issued_on)
    shop.paid[invoice.id] = midnight(day)


def granted(shop: Shop, through: date) -> list[tuple[date, int]]:
    """The day on which each grant begins, and its millionths."""
    grants = shop.granted(ORG, "cus_1", shop.book.plan(ORG, "cus_1").value, through=through)
    return sorted((each.starts_on, each.amount_micro) for each in grants)


def test_paid_late_the_rest_of_a_period_brings_no_second_credits() -> None:
    """January's came with the invoice of the 1st; that of the change is paid when January is over."""
    shop = selling(PAID, ADVANCE)
    pay(shop, JANUARY, JANUARY)
    daily(shop, JANUARY, MID_JANUARY)

    repriced(shop, MID_JANUARY, PAID, ADVANCE)

    daily(shop, MID_JANUARY, FEBRUARY)
    pay(shop, MID_JANUARY, LATE)
    assert granted(shop, SEEN) == [(JANUARY, HUNDRED)]


@pytest.mark.parametrize("changes", [0, 1, 2])
@pytest.mark.parametrize("paid_on", [date(2025, 1, 31), FEBRUARY, LATE])
def test_a_period_that_is_paid_late_brings_its_credits_then(paid_on: date, changes: int) -> None:
    shop = selling(PAID, ADVANCE)
    for number in range(changes):
        daily(shop, JANUARY, MID_JANUARY + number * DAY)
        repriced(shop, MID_JANUARY + number * DAY, PAID, (ADVANCE, ARREARS)[number])

    daily(shop, MID_JANUARY, LATE)
    pay(shop, JANUARY, paid_on)

    assert granted(shop, SEEN) == [(paid_on, HUNDRED)]


def test_credits_that_wait_when_the_component_ends_with_others_in_its_place_never_come() -> None:
    """As where nothing was changed before: January is paid on 9 February, and nothing stands since the 20th."""
    for changed in (False, True):
        shop = selling(PAID, ADVANCE)
        daily(shop, JANUARY, MID_JANUARY)
        if changed:
            repriced(shop, MID_JANUARY, PAID, ADVANCE)
        daily(shop, MID_JANUARY, date(2025, 1, 15))
        move(shop, date(2025, 1, 15), date(2025, 1, 20))

        pay(shop, JANUARY, LATE)

        assert granted(shop, SEEN) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # January's come with the invoice of 1 February, and February's with that of March.
        (ARREARS, ARREARS, [(FEBRUARY, HUNDRED)]),
        # January's came in advance.
        (ADVANCE, ARREARS, [(JANUARY, HUNDRED)]),
        (ADVANCE, ADVANCE, [(JANUARY, HUNDRED), (FEBRUARY, HUNDRED)]),
        # January's come with the invoice of what was in arrears of it: all of it is charged then.
        (ARREARS, ADVANCE, [(MID_JANUARY + DAY, HUNDRED), (FEBRUARY, HUNDRED)]),
    ],
)
def test_each_period_brings_its_credits_once_when_its_invoice_is_posted(
    before: BillingTiming, after: BillingTiming, expected: list[tuple[date, int]]
) -> None:
    shop = selling(POSTED, before)
    daily(shop, JANUARY, MID_JANUARY)

    repriced(shop, MID_JANUARY, POSTED, after)

    daily(shop, MID_JANUARY, LATE)
    assert granted(shop, SEEN) == expected


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_a_first_part_in_arrears_brings_its_part(changes: int) -> None:
    """17 to 31 January under an anchor on the 1st: 15/31 of 100 are 48.387096."""
    start = date(2025, 1, 17)
    shop = selling(POSTED, ARREARS, start, billing_anchor=1)
    for number in range(1, changes + 1):
        daily(shop, start, start + number * DAY)
        repriced(shop, start + number * DAY, POSTED, ARREARS)

    daily(shop, start, LATE)

    assert granted(shop, SEEN) == [(FEBRUARY, 48_387_096)]


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_the_last_period_in_arrears_brings_its_credits_with_its_invoice(changes: int) -> None:
    last = date(2025, 1, 20)
    shop = selling(POSTED, ARREARS, end=last)
    for number in range(changes):
        daily(shop, JANUARY, MID_JANUARY + number * DAY)
        repriced(shop, MID_JANUARY + number * DAY, POSTED, ARREARS)

    daily(shop, MID_JANUARY, LATE)

    assert granted(shop, SEEN) == [(last, HUNDRED)]


@pytest.mark.parametrize("changed_on", [None, MID_JANUARY, FEBRUARY])
def test_months_of_a_year_in_arrears_wait_for_the_charge_of_the_year(changed_on: date | None) -> None:
    """It ends with 9 March: three months have begun, at 10 of 120 each, and come with its invoice of the 10th."""
    monthly = CreditBenefit(currency_id="ccy_1", amount_micro=120_000_000, cadence=Cadence.MONTHLY, timing=POSTED)
    year = at(365_00, POSTED, ARREARS, frequency=BillingFrequency.ANNUAL, benefits=(monthly,))
    last = date(2025, 3, 10)
    shop = running(year, start=JANUARY, end=last)
    if changed_on is not None:
        daily(shop, JANUARY, changed_on)
        dearer = UpdatePricing(attribute_id=FEE_ID, unit_price_minor=730_00, treatment=PRORATE)
        amend(shop, changed_on, dearer)

    daily(shop, changed_on or JANUARY, last)

    assert granted(shop, last - DAY) == []
    assert granted(shop, last) == [(last, 10_000_000)] * 3


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_on_the_first_day_a_change_of_price_brings_no_full_period(changes: int) -> None:
    """24 to 31 December of a year of 1,200: 8/365 of them are 26.301369; and all of the next year's."""
    benefit = CreditBenefit(currency_id="ccy_1", amount_micro=1_200_000_000, timing=ACTIVE)
    year = at(1200_00, ACTIVE, ADVANCE, frequency=BillingFrequency.ANNUAL, benefits=(benefit,))
    start = date(2025, 12, 24)
    shop = running(year, start=start, billing_anchor=1)

    for number in range(changes):
        dearer = UpdatePricing(attribute_id=latest(shop).id, unit_price_minor=1200_01 + number, treatment=PRORATE)
        amend(shop, start, dearer)
        shop.bill_until(start)

    assert granted(shop, date(2025, 12, 31)) == [(start, 26_301_369)]
    assert granted(shop, date(2026, 1, 1)) == [(start, 26_301_369), (date(2026, 1, 1), 1_200_000_000)]


@pytest.mark.parametrize("changes", [0, 1, 11])
def test_the_months_of_a_year_bring_all_of_it_however_often_its_price_changes(changes: int) -> None:
    """100 in twelve parts are four times 8.333333, 8.333333 and 8.333334, of whichever component each is."""
    monthly = CreditBenefit(currency_id="ccy_1", amount_micro=HUNDRED, cadence=Cadence.MONTHLY)
    year = at(1200_00, ACTIVE, ADVANCE, frequency=BillingFrequency.ANNUAL, benefits=(monthly,))
    shop = running(year, start=JANUARY)

    for month in range(1, changes + 1):
        day = date(2025, month, 10)
        daily(shop, day, day)
        dearer = UpdatePricing(attribute_id=latest(shop).id, unit_price_minor=1200_01 + month, treatment=PRORATE)
        amend(shop, day, dearer)

    parts = [8_333_333, 8_333_333, 8_333_334] * 4
    assert granted(shop, date(2025, 12, 31)) == [(date(2025, n + 1, 1), part) for n, part in enumerate(parts)]


@pytest.mark.parametrize("changes", [0, 1, 2])
@pytest.mark.parametrize("day", [JANUARY, FEBRUARY])
def test_on_the_first_day_of_a_period_a_change_of_price_leaves_its_credits_to_that_day(day: date, changes: int) -> None:
    """They came with the invoice of the day; that of the change is the next day's."""
    shop = selling(POSTED, ADVANCE)
    daily(shop, JANUARY, day)

    for _ in range(changes):
        repriced(shop, day, POSTED, ADVANCE)

    daily(shop, day, LATE)
    assert granted(shop, SEEN) == [(JANUARY, HUNDRED), (FEBRUARY, HUNDRED)]


def test_on_the_first_day_of_a_month_a_change_of_price_leaves_the_credits_of_the_month_to_that_day() -> None:
    monthly = CreditBenefit(currency_id="ccy_1", amount_micro=120_000_000, cadence=Cadence.MONTHLY, timing=POSTED)
    shop = running(at(365_00, POSTED, ADVANCE, frequency=BillingFrequency.ANNUAL, benefits=(monthly,)), start=JANUARY)
    daily(shop, JANUARY, FEBRUARY)

    amend(shop, FEBRUARY, UpdatePricing(attribute_id=FEE_ID, unit_price_minor=730_00, treatment=PRORATE))

    daily(shop, FEBRUARY, LATE)
    assert granted(shop, SEEN) == [(JANUARY, 10_000_000), (FEBRUARY, 10_000_000)]


@pytest.mark.parametrize("back", [0, 1])
def test_quantities_there_and_back_on_the_first_day_of_a_period_leave_its_credits_to_that_day(back: int) -> None:
    """Both before the run of the day, or one before and one after it: 2 x 100 were charged with it then, and stop."""
    shop = selling(POSTED, ADVANCE)
    daily(shop, JANUARY, FEBRUARY - DAY)

    amend(shop, FEBRUARY, quantity(2))
    daily(shop, FEBRUARY, FEBRUARY - (1 - back) * DAY)
    amend(shop, FEBRUARY, quantity(1, of=latest(shop).id))

    daily(shop, FEBRUARY, LATE)
    assert granted(shop, SEEN) == [(JANUARY, HUNDRED), (FEBRUARY + back * DAY, HUNDRED)]


@pytest.mark.parametrize("last", [date(2025, 1, 20), FEBRUARY])
def test_credits_of_arrears_that_turn_to_advance_come_though_nothing_is_charged_at_the_end(last: date) -> None:
    """1 to 10 January are charged on the 11th, the rest was on the 10th: no invoice follows."""
    shop = selling(POSTED, ARREARS, end=last)
    daily(shop, JANUARY, MID_JANUARY)

    repriced(shop, MID_JANUARY, POSTED, ADVANCE)

    daily(shop, MID_JANUARY, LATE)
    assert granted(shop, SEEN) == [(MID_JANUARY + DAY, HUNDRED)]


@pytest.mark.parametrize("end", [None, date(2025, 5, 3)])
def test_months_of_arrears_that_turn_to_advance_come_when_the_arrears_are_charged(end: date | None) -> None:
    """January's with the invoice of the 11th; later ones when they begin, for the rest of the year is paid."""
    monthly = CreditBenefit(currency_id="ccy_1", amount_micro=120_000_000, cadence=Cadence.MONTHLY, timing=POSTED)
    year = {"frequency": BillingFrequency.ANNUAL, "benefits": (monthly,)}
    shop = running(at(365_00, POSTED, ARREARS, **year), start=JANUARY)
    daily(shop, JANUARY, MID_JANUARY)

    pricing = at(365_00, POSTED, ADVANCE, **year).pricing
    amend(shop, MID_JANUARY, UpdatePricing(attribute_id=FEE_ID, pricing=pricing, treatment=PRORATE))

    daily(shop, MID_JANUARY, LATE)
    if end is not None:
        move(shop, LATE, end)
    came = [MID_JANUARY + DAY, FEBRUARY, date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)]
    assert granted(shop, date(2025, 5, 20)) == [(day, 10_000_000) for day in came]


@pytest.mark.parametrize("changed_on", [None, MID_JANUARY, FEBRUARY])
def test_months_of_a_year_that_is_paid_late_come_then(changed_on: date | None) -> None:
    """Both months that have begun; those that follow wait for the invoice of what goes on, and that is not paid."""
    monthly = CreditBenefit(currency_id="ccy_1", amount_micro=120_000_000, cadence=Cadence.MONTHLY, timing=PAID)
    year = at(365_00, PAID, ADVANCE, frequency=BillingFrequency.ANNUAL, benefits=(monthly,))
    shop = running(year, start=JANUARY)
    if changed_on is not None:
        daily(shop, JANUARY, changed_on)
        dearer = UpdatePricing(attribute_id=FEE_ID, unit_price_minor=730_00, treatment=PRORATE)
        amend(shop, changed_on, dearer)

    daily(shop, changed_on or JANUARY, LATE)
    pay(shop, JANUARY, LATE)

    before_the_change = {None: 2, MID_JANUARY: 1, FEBRUARY: 2}[changed_on]
    assert granted(shop, SEEN) == [(LATE, 10_000_000)] * before_the_change
