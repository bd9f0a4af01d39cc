"""Which invoice charges a signal: the first that was counted through its place, and whoever took that one's place."""

from datetime import date

import pytest

from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.segment import LogId, SignalPosition
from functions.billing.rating.invoice_trail import InvoiceTrail
from tests.builders import START, USAGE, make_invoice, make_invoice_line

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
VOIDED = InvoiceStatus.VOIDED


def invoice(issue_date: date, through: dict[int, int], *, of: date = START, **fields: object) -> Invoice:
    """With one line of e-mails of the month that begins with `of`."""
    line = make_invoice_line(charge_type=USAGE, order_line_attribute_id="ola_email_sent", period_start=of)
    named = {"id": f"inv_{issue_date:%B}", "issue_date": issue_date, "log_positions": through, **fields}
    return make_invoice(line, **named)


def charged_on(
    invoices: list[Invoice], segment: int, *, shard: int = 0, of: date = START, attribute_id: str = "ola_email_sent"
) -> str | None:
    position = SignalPosition(LogId("org_1", "cus_1", shard), segment, 0)
    found = InvoiceTrail(invoices).invoice_of(position, attribute_id=attribute_id, period_start=of)
    return None if found is None else found.id


@pytest.mark.parametrize(("segment", "expected"), [(1, "inv_July"), (3, "inv_July"), (4, None)])
def test_an_invoice_charges_what_it_was_counted_through(segment: int, expected: str | None) -> None:
    assert charged_on([invoice(JULY, {0: 3})], segment) == expected


def test_only_a_line_of_the_very_price_and_period_charges() -> None:
    made = [invoice(JULY, {0: 3}), make_invoice(make_invoice_line(), log_positions={0: 3})]

    assert charged_on(made, 1, of=JULY) is None
    assert charged_on(made, 1, attribute_id="ola_recurring") is None
    assert charged_on([], 1) is None


@pytest.mark.parametrize(
    ("segment", "expected"),
    [(3, "inv_July"), (4, "inv_August"), (6, "inv_August"), (7, "inv_September"), (8, None)],
)
def test_late_usage_is_charged_by_the_first_invoice_that_knew_of_it(segment: int, expected: str | None) -> None:
    made = [invoice(SEPTEMBER, {0: 7}), invoice(AUGUST, {0: 6}), invoice(JULY, {0: 3})]

    assert charged_on(made, segment) == expected


def test_an_invoice_between_that_has_no_line_of_the_period_is_passed_over() -> None:
    """As where a line of late usage waited for the next invoice, or changed nothing that is charged."""
    made = [invoice(JULY, {0: 3}), invoice(AUGUST, {0: 6}, of=JULY), invoice(SEPTEMBER, {0: 7})]

    assert charged_on(made, 5) == "inv_September"


@pytest.mark.parametrize(
    ("shard", "segment", "expected"),
    [(0, 4, "inv_July"), (1, 1, "inv_August"), (1, 2, "inv_August"), (1, 3, None), (2, 1, None)],
)
def test_each_shard_has_its_own_positions_and_none_where_it_came_later(
    shard: int, segment: int, expected: str | None
) -> None:
    made = [invoice(JULY, {0: 4}), invoice(AUGUST, {0: 5, 1: 2})]

    assert charged_on(made, segment, shard=shard) == expected


def test_a_voided_invoice_that_nobody_made_again_is_still_the_one() -> None:
    """Nothing charges its signals again by itself, the late line of August least of all."""
    made = [invoice(JULY, {0: 3}, status=VOIDED), invoice(AUGUST, {0: 6})]

    assert charged_on(made, 3) == "inv_July"
    assert charged_on(made, 4) == "inv_August"


def test_an_invoice_made_again_has_the_place_of_the_voided_one_whenever_it_is_of() -> None:
    made = [
        invoice(JULY, {0: 3}, status=VOIDED),
        invoice(AUGUST, {0: 6}),
        invoice(SEPTEMBER, {0: 3}, rebills="inv_July"),
    ]

    assert charged_on(made, 3) == "inv_September"
    assert charged_on(made, 4) == "inv_August"


def test_an_invoice_may_be_made_again_and_again() -> None:
    made = [
        invoice(JULY, {0: 3}, status=VOIDED),
        invoice(AUGUST, {0: 3}, rebills="inv_July", status=VOIDED),
        invoice(SEPTEMBER, {0: 3}, rebills="inv_August"),
    ]

    assert charged_on(made, 1) == "inv_September"
    assert charged_on(made[:2], 1) == "inv_August"
