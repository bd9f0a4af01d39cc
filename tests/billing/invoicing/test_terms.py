from datetime import date, datetime, timedelta

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.terms import (
    check_billable,
    check_dates,
    check_deletable,
    check_end,
    check_payment_terms,
    check_span,
    check_unclaimed,
    end_by_terms,
    payment_days,
)
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import PricingModel
from functions.billing.models.tiers import Tier
from functions.billing.periods import midnight
from tests.builders import (
    ARREARS,
    ONE_TIME,
    RECURRING,
    SEATS,
    START,
    USAGE,
    activated,
    make_attribute,
    make_line,
    make_order,
    make_plan,
    make_price,
    make_pricing,
)

IN_ADVANCE = make_attribute(make_pricing(RECURRING))
IN_ARREARS = make_attribute(make_pricing(USAGE))
ONCE_IN_ARREARS = make_attribute(make_pricing(ONE_TIME, timing=ARREARS))

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


# ---- dates


@pytest.mark.parametrize("end", [midnight(JUNE) - SECOND, midnight(JUNE)])
def test_an_order_that_ends_before_or_as_it_starts_is_refused(end: datetime) -> None:
    with pytest.raises(InvalidInput, match=r"endDate is 2025-.*, expected a moment after startDate 2025-06-01"):
        check_dates(make_order(start=JUNE, end=end))


def test_an_order_may_end_a_moment_after_its_start() -> None:
    check_dates(make_order(start=JUNE, end=midnight(JUNE) + SECOND))


@pytest.mark.parametrize(
    ("line_start", "line_end", "sentence"),
    [
        (JUNE, AUGUST, None),
        (JUNE + DAY, AUGUST - DAY, None),
        (JUNE - DAY, None, "line 'AI SDR': startDate is 2025-05-31.*, expected no day before the order's 2025-06-01"),
        (None, AUGUST + DAY, "line 'AI SDR': endDate is 2025-08-02.*, expected no moment after the order's 2025-08-01"),
        (JULY, JULY, "line 'AI SDR': endDate is 2025-07-01.*expected a moment after startDate 2025-07-01"),
        (AUGUST, None, "line 'AI SDR': endDate is 2025-08-01.*expected a moment after startDate 2025-08-01"),
    ],
)
def test_a_line_lies_within_its_order(line_start: date | None, line_end: date | None, sentence: str | None) -> None:
    line = make_line(
        start_date=line_start and midnight(line_start),
        end_date=line_end and midnight(line_end),
    )
    order = make_order(start=JUNE, end=AUGUST, lines=(line,))

    if sentence is None:
        check_dates(order)
    else:
        with pytest.raises(InvalidInput, match=sentence):
            check_dates(order)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2025, 6, 1), 1, date(2025, 7, 1)),
        (date(2025, 6, 1), 12, date(2026, 6, 1)),
        (date(2025, 1, 30), 1, date(2025, 2, 28)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 2, 1), 1, date(2025, 3, 1)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 2, 28), 1, date(2025, 3, 28)),
        (date(2025, 12, 31), 1200, date(2125, 12, 31)),
    ],
)
def test_terms_are_over_as_many_months_after_the_start(start: date, months: int, end: date) -> None:
    assert end_by_terms(make_order(start=start, subscription_terms=months)) == midnight(end)


def test_terms_end_with_a_whole_period_at_whatever_hour_the_order_starts() -> None:
    """An end at noon would charge for the last day twice: it is the first of another period."""
    noon = midnight(date(2025, 1, 31)) + timedelta(hours=12)
    order = make_order(IN_ADVANCE, start=noon, end=end_by_terms(make_order(start=noon, subscription_terms=3)))

    periods = order.calendar(order.lines[0], IN_ADVANCE).periods()

    assert [period.end for period in periods] == [date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)]


def test_without_terms_nothing_ends() -> None:
    assert end_by_terms(make_order(end=AUGUST)) is None


# ---- activation and deletion


@pytest.mark.parametrize("order", [make_order(), make_order(lines=())])
def test_an_order_with_nothing_priced_is_not_activated(order: Order) -> None:
    with pytest.raises(InvalidInput, match="the order has no priced line"):
        check_billable(order)


def test_an_order_without_a_price_in_its_currency_is_not_activated() -> None:
    euros = make_attribute(make_pricing(RECURRING, make_price(currency="EUR")), name="Platform fee")

    with pytest.raises(InvalidInput, match=r"attribute 'Platform fee': the order's currency is USD, .*: EUR"):
        check_billable(make_order(IN_ARREARS, euros))


def test_an_order_with_a_price_for_everything_is_activated() -> None:
    check_billable(make_order(IN_ADVANCE, IN_ARREARS))


@pytest.mark.parametrize("model", [PricingModel.VOLUME, PricingModel.GRADUATED])
def test_an_order_without_tiers_in_its_currency_is_not_activated(model: PricingModel) -> None:
    tiers = (Tier(unit_minor=1),)
    pounds, euros = (make_price(currency=currency, tiers=tiers) for currency in ("GBP", "EUR"))
    seats = make_attribute(make_pricing(SEATS, pounds, euros, model=model), name="Seats")

    check_billable(make_order(seats, currency="EUR"))
    with pytest.raises(
        InvalidInput,
        match=r"line 'AI SDR', attribute 'Seats': the order's currency is USD, expected .* a price point in: GBP, EUR",
    ):
        check_billable(make_order(seats))


def test_a_multiple_of_other_amounts_is_in_the_currency_of_those() -> None:
    euros = make_price(currency="EUR")
    percentage = make_pricing(RECURRING, euros, model=PricingModel.PERCENT_OF_TOTAL, percentage=5)
    cost_plus = make_pricing(USAGE, euros, model=PricingModel.COST_PLUS, multiplier=2, event_name=None)

    check_billable(make_order(make_attribute(percentage), make_attribute(cost_plus)))


def test_only_a_draft_is_deleted() -> None:
    check_deletable(make_order())

    with pytest.raises(InvalidInput, match="order ord_1 is active and cannot be deleted"):
        check_deletable(activated(make_order(), on=START))


# ---- the end of what is billed


def move_end(
    *attributes: OrderLineAttribute,
    from_end: date | None,
    to_end: date | None,
    billed_until: date | None,
    today: date | None = None,
) -> None:
    check_end(
        make_order(*attributes, start=JUNE, end=from_end),
        make_order(*attributes, start=JUNE, end=to_end),
        billed_until=billed_until,
        today=today or billed_until or JUNE,
    )


@pytest.mark.parametrize("end", [JUNE + DAY, JULY, None])
def test_before_anything_is_billed_an_end_may_move_anywhere(end: date | None) -> None:
    move_end(IN_ADVANCE, from_end=AUGUST, to_end=end, billed_until=None)


BRINGS_CREDITS = make_attribute(
    make_pricing(RECURRING, frequency="annual", benefits=({"currency_id": "cc_1", "amount_micro": 10**6},))
)
TAKES_CREDITS = make_attribute(
    make_pricing(USAGE, model=PricingModel.PREPAID_CREDITS, credits={"currency_id": "cc_1"}, frequency="quarterly")
)


@pytest.mark.parametrize("has_credits", [BRINGS_CREDITS, TAKES_CREDITS])
@pytest.mark.parametrize("billed_until", [JUNE, None])
def test_an_order_with_credits_does_not_end_before_today(
    has_credits: OrderLineAttribute, billed_until: date | None
) -> None:
    """Others may have been billed with them; of a year nothing but its first day, of a quarter nothing is billed."""
    for end in (JULY, JULY + DAY):
        move_end(has_credits, from_end=None, to_end=end, billed_until=billed_until, today=JULY)

    with pytest.raises(InvalidInput, match="endDate is 2025-06-30, expected no day before today, 2025-07-01"):
        move_end(has_credits, from_end=None, to_end=JULY - DAY, billed_until=billed_until, today=JULY)


@pytest.mark.parametrize("has_credits", [BRINGS_CREDITS, TAKES_CREDITS])
def test_an_order_with_credits_does_not_go_on_from_a_day_before_today(has_credits: OrderLineAttribute) -> None:
    move_end(has_credits, from_end=JULY, to_end=AUGUST, billed_until=None, today=JULY)

    with pytest.raises(InvalidInput, match="endDate cannot move from 2025-06-30: credits that order ord_1 would"):
        move_end(has_credits, from_end=JULY - DAY, to_end=AUGUST, billed_until=None, today=JULY)


@pytest.mark.parametrize("from_end", [AUGUST, None])
def test_an_earlier_end_lies_after_the_last_billing_day(from_end: date | None) -> None:
    move_end(IN_ADVANCE, from_end=from_end, to_end=JULY + DAY, billed_until=JULY)

    for end in (JULY - DAY, JULY):
        with pytest.raises(InvalidInput, match=f"endDate is {end}, expected a day after 2025-07-01"):
            move_end(IN_ADVANCE, from_end=from_end, to_end=end, billed_until=JULY)


@pytest.mark.parametrize("to_end", [AUGUST, None])
def test_a_period_that_was_billed_as_cut_off_is_not_reopened(to_end: date | None) -> None:
    cut_off = JULY + 14 * DAY
    refused = "endDate cannot move from 2025-07-15: what fell due by 2025-07-01 is billed"

    with pytest.raises(InvalidInput, match=refused):
        move_end(IN_ADVANCE, from_end=cut_off, to_end=to_end, billed_until=JULY)


def test_an_end_is_not_moved_once_the_arrears_up_to_it_are_billed() -> None:
    cut_off = JULY + 14 * DAY

    move_end(IN_ARREARS, from_end=cut_off, to_end=AUGUST, billed_until=JULY)
    with pytest.raises(InvalidInput, match="cannot move from 2025-07-15"):
        move_end(IN_ARREARS, from_end=cut_off, to_end=AUGUST, billed_until=cut_off)


def test_an_order_that_ends_with_a_full_period_is_extended_although_that_period_is_billed() -> None:
    """A renewal: it was once refused as if the last period were cut off."""
    move_end(IN_ADVANCE, IN_ARREARS, from_end=AUGUST, to_end=None, billed_until=JULY)


def test_an_order_billed_to_its_very_end_is_not_extended_past_an_advance_charge_of_that_day() -> None:
    move_end(IN_ARREARS, from_end=AUGUST, to_end=None, billed_until=AUGUST)

    with pytest.raises(InvalidInput, match="cannot move from 2025-08-01"):
        move_end(IN_ADVANCE, IN_ARREARS, from_end=AUGUST, to_end=None, billed_until=AUGUST)


def test_a_charge_made_once_is_not_made_again_by_a_later_end() -> None:
    cut_off = JUNE + 14 * DAY

    with pytest.raises(InvalidInput, match="cannot move from 2025-06-15"):
        move_end(ONCE_IN_ARREARS, from_end=cut_off, to_end=AUGUST, billed_until=cut_off)


def test_another_moment_of_the_same_last_day_changes_nothing() -> None:
    move_end(IN_ADVANCE, from_end=midnight(JULY) - SECOND, to_end=JULY, billed_until=AUGUST)


# ---- what another order counts


def test_an_end_may_not_move_over_what_another_order_counts() -> None:
    first = make_order(IN_ARREARS, id="ord_1", end=JULY)
    second = make_order(IN_ARREARS, id="ord_2", start=JULY)
    plan = make_plan(first, second)

    with pytest.raises(InvalidInput, match=r"endDate cannot move from 2025-07-01: order ord_2 counts"):
        check_unclaimed(first, make_order(IN_ARREARS, id="ord_1", end=JULY + DAY), plan)
    check_unclaimed(first, make_order(IN_ARREARS, id="ord_1", end=JULY - DAY), plan)


def test_costs_are_claimed_by_another_order_of_any_product() -> None:
    """A cost without a product counts for whichever order sums up costs first."""
    costs = make_attribute(make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier="1.3", event_name=None))
    first, later = (make_order(costs, id="ord_1", end=end) for end in (JULY, JULY + DAY))
    second = make_order(id="ord_2", lines=(make_line(costs, product_id="prod_2"),))

    with pytest.raises(InvalidInput, match="ord_2"):
        check_unclaimed(first, later, make_plan(first, second))


def test_an_end_may_move_up_to_where_another_order_begins() -> None:
    first = make_order(IN_ARREARS, id="ord_1", end=JULY - DAY)
    second = make_order(IN_ARREARS, id="ord_2", start=JULY)

    check_unclaimed(first, make_order(IN_ARREARS, id="ord_1", end=JULY), make_plan(first, second))


def test_a_made_order_may_end_before_its_lines_do() -> None:
    long_line = make_line(IN_ADVANCE, end_date=midnight(AUGUST))

    check_span(make_order(end=JULY).model_copy(update={"lines": (long_line,)}))


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        (None, 0),
        ("", 0),
        (" ", 0),
        ("Due on receipt", 0),
        ("due_on_receipt", 0),
        ("COD", 0),
        ("net_30", 30),
        ("immediately", 0),
        ("Net 0", 0),
        ("Net 30", 30),
        ("net30", 30),
        ("NET-60", 60),
        ("14 days", 14),
        ("14 days, otherwise at once", 14),
        ("45", 45),
        ("Net 30, 1.5% a month after", 30),
        ("2/10 Net 30", 30),  # 2 % off within ten days
        ("Net 999", 999),
    ],
)
def test_payment_terms_name_the_days_until_payment(terms: str | None, days: int) -> None:
    check_payment_terms(terms)

    assert payment_days(terms) == days


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ("as agreed", 0),
        ("two weeks", 0),
        ("1 month", 0),
        ("Net 1000", 0),
        ("30/60/90", 0),
        ("Net 30 EOM", 30),
        ("30 days from the end of the month", 30),
    ],
)
def test_payment_terms_that_tell_no_day_from_that_of_issue_are_refused_and_stored_ones_stay_what_they_were(
    terms: str, days: int
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_payment_terms(terms)

    assert refused.value.sentence == (
        f"paymentTerms is {terms!r}, expected days from the day of issue such as 'Net 30', '30 days' or '30', "
        "or 'Due on receipt', or null"
    )
    assert payment_days(terms) == days
