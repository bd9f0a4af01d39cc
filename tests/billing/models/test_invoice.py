from datetime import date, timedelta

import pytest

from functions.billing.models.invoice import InvoiceStatus, PaymentStatus
from tests.builders import NOW, make_invoice, make_invoice_line


@pytest.mark.parametrize(
    ("number", "shown"), [(None, None), (1, "INV-000001"), (999_999, "INV-999999"), (1_000_000, "INV-1000000")]
)
def test_a_number_is_shown_with_at_least_six_digits(number: int | None, shown: str | None) -> None:
    assert make_invoice(number=number).display_number == shown


def test_an_invoice_is_the_sum_of_its_lines() -> None:
    invoice = make_invoice(make_invoice_line(1000_00), make_invoice_line(800_00), make_invoice_line(-50_00))

    assert invoice.total_minor == invoice.subtotal_minor == 1000_00 + 800_00 - 50_00


def test_lines_were_rounded_before_they_are_added() -> None:
    """RND-13: six lines of 0.4 minor units and two of 1.0 cost 2, although all together would round to 4."""
    small, large = make_invoice_line(0), make_invoice_line(1)

    assert make_invoice(*6 * [small], *2 * [large]).total_minor == 2


DUE = date(2025, 7, 1)


@pytest.mark.parametrize(
    ("today", "status"),
    [
        (DUE - timedelta(days=1), PaymentStatus.PENDING),
        (DUE, PaymentStatus.PENDING),
        (DUE + timedelta(days=1), PaymentStatus.OVERDUE),
    ],
)
def test_a_posted_invoice_is_overdue_after_its_due_day(today: date, status: PaymentStatus) -> None:
    posted = make_invoice(due_date=DUE).posted(number=1, now=NOW)

    assert posted.payment_status(today) is status


@pytest.mark.parametrize(
    ("amount_minor", "status"), [(-1, PaymentStatus.PENDING), (0, PaymentStatus.PAID), (1, PaymentStatus.OVERDUE)]
)
def test_a_posted_invoice_that_asks_for_nothing_is_paid_and_one_below_zero_waits(
    amount_minor: int, status: PaymentStatus
) -> None:
    posted = make_invoice(make_invoice_line(amount_minor)).posted(number=1, now=NOW)

    assert posted.payment_status(date.max) is status


def test_the_balances_of_an_invoice_below_zero_add_up_to_what_it_gives_back() -> None:
    """20 - 50 = -30, which nobody owes us: no line of it is late either."""
    posted = make_invoice(make_invoice_line(20), make_invoice_line(-50)).posted(number=1, now=NOW)

    assert [posted.balance_minor(line) for line in posted.lines] == [20, -50]
    assert (posted.remaining_minor, posted.paid_at) == (20 - 50, None)
    assert {posted.line_payment_status(line, date.max) for line in posted.lines} == {PaymentStatus.PENDING}


def test_a_draft_or_a_voided_invoice_is_never_overdue() -> None:
    draft = make_invoice()
    voided = draft.posted(number=1, now=NOW).voided(now=NOW)

    assert draft.payment_status(date.max) is voided.payment_status(date.max) is PaymentStatus.PENDING


def test_a_voided_invoice_keeps_its_number_and_total_and_asks_for_nothing() -> None:
    voided = make_invoice(make_invoice_line(800_00)).posted(number=7, now=NOW).voided(now=NOW)

    assert (voided.status, voided.number) == (InvoiceStatus.VOIDED, 7)
    assert (voided.total_minor, voided.remaining_minor) == (800_00, 0)


def test_posting_gives_a_number_and_changes_no_amount() -> None:
    draft = make_invoice()

    posted = draft.posted(number=7, now=NOW)

    assert (posted.status, posted.number, posted.posted_at) == (InvoiceStatus.POSTED, 7, NOW)
    assert posted.lines == draft.lines


def test_an_invoice_spans_the_arrears_before_it_and_the_advance_after_it() -> None:
    arrears = make_invoice_line(period_start=date(2025, 5, 1), period_end=date(2025, 6, 1))
    advance = make_invoice_line(period_start=date(2025, 6, 1), period_end=date(2025, 7, 1))

    invoice = make_invoice(advance, arrears)

    assert (invoice.period_start, invoice.period_end) == (date(2025, 5, 1), date(2025, 7, 1))
