"""What an invoice shows on paper: every word and figure chosen, nothing yet about type or place.

Its reader may have nothing but the page. So each line either multiplies out, or says why it does not.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from functions.billing.models.customer import Address
from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus, Party
from functions.billing.models.pricing import ChargeType
from functions.billing.money import format_amount

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)  # strftime would ask the machine for its language


@dataclass(frozen=True, slots=True)
class DocumentParty:
    """Buyer or seller as addressed; `legal_name` is None where it would only repeat the name."""

    name: str
    legal_name: str | None = None
    address: tuple[str, ...] = ()
    contact_name: str | None = None
    email: str | None = None
    vat_number: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One charge; `note` says why quantity times unit price is not the amount, None where it is."""

    description: str
    period: str
    quantity: str
    unit_price: str
    amount: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentTax:
    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """The page. Dates and amounts are texts; `issued_on` is the date of the file itself.

    `number` is None for a draft, `tax_note` is None where there are `taxes`.
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

    return InvoiceDocument(
        number=invoice.display_number,
        status=invoice.status,
        headline=_headline(invoice),
        issued_on=invoice.issue_date,
        issue_date=long_date(invoice.issue_date),
        due_date=long_date(invoice.due_date),
        payment_terms=invoice.payment_terms or None,
        purchase_order=invoice.purchase_order_reference or None,
        currency=invoice.currency,
        seller=_party(invoice.seller),
        buyer=_party(invoice.buyer),
        lines=tuple(_line(line, invoice.currency) for line in invoice.lines),
        subtotal=amount(invoice.subtotal_minor),
        total=amount(invoice.total_minor),
        amount_due=amount(invoice.remaining_minor),
        tax_note="Tax: not applicable",
    )


def long_date(day: date) -> str:
    """`1 June 2025`: the month in letters, because 1/6 is two dates."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def period_text(start: date, end: date) -> str:
    """The half-open period as people write it: from its first day to its last."""
    last = end - timedelta(days=1)
    if last <= start:
        return _short_date(start)
    first = _day_and_month(start) if start.year == last.year else _short_date(start)
    return f"{first} \N{EN DASH} {_short_date(last)}"


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


def _party(party: Party) -> DocumentParty:
    return DocumentParty(
        name=party.name,
        legal_name=None if party.legal_name == party.name else party.legal_name or None,
        address=_address_lines(party.address),
        contact_name=party.contact_name or None,
        email=party.email or None,
        vat_number=party.vat_number or None,
    )


def _address_lines(address: Address | None) -> tuple[str, ...]:
    if address is None:
        return ()
    region = " ".join(filter(None, (address.state, address.zip_code)))
    separator = ", " if address.state else " "  # Austin, TX 78701; but London EC2A 4NE
    town = separator.join(filter(None, (address.city, region)))
    return tuple(filter(None, (address.line1, address.line2, town, address.country)))


def _line(line: InvoiceLine, currency: str) -> DocumentLine:
    return DocumentLine(
        description=line.description,
        period=_line_period(line),
        quantity=f"{line.billed_quantity:,}",
        unit_price=format_amount(line.unit_price_minor, currency),
        amount=format_amount(line.amount_minor, currency),
        note=_line_note(line),
    )


def _line_period(line: InvoiceLine) -> str:
    """A one-time charge has a day, not a duration."""
    if line.charge_type is ChargeType.ONE_TIME:
        return _short_date(line.period_start)
    return period_text(line.period_start, line.period_end)


def _line_note(line: InvoiceLine) -> str | None:
    notes: list[str] = []
    if line.quantity != line.billed_quantity:
        counted = "used" if line.charge_type is ChargeType.USAGE else "ordered"
        notes.append(f"{line.quantity:,} {counted}, {line.billed_quantity:,} charged")
    if line.share_days != line.full_days:
        notes.append(f"{line.share_days} of {line.full_days} days")
    return "; ".join(notes) or None


def _short_date(day: date) -> str:
    return f"{_day_and_month(day)} {day.year}"


def _day_and_month(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"
