"""What a buyer is charged by an organization's own settings; nobody is let off for what is not known of them."""

from decimal import Decimal

import pytest

from functions.adapters.tax import FixedRates, NoTax
from functions.billing.invoicing.tax import with_tax
from functions.billing.models.customer import Address, Customer
from functions.billing.models.tax import TaxDecision, TaxExemptStatus, TaxSettings
from functions.billing.ports import TaxCalculator
from functions.wiring.billing import tax_calculator
from tests.billing.cases import case
from tests.builders import make_customer, make_invoice, make_invoice_line, make_organization

Shown = tuple[str, str, str | None]

FRENCH = TaxSettings(country="FR", rates={"FR": Decimal(20), "DE": Decimal(19), "CH": Decimal("8.1"), "NO": Decimal(0)})
AMERICAN = TaxSettings(country="US", rates={"US": Decimal(0)})

UNION_REVERSE_CHARGE = "Reverse charge: the buyer accounts for the VAT (Article 196 of Directive 2006/112/EC)."
REVERSE_CHARGE = "Reverse charge: the buyer accounts for the tax."
EXEMPT = "Exempt from tax: the buyer is registered with the seller as exempt."
UNKNOWN = "Domestic rate: the buyer's country is not known."


def buyer(country: str | None = None, vat_number: str | None = None, status: str = "none") -> Customer:
    address = None if country is None else Address(country=country)
    return make_customer(billing_address=address, vat_number=vat_number, tax_exempt_status=TaxExemptStatus(status))


def decided(settings: TaxSettings | None, customer: Customer) -> TaxDecision:
    decision = FixedRates().decide(make_organization(tax=settings), customer)
    assert decision is not None
    return decision


def shown(decision: TaxDecision) -> Shown:
    return str(decision.rate), decision.category.value, decision.country


@pytest.mark.parametrize(
    ("customer", "expected", "reason"),
    [
        (buyer("FR"), ("20", "S", "FR"), None),
        (buyer("fr", "FR12345678901"), ("20", "S", "FR"), None),
        (buyer("DE"), ("19", "S", "DE"), None),
        (buyer("CH"), ("8.1", "S", "CH"), None),
        (buyer("NO"), ("0", "Z", "NO"), None),
        (buyer("DE", "DE 123 456 789"), ("0", "AE", "DE"), UNION_REVERSE_CHARGE),
        (buyer("EL", "EL123456789"), ("0", "AE", "GR"), UNION_REVERSE_CHARGE),
        (buyer("DE", "tax free please"), ("19", "S", "DE"), None),
        (buyer("DE", "FR12345678901"), ("19", "S", "DE"), None),
        (buyer("ES"), ("20", "S", "FR"), "Domestic rate: the buyer has given no VAT number of ES."),
        (buyer("US"), ("0", "O", "US"), "Outside the scope of tax in FR: supplied to a buyer in US."),
        (buyer("UK", "GB123456789"), ("0", "O", "GB"), "Outside the scope of tax in FR: supplied to a buyer in GB."),
    ],
)
def test_a_seller_in_the_union(customer: Customer, expected: Shown, reason: str | None) -> None:
    decision = decided(FRENCH, customer)

    assert (shown(decision), decision.reason) == (expected, reason)


@pytest.mark.parametrize(
    ("customer", "expected", "reason"),
    [
        (buyer("US"), ("0", "Z", "US"), None),
        (buyer("DE", "DE123456789"), ("0", "O", "DE"), "Outside the scope of tax in US: supplied to a buyer in DE."),
    ],
)
def test_a_seller_elsewhere(customer: Customer, expected: Shown, reason: str | None) -> None:
    decision = decided(AMERICAN, customer)

    assert (shown(decision), decision.reason) == (expected, reason)


@pytest.mark.parametrize("country", [None, "", "Germany", "DEU", "XX"])
def test_a_buyer_whose_country_is_not_known_is_charged_the_domestic_rate(country: str | None) -> None:
    decision = decided(FRENCH, buyer(country, "DE123456789"))

    assert (shown(decision), decision.reason) == (("20", "S", "FR"), UNKNOWN)


@pytest.mark.parametrize(
    ("country", "status", "expected", "reason"),
    [
        ("FR", "exempt", ("0", "E", "FR"), EXEMPT),
        ("DE", "exempt", ("0", "E", "DE"), EXEMPT),
        (None, "exempt", ("0", "E", None), EXEMPT),
        ("DE", "reverse", ("0", "AE", "DE"), UNION_REVERSE_CHARGE),
        ("GB", "reverse", ("0", "AE", "GB"), REVERSE_CHARGE),
        ("FR", "reverse", ("0", "AE", "FR"), REVERSE_CHARGE),
        (None, "reverse", ("0", "AE", None), REVERSE_CHARGE),
    ],
)
def test_what_the_seller_knows_of_a_customer_comes_first(
    country: str | None, status: str, expected: Shown, reason: str
) -> None:
    decision = decided(FRENCH, buyer(country, status=status))

    assert (shown(decision), decision.reason) == (expected, reason)


@pytest.mark.parametrize(
    ("customer", "total_minor"),
    [case("TAX-01 at home", buyer("FR"), 42_00), case("TAX-01 in another state", buyer("DE", "DE123456789"), 35_00)],
)
def test_a_total_with_french_vat(customer: Customer, total_minor: int) -> None:
    invoice = with_tax(make_invoice(make_invoice_line(35_00)), decided(FRENCH, customer))

    assert invoice.total_minor == total_minor


@pytest.mark.parametrize("calculator", [FixedRates(), NoTax(), tax_calculator()])
def test_without_settings_tax_is_not_applicable(calculator: TaxCalculator) -> None:
    assert calculator.decide(make_organization(), buyer("FR")) is None


def test_each_organization_has_its_own() -> None:
    for settings in (FRENCH, AMERICAN):
        decision = tax_calculator().decide(make_organization(tax=settings), buyer("US"))
        assert decision == decided(settings, buyer("US"))
