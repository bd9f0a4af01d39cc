from decimal import Decimal
from typing import Any

import pytest

from functions.billing.invoicing.document_taxes import DocumentTax, document_tax, line_tax
from functions.billing.models.tax import TaxSubtotal
from tests.builders import make_invoice_line


@pytest.mark.parametrize(
    ("category", "rate", "country", "label"),
    [
        ("S", "20", "FR", "VAT 20% (FR)"),
        ("S", "5.5000", "FR", "VAT 5.5% (FR)"),
        ("S", "24", "GR", "VAT 24% (GR)"),
        ("S", "20", "GB", "VAT 20% (GB)"),
        ("S", "10", "AU", "GST 10% (AU)"),
        ("S", "10", "JP", "Tax 10% (JP)"),
        ("S", "8.875", "US", "Tax 8.875% (US)"),
        ("S", "7", None, "Tax 7%"),
        ("Z", "0", "GB", "VAT 0% (GB)"),
        ("E", "0", "FR", "VAT exempt (FR)"),
        ("AE", "0", "FR", "VAT reverse charge (FR)"),
        ("O", "0", "US", "Tax out of scope (US)"),
        ("O", "0", None, "Tax out of scope"),
    ],
)
def test_a_tax_has_the_name_of_its_country_and_its_rate_or_why_it_has_none(
    category: str, rate: str, country: str | None, label: str
) -> None:
    subtotal = make_subtotal(category=category, rate=rate, country=country)

    assert document_tax(subtotal, "EUR").label == label


@pytest.mark.parametrize(
    ("currency", "taxable", "tax"), [("EUR", "45.00", "9.00"), ("JPY", "4,500", "900"), ("KWD", "4.500", "0.900")]
)
def test_a_tax_says_what_it_is_taken_of(currency: str, taxable: str, tax: str) -> None:
    subtotal = make_subtotal(rate=20, taxable_minor=4500, tax_minor=900)

    assert document_tax(subtotal, currency) == DocumentTax("VAT 20% (FR)", taxable, tax)


def test_a_line_names_its_tax_where_there_are_several() -> None:
    taxes = (make_subtotal(rate=20), make_subtotal(rate=0, category="E"))

    shown = [line_tax(make_invoice_line(tax_rate=Decimal(rate)), taxes) for rate in (20, 0)]

    assert shown == ["VAT 20% (FR)", "VAT exempt (FR)"]


def test_a_line_that_could_be_of_either_tax_names_the_rate_alone() -> None:
    taxes = (make_subtotal(rate=0, category="E"), make_subtotal(rate=0, category="O"))

    assert line_tax(make_invoice_line(), taxes) == "Tax 0%"


@pytest.mark.parametrize("taxes", [(), ("S",)])
def test_a_line_is_silent_where_all_are_taxed_alike(taxes: tuple[str, ...]) -> None:
    assert line_tax(make_invoice_line(), [make_subtotal(category=category) for category in taxes]) is None


def make_subtotal(**fields: Any) -> TaxSubtotal:
    ordinary = {"rate": 0, "category": "S", "country": "FR", "taxable_minor": 0, "tax_minor": 0}
    return TaxSubtotal.model_validate({**ordinary, **fields})
