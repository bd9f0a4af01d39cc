"""What an invoice shows on paper: every word and figure chosen, nothing yet about type or place.

Its reader may have nothing but the page. So each line either multiplies out, or says why it does not.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date

from functions.billing.invoicing.document_lines import DocumentLine, document_line
from functions.billing.invoicing.document_taxes import DocumentTax, document_tax, line_tax
from functions.billing.invoicing.wording import long_date
from functions.billing.models.customer import Address
from functions.billing.models.invoice import Invoice, InvoiceStatus, Party
from functions.billing.money import format_amount


@dataclass(frozen=True, slots=True)
class DocumentParty:
    """Buyer or seller as addressed; `legal_name` is None where it would only repeat the name."""

    name: str
    legal_name: str | None = None
    address: tuple[str, ...] = ()
    contact_name: str | None = None
    email: str | None = None
    vat_number: str | None = None
    pay_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """The page. Dates and amounts are texts; `issued_on` is the date of the file itself.

    `number` is None for a draft, `tax_note` is None where there are `taxes`. An invoice that asks for
    nothing has no due date, and does not say how it is paid.
    """

    number: str | None
    status: InvoiceStatus
    headline: str
    issued_on: date
    issue_date: str
    due_date: str | None
    payment_terms: str | None
    purchase_order: str | None
    currency: str
    seller: DocumentParty
    buyer: DocumentParty
    lines: tuple[DocumentLine, ...]
    subtotal: str
    total: str
    amount_due: str
    amount_label: str = "Amount due"
    taxes: tuple[DocumentTax, ...] = ()
    tax_note: str | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The same text for the same document; dates in ISO 8601."""
        return json.dumps(asdict(self), default=date.isoformat, ensure_ascii=False)


def document_of(invoice: Invoice) -> InvoiceDocument:
    """The page of an invoice in any status."""

    def amount(amount_minor: int) -> str:
        return format_amount(amount_minor, invoice.currency)

    asks_for_nothing = invoice.status is not InvoiceStatus.VOIDED and invoice.remaining_minor <= 0
    seller = _party(invoice.seller)
    return InvoiceDocument(
        number=invoice.display_number,
        status=invoice.status,
        headline=_headline(invoice),
        issued_on=invoice.issue_date,
        issue_date=long_date(invoice.issue_date),
        due_date=None if asks_for_nothing else long_date(invoice.due_date),
        payment_terms=None if asks_for_nothing else invoice.payment_terms or None,
        purchase_order=invoice.purchase_order_reference or None,
        currency=invoice.currency,
        seller=replace(seller, pay_to=()) if asks_for_nothing else seller,
        buyer=_party(invoice.buyer),
        lines=tuple(document_line(line, invoice.currency, tax=line_tax(line, invoice.taxes)) for line in invoice.lines),
        subtotal=amount(invoice.subtotal_minor),
        total=amount(invoice.total_minor),
        amount_due=amount(abs(invoice.remaining_minor)),
        amount_label=_amount_label(invoice),
        taxes=tuple(document_tax(subtotal, invoice.currency) for subtotal in invoice.taxes),
        tax_note=None if invoice.taxes else "Tax: not applicable",
        notes=tuple(_notes(invoice)),
    )


def _headline(invoice: Invoice) -> str:
    """What the reader has to do, in one line."""
    remaining = invoice.remaining_minor
    owed = f"{invoice.currency} {format_amount(abs(remaining), invoice.currency)}"
    match invoice.status:
        case InvoiceStatus.DRAFT:
            return "Draft for review, not a request for payment"
        case InvoiceStatus.VOIDED:
            return "Void: nothing is due on this invoice"
        case InvoiceStatus.POSTED:
            if remaining == 0:
                return "Nothing is due on this invoice"
            if remaining < 0:
                return f"{owed} in your favour"
            return f"{owed} due on {long_date(invoice.due_date)}"


def _amount_label(invoice: Invoice) -> str:
    label = "Amount due" if invoice.remaining_minor >= 0 else "In your favour"
    return f"{label} once posted" if invoice.status is InvoiceStatus.DRAFT else label


def _party(party: Party) -> DocumentParty:
    return DocumentParty(
        name=party.name,
        legal_name=None if party.legal_name == party.name else party.legal_name or None,
        address=_address_lines(party.address),
        contact_name=party.contact_name or None,
        email=party.email or None,
        vat_number=party.vat_number or None,
        pay_to=party.pay_to or (),
    )


def _address_lines(address: Address | None) -> tuple[str, ...]:
    if address is None:
        return ()
    region = " ".join(filter(None, (address.state, address.zip_code)))
    separator = ", " if address.state else " "  # Austin, TX 78701; but London EC2A 4NE
    town = separator.join(filter(None, (address.city, region)))
    return tuple(filter(None, (address.line1, address.line2, town, address.country)))


def _notes(invoice: Invoice) -> Iterator[str]:
    """Sentences under the sums: why a tax is not charged, and what the invoice is made in place of."""
    yield from dict.fromkeys(tax.reason for tax in invoice.taxes if tax.reason)
    if invoice.rebills is not None:
        yield "This invoice replaces an earlier one that was voided."
