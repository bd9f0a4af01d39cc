"""The laws of usage on invoices, late or in time: each test says one of them and tries to break it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.invoicing.build import build_invoice
from functions.billing.invoicing.dues import due_through, next_due_day
from functions.billing.invoicing.lines import charge_line
from functions.billing.invoicing.progress import after_billing
from functions.billing.models.invoice import Invoice, InvoiceLine
from functions.billing.models.order import Order
from functions.billing.models.pricing import Pricing, PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Checkpoint, Usage
from functions.billing.money import round_to_minor
from functions.billing.periods import midnight
from functions.billing.rating.rate import rate
from functions.billing.rating.usage import rate_forward
from tests.billing.strategies import CENT, HORIZON, law, orders, usage_pricings
from tests.builders import (
    NOW,
    RECURRING,
    USAGE,
    activated,
    make_attribute,
    make_entry,
    make_facts,
    make_order,
    make_plan,
    make_price,
    make_pricing,
    make_segments,
)
from tests.fakes.shop import ORG, Shop, make_signal


def counting(order: Order, day: date) -> set[str]:
    """The components that a signal of that day counts for: of the first line that has any."""
    for line in order.lines:
        found = {
            attribute.id
            for attribute in line.attributes
            if attribute.pricing.event_name and order.calendar(line, attribute).period_of(day)
        }
        if found:
            return found
    return set()


@law
@given(orders(), st.lists(st.dates(date(2024, 12, 1), date(2026, 7, 1)), max_size=40))
def test_every_signal_in_the_life_of_a_price_is_billed_on_exactly_one_line(order: Order, days: list[date]) -> None:
    usage = rate_forward(Checkpoint(), make_plan(order), make_segments([make_entry(day) for day in days])).usage

    for _, attribute in order.attributes():
        if attribute.pricing.charge_type is USAGE:
            used = usage.get(attribute.id, {})
            charged = [due for due in due_through(order, HORIZON) if due.attribute.id == attribute.id]
            quantities = [used.get(due.period.start, 0) for due in charged]
            made = [charge_line(order, due, usage) for due in charged]

            assert sum(quantities) == sum(attribute.id in counting(order, day) for day in days)
            assert all(bill is None or bill.quantity == n for bill, n in zip(made, quantities, strict=True))


JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


def in_turn(order: Order, known: Iterable[Usage]) -> tuple[list[Invoice], BillingSchedule]:
    """The invoices of July, August and so on, each with the usage known then, and where billing stands after them."""
    schedule = BillingSchedule(order_id=order.id, customer_id=order.customer_id, billed_until=JUNE)
    made: list[Invoice] = []
    for usage in known:
        day = next_due_day(order, schedule.billed_until)
        assert day is not None
        facts = make_facts(order, usage, schedule=schedule)
        invoice = build_invoice(facts, day, now=NOW)
        schedule = after_billing(facts, day, invoice)
        made += [] if invoice is None else [invoice]
    return made, schedule


@settings(law, max_examples=150)
@given(usage_pricings(), st.lists(st.integers(0, 120), min_size=1, max_size=6))
def test_late_lines_bring_a_period_to_the_price_of_all_its_usage(pricing: Pricing, known: list[int]) -> None:
    """For every model, and also where usage shrinks: what is billed of June is always what June costs by then."""
    component = make_attribute(pricing, id="ola")
    scale = CENT // 7 if pricing.model is PricingModel.COST_PLUS else 1
    order = activated(make_order(component, start=JUNE, auto_post_invoices=True), on=JUNE)

    made, schedule = in_turn(order, [{"ola": {JUNE: scale * quantity}} for quantity in known])

    of_june = [line for invoice in made for line in invoice.lines if line.period_start == JUNE]
    at_once = rate(pricing, scale * known[-1], currency="USD").amount
    assert sum(line.amount_minor for line in of_june) == round_to_minor(at_once)
    assert schedule.billed_minor == sum(invoice.subtotal_minor for invoice in made)


@law
@given(usage_pricings(), st.lists(st.integers(0, 40), min_size=1, max_size=5))
def test_usage_that_does_not_change_is_never_late(pricing: Pricing, per_month: list[int]) -> None:
    component = make_attribute(pricing, id="ola")
    order = activated(make_order(component, start=JUNE, auto_post_invoices=True), on=JUNE)
    months = [due.period.start for due in due_through(order, HORIZON)][: len(per_month)]
    usage: Usage = {"ola": dict(zip(months, per_month, strict=True))}

    made, _ = in_turn(order, [usage] * (len(per_month) + 2))

    assert not any(line.is_late for invoice in made for line in invoice.lines)


@law
@given(usage_pricings(), st.lists(st.integers(0, 120), min_size=2, max_size=5))
def test_while_an_invoice_is_a_draft_nothing_of_its_period_is_late(pricing: Pricing, known: list[int]) -> None:
    component, fee = make_attribute(pricing, id="ola"), make_attribute(make_pricing(RECURRING, make_price(1)))
    order = make_order(component, fee, start=JUNE)

    made, schedule = in_turn(order, [{"ola": {JUNE: quantity}} for quantity in known])

    assert not any(line.is_late for invoice in made for line in invoice.lines)
    assert len(schedule.drafts) == len(known)


# ---- from signals to invoices


@st.composite
def deliveries(draw: st.DrawFn, keys: int) -> list[list[int]]:
    """The keys in any order and some of them again, in batches."""
    sent = draw(st.permutations([*range(keys), *draw(st.lists(st.integers(0, keys - 1), max_size=5))]))
    places = sorted(draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    edges = [0, *places, len(sent)]
    return [sent[start:end] for start, end in pairwise(edges)]


def sold(pricing: Pricing) -> Shop:
    """E-mails at that price, and a fee so that there is an invoice every month."""
    shop = Shop()
    fee = make_attribute(make_pricing(RECURRING, make_price(5_00)))
    shop.sell(make_order(make_attribute(pricing, id="ola"), fee, auto_post_invoices=True))
    return shop


BILLING_DAYS = [date(2025, month, 1) for month in (6, 7, 8, 9, 10)]
sent_on = st.lists(st.dates(JUNE, date(2025, 8, 31)), min_size=1, max_size=12)
counted_pricings = usage_pricings().filter(lambda pricing: pricing.event_name is not None)


@settings(law, max_examples=25)
@given(counted_pricings, sent_on, st.data())
def test_neither_the_order_nor_the_batches_nor_the_repeats_of_signals_change_an_invoice(
    pricing: Pricing, days: list[date], data: st.DataObject
) -> None:
    signals = [make_signal(str(key), occurred_at=midnight(day)) for key, day in enumerate(days)]
    at_once, in_parts = sold(pricing), sold(pricing)

    at_once.receive(*signals)
    for keys in data.draw(deliveries(len(signals))):
        in_parts.receive(*(signals[key] for key in keys))

    at_once.bill_until(BILLING_DAYS[-1])
    in_parts.bill_until(BILLING_DAYS[-1])
    assert bills(in_parts) == bills(at_once)


@settings(law, max_examples=25)
@given(counted_pricings, sent_on, st.data())
def test_however_late_signals_come_the_invoices_sum_up_to_the_same(
    pricing: Pricing, days: list[date], data: st.DataObject
) -> None:
    signals = [make_signal(str(key), occurred_at=midnight(day)) for key, day in enumerate(days)]
    in_time, late = sold(pricing), sold(pricing)

    in_time.receive(*signals)
    in_time.bill_until(BILLING_DAYS[-1])
    arrives = [data.draw(st.integers(0, len(BILLING_DAYS) - 1)) for _ in signals]
    for place, day in enumerate(BILLING_DAYS):
        late.receive(*(signal for signal, when in zip(signals, arrives, strict=True) if when == place))
        late.bill_until(day)

    assert per_period(late) == per_period(in_time)


def per_period(shop: Shop) -> dict[tuple[str, date], int]:
    """What was charged of each component and period, over all invoices."""
    sums: dict[tuple[str, date], int] = defaultdict(int)
    for invoice in shop.register.of(ORG):
        for line in invoice.lines:
            sums[line.order_line_attribute_id, line.period_start] += line.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


@settings(law, max_examples=25)
@given(
    orders(), st.dates(date(2025, 1, 1), date(2026, 6, 1)), st.lists(st.dates(date(2025, 1, 1), HORIZON), max_size=5)
)
def test_billing_again_or_day_by_day_makes_the_same_invoices_as_at_once(
    order: Order, activated_on: date, stops: list[date]
) -> None:
    at_once, day_by_day = Shop(), Shop()
    for shop in (at_once, day_by_day):
        shop.sell(order, on=midnight(activated_on))

    at_once.bill_until(HORIZON)
    for stop in [*sorted(stops), HORIZON, HORIZON]:
        day_by_day.bill_until(stop)

    assert bills(day_by_day) == bills(at_once)
    assert [invoice.number for invoice in at_once.register.of(ORG) if invoice.number is not None] == list(
        range(1, 1 + sum(invoice.auto_post for invoice in at_once.register.of(ORG)))
    )
    assert at_once.bill_until(HORIZON) == []


def bills(shop: Shop) -> list[tuple[str, int | None, tuple[InvoiceLine, ...]]]:
    return [(invoice.id, invoice.number, invoice.lines) for invoice in shop.register.of(ORG)]
