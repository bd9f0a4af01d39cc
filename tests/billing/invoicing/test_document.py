import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from functions.billing.invoicing.document import document_of
from functions.billing.invoicing.document_lines import DocumentLine
from functions.billing.invoicing.document_taxes import DocumentTax
from functions.billing.models.customer import Address
from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus, Party
from functions.billing.models.pricing import ChargeType
from functions.billing.models.tax import TaxSubtotal

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


PAID_HOW = Party(name="Acme AI", pay_to=("IBAN FR76 3000 6000",))


def test_an_invoice_below_zero_names_what_is_in_favour_of_its_reader_and_no_way_to_pay() -> None:
    draft = make_invoice(lines=(make_line(amount_minor=-12050),), seller=PAID_HOW)

    document = document_of(draft.posted(number=1, now=NOW))

    assert document.headline == "USD 120.50 in your favour"
    assert (document.total, document.amount_label, document.amount_due) == ("-120.50", "In your favour", "120.50")
    assert (document.due_date, document.payment_terms, document.seller.pay_to) == (None, None, ())
    assert document_of(draft).amount_label == "In your favour once posted"


def test_a_posted_invoice_of_zero_asks_for_nothing() -> None:
    invoice = make_invoice(lines=(make_line(amount_minor=0),), seller=PAID_HOW)

    document = document_of(invoice.posted(number=1, now=NOW))

    assert document.headline == "Nothing is due on this invoice"
    assert (document.amount_label, document.amount_due) == ("Amount due", "0.00")
    assert (document.due_date, document.payment_terms, document.seller.pay_to) == (None, None, ())


def test_an_invoice_of_one_cent_says_until_when_and_how_it_is_paid() -> None:
    document = document_of(make_invoice(lines=(make_line(amount_minor=1),), seller=PAID_HOW))

    assert (document.amount_label, document.amount_due) == ("Amount due once posted", "0.01")
    assert (document.due_date, document.payment_terms) == ("1 July 2025", "Net 30")
    assert document.seller.pay_to == PAID_HOW.pay_to


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


def test_a_taxed_invoice_has_a_row_per_rate_between_subtotal_and_total() -> None:
    invoice = make_invoice(
        lines=(make_line(amount_minor=100_00, tax_rate=20), make_line(amount_minor=45_00, tax_rate=10)),
        taxes=(
            make_subtotal(rate=20, taxable_minor=100_00, tax_minor=20_00),
            make_subtotal(rate=10, taxable_minor=45_00, tax_minor=4_50),
        ),
    )

    document = document_of(invoice)

    assert document.subtotal == "145.00"
    assert document.taxes == (
        DocumentTax("VAT 20% (FR)", "100.00", "20.00"),
        DocumentTax("VAT 10% (FR)", "45.00", "4.50"),
    )
    assert document.total == document.amount_due == "169.50"
    assert document.tax_note is None
    assert [line.note for line in document.lines] == ["VAT 20% (FR)", "VAT 10% (FR)"]


def test_a_line_does_not_repeat_the_only_rate() -> None:
    subtotal = make_subtotal(rate=20, taxable_minor=100, tax_minor=20)

    document = document_of(make_invoice(lines=(make_line(tax_rate=20),), taxes=(subtotal,)))

    assert document.lines[0].note is None


def test_each_reason_for_no_tax_is_said_once() -> None:
    reversal = make_subtotal(rate=0, category="AE", reason="Reverse charge: the recipient owes the VAT.")
    elsewhere = reversal.model_copy(update={"country": "DE"})

    document = document_of(make_invoice(taxes=(reversal, elsewhere, make_subtotal(rate=20))))

    assert document.notes == ("Reverse charge: the recipient owes the VAT.",)


def test_both_parties_show_their_vat_numbers() -> None:
    parties = {"seller": Party(name="Acme AI", vat_number="DE1"), "buyer": Party(name="Acme Ltd", vat_number="FR2")}

    document = document_of(make_invoice(**parties))

    assert (document.seller.vat_number, document.buyer.vat_number) == ("DE1", "FR2")


def test_an_invoice_in_place_of_a_voided_one_says_so() -> None:
    document = document_of(make_invoice(rebills="inv_0"))

    assert document.notes == ("This invoice replaces an earlier one that was voided.",)


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


def make_subtotal(**fields: Any) -> TaxSubtotal:
    ordinary = {"category": "S", "country": "FR", "taxable_minor": 0, "tax_minor": 0}
    return TaxSubtotal.model_validate({**ordinary, **fields})


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
