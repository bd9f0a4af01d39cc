import json
from datetime import UTC, date, datetime

import pytest

from functions.billing.invoicing.document import (
    DocumentLine,
    document_of,
    long_date,
    period_text,
)
from functions.billing.models.customer import Address
from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus, Party
from functions.billing.models.pricing import ChargeType

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def test_the_page_shows_the_invoice_in_words_and_major_units() -> None:
    seats = make_line(quantity=10, billed_quantity=10, unit_price_minor=3000, amount_minor=30000)
    fee = make_line(quantity=1, billed_quantity=1, unit_price_minor=150000, amount_minor=150000)

    document = document_of(make_invoice(lines=(fee, seats)).posted(number=1, now=NOW))

    assert document.number == "INV-000001"
    assert document.status is InvoiceStatus.POSTED
    assert document.issue_date == "1 June 2025"
    assert document.due_date == "1 July 2025"
    assert document.issued_on == date(2025, 6, 1)
    assert document.payment_terms == "Net 30"
    assert document.purchase_order == "PO-7"
    assert document.lines[1] == DocumentLine(
        description="AI SDR: Seats",
        period="1 Jun \N{EN DASH} 30 Jun 2025",
        quantity="10",
        unit_price="30.00",
        amount="300.00",
    )
    assert document.subtotal == document.total == document.amount_due == "1,800.00"
    assert document.taxes == ()
    assert document.tax_note == "Tax: not applicable"


@pytest.mark.parametrize(("currency", "amount"), [("USD", "1,234.56"), ("JPY", "123,456"), ("KWD", "123.456")])
def test_an_amount_has_the_digits_of_its_currency(currency: str, amount: str) -> None:
    line = make_line(unit_price_minor=123456, amount_minor=123456)

    document = document_of(make_invoice(currency=currency, lines=(line,)))

    assert document.lines[0].unit_price == document.lines[0].amount == document.total == amount


def test_a_posted_invoice_asks_for_its_amount_by_its_due_date() -> None:
    invoice = make_invoice(lines=(make_line(amount_minor=180000),))

    assert document_of(invoice.posted(number=1, now=NOW)).headline == ("USD 1,800.00 due on 1 July 2025")


def test_a_posted_invoice_below_zero_asks_for_nothing() -> None:
    invoice = make_invoice(lines=(make_line(amount_minor=-12050),))

    document = document_of(invoice.posted(number=1, now=NOW))

    assert document.headline == "USD 120.50 in your favour"
    assert document.amount_due == "-120.50"


def test_a_posted_invoice_of_zero_asks_for_nothing() -> None:
    invoice = make_invoice(lines=(make_line(amount_minor=0),))

    document = document_of(invoice.posted(number=1, now=NOW))

    assert document.headline == "Nothing is due on this invoice"


def test_a_draft_has_no_number_and_asks_for_nothing() -> None:
    document = document_of(make_invoice())

    assert document.number is None
    assert document.headline == "Draft for review, not a request for payment"


def test_a_voided_invoice_keeps_its_number_and_total_and_asks_for_nothing() -> None:
    invoice = make_invoice(lines=(make_line(amount_minor=180000),))

    document = document_of(invoice.posted(number=1, now=NOW).voided(now=NOW))

    assert document.number == "INV-000001"
    assert document.total == "1,800.00"
    assert document.amount_due == "0.00"
    assert document.headline == "Void: nothing is due on this invoice"


def test_a_one_time_charge_shows_its_day() -> None:
    document = document_of(make_invoice(lines=(make_line(charge_type=ChargeType.ONE_TIME),)))

    assert document.lines[0].period == "1 Jun 2025"


def test_a_line_shows_the_charged_quantity_and_says_what_was_used() -> None:
    line = make_line(charge_type=ChargeType.USAGE, quantity=2240, billed_quantity=1240)

    shown = document_of(make_invoice(lines=(line,))).lines[0]

    assert shown.quantity == "1,240"
    assert shown.note == "2,240 used, 1,240 charged"


def test_a_line_of_a_part_of_a_period_says_which_part() -> None:
    line = make_line(quantity=3, billed_quantity=5, share_days=15, full_days=30)

    shown = document_of(make_invoice(lines=(line,))).lines[0]

    assert shown.note == "3 ordered, 5 charged; 15 of 30 days"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2025, 6, 1), date(2025, 7, 1), "1 Jun \N{EN DASH} 30 Jun 2025"),
        (date(2025, 6, 15), date(2025, 7, 15), "15 Jun \N{EN DASH} 14 Jul 2025"),
        (date(2025, 12, 15), date(2026, 1, 15), "15 Dec 2025 \N{EN DASH} 14 Jan 2026"),
        (date(2025, 12, 1), date(2026, 1, 1), "1 Dec \N{EN DASH} 31 Dec 2025"),
        (date(2025, 6, 1), date(2025, 6, 3), "1 Jun \N{EN DASH} 2 Jun 2025"),
        (date(2025, 6, 1), date(2025, 6, 2), "1 Jun 2025"),
        (date(2025, 6, 1), date(2025, 6, 1), "1 Jun 2025"),
    ],
)
def test_a_period_on_paper_names_its_last_day(start: date, end: date, text: str) -> None:
    assert period_text(start, end) == text


def test_a_long_date_names_its_month() -> None:
    assert [long_date(date(2025, month, 9)) for month in (1, 5, 12)] == [
        "9 January 2025",
        "9 May 2025",
        "9 December 2025",
    ]


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (None, ()),
        (Address(), ()),
        (
            Address(line1="548 Market St", city="San Francisco", state="CA", zip_code="94104"),
            ("548 Market St", "San Francisco, CA 94104"),
        ),
        (
            Address(line1="1 Leonard St", line2="Floor 2", city="London", zip_code="EC2A 4NE"),
            ("1 Leonard St", "Floor 2", "London EC2A 4NE"),
        ),
        (Address(zip_code="10115", country="Germany"), ("10115", "Germany")),
    ],
)
def test_an_address_leaves_out_what_it_lacks(address: Address | None, lines: tuple[str, ...]) -> None:
    document = document_of(make_invoice(buyer=Party(name="Acme Ltd", address=address)))

    assert document.buyer.address == lines


@pytest.mark.parametrize(
    ("legal_name", "shown"),
    [("Acme Holdings Ltd", "Acme Holdings Ltd"), ("Acme", None), ("", None), (None, None)],
)
def test_a_legal_name_is_shown_where_it_adds_something(legal_name: str | None, shown: str | None) -> None:
    document = document_of(make_invoice(buyer=Party(name="Acme", legal_name=legal_name)))

    assert document.buyer.legal_name == shown


def test_the_same_document_gives_the_same_json() -> None:
    invoice = make_invoice(buyer=Party(name="株式会社アクメ"))

    text = document_of(invoice).to_json()

    assert text == document_of(invoice).to_json()
    parsed = json.loads(text)
    assert parsed["buyer"]["name"] == "株式会社アクメ"
    assert parsed["status"] == "draft"
    assert parsed["issued_on"] == "2025-06-01"
    assert parsed["lines"][0]["description"] == "AI SDR: Seats"


def make_line(**changes: object) -> InvoiceLine:
    line = InvoiceLine(
        id="line",
        order_line_id="order line",
        order_line_attribute_id="order line attribute",
        charge_type=ChargeType.RECURRING,
        description="AI SDR: Seats",
        period_start=date(2025, 6, 1),
        period_end=date(2025, 7, 1),
        quantity=1,
        billed_quantity=1,
        unit_price_minor=100,
        share_days=1,
        full_days=1,
        amount_minor=100,
    )
    return line.model_copy(update=changes)


def make_invoice(**changes: object) -> Invoice:
    invoice = Invoice(
        id="inv_1",
        order_id="ord_1",
        customer_id="cus_1",
        issue_date=date(2025, 6, 1),
        due_date=date(2025, 7, 1),
        currency="USD",
        lines=(make_line(),),
        payment_terms="Net 30",
        purchase_order_reference="PO-7",
        seller=Party(name="Acme AI"),
        buyer=Party(name="Acme Ltd"),
        created_at=NOW,
        updated_at=NOW,
    )
    return invoice.model_copy(update=changes)
