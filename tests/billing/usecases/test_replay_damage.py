"""Planted damage: whatever is changed in the books behind their back is found, and named with both values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus
from functions.billing.models.segment import LogId
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.models.usage import Checkpoint
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from tests.builders import START, USAGE, make_attribute, make_order, make_price, make_pricing
from tests.fakes.audit import found, replayed
from tests.fakes.shop import LOG, ORG, Shop, make_signals
from tests.fakes.taxes import FakeTaxes

JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 1)
FEE = make_attribute(make_pricing(price_points=(make_price(500_00),)))
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
VAT = TaxDecision(rate=Decimal(20), category=TaxCategory.STANDARD, country="FR")


@pytest.fixture
def shop() -> Shop:
    """The fee, and e-mails: two of June in time, in segment 1, and three late, in segment 2; 20% of tax."""
    shop = Shop(taxes=FakeTaxes(VAT))
    shop.sell(make_order(FEE, EMAILS, auto_post_invoices=True))
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("345"))
    shop.bill_until(AUGUST)
    assert found(shop) == []
    return shop


def damage(shop: Shop, invoice: Invoice, **fields: Any) -> None:
    stored = shop.register.load(ORG, invoice.id)
    shop.register.stored[ORG, invoice.id] = Stored(stored.value.model_copy(update=fields), stored.revision)


def damage_line(shop: Shop, invoice: Invoice, number: int, **fields: Any) -> InvoiceLine:
    """The line as it was."""
    line = invoice.lines[number]
    lines = [*invoice.lines]
    lines[number] = line.model_copy(update=fields)
    damage(shop, invoice, lines=tuple(lines))
    return line


# ---- usage


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"usage": {EMAILS.id: {START: 6}}}, "usage ola_email_sent 2025-06-01: 6 is stored, 5 is replayed"),
        ({"usage": {EMAILS.id: {START: 4}}}, "usage ola_email_sent 2025-06-01: 4 is stored, 5 is replayed"),
        ({"usage": {}}, "usage ola_email_sent 2025-06-01: nothing is stored, 5 is replayed"),
        (
            {"usage": {EMAILS.id: {START: 5}, "ola_other": {START: 1}}},
            "usage ola_other 2025-06-01: 1 is stored, nothing is replayed",
        ),
        ({"counted": 6}, "counted: 6 is stored, 5 is replayed"),
        ({"unattributed": 1}, "unattributed: 1 is stored, 0 is replayed"),
        (
            {"latest_occurred_at": datetime(2025, 6, 2, tzinfo=UTC)},
            'latest_occurred_at: "2025-06-02T00:00:00Z" is stored, "2025-06-01T12:00:00Z" is replayed',
        ),
        ({"plan_version": 2}, "plan_version: 2 is stored, 1 is replayed"),
        ({"rated_through": 3}, "rated_through: 3 is stored, 2 is replayed"),
    ],
)
def test_a_wrong_checkpoint(shop: Shop, fields: dict[str, Any], sentence: str) -> None:
    shop.checkpoints.stored[LOG] = Stored(shop.checkpoints.stored[LOG].value.model_copy(update=fields), 2)

    assert found(shop) == [f"usage cus_1, shard 0 {sentence}"]


def test_a_checkpoint_that_is_behind_what_it_says(shop: Shop) -> None:
    """Rated through segment 1 are two of the five."""
    shop.checkpoints.stored[LOG] = Stored(shop.checkpoints.stored[LOG].value.model_copy(update={"rated_through": 1}), 2)

    assert "usage cus_1, shard 0 usage ola_email_sent 2025-06-01: 5 is stored, 2 is replayed" in found(shop)


def test_a_checkpoint_of_a_shard_that_is_not_there(shop: Shop) -> None:
    plan_version = shop.checkpoints.stored[LOG].value.plan_version
    lost = Checkpoint(rated_through=1, plan_version=plan_version, counted=1)
    shop.checkpoints.stored[LogId(ORG, "cus_1", 1)] = Stored(lost, 1)

    assert found(shop) == [
        "usage cus_1, shard 1 rated_through: 1 is stored, 0 is replayed",
        "usage cus_1, shard 1 counted: 1 is stored, 0 is replayed",
    ]


def test_a_segment_that_is_missing_in_the_middle_of_the_log(shop: Shop) -> None:
    shop.receive(*make_signals("6"))
    del shop.log.segments[LOG][1]

    sentences = found(shop)

    assert "usage cus_1, shard 0 rated_through: 3 is stored, 1 is replayed" in sentences
    august = shop.register.of(ORG)[2]
    assert f"invoice {august.id}, log_positions 0: 2 is stored, 1 is replayed" in sentences


# ---- invoices

IN_TIME, LATE = 1, 1
"""Where the e-mails stand on the invoices of July and August: after the fee."""


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount_minor": 21}, "amount_minor: 21 is stored, 20 is replayed"),
        ({"quantity": 3}, "quantity: 3 is stored, 2 is replayed"),
        ({"billed_quantity": 1}, "billed_quantity: 1 is stored, 2 is replayed"),
        ({"unit_price_minor": 11}, "unit_price_minor: 11 is stored, 10 is replayed"),
        ({"tax_minor": 5}, "tax_minor: 5 is stored, 4 is replayed"),
        ({"tax_rate": Decimal(19)}, 'tax_rate: "19" is stored, "20" is replayed'),
        ({"period_end": AUGUST}, 'period_end: "2025-08-01" is stored, "2025-07-01" is replayed'),
        ({"share_days": 2}, "share_days: 2 is stored, 1 is replayed"),
        ({"pricing_version": 7}, "pricing_version: 7 is stored, null is replayed"),
        ({"description": "E-mails"}, 'description: "E-mails" is stored, "AI SDR: email_sent" is replayed'),
    ],
)
def test_a_wrong_line(shop: Shop, fields: dict[str, Any], sentence: str) -> None:
    july = shop.register.of(ORG)[1]

    line = damage_line(shop, july, IN_TIME, **fields)

    assert f"invoice {july.id} (INV-000002), line {line.id} {sentence}" in found(shop)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"billed_before": 1}, "billed_before_minor: 20 is stored, 10 is replayed"),
        ({"billed_before_minor": 19}, "billed_before_minor: 19 is stored, 20 is replayed"),
        ({"quantity": 4}, "quantity: 4 is stored, 5 is replayed"),
    ],
)
def test_a_wrong_late_line(shop: Shop, fields: dict[str, Any], sentence: str) -> None:
    august = shop.register.of(ORG)[2]

    line = damage_line(shop, august, LATE, **fields)

    assert f"invoice {august.id} (INV-000003), line {line.id} {sentence}" in found(shop)


def test_a_late_line_that_is_right_in_itself_but_goes_on_from_what_nobody_billed(shop: Shop) -> None:
    """5 - 1 at 10 instead of 5 - 2: the line and its tax add up, but July's invoice billed two."""
    august = shop.register.of(ORG)[2]
    before = {"billed_before": 1, "billed_before_minor": 1 * 10, "amount_minor": (5 - 1) * 10, "tax_minor": 8}
    damage_line(shop, august, LATE, **before)
    damaged = shop.register.get(ORG, august.id)
    subtotal = damaged.taxes[0].model_copy(update={"taxable_minor": 500_00 + 40, "tax_minor": 100_08})
    damage(shop, damaged, taxes=(subtotal,))

    sentences = found(shop)

    assert not any(sentence.startswith("invoice") for sentence in sentences)
    assert "schedule ord_1, billed_usage ola_email_sent 2025-06-01 1: nothing is stored, 2 is replayed" in sentences
    assert f"schedule ord_1, billed_minor: {3 * 500_00 + 50} is stored, {3 * 500_00 + 60} is replayed" in sentences


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda invoice: {"lines": invoice.lines[:1]},
            'line {email}: nothing is stored, "AI SDR: email_sent, 2025-06-01: 20" is replayed',
        ),
        (lambda invoice: {"lines": (*invoice.lines, invoice.lines[0])}, "number of lines: 3 is stored, 2 is replayed"),
        (lambda invoice: {"lines": invoice.lines[::-1]}, 'order of lines: ["{email}", "{fee}"] is stored'),
        (lambda _: {"taxes": ()}, "line {email} tax_minor: 4 is stored, 0 is replayed"),
        (
            lambda invoice: {"taxes": (invoice.taxes[0].model_copy(update={"tax_minor": 1}),)},
            "taxes 1 tax_minor: 1 is stored, 10004 is replayed",
        ),
        (
            lambda _: {"due_date": JULY + timedelta(days=1)},
            'due_date: "2025-07-02" is stored, "2025-07-01" is replayed',
        ),
        (lambda _: {"currency": "EUR"}, 'currency: "EUR" is stored, "USD" is replayed'),
        (lambda _: {"log_positions": {0: 2}}, "line {email} quantity: 2 is stored, 5 is replayed"),
        (lambda _: {"log_positions": {}}, 'line {email}: "AI SDR: email_sent, 2025-06-01: 20" is stored, nothing is'),
    ],
)
def test_a_wrong_invoice(shop: Shop, change: Callable[[Invoice], dict[str, Any]], sentence: str) -> None:
    july = shop.register.of(ORG)[1]
    fee, email = (line.id for line in july.lines)

    damage(shop, july, **change(july))

    named = sentence.replace("{fee}", fee).replace("{email}", email)
    assert any(each.startswith(f"invoice {july.id} (INV-000002), {named}") for each in found(shop)), found(shop)


def test_a_position_beyond_the_log(shop: Shop) -> None:
    july = shop.register.of(ORG)[1]

    damage(shop, july, log_positions={0: 9})

    assert f"invoice {july.id}, log_positions 0: 9 is stored, 2 is replayed" in found(shop)


def test_a_position_that_changes_no_quantity_but_is_not_the_one_that_was_promised(shop: Shop) -> None:
    shop.receive(*make_signals("6", event_name="other"))
    august = shop.register.of(ORG)[2]

    damage(shop, august, log_positions={0: 3})

    assert found(shop) == [f"invoice {august.id} (INV-000003), log_positions 0: 3 is stored, 2 is replayed"]


def test_a_wrong_draft(shop: Shop) -> None:
    shop.orders.modify(ORG, "ord_1", lambda order: order.model_copy(update={"auto_post_invoices": False}))
    (draft,) = shop.bill_until(date(2025, 9, 1))
    assert found(shop) == []

    line = damage_line(shop, draft, 0, amount_minor=500_01)

    named = f"invoice {draft.id} (draft of 2025-09-01)"
    assert f"{named}, line {line.id} amount_minor: 50001 is stored, 50000 is replayed" in found(shop)


def test_a_draft_that_is_gone(shop: Shop) -> None:
    shop.orders.modify(ORG, "ord_1", lambda order: order.model_copy(update={"auto_post_invoices": False}))
    for day in (date(2025, 9, 1), date(2025, 10, 1)):
        shop.bill_until(day)
    del shop.register.stored[ORG, shop.register.of(ORG)[3].id]

    sentences = found(shop)

    assert 'schedule ord_1, drafts 1: "2025-09-01" is stored, "2025-10-01" is replayed' in sentences


def test_a_wrong_copy_of_a_voided_invoice(shop: Shop) -> None:
    voided = shop.void(ORG, shop.register.of(ORG)[1].id, now=midnight(AUGUST))
    again = shop.rebill(ORG, voided.id, now=midnight(AUGUST))
    assert found(shop) == []

    line = damage_line(shop, again, IN_TIME, quantity=3)

    sentence = f"line {line.id} quantity: 3 is stored, 2 is replayed"
    assert f"invoice {again.id} (draft of 2025-08-01), {sentence}" in found(shop)


def test_a_line_that_nothing_continues_from_is_held_against_the_log_however_it_was_posted(shop: Shop) -> None:
    """Posted by hand it may say less than the log, but only what another line goes on from."""
    shop.orders.modify(ORG, "ord_1", lambda order: order.model_copy(update={"auto_post_invoices": False}))
    (draft,) = shop.bill_until(date(2025, 9, 1))
    shop.receive(*make_signals("678", occurred_at=midnight(AUGUST)))
    posted = shop.post(ORG, draft.id, now=midnight(date(2025, 9, 1)))
    assert (posted.lines[1].quantity, found(shop)) == (3, [])

    damage_line(shop, posted, 1, quantity=2)

    assert any("quantity: 2 is stored, 3 is replayed" in sentence for sentence in found(shop))


# ---- schedules


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"billed_minor": 1}, f"billed_minor: 1 is stored, {3 * 500_00 + 5 * 10} is replayed"),
        ({"billed_tax_minor": 1}, "billed_tax_minor: 1 is stored, 30010 is replayed"),
        (
            {"billed_usage": {EMAILS.id: {START: 4}}},
            "billed_usage ola_email_sent 2025-06-01: 4 is stored, 5 is replayed",
        ),
        ({"drafts": (JULY,)}, 'drafts 1: "2025-07-01" is stored, nothing is replayed'),
    ],
)
def test_a_wrong_schedule(shop: Shop, fields: dict[str, Any], sentence: str) -> None:
    stored = shop.schedules.stored[ORG, "ord_1"]
    shop.schedules.stored[ORG, "ord_1"] = Stored(stored.value.model_copy(update=fields), stored.revision)

    assert found(shop) == [f"schedule ord_1, {sentence}"]


def test_an_invoice_that_is_gone_is_missing_in_the_sums(shop: Shop) -> None:
    july = shop.register.of(ORG)[1]
    del shop.register.stored[ORG, july.id]

    less = 3 * 500_00 + 50 - july.subtotal_minor
    assert f"schedule ord_1, billed_minor: {3 * 500_00 + 50} is stored, {less} is replayed" in found(shop)


def test_an_invoice_that_was_voided_behind_the_schedules_back(shop: Shop) -> None:
    july = shop.register.of(ORG)[1]
    damage(shop, july, status=InvoiceStatus.VOIDED)

    less = 3 * 500_00 + 50 - july.subtotal_minor
    assert f"schedule ord_1, billed_minor: {3 * 500_00 + 50} is stored, {less} is replayed" in found(shop)


# ---- much damage


def test_of_very_many_differences_some_are_told_and_the_rest_counted(shop: Shop) -> None:
    usage = {f"ola_{number}": {START: 1} for number in range(1500)}
    shop.checkpoints.stored[LOG] = Stored(shop.checkpoints.stored[LOG].value.model_copy(update={"usage": usage}), 2)

    done = replayed(shop)

    assert len(done.findings) == 1000 + 1
    assert done.findings[-1].sentence == "usage cus_1: 501 more differences and remarks are left out"


def test_another_tenants_books_of_the_same_names_are_not_looked_at(shop: Shop) -> None:
    shop.checkpoints.stored[LogId("org_2", "cus_1")] = Stored(Checkpoint(rated_through=7), 1)

    assert replayed(shop).findings == ()
