"""The taxes on paper: a row for each rate, and a sentence where there is none to pay."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.billing.invoicing.wording import number_text
from functions.billing.models.country import EUROPEAN_UNION
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.tax import TaxCategory, TaxSubtotal
from functions.billing.money import format_amount

_OTHERS_WITH_VAT = "AE BH CH GB IM IS KE LI MC NO OM SA ZA"
_WITH_GST = "AU NZ SG"

_NAMES = {
    **dict.fromkeys((*EUROPEAN_UNION, *_OTHERS_WITH_VAT.split()), "VAT"),
    **dict.fromkeys(_WITH_GST.split(), "GST"),
}


@dataclass(frozen=True, slots=True)
class DocumentTax:
    """A rate, what it is taken of, and what that makes: `VAT 20% (FR)`, `45.00`, `9.00`."""

    label: str
    taxable: str
    amount: str


def document_tax(subtotal: TaxSubtotal, currency: str) -> DocumentTax:
    return DocumentTax(
        label=_kind(subtotal),
        taxable=format_amount(subtotal.taxable_minor, currency),
        amount=format_amount(subtotal.tax_minor, currency),
    )


def line_tax(line: InvoiceLine, taxes: Sequence[TaxSubtotal]) -> str | None:
    """Which tax is on the line; None where all lines have the same, or none."""
    if len(taxes) <= 1:
        return None
    kinds = [_kind(subtotal) for subtotal in taxes if subtotal.rate == line.tax_rate]
    return kinds[0] if len(kinds) == 1 else f"Tax {number_text(line.tax_rate)}%"


def _kind(tax: TaxSubtotal) -> str:
    """The tax by the name it has in its country, with its rate or why there is none."""
    if tax.country is None:
        return f"Tax {_rate(tax)}"
    return f"{_NAMES.get(tax.country, 'Tax')} {_rate(tax)} ({tax.country})"


def _rate(tax: TaxSubtotal) -> str:
    match tax.category:
        case TaxCategory.STANDARD | TaxCategory.ZERO:
            return f"{number_text(tax.rate)}%"
        case TaxCategory.EXEMPT:
            return "exempt"
        case TaxCategory.REVERSE_CHARGE:
            return "reverse charge"
        case TaxCategory.OUT_OF_SCOPE:
            return "out of scope"
