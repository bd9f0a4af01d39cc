"""The laws of billing an order, for any order and any usage: each test says one of them and tries to break it."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from math import floor
from random import Random
from typing import Any, TypeVar

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.build import build_invoice, posts_itself
from functions.billing.invoicing.dues import Due, due_on, due_through, next_due_day
from functions.billing.invoicing.lines import charged_on
from functions.billing.invoicing.terms import check_dates, check_end
from functions.billing.models.invoice import Invoice, InvoiceLine
from functions.billing.models.order import FrequencyOverride, Order
from functions.billing.models.pricing import PricingModel
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.models.usage import Usage
from functions.billing.periods import Period, midnight
from tests.billing.strategies import CENT, HORIZON, frequencies, law, orders
from tests.builders import (
    ADVANCE,
    NOW,
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    activated,
    make_facts,
)

T = TypeVar("T")

# ---- what falls due


def every_charge(order: Order) -> list[tuple[date, str, Period]]:
    """Day, component and period of everything to be charged, derived from the calendars alone."""
    charges: list[tuple[date, str, Period]] = []
    for line, attribute in order.attributes():
        periods = list(takewhile(lambda period: period.start <= HORIZON, order.calendar(line, attribute).periods()))
        if attribute.pricing.charge_type is ONE_TIME:
            periods = periods[:1]
        in_advance = attribute.pricing.timing is ADVANCE
        charges += [(period.start if in_advance else period.end, attribute.id, period) for period in periods]
    return sorted(charge for charge in charges if charge[0] <= HORIZON)


def seen(charges: Iterable[Due]) -> list[tuple[date, str, Period]]:
    return sorted((due.due_on, due.attribute.id, due.period) for due in charges)


@law
@given(orders())
def test_walking_by_due_days_charges_every_period_exactly_once(order: Order) -> None:
    walked: list[Due] = []
    day = next_due_day(order)
    while day is not None and day <= HORIZON:
        due = due_on(order, day)
        assert due
        walked += due
        following = next_due_day(order, day)
        assert following is None or following > day
        day = following

    assert seen(walked) == every_charge(order)


@law
@given(orders(), st.dates(date(2024, 12, 1), HORIZON))
def test_what_is_due_on_a_day_does_not_depend_on_the_days_before(order: Order, day: date) -> None:
    assert seen(due_on(order, day)) == [charge for charge in every_charge(order) if charge[0] == day]


@law
@given(orders(), frequencies)
def test_the_override_of_an_order_is_that_frequency_on_all_of_its_components(
    order: Order, frequency: dict[str, Any]
) -> None:
    by_override = order.model_copy(update={"billing_frequency_override": FrequencyOverride.model_validate(frequency)})
    pricing_of = {
        a.id: a.pricing.model_copy(update={"custom_months": None, **frequency}) for _, a in order.attributes()
    }
    lines = [
        line.model_copy(
            update={"attributes": [a.model_copy(update={"pricing": pricing_of[a.id]}) for a in line.attributes]}
        )
        for line in order.lines
    ]
    by_components = order.model_copy(update={"billing_frequency_override": None, "lines": lines})

    assert seen(due_through(by_override, HORIZON)) == seen(due_through(by_components, HORIZON))


# ---- invoices


def used_in(order: Order, used: int) -> Usage:
    """So much of everything in every period; of costs so many cents."""
    pricings = {attribute.id: attribute.pricing for _, attribute in order.attributes()}
    return {
        component: {period.start: used * (CENT if pricings[component].model is PricingModel.COST_PLUS else 1)}
        for _, component, period in every_charge(order)
        if pricings[component].charge_type is USAGE
    }


def built(order: Order, used: int, **facts: object) -> list[Invoice]:
    """An invoice for every day on which something is charged."""
    usage = used_in(order, used)
    days = sorted({day for day, _, _ in every_charge(order)})
    made = [build_invoice(make_facts(order, usage, **facts), day, now=NOW) for day in days]
    return [invoice for invoice in made if invoice is not None]


def half_up(amount: Fraction) -> int:
    """Of an amount that is not negative."""
    return floor(amount + Fraction(1, 2))


def said_by(line: InvoiceLine) -> Fraction:
    """What a line comes to by everything that it says of itself, not rounded."""
    share = Fraction(line.share_days, line.full_days)
    match line.pricing_model:
        case PricingModel.PER_UNIT:
            return share * line.billed_quantity * (line.unit_price_minor or 0)
        case PricingModel.GRADUATED | PricingModel.VOLUME:
            return share * sum(step.quantity * step.price_minor for step in line.steps)
        case PricingModel.PERCENT_OF_TOTAL:
            return line.quantity * Fraction(line.factor or 0) / 100
        case PricingModel.COST_PLUS:
            return Fraction(line.quantity, CENT) * Fraction(line.factor or 0)
        case PricingModel.PREPAID_CREDITS | PricingModel.BRACKETED_CREDITS:
            return Fraction(line.quantity, 10**6) * Fraction(line.factor or 0)


@law
@given(orders(), st.integers(0, 200))
def test_an_invoice_is_the_sum_of_its_lines_each_rounded_once(order: Order, used: int) -> None:
    for invoice in built(order, used):
        amounts = [half_up(said_by(line)) for line in invoice.lines]

        assert [line.amount_minor for line in invoice.lines] == amounts
        assert invoice.total_minor == sum(amounts) >= 0


@law
@given(orders(), st.integers(0, 200))
def test_only_what_recurs_is_charged_by_the_days_of_its_period(order: Order, used: int) -> None:
    calendars = {attribute.id: order.calendar(line, attribute) for line, attribute in order.attributes()}

    for invoice in built(order, used):
        for line in invoice.lines:
            calendar = calendars[line.order_line_attribute_id]
            by_days = line.charge_type in {RECURRING, SEATS} and line.factor is None
            period = Period(line.period_start, line.period_end)
            assert (line.share_days, line.full_days) == (calendar.share(period) if by_days else (1, 1))


@law
@given(orders(), st.integers(0, 200), st.decimals(0, 30, places=2))
def test_a_total_is_the_lines_and_their_tax(order: Order, used: int, rate: Decimal) -> None:
    tax = TaxDecision(rate=rate, category=TaxCategory.STANDARD, country="FR")

    for invoice in built(order, used, tax=tax):
        net = sum(line.amount_minor for line in invoice.lines)

        assert invoice.tax_minor == half_up(net * Fraction(rate) / 100) == sum(line.tax_minor for line in invoice.lines)
        assert invoice.total_minor == net + invoice.tax_minor


@settings(law, max_examples=150)
@given(orders(), st.integers(0, 200))
def test_a_percentage_is_of_the_recurring_lines_of_its_invoice(order: Order, used: int) -> None:
    by_day = {invoice.issue_date: invoice.lines for invoice in built(order, used)}

    for day in {day for day, _, _ in every_charge(order)}:
        lines = by_day.get(day, ())
        base = sum(
            line.amount_minor
            for line in lines
            if line.charge_type in {RECURRING, SEATS} and line.pricing_model is not PricingModel.PERCENT_OF_TOTAL
        )
        due = [d.attribute for d in due_on(order, day) if d.attribute.pricing.percentage is not None]
        expected = {a.id: half_up(base * Fraction(a.pricing.percentage or 0) / 100) for a in due if base}
        percentages = [line for line in lines if line.pricing_model is PricingModel.PERCENT_OF_TOTAL]
        assert {line.order_line_attribute_id: line.amount_minor for line in percentages} == expected


@law
@given(orders(), st.integers(0, 200))
def test_the_same_facts_make_the_same_invoices(order: Order, used: int) -> None:
    assert built(order, used) == built(order, used)


@law
@given(orders(), st.integers(0, 200), st.randoms(use_true_random=False))
def test_the_order_of_components_changes_no_amount(order: Order, used: int, chance: Random) -> None:
    lines = [line.model_copy(update={"attributes": shuffled(line.attributes, chance)}) for line in order.lines]
    other = order.model_copy(update={"lines": shuffled(lines, chance)})

    assert amounts(built(other, used)) == amounts(built(order, used))


def shuffled(values: Sequence[T], chance: Random) -> tuple[T, ...]:
    return tuple(chance.sample(values, len(values)))


def amounts(made: Iterable[Invoice]) -> set[tuple[date, str, date, int]]:
    return {
        (invoice.issue_date, line.order_line_attribute_id, line.period_start, line.amount_minor)
        for invoice in made
        for line in invoice.lines
    }


@law
@given(orders(), st.dates(date(2024, 12, 1), HORIZON), st.integers(0, 200))
def test_of_the_days_that_elapsed_before_activation_exactly_the_latest_with_a_charge_posts_itself(
    order: Order, activated_on: date, used: int
) -> None:
    active, usage = activated(order, on=activated_on), used_in(order, used)
    days = sorted(day for day in {day for day, _, _ in every_charge(order)} if charged_on(active, day, usage))
    elapsed, to_come = [d for d in days if d <= activated_on], [d for d in days if d > activated_on]

    posted = [day for day in days if posts_itself(active, day, usage)]

    assert posted == elapsed[-1:] + to_come


# ---- an end that moves


@law
@given(orders(), st.none() | st.dates(date(2025, 1, 2), date(2026, 6, 1)), st.data())
def test_an_end_that_may_move_leaves_no_period_charged_twice_or_forgotten(
    before: Order, end: date | None, data: st.DataObject
) -> None:
    after = before.model_copy(update={"end_date": end and midnight(end)})
    billed_until = data.draw(st.sampled_from([day for day, _, _ in every_charge(before)]))
    try:
        check_dates(after)
        check_end(before, after, billed_until=billed_until, today=billed_until)
    except InvalidInput:
        assume(False)  # noqa: FBT003 - hypothesis' own word

    made = seen(due_through(before, billed_until))
    made += [charge for charge in every_charge(after) if charge[0] > billed_until]

    assert beginnings(made) == beginnings(every_charge(after))


def beginnings(charges: Iterable[tuple[date, str, Period]]) -> list[tuple[str, date]]:
    """Component and first day: a period charged in advance keeps its price though the order now ends within it."""
    return sorted((component, period.start) for _, component, period in charges)
