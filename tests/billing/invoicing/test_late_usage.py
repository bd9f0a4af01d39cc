"""Usage that comes to light after its period was billed (design: late signals)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.invoicing.lines import charged_on, late_lines
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Usage
from tests.billing.cases import case
from tests.billing.prices import GRAD_03, GRADUATED, LATE_01, VOL_01, VOLUME, tiered
from tests.builders import SEATS, USAGE, make_attribute, make_order, make_price, make_pricing

MAY, JUNE, JULY, AUGUST, SEPTEMBER = (date(2025, month, 1) for month in (5, 6, 7, 8, 9))
DAY = timedelta(days=1)

EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
MEETINGS = make_attribute(make_pricing(USAGE, make_price(50_00), event_name="meeting_booked"))


def per_unit(unit_price_minor: int = 10, **bounds: int) -> OrderLineAttribute:
    return make_attribute(make_pricing(USAGE, make_price(unit_price_minor, **bounds)))


def billed(usage: Usage, *, until: date = JULY, drafts: Sequence[date] = ()) -> BillingSchedule:
    """A schedule of `ord_1` with this usage on its invoices."""
    return BillingSchedule(
        order_id="ord_1", customer_id="cus_1", billed_until=until, billed_usage=usage, drafts=tuple(drafts)
    )


def late(attribute: OrderLineAttribute, *, before: int, now: int) -> InvoiceLine | None:
    """The late line of August for June, of which `before` was billed in July."""
    order = make_order(attribute, start=JUNE)
    schedule = billed({attribute.id: {JUNE: before}} if before else {})
    lines = list(late_lines(order, AUGUST, {attribute.id: {JUNE: now}}, schedule))
    assert len(lines) <= 1
    return lines[0] if lines else None


def late_amount(attribute: OrderLineAttribute, *, before: int, now: int) -> int | None:
    line = late(attribute, before=before, now=now)
    return None if line is None else line.amount_minor


# ---- how much


@pytest.mark.parametrize(
    ("attribute", "before", "now", "amount_minor"),
    [
        case("LATE-01", tiered(GRADUATED, LATE_01), 3, 5, 2_00),
        case("LATE-01", tiered(GRADUATED, LATE_01), 3, 7, 6_00),
        case("LATE-01", tiered(GRADUATED, LATE_01), 3, 12, 18_00),
        case("LATE-01-first", tiered(GRADUATED, LATE_01), 0, 3, 3_00),
        case("GRAD-03", tiered(GRADUATED, GRAD_03), 12, 22, 22_00),
        case("flat-once", tiered(GRADUATED, GRAD_03), 6, 7, 0),  # both flat amounts are paid, a unit costs nothing
        case("flat-entered", tiered(GRADUATED, GRAD_03), 5, 6, 50_00),
        case("VOL-01", tiered(VOLUME, VOL_01), 15, 16, -70_00),  # 80 for all, 150 were billed
        case("VOL-01", tiered(VOLUME, VOL_01), 16, 15, 70_00),
        case("VOL-01", tiered(VOLUME, VOL_01), 14, 15, 10_00),
        case("LATE-03", per_unit(10_00), 5, 7, 20_00),
        case("all-of-it", per_unit(10_00), 0, 7, 70_00),
        case("one-more", per_unit(10_00), 5, 6, 10_00),
        case("none-more", per_unit(10_00), 5, 5, None),
        case("one-less", per_unit(10_00), 5, 4, -10_00),
        case("none-left", per_unit(10_00), 5, 0, -50_00),
        case("free", per_unit(0), 5, 7, 0),  # as what is sold for nothing has a line
    ],
)
def test_a_late_line_is_the_price_of_all_usage_less_that_of_the_billed(
    attribute: OrderLineAttribute, before: int, now: int, amount_minor: int | None
) -> None:
    assert late_amount(attribute, before=before, now=now) == amount_minor


@pytest.mark.parametrize(
    ("bounds", "before", "now", "amount_minor"),
    [
        ({"included_quantity": 100}, 0, 99, None),
        ({"included_quantity": 100}, 0, 100, None),
        ({"included_quantity": 100}, 0, 101, 1 * 10),
        ({"included_quantity": 100}, 99, 100, None),
        ({"included_quantity": 100}, 100, 101, 1 * 10),
        ({"included_quantity": 100}, 120, 150, 30 * 10),
        ({"included_quantity": 100}, 101, 100, -1 * 10),
        ({"min_quantity": 100}, 0, 99, None),  # the least was billed without any usage
        ({"min_quantity": 100}, 0, 100, None),
        ({"min_quantity": 100}, 0, 101, 1 * 10),
        ({"min_quantity": 100}, 99, 102, 2 * 10),
        ({"max_quantity": 100}, 99, 100, 1 * 10),
        ({"max_quantity": 100}, 99, 102, 1 * 10),
        ({"max_quantity": 100}, 100, 101, None),
    ],
)
def test_there_is_no_late_line_where_the_included_least_or_most_cover_it(
    bounds: dict[str, int], before: int, now: int, amount_minor: int | None
) -> None:
    assert late_amount(per_unit(**bounds), before=before, now=now) == amount_minor


@pytest.mark.parametrize(
    ("counted_before", "now", "billable"),
    [case("DISC-01", 5, 15, 10), case("DISC-01", 20, 15, 15)],
)
def test_the_included_quantity_is_deducted_once_however_often_usage_comes(
    counted_before: int, now: int, billable: int
) -> None:
    included = per_unit(10, included_quantity=10)

    assert late_amount(included, before=counted_before, now=counted_before + now) == billable * 10


@pytest.mark.parametrize(
    ("multiplier", "before", "now", "amount_minor"),
    [
        ("1", "0.004", "0.008", 1),  # 0.4 was billed as nothing, 0.8 is 1
        ("1", "0.005", "0.014", 0),  # 0.5 was billed as 1, 1.4 is 1
        ("1.3", "10", "12", 2_60),
        ("1.3", "12", "10", -2_60),
    ],
)
def test_late_costs_are_the_difference_of_the_rounded_amounts(
    multiplier: str, before: str, now: str, amount_minor: int
) -> None:
    """So that what is paid in the end is the price of all costs, rounded once."""
    margin = make_attribute(
        make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier=multiplier, event_name=None, price_points=())
    )

    line = late(margin, before=int(Decimal(before) * 10**12), now=int(Decimal(now) * 10**12))

    assert (0 if line is None else line.amount_minor) == amount_minor


def test_usage_of_which_nothing_is_known_any_more_is_given_back() -> None:
    """A replay under another plan may count it for another order, and leaves no zero behind."""
    [line] = late_lines(make_order(EMAILS, start=JUNE), AUGUST, {}, billed({EMAILS.id: {JUNE: 5}}))

    assert (line.quantity, line.billed_before, line.amount_minor) == (0, 5, -5 * 10)


def test_usage_of_a_stub_is_late_at_its_full_price() -> None:
    order = make_order(EMAILS, start=date(2025, 6, 16), billing_anchor=1)
    since_start = date(2025, 6, 16)

    [line] = late_lines(order, AUGUST, {EMAILS.id: {since_start: 30}}, billed({EMAILS.id: {since_start: 10}}))

    assert (line.amount_minor, line.share_days, line.full_days) == (20 * 10, 1, 1)


# ---- whether


@pytest.mark.parametrize(
    ("billed_until", "is_late"),
    [(None, False), (JULY - DAY, False), (JULY, True), (JULY + DAY, True), (AUGUST, True)],
)
def test_usage_is_late_from_when_its_period_was_billed(billed_until: date | None, *, is_late: bool) -> None:
    schedule = billed({}).model_copy(update={"billed_until": billed_until})

    lines = list(late_lines(make_order(EMAILS, start=JUNE), AUGUST, {EMAILS.id: {JUNE: 3}}, schedule))

    assert bool(lines) is is_late


@pytest.mark.parametrize(
    ("drafts", "late_starts"),
    [
        ([], [JUNE, JULY]),
        ([JULY], [JULY]),
        ([AUGUST], [JUNE]),
        ([JULY, AUGUST], []),
        ([JUNE, SEPTEMBER], [JUNE, JULY]),  # drafts of other days do not matter
    ],
)
def test_usage_of_an_invoice_that_is_a_draft_still_is_not_late(drafts: list[date], late_starts: list[date]) -> None:
    usage: Usage = {EMAILS.id: {JUNE: 3, JULY: 4, AUGUST: 5}}
    schedule = billed({EMAILS.id: {JUNE: 1, JULY: 1}}, until=AUGUST, drafts=drafts)

    lines = late_lines(make_order(EMAILS, start=JUNE), SEPTEMBER, usage, schedule)

    assert [line.period_start for line in lines] == late_starts


def test_the_period_that_falls_due_is_not_late() -> None:
    order = make_order(EMAILS, start=JUNE)
    usage: Usage = {EMAILS.id: {JUNE: 3, JULY: 4}}

    [due] = charged_on(order, AUGUST, usage)
    [late_line] = late_lines(order, AUGUST, usage, billed({EMAILS.id: {JUNE: 1}}))

    assert (due.period_start, due.amount_minor, due.is_late) == (JULY, 4 * 10, False)
    assert (late_line.period_start, late_line.amount_minor, late_line.is_late) == (JUNE, 2 * 10, True)


def test_what_is_not_usage_is_never_late() -> None:
    seats = make_attribute(make_pricing(SEATS, make_price(30_00)), quantity=10)
    schedule = billed({seats.id: {JUNE: 3}})

    assert list(late_lines(make_order(seats, start=JUNE), AUGUST, {seats.id: {JUNE: 10}}, schedule)) == []


@pytest.mark.parametrize("start", [MAY, JUNE - DAY, JUNE + DAY, SEPTEMBER])
def test_usage_of_no_period_of_the_order_is_not_charged(start: date) -> None:
    order = make_order(EMAILS, start=JUNE, end=SEPTEMBER)

    assert list(late_lines(order, SEPTEMBER, {EMAILS.id: {start: 3}}, billed({}, until=date(2026, 1, 1)))) == []


def test_usage_of_the_last_and_shorter_period_is_late_too() -> None:
    order = make_order(EMAILS, start=JUNE, end=date(2025, 7, 16))

    [line] = late_lines(order, AUGUST, {EMAILS.id: {JULY: 3}}, billed({}, until=date(2025, 7, 16)))

    assert (line.period_start, line.period_end, line.amount_minor) == (JULY, date(2025, 7, 16), 3 * 10)


# ---- the lines


def test_late_lines_come_by_component_and_then_by_period() -> None:
    order = make_order(MEETINGS, EMAILS, start=MAY)
    usage: Usage = {EMAILS.id: {JUNE: 5, MAY: 2}, MEETINGS.id: {JUNE: 1, MAY: 1}}

    lines = late_lines(order, AUGUST, usage, billed({EMAILS.id: {MAY: 1}, MEETINGS.id: {JUNE: 1}}))

    assert [(line.order_line_attribute_id, line.period_start, line.amount_minor) for line in lines] == [
        (MEETINGS.id, MAY, 50_00),
        (EMAILS.id, MAY, 1 * 10),
        (EMAILS.id, JUNE, 5 * 10),
    ]


def test_a_late_line_says_what_it_continues_from() -> None:
    line = late(tiered(GRADUATED, LATE_01), before=3, now=7)

    assert line is not None
    assert line.description == "Late usage, AI SDR: email_sent"
    assert (line.is_late, line.billed_before, line.billed_before_minor) == (True, 3, 3_00)
    assert (line.quantity, line.billed_quantity) == (7, 7)
    assert (line.period_start, line.period_end) == (JUNE, JULY)
    assert [(step.tier, step.quantity, step.price_minor) for step in line.steps] == [(1, 5, 1_00), (2, 2, 2_00)]
    assert sum(s.quantity * s.price_minor for s in line.steps) - line.billed_before_minor == line.amount_minor == 6_00


def test_a_late_line_has_an_id_of_its_own_on_every_invoice() -> None:
    order, usage = make_order(EMAILS, start=JUNE), {EMAILS.id: {JUNE: 3}}
    [regular] = charged_on(order, JULY, usage)
    [in_august] = late_lines(order, AUGUST, usage, billed({}))
    [again] = late_lines(order, AUGUST, usage, billed({}))
    [in_september] = late_lines(order, SEPTEMBER, usage, billed({}))

    assert in_august == again
    assert len({regular.id, in_august.id, in_september.id}) == 3
