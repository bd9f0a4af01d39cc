from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from io import BytesIO
from multiprocessing import get_context

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from functions.adapters.typst.renderer import TypstRenderer
from functions.billing.invoicing.document import DocumentParty, InvoiceDocument
from functions.billing.invoicing.document_lines import DocumentLine, DocumentStep
from functions.billing.invoicing.document_taxes import DocumentTax
from functions.billing.models.invoice import InvoiceStatus

RENDERER = TypstRenderer()

INVOICE = InvoiceDocument(
    number="INV-000001",
    status=InvoiceStatus.POSTED,
    headline="USD 1,800.00 due on 1 July 2025",
    issued_on=date(2025, 6, 1),
    issue_date="1 June 2025",
    due_date="1 July 2025",
    payment_terms="Net 30",
    purchase_order="PO-2025-0117",
    currency="USD",
    seller=DocumentParty("Acme AI", address=("548 Market Street", "San Francisco, CA 94104")),
    buyer=DocumentParty(
        "Acme Ltd",
        legal_name="Acme Holdings (UK) Limited",
        address=("1 Leonard Street", "London EC2A 4NE"),
        contact_name="John Doe",
        email="john.doe@acme.example",
        vat_number="GB 123 4567 89",
    ),
    lines=(
        DocumentLine("AI SDR: Setup fee", "1 Jun 2025", "1", "1,000.00", "1,000.00"),
        DocumentLine("AI SDR: Platform fee", "1 Jun 2025 to 30 Jun 2025", "1", "500.00", "500.00"),
        DocumentLine("AI SDR: Seats", "1 Jun 2025 to 30 Jun 2025", "10", "30.00", "300.00"),
    ),
    subtotal="1,800.00",
    total="1,800.00",
    amount_due="1,800.00",
    tax_note="Tax: not applicable",
)

TIERED = DocumentLine(
    "AI SDR: Emails",
    "1 Jun 2025 to 30 Jun 2025",
    "1,300",
    "",
    "75.00",
    note="of which 990 before",
    steps=(
        DocumentStep("Tier 1, up to 1,000", "1,000 \N{MULTIPLICATION SIGN} 0.10", "100.00"),
        DocumentStep("Tier 2, from 1,001", "300 \N{MULTIPLICATION SIGN} 0.08", "24.00"),
        DocumentStep("Tier 2, flat fee", "", "50.00"),
        DocumentStep("Less billed before", "", "-99.00"),
    ),
)


def test_the_page_shows_who_owes_what_to_whom_and_when() -> None:
    text = text_of(INVOICE)

    for shown in (
        *("Invoice", "INV-000001", "1 June 2025", "1 July 2025", "Net 30", "PO-2025-0117"),
        *("Acme AI", "548 Market Street", "Acme Ltd", "Acme Holdings (UK) Limited"),
        *("London EC2A 4NE", "Attn John Doe", "john.doe@acme.example", "VAT GB 123 4567 89"),
        "USD 1,800.00 due on 1 July 2025",
        "10 30.00 300.00",
        *("Subtotal 1,800.00", "Tax: not applicable", "Total 1,800.00", "Amount due USD 1,800.00"),
    ):
        assert shown in text


@pytest.mark.parametrize(("status", "shown"), [("draft", True), ("posted", True), ("voided", False)])
def test_it_says_how_it_is_paid_where_it_is_to_be_paid(status: str, *, shown: bool) -> None:
    seller = replace(INVOICE.seller, pay_to=("IBAN FR76 3000 6000", "BIC AGRIFRPP"))

    text = text_of(replace(INVOICE, seller=seller, status=InvoiceStatus(status)))

    assert ("Pay to\nIBAN FR76 3000 6000\nBIC AGRIFRPP" in text) is shown


def test_an_ordinary_invoice_is_one_page() -> None:
    five_lines = (*INVOICE.lines, *INVOICE.lines[1:])

    assert len(pages_of(replace(INVOICE, lines=five_lines))) == 1


def test_what_an_invoice_does_not_have_leaves_no_empty_label() -> None:
    bare = replace(
        INVOICE,
        seller=DocumentParty("Acme AI"),
        buyer=DocumentParty("Acme Ltd"),
        due_date=None,
        payment_terms=None,
        purchase_order=None,
    )

    text = text_of(bare)

    for label in ("Due date", "Payment terms", "Purchase order", "Attn", "VAT", "Pay to", "none"):
        assert label not in text


def test_sixty_lines_flow_over_pages_under_the_same_heads() -> None:
    pages = pages_of(with_lines(60))

    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert "Description Quantity Unit price Amount in USD" in page
        assert f"Page {number} of {len(pages)}" in page
        assert "Acme AI · Invoice INV-000001" in page
    assert [f"Line {n}\n" in "".join(pages) for n in range(1, 61)] == [True] * 60


@pytest.mark.parametrize("count", range(8, 15))
def test_the_sums_never_stand_alone_on_a_page(count: int) -> None:
    last_page = pages_of(with_lines(count))[-1]

    assert f"Line {count}\n" in last_page
    assert "Amount due" in last_page


def test_a_tax_is_a_row_of_the_sums() -> None:
    taxes = (DocumentTax("VAT 20% (FR)", "1,800.00", "360.00"), DocumentTax("VAT 10% (FR)", "-20.00", "-2.00"))

    text = text_of(replace(INVOICE, taxes=taxes, tax_note=None))

    assert "VAT 20% (FR) on 1,800.00 360.00" in text
    assert "VAT 10% (FR) on \N{MINUS SIGN}20.00 \N{MINUS SIGN}2.00" in text
    assert "not applicable" not in text


def test_sentences_about_the_invoice_stand_under_its_sums() -> None:
    text = text_of(replace(INVOICE, notes=("Reverse charge: the recipient owes the VAT.", "This replaces another.")))

    assert text.index("Amount due") < text.index("Reverse charge: the recipient owes the VAT.\nThis replaces another.")


def test_the_steps_of_a_line_stand_under_it() -> None:
    text = text_of(replace(INVOICE, lines=(TIERED,)))

    assert (
        "AI SDR: Emails\n"
        "1 Jun 2025 to 30 Jun 2025 · of which 990 before\n"
        "Tier 1, up to 1,000 1,000 \N{MULTIPLICATION SIGN} 0.10 = 100.00\n"
        "Tier 2, from 1,001 300 \N{MULTIPLICATION SIGN} 0.08 = 24.00\n"
        "Tier 2, flat fee 50.00\n"
        "Less billed before \N{MINUS SIGN}99.00\n"
    ) in text


def test_steps_with_figures_too_wide_for_columns_are_set_as_text() -> None:
    step = DocumentStep(
        "Tier 1", "1,000,000,000 \N{MULTIPLICATION SIGN} 123,456,789.123", "123,456,789,123,000,000.000"
    )
    wide = replace(TIERED, quantity="1,000,000,000", amount="123,456,789,123,000,000.000", steps=(step,))

    text = " ".join(text_of(replace(INVOICE, lines=(wide,))).split())

    assert f"{step.label}: {step.calculation} = {step.amount}" in text


@pytest.mark.parametrize("count", range(2, 12))
def test_a_line_and_its_steps_are_on_one_page(count: int) -> None:
    lines = tuple(replace(TIERED, description=f"Line {n}.") for n in range(count))

    pages = pages_of(replace(INVOICE, lines=lines))

    for page in pages:
        assert page.count("Line ") == page.count("Tier 1, up to") == page.count("Less billed before")
    assert f"Line {count - 1}." in pages[-1]
    assert "Amount due" in pages[-1]


def test_steps_that_are_longer_than_a_page_break_and_lose_nothing() -> None:
    line = replace(TIERED, steps=tuple(DocumentStep(f"Tier {n}.", "", "1.00") for n in range(1, 201)))

    pages = pages_of(replace(INVOICE, lines=(line, *INVOICE.lines)))

    assert len(pages) > 2
    assert all(f"Tier {n}. 1.00" in "\n".join(pages) for n in range(1, 201))
    assert all("Description Quantity Unit price Amount in USD" in page for page in pages)


def test_a_draft_is_marked_and_has_no_number() -> None:
    draft = replace(INVOICE, number=None, status=InvoiceStatus.DRAFT, amount_label="Amount due once posted")

    text = text_of(draft)

    assert "DRAFT" in text
    assert "Draft invoice" in text
    assert "Amount due once posted USD 1,800.00" in text
    assert "Invoice number" not in text


def test_a_voided_invoice_is_marked_and_keeps_its_number() -> None:
    text = text_of(replace(INVOICE, status=InvoiceStatus.VOIDED))

    assert "VOID" in text
    assert "Void invoice INV-000001" in text


def test_a_negative_amount_has_a_minus_and_not_a_hyphen() -> None:
    credit = DocumentLine("Late usage", "1 May 2025", "-19,205", "0.10", "-1,920.50")

    text = text_of(replace(INVOICE, lines=(credit,), amount_due="-1,920.50"))

    assert "\N{MINUS SIGN}19,205 0.10 \N{MINUS SIGN}1,920.50" in text
    assert "USD \N{MINUS SIGN}1,920.50" in text


def test_a_description_is_shown_and_never_obeyed() -> None:
    markup = r'#panic("x") *b* _i_ $x$ @ref <label> `raw` // c \u{41} #sys.inputs ${x} {{x}} %s'

    text = text_of(described(markup))

    assert markup in " ".join(text.split())


def test_every_text_of_a_party_is_shown_and_never_obeyed() -> None:
    markup = "#panic() *b* $x$"
    party = DocumentParty(markup, markup, (markup,), markup, markup, markup)

    text = text_of(replace(INVOICE, seller=party, buyer=party, purchase_order=markup))

    assert text.count(markup) >= 11


def test_a_long_description_wraps_and_loses_nothing() -> None:
    description = " ".join(f"word{n}" for n in range(60))

    text = text_of(described(description))

    assert description in " ".join(text.split())


def test_a_word_longer_than_the_column_is_broken_and_loses_nothing() -> None:
    word = "".join(f"{n:03}" for n in range(140))

    text = text_of(described(word))

    assert word in "".join(text.split())


def test_control_codes_and_overrides_cannot_disguise_a_text() -> None:
    text = text_of(described("safe\u202e00.1 \x00\x1b[0m\nend"))

    assert "safe00.1 [0m end" in text


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("Ωμέγα Λογισμική", "SourceSans3"),
        ("«Ромашка»", "SourceSans3"),
        ("Công ty Trí Tuệ Nhân Tạo", "SourceSans3"),
        ("Ӡиӡара Ҽақәа", "NotoSans-"),
        ("北京智能科技有限公司", "NotoSansCJKsc"),
        ("臺灣人工智慧股份有限公司", "NotoSansCJKtc"),
        ("株式会社アクメ", "NotoSansCJKjp"),
        ("주식회사 에이크미", "NotoSansCJKkr"),
        ("شركة أكمي للذكاء الاصطناعي", "NotoSansArabic"),
        ("אקמה בינה מלאכותית", "NotoSansHebrew"),
        ("एक्मे प्राइवेट लिमिटेड", "NotoSansDevanagari"),
        ("บริษัท แอคมี่ จำกัด", "NotoSansThai"),
        ("অ্যাকমি লিমিটেড", "NotoSansBengali"),
        ("ਐਕਮੇ ਲਿਮਟਿਡ", "NotoSansGurmukhi"),
        ("એક્મે લિમિટેડ", "NotoSansGujarati"),
        ("ଆକ୍ମେ ଲିମିଟେଡ୍", "NotoSansOriya"),
        ("அக்மி நிறுவனம்", "NotoSansTamil"),
        ("అక్మే లిమిటెడ్", "NotoSansTelugu"),
        ("ಆಕ್ಮೆ ಲಿಮಿಟೆಡ್", "NotoSansKannada"),
        ("അക്മെ ലിമിറ്റഡ്", "NotoSansMalayalam"),
        ("ඇක්මි සමාගම", "NotoSansSinhala"),
        ("ບໍລິສັດ ແອັກມີ", "NotoSansLao"),
        ("ក្រុមហ៊ុន អេកមី", "NotoSansKhmer"),
        ("အက်မီ ကုမ္ပဏီ", "NotoSansMyanmar"),
        ("შპს აკმე", "NotoSansGeorgian"),
        ("Ակմե ՍՊԸ", "NotoSansArmenian"),
        ("አክሜ ኩባንያ", "NotoSansEthiopic"),
        ("🚀 🤖", "NotoEmoji"),
    ],
)
def test_a_name_in_any_script_is_set_in_a_font_that_has_it(name: str, font: str) -> None:
    party = replace(INVOICE.buyer, name=name)

    fonts = fonts_of(replace(INVOICE, buyer=party))

    assert any(used.startswith(font) for used in fonts)
    assert {used for used in fonts if not used.startswith(("SourceSans3", font))} == set()


def test_the_country_beside_a_name_decides_the_national_shape_of_its_characters() -> None:
    party = DocumentParty("直骨", address=("東京都千代田区", "Japan"))

    fonts = fonts_of(replace(INVOICE, buyer=party))

    assert any(font.startswith("NotoSansCJKjp") for font in fonts)
    assert not any(font.startswith("NotoSansCJKsc") for font in fonts)


def test_the_file_says_what_it_is_and_is_dated_by_the_issue_date() -> None:
    reader = PdfReader(BytesIO(RENDERER.render(INVOICE)))

    assert reader.metadata is not None
    assert reader.metadata.title == "Acme AI: Invoice INV-000001"
    assert reader.metadata.author == "Acme AI"
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == date(2025, 6, 1)
    assert str(reader.root_object["/Lang"]) == "en-GB"


def test_the_same_document_gives_the_same_bytes_in_another_process_and_after_other_pages() -> None:
    document = described("株式会社アクメ شركة Ωμέγα 🚀")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh_process:
        elsewhere = fresh_process.submit(TypstRenderer().render, document).result()

    RENDERER.render(with_lines(20))

    assert RENDERER.render(document) == elsewhere


def described(description: str) -> InvoiceDocument:
    return replace(INVOICE, lines=(replace(INVOICE.lines[0], description=description),))


def with_lines(count: int) -> InvoiceDocument:
    return replace(
        INVOICE,
        lines=tuple(replace(INVOICE.lines[0], description=f"Line {n}") for n in range(1, count + 1)),
    )


def pages_of(document: InvoiceDocument) -> list[str]:
    reader = PdfReader(BytesIO(RENDERER.render(document)))
    return [page.extract_text() for page in reader.pages]


def text_of(document: InvoiceDocument) -> str:
    return "\n".join(pages_of(document))


def fonts_of(document: InvoiceDocument) -> set[str]:
    """The names of the embedded fonts, without the six letters that mark a subset."""
    names: set[str] = set()
    for page in PdfReader(BytesIO(RENDERER.render(document))).pages:
        fonts = inner(inner(page, "/Resources"), "/Font")
        names |= {str(inner(fonts, key)["/BaseFont"]).partition("+")[2] for key in fonts}
    return names


def inner(outer: DictionaryObject, key: str) -> DictionaryObject:
    value = outer[key].get_object()
    assert isinstance(value, DictionaryObject)
    return value
