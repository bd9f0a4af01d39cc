"""Late usage from invoice to invoice: what one bills, the next does not bill again (design: late signals)."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from functions.billing.invoicing.build import build_invoice
from functions.billing.invoicing.dues import next_billing_day
from functions.billing.invoicing.progress import after_billing
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Usage
from functions.billing.periods import midnight
from tests.billing.cases import case
from tests.billing.invoicing.amounts import recurring
from tests.billing.prices import GRADUATED, LATE_01, VOL_01, VOLUME, tiered
from tests.builders import NOW, USAGE, make_attribute, make_facts, make_line, make_order, make_price, make_pricing

JUNE, JULY, AUGUST, SEPTEMBER = (date(2025, month, 1) for month in (6, 7, 8, 9))
DAY = timedelta(days=1)

EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
MEETINGS = make_attribute(make_pricing(USAGE, make_price(50_00), event_name="meeting_booked"))


def invoices(
    order: Order, arrivals: Sequence[tuple[date, Usage]], *, posts: bool = True
) -> tuple[list[Invoice | None], BillingSchedule]:
    """An invoice for each day, with the usage known then, and where the schedule stands after them."""
    schedule = BillingSchedule(order_id=order.id, customer_id=order.customer_id)
    made: list[Invoice | None] = []
    for day, usage in arrivals:
        facts = make_facts(order, usage, schedule=schedule)
        draft = build_invoice(facts, day, now=NOW)
        made.append(draft and draft.model_copy(update={"auto_post": posts}))
        schedule = after_billing(facts, day, made[-1])
    return made, schedule


def lines_of(invoice: Invoice | None) -> list[tuple[date, int, bool]]:
    return [] if invoice is None else [(line.period_start, line.amount_minor, line.is_late) for line in invoice.lines]


@pytest.mark.parametrize(
    ("p1_billed", "p1", "p2", "amounts_minor"), [case("LATE-03", 5, 7, 3, [(JULY, 30_00, False), (JUNE, 20_00, True)])]
)
def test_late_usage_keeps_its_own_period(
    p1_billed: int, p1: int, p2: int, amounts_minor: list[tuple[date, int, bool]]
) -> None:
    """The other policy would book the difference of the totals, 50, to the later period."""
    emails = make_attribute(make_pricing(USAGE, make_price(10_00)))
    arrivals: list[tuple[date, Usage]] = [
        (JULY, {emails.id: {JUNE: p1_billed}}),
        (AUGUST, {emails.id: {JUNE: p1, JULY: p2}}),
    ]

    (july, august), _ = invoices(make_order(emails, start=JUNE), arrivals)

    assert lines_of(july) == [(JUNE, 50_00, False)]
    assert lines_of(august) == amounts_minor


def test_what_was_billed_late_is_not_late_again() -> None:
    arrivals: list[tuple[date, Usage]] = [
        (JULY, {EMAILS.id: {JUNE: 3}}),
        (AUGUST, {EMAILS.id: {JUNE: 5}}),
        (SEPTEMBER, {EMAILS.id: {JUNE: 5}}),
    ]

    (_, august, september), schedule = invoices(make_order(EMAILS, start=JUNE), arrivals)

    assert lines_of(august) == [(JUNE, 2 * 10, True)]
    assert september is None
    assert schedule.billed_usage == {EMAILS.id: {JUNE: 5}}
    assert schedule.billed_minor == 5 * 10


def test_usage_may_be_late_twice() -> None:
    attribute = tiered(GRADUATED, LATE_01)
    arrivals: list[tuple[date, Usage]] = [
        (JULY, {attribute.id: {JUNE: 3}}),
        (AUGUST, {attribute.id: {JUNE: 7}}),
        (SEPTEMBER, {attribute.id: {JUNE: 12, AUGUST: 1}}),
    ]

    (_, august, september), schedule = invoices(make_order(attribute, start=JUNE), arrivals)

    assert lines_of(august) == [(JUNE, 6_00, True)]
    assert lines_of(september) == [(AUGUST, 1_00, False), (JUNE, 12_00, True)]  # 18 - 6
    assert schedule.billed_minor == 21_00 + 1_00


def test_usage_of_a_period_that_had_none_is_late_with_all_of_it() -> None:
    """There was no invoice in July, and so none that is a draft."""
    arrivals: list[tuple[date, Usage]] = [(JULY, {}), (AUGUST, {EMAILS.id: {JUNE: 4}})]

    (july, august), schedule = invoices(make_order(EMAILS, start=JUNE), arrivals, posts=False)

    assert july is None
    assert lines_of(august) == [(JUNE, 4 * 10, True)]
    assert schedule.drafts == (AUGUST,)


def test_usage_beyond_what_is_included_is_late_after_a_period_without_a_line() -> None:
    emails = make_attribute(make_pricing(USAGE, make_price(10, included_quantity=100)))
    arrivals: list[tuple[date, Usage]] = [
        (JULY, {emails.id: {JUNE: 60}}),
        (AUGUST, {emails.id: {JUNE: 90}}),
        (SEPTEMBER, {emails.id: {JUNE: 130}}),
    ]

    (july, august, september), _ = invoices(make_order(emails, start=JUNE), arrivals)

    assert july is august is None
    assert lines_of(september) == [(JUNE, 30 * 10, True)]


def test_the_draft_of_the_period_keeps_its_usage_from_being_late_until_it_is_posted() -> None:
    order = make_order(EMAILS, start=JUNE)
    _, schedule = invoices(order, [(JULY, {EMAILS.id: {JUNE: 3}})], posts=False)
    more: Usage = {EMAILS.id: {JUNE: 5}}
    posted = schedule.model_copy(update={"drafts": ()})

    assert schedule.drafts == (JULY,)
    assert build_invoice(make_facts(order, more, schedule=schedule), AUGUST, now=NOW) is None
    late_then = build_invoice(make_facts(order, more, schedule=posted), AUGUST, now=NOW)
    assert lines_of(late_then) == [(JUNE, 2 * 10, True)]


def test_an_invoice_may_be_negative_when_volume_prices_fall() -> None:
    attribute = tiered(VOLUME, VOL_01, included_quantity=1)
    arrivals: list[tuple[date, Usage]] = [
        (JULY, {attribute.id: {JUNE: 16}}),
        (AUGUST, {attribute.id: {JUNE: 17, JULY: 0}}),
    ]

    (july, august), schedule = invoices(make_order(attribute, start=JUNE), arrivals)

    assert july is not None
    assert august is not None
    assert july.total_minor == 150_00
    assert august.total_minor == 100_00 - 70_00  # the first tier's flat amount of July, and 80 - 150 of June
    assert schedule.billed_minor == 80_00 + 100_00


def test_a_late_line_is_on_the_next_invoice_whatever_that_is_for() -> None:
    order = make_order(EMAILS, recurring(500_00), start=JUNE)
    arrivals: list[tuple[date, Usage]] = [
        (JUNE, {}),
        (JULY, {EMAILS.id: {JUNE: 3}}),
        (AUGUST, {EMAILS.id: {JUNE: 5}}),
    ]

    (_, _, august), schedule = invoices(order, arrivals)

    assert lines_of(august) == [(AUGUST, 500_00, False), (JUNE, 2 * 10, True)]
    assert schedule.next_billing_on == SEPTEMBER


def test_without_new_usage_a_schedule_that_was_billed_leaves_no_late_line() -> None:
    usage: Usage = {EMAILS.id: {JUNE: 3}, MEETINGS.id: {JUNE: 2}}
    order = make_order(EMAILS, MEETINGS, start=JUNE)

    (july, august), schedule = invoices(order, [(JULY, usage), (AUGUST, usage)])

    assert july is not None
    assert august is None
    assert schedule.billed_until == AUGUST
    assert schedule.billed_minor == july.subtotal_minor == 3 * 10 + 2 * 50_00


# ---- after the end

CLOSING = date(2025, 9, 1)
"""Thirty-one days after the end of July."""


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (None, JULY),
        (JULY, AUGUST),
        (AUGUST, CLOSING),
        (CLOSING - DAY, CLOSING),
        (CLOSING, None),
        (CLOSING + DAY, None),
    ],
)
def test_an_order_that_ended_is_looked_at_once_more_for_usage_that_comes_late(
    after: date | None, expected: date | None
) -> None:
    assert next_billing_day(make_order(EMAILS, start=JUNE, end=AUGUST), after) == expected


def test_only_usage_with_an_end_has_a_closing_day() -> None:
    assert next_billing_day(make_order(recurring(500_00), start=JUNE, end=AUGUST), AUGUST) is None
    assert next_billing_day(make_order(EMAILS, start=JUNE), CLOSING - DAY) == CLOSING


def test_as_long_as_something_falls_due_late_usage_waits_for_that() -> None:
    """The usage of the first line ends with July; its closing day is gone when the order ends with the year."""
    first = make_line(EMAILS, end_date=midnight(AUGUST))
    order = make_order(lines=(first, make_line(recurring(500_00))), start=JUNE, end=date(2026, 1, 1))

    assert next_billing_day(order, AUGUST) == SEPTEMBER
    assert next_billing_day(order, date(2025, 12, 1)) is None


def test_late_usage_of_an_ended_order_is_charged_on_its_closing_day_and_there_is_another_look() -> None:
    order = make_order(EMAILS, start=JUNE, end=AUGUST)
    arrivals: list[tuple[date, Usage]] = [
        (JULY, {EMAILS.id: {JUNE: 3}}),
        (AUGUST, {EMAILS.id: {JUNE: 3, JULY: 1}}),
        (CLOSING, {EMAILS.id: {JUNE: 5, JULY: 2}}),
    ]

    (_, _, closing), schedule = invoices(order, arrivals)

    assert lines_of(closing) == [(JUNE, 2 * 10, True), (JULY, 1 * 10, True)]
    assert schedule.next_billing_on == CLOSING + timedelta(days=31)
    (*_, nothing), schedule = invoices(order, [*arrivals, (CLOSING + timedelta(days=31), arrivals[-1][1])])
    assert (nothing, schedule.next_billing_on) == (None, None)
