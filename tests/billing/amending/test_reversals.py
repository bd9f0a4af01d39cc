"""A change and its reversal on one day net to zero: what is charged in arrears is charged as if nothing had been."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.models.amendment import MoneyEffectKind, Treatment, UpdatePricing
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import CreditBenefit, Pricing, PricingModel
from functions.billing.models.tiers import Tier
from functions.billing.rating.benefits import benefit_grants
from tests.billing.amending.selling import (
    FEE_ID,
    NONE,
    PRORATE,
    amend,
    amounts,
    billed,
    fee,
    latest,
    move,
    order_of,
    quantity,
    running,
    send,
)
from tests.builders import ARREARS, RECURRING, USAGE, make_attribute, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

MARCH, MID_MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 3, 15), date(2025, 4, 1), date(2025, 5, 1)
DAY = timedelta(days=1)
FROM_NOW, ALL = Treatment.SIGNALS_FROM_AMENDMENT, Treatment.ALL_SIGNALS_IN_PERIOD

TIERS = (Tier(up_to=2, unit_minor=10, flat_minor=5_00), Tier(up_to=None, unit_minor=5, flat_minor=None))
IN_CREDITS = make_pricing(
    USAGE,
    model=PricingModel.PREPAID_CREDITS,
    price_points=(),
    credits={"currency_id": "cc_1", "cost": Decimal("0.5")},
    overage_unit_minor=15,
)
USAGE_PRICES = {
    "by the unit": make_pricing(USAGE, make_price(10)),
    "for nothing": make_pricing(USAGE, make_price(0)),
    "with an included quantity": make_pricing(USAGE, make_price(10, included_quantity=3)),
    "with a minimum": make_pricing(USAGE, make_price(10, min_quantity=100)),
    "graduated": make_pricing(USAGE, make_price(0, tiers=TIERS), model=PricingModel.GRADUATED),
    "by volume": make_pricing(USAGE, make_price(0, tiers=TIERS), model=PricingModel.VOLUME),
    "in credits": IN_CREDITS,
    "in two currencies": make_pricing(USAGE, make_price(10), make_price(9, currency="EUR")),
}


def lines_of(shop: Shop) -> list[InvoiceLine]:
    return [line for invoice in shop.register.of(ORG) for line in invoice.lines]


def priced(attribute_id: str, pricing: Pricing, treatment: Treatment) -> UpdatePricing:
    return UpdatePricing(attribute_id=attribute_id, pricing=pricing, treatment=treatment)


@pytest.mark.parametrize("billed", [False, True])
@pytest.mark.parametrize("pricing", USAGE_PRICES.values(), ids=USAGE_PRICES)
def test_a_price_of_usage_that_changes_back_on_its_day_is_charged_once_for_the_period(
    pricing: Pricing, *, billed: bool
) -> None:
    """One minimum, one included quantity, one set of tiers, for three signals before the change and two after it."""
    emails, other = make_attribute(pricing), make_pricing(USAGE, make_price(77, min_quantity=9))
    amended, untouched = (running(emails, start=MARCH) for _ in range(2))
    for shop in (amended, untouched):
        send(shop, date(2025, 3, 2), date(2025, 3, 9), date(2025, 3, 14), MID_MARCH)

    amend(amended, MID_MARCH, priced(emails.id, other, FROM_NOW))
    if billed:
        amended.bill_until(MID_MARCH)
    amend(amended, MID_MARCH, priced(latest(amended).id, pricing, FROM_NOW))

    for shop in (amended, untouched):
        send(shop, date(2025, 3, 31))
        shop.bill_until(MAY)
    assert lines_of(amended) == lines_of(untouched)
    assert order_of(amended).lines == order_of(untouched).lines
    assert found(amended) == []


@pytest.mark.parametrize(("there", "back"), [(FROM_NOW, ALL), (ALL, ALL)])
def test_so_it_is_whichever_signals_the_two_changes_were_for(there: Treatment, back: Treatment) -> None:
    """A minimum of 100 at 0.10."""
    emails = make_attribute(USAGE_PRICES["with a minimum"])
    shop = _with_usage_of_march(emails)

    amend(shop, MID_MARCH, priced(emails.id, make_pricing(USAGE, make_price(77)), there))
    amend(shop, MID_MARCH, priced(latest(shop).id, emails.pricing, back))

    assert [amounts(shop, day) for day in (MID_MARCH + DAY, APRIL)] == [[], [100 * 10]]
    assert found(shop) == []


def test_signals_that_got_the_new_price_keep_it_where_the_change_back_is_only_for_those_to_come() -> None:
    """1 x 0.77, and a minimum of 100 at 0.10 for what follows."""
    emails = make_attribute(USAGE_PRICES["with a minimum"])
    shop = _with_usage_of_march(emails)

    amend(shop, MID_MARCH, priced(emails.id, make_pricing(USAGE, make_price(77)), ALL))
    amend(shop, MID_MARCH, priced(latest(shop).id, emails.pricing, FROM_NOW))

    assert [amounts(shop, day) for day in (MID_MARCH + DAY, APRIL)] == [[77], [100 * 10]]
    assert found(shop) == []


def _with_usage_of_march(emails: OrderLineAttribute) -> Shop:
    """Since February; a signal on 2 March, and one on the 15th."""
    shop = running(emails, start=date(2025, 2, 1))
    send(shop, date(2025, 3, 2), MID_MARCH)
    shop.bill_until(MARCH)
    return shop


def test_a_change_back_on_another_day_leaves_what_was_counted_between_at_its_price() -> None:
    """Each price has its own minimum: 10 x 0.10 until the 14th, 5 x 0.20 on the 15th, 10 x 0.10 from the 16th on."""
    emails = make_attribute(make_pricing(USAGE, make_price(10, min_quantity=10)))
    shop = running(emails, start=MARCH)
    other = make_pricing(USAGE, make_price(20, min_quantity=5))

    amend(shop, MID_MARCH, priced(emails.id, other, FROM_NOW))
    shop.bill_until(MID_MARCH)
    amend(shop, MID_MARCH + DAY, priced(latest(shop).id, emails.pricing, FROM_NOW))

    billed = [amounts(shop, day) for day in (MID_MARCH, MID_MARCH + DAY, MID_MARCH + 2 * DAY, APRIL)]
    assert billed == [[], [10 * 10], [5 * 20], [10 * 10]]
    assert found(shop) == []


@pytest.mark.parametrize("billed", [False, True])
def test_a_fee_in_arrears_that_changes_back_on_its_day_is_rounded_once(*, billed: bool) -> None:
    """0.05: 15 and 15 of 30 days were 0.025 each, twice 0.03. The first of them was to be charged tomorrow."""
    shop = running(fee(5, timing=ARREARS), start=date(2025, 4, 1))
    day = date(2025, 4, 16)

    amend(shop, day, quantity(3))
    if billed:
        shop.bill_until(day)
    done = amend(shop, day, quantity(1, of=latest(shop).id))

    (effect,) = done.plan.money_effects
    assert (effect.kind, effect.amount_minor, effect.due_on) == (MoneyEffectKind.CREDIT, 3, day + DAY)
    assert [shop.totals(), amounts(shop, MAY)] == [{}, [5]]
    assert found(shop) == []


def test_a_percentage_in_arrears_that_changes_back_on_the_first_day_of_a_period_goes_on() -> None:
    """10 % of 100.00, of March and of April."""
    percentage = make_pricing(
        RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage="10", price_points=(), timing=ARREARS
    )
    share = make_attribute(percentage, id="ola_percent")
    shop = running(fee(100_00, timing=ARREARS), share, start=MARCH)
    shop.bill_until(date(2025, 3, 31))

    amend(shop, APRIL, priced(share.id, percentage.model_copy(update={"percentage": Decimal(20)}), NONE))
    amend(shop, APRIL, priced(latest(shop).id, percentage, NONE))

    assert [amounts(shop, day) for day in (APRIL, MAY)] == [[100_00, 10_00], [100_00, 10_00]]
    assert latest(shop) == share
    assert found(shop) == []


@pytest.mark.parametrize(
    "other",
    [
        fee(10_00, quantity=2, timing=ARREARS),
        fee(11_00, timing=ARREARS),
        fee(10_00),
    ],
    ids=["another quantity", "another price", "another timing"],
)
def test_another_price_than_that_before_begins_anew(other: OrderLineAttribute) -> None:
    shop = running(fee(10_00, timing=ARREARS), start=MARCH)

    amend(shop, MID_MARCH, quantity(5))
    back = UpdatePricing(
        attribute_id=latest(shop).id, pricing=other.pricing, quantity=other.quantity, treatment=PRORATE
    )
    amend(shop, MID_MARCH, back)

    first, second = order_of(shop).lines[0].attributes
    assert (first.id, first.term.ends_on) == (FEE_ID, MID_MARCH)
    assert (second.quantity, second.pricing) == (other.quantity, other.pricing)
    shop.bill_until(MAY)
    assert found(shop) == []


@pytest.mark.parametrize("treatment", [NONE, PRORATE])
@pytest.mark.parametrize("billed", [False, True])
def test_a_fee_in_arrears_that_becomes_what_it_is_goes_on(treatment: Treatment, *, billed: bool) -> None:
    """10.01: two halves of June would be 5.01 each."""
    shop = running(fee(10_01, timing=ARREARS), start=date(2025, 6, 1))
    before = order_of(shop).lines
    for day in (date(2025, 6, 16), date(2025, 6, 17)):
        if billed:
            shop.bill_until(day)
        done = amend(shop, day, quantity(1, treatment=treatment))
        assert (done.plan.money_effects, done.plan.credit_effects) == ((), ())

    assert order_of(shop).lines == before
    assert amounts(shop, date(2025, 7, 1)) == [10_01]
    assert found(shop) == []


def test_a_fee_in_arrears_that_changes_and_changes_back_on_each_day_is_rounded_once() -> None:
    """0.15, and no 30 parts of 0.01 each."""
    shop = running(fee(15, timing=ARREARS), start=date(2025, 6, 1))
    for number in range(1, 30):
        day = date(2025, 6, 1) + number * DAY
        amend(shop, day, quantity(2, of=latest(shop).id))
        amend(shop, day, quantity(1, of=latest(shop).id))
        shop.bill_until(day)

    shop.bill_until(date(2025, 7, 1))
    assert [line.amount_minor for line in lines_of(shop)] == [15]
    assert found(shop) == []


def test_a_price_of_usage_that_becomes_what_it_is_keeps_its_one_minimum() -> None:
    emails = make_attribute(make_pricing(USAGE, make_price(10, min_quantity=100)))
    shop = running(emails, start=MARCH)
    for treatment in (FROM_NOW, ALL):
        amend(shop, MID_MARCH, priced(emails.id, emails.pricing, treatment))

    assert amounts(shop, APRIL) == [100 * 10]
    assert latest(shop) == emails


def test_credits_of_a_fee_that_becomes_what_it_is_come_once() -> None:
    benefit = CreditBenefit(currency_id="ccy", amount_micro=100_000_000)
    shop = running(fee(31_00, benefits=(benefit,)), start=MARCH)
    for day in (MID_MARCH, MID_MARCH + DAY):
        amend(shop, day, quantity(1))
        shop.bill_until(day)

    grants = list(benefit_grants(shop.book.plan(ORG, "cus_1").value, through=date(2025, 3, 31)))
    assert [(each.amount_micro, each.stops_on) for each in grants] == [(100_000_000, None)]
    assert shop.totals() == {MARCH: 31_00}


@pytest.mark.parametrize(("number", "march"), [(1, [10_00]), (3, [4_52, 16_45])])
def test_what_was_to_follow_and_never_came_is_forgotten_and_what_stands_goes_on(number: int, march: list[int]) -> None:
    """2 from April on, an end in March before that; another number from the 15th on, 14 and 17 of 31 days; June."""
    shop = running(fee(10_00, timing=ARREARS), start=MARCH)
    amend(shop, MARCH + DAY, quantity(2, treatment=NONE))
    move(shop, MARCH + DAY, date(2025, 3, 20), NONE)
    amend(shop, MID_MARCH, quantity(number))
    move(shop, MID_MARCH, date(2025, 6, 1))

    shop.bill_until(date(2025, 7, 1))
    assert [line.amount_minor for line in lines_of(shop)] == [*march, number * 10_00, number * 10_00]
    assert latest(shop).term.ends_on is None
    assert found(shop) == []


@pytest.mark.parametrize("day", [MID_MARCH, MID_MARCH + DAY, date(2025, 3, 31), APRIL])
@pytest.mark.parametrize("number", [1, 2])
def test_a_price_by_the_quarter_that_waits_for_april_is_changed_before_its_part_of_a_quarter_begins(
    day: date, number: int
) -> None:
    """Back to 10.00 a month for one or two, from April on and not from June on, when the quarter ends."""
    shop = running(fee(10_00), start=MARCH)
    quarterly, monthly = (
        fee(minor, frequency=each).pricing for minor, each in ((29_00, "quarterly"), (10_00, "monthly"))
    )
    amend(shop, min(day, MID_MARCH), priced(FEE_ID, quarterly, NONE))

    back = UpdatePricing(attribute_id=latest(shop).id, pricing=monthly, quantity=number, treatment=NONE)
    amend(shop, day, back)

    assert billed(shop, MAY) == {MARCH: [10_00], APRIL: [number * 10_00], MAY: [number * 10_00]}
    assert found(shop) == []


def test_a_price_by_the_quarter_that_begins_with_a_month_whose_run_is_late_is_changed_back_on_that_day() -> None:
    """Nothing of April is charged yet: both changes are there on its first day."""
    shop = running(fee(10_00), start=MARCH)
    for pricing in (fee(29_00, frequency="quarterly").pricing, fee(10_00).pricing):
        amend(shop, APRIL, priced(latest(shop).id, pricing, NONE))

    assert billed(shop, MAY) == {MARCH: [10_00], APRIL: [10_00], MAY: [10_00]}
    assert found(shop) == []
