"""What became of a signal: by the terms of today, the checkpoint of its shard, and the invoices."""

from datetime import date, timedelta

import pytest

from functions.billing.models.invoice import Invoice
from functions.billing.models.pricing import BillingFrequency
from functions.billing.models.segment import LogId, Segment, SignalPosition
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.periods import Period
from functions.billing.rating.invoice_trail import InvoiceTrail
from functions.billing.rating.receipt import Receipt, Receipts, SignalStatus
from functions.billing.rating.unattributed import Miss
from tests.builders import (
    NOW,
    START,
    USAGE,
    make_attribute,
    make_entry,
    make_invoice,
    make_invoice_line,
    make_line,
    make_order,
    make_plan,
    make_pricing,
    period,
)

DAY = timedelta(days=1)
JULY = date(2025, 7, 1)
COUNTED, PENDING, UNATTRIBUTED = SignalStatus.COUNTED, SignalStatus.PENDING, SignalStatus.UNATTRIBUTED

EMAILS = make_attribute(make_pricing(USAGE))
ORDER = make_order(EMAILS)
PLAN = make_plan(ORDER)
RATED = Checkpoint(rated_through=3, plan_version=1)


def receipt(
    on: date = START,
    *invoices: Invoice,
    segment: int = 3,
    plan: RatingPlan = PLAN,
    checkpoint: Checkpoint = RATED,
    **fields: str,
) -> Receipt:
    """Of an e-mail of that day."""
    log = LogId("org_1", "cus_1", 2)
    logged = Segment(log, segment, 1, NOW, (make_entry(on, **fields),)).signal(0)
    position = SignalPosition(log, segment, 0)
    return Receipts(plan, customer_id="cus_1").of(logged, position, checkpoint=checkpoint, trail=InvoiceTrail(invoices))


def invoice(through: int, *, attribute_id: str = EMAILS.id) -> Invoice:
    line = make_invoice_line(charge_type=USAGE, order_line_attribute_id=attribute_id, period_start=START)
    return make_invoice(line, issue_date=JULY, log_positions={2: through})


def test_a_counted_signal_names_the_price_and_the_period_that_it_counts_for() -> None:
    made = receipt(date(2025, 7, 31))

    (count,) = made.counts
    assert (made.status, made.reason) == (COUNTED, None)
    assert (count.entry, count.period, count.invoice) == (PLAN.entries[0], period("2025-07-01", "2025-08-01"), None)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 6, 10), period("2025-06-10", "2025-06-15")),
        (date(2025, 6, 14), period("2025-06-10", "2025-06-15")),
        (date(2025, 6, 15), period("2025-06-15", "2025-09-15")),
        (date(2025, 9, 15), period("2025-09-15", "2025-09-20")),
    ],
)
def test_the_period_is_that_of_the_orders_calendar(on: date, expected: Period) -> None:
    """A quarter anchored on the 15th, from a stub before it to an end that cuts it off."""
    quarterly = make_attribute(make_pricing(USAGE, frequency=BillingFrequency.QUARTERLY))
    order = make_order(quarterly, start=date(2025, 6, 10), end=date(2025, 9, 20), billing_anchor=15)

    assert receipt(on, plan=make_plan(order)).counts[0].period == expected


def test_a_signal_counts_for_every_price_of_its_line_and_not_for_other_lines() -> None:
    again = make_attribute(make_pricing(USAGE), id="ola_again")
    plan = make_plan(make_order(EMAILS, again), make_order(EMAILS, id="ord_2"))

    made = receipt(START, invoice(3, attribute_id=again.id), plan=plan)

    assert [(c.entry.order_id, c.entry.order_line_attribute_id, c.invoice is not None) for c in made.counts] == [
        ("ord_1", EMAILS.id, False),
        ("ord_1", again.id, True),
    ]


@pytest.mark.parametrize(("through", "is_charged"), [(2, False), (3, True), (4, True)])
def test_a_signal_is_charged_by_the_invoice_that_was_counted_through_its_segment(
    through: int, *, is_charged: bool
) -> None:
    (count,) = receipt(START, invoice(through)).counts

    assert count.invoice == (invoice(through) if is_charged else None)


@pytest.mark.parametrize(("segment", "status"), [(2, COUNTED), (3, COUNTED), (4, PENDING)])
def test_what_lies_behind_the_checkpoint_is_pending(segment: int, status: SignalStatus) -> None:
    made = receipt(segment=segment)

    assert made.status is status
    assert [count.entry for count in made.counts] == [PLAN.entries[0]]


def test_a_shard_that_nobody_rated_yet_is_pending() -> None:
    assert receipt(segment=1, checkpoint=Checkpoint()).status is PENDING


def test_what_counts_for_nothing_says_why_also_while_it_is_pending() -> None:
    rated, pending = receipt(event_name="other"), receipt(event_name="other", segment=4)

    assert (rated.status, pending.status) == (UNATTRIBUTED, PENDING)
    assert rated.counts == pending.counts == ()
    assert rated.reason == pending.reason
    assert rated.reason is not None
    assert rated.reason.code is Miss.EVENT_NOT_COUNTED


@pytest.mark.parametrize(("on", "status"), [(JULY - DAY, COUNTED), (JULY, PENDING), (JULY + DAY, PENDING)])
def test_new_terms_make_pending_what_they_may_count_differently(on: date, status: SignalStatus) -> None:
    """The second order counts from July on; what was rated is rated by the first alone."""
    plan = make_plan(ORDER, make_order(EMAILS, start=JULY, id="ord_2"))

    assert receipt(on, plan=plan).status is status
    assert receipt(on, plan=plan, checkpoint=Checkpoint(rated_through=3, plan_version=2)).status is COUNTED


def test_what_an_order_before_its_activation_left_unattributed_is_pending_after_it() -> None:
    rated_without = Checkpoint(rated_through=3, plan_version=0)

    assert receipt(plan=RatingPlan(), checkpoint=rated_without).status is UNATTRIBUTED
    assert receipt(checkpoint=rated_without).status is PENDING
    assert receipt(START - DAY, checkpoint=rated_without).status is UNATTRIBUTED


def test_what_an_invoice_charges_is_counted_whatever_is_to_be_rated_anew() -> None:
    plan = make_plan(ORDER, make_order(EMAILS, id="ord_2"))

    assert receipt(START, plan=plan).status is PENDING
    assert receipt(START, invoice(3), plan=plan).status is COUNTED


def test_alike_signals_of_different_products_are_told_apart() -> None:
    plan = make_plan(make_order(lines=(make_line(EMAILS), make_line(EMAILS, product_id="prod_2"))))
    receipts = Receipts(plan, customer_id="cus_1")
    log = LogId("org_1", "cus_1")
    entries = [make_entry(product_id=f"prod_{number}") for number in (1, 2, 3, 1)]
    segment = Segment(log, 1, 4, NOW, tuple(entries))

    lines = [[count.entry.order_line_id for count in receipts.counts(segment.signal(index))] for index in range(4)]

    assert lines == [["line_prod_1"], ["line_prod_2"], [], ["line_prod_1"]]
