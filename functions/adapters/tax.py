"""Tax: none, or by fixed rates, which are what an organization's settings say for the buyer's country."""

from decimal import Decimal

from functions.billing.models.country import EUROPEAN_UNION, country_code, vat_number_in
from functions.billing.models.customer import Customer
from functions.billing.models.organization import Organization
from functions.billing.models.tax import TaxCategory, TaxDecision, TaxExemptStatus, TaxSettings

EXEMPT = "Exempt from tax: the buyer is registered with the seller as exempt."
REVERSE_CHARGE = "Reverse charge: the buyer accounts for the tax."
REVERSE_CHARGE_IN_EU = "Reverse charge: the buyer accounts for the VAT (Article 196 of Directive 2006/112/EC)."
COUNTRY_UNKNOWN = "Domestic rate: the buyer's country is not known."


class TaxByOrganization:
    """Fulfils `TaxCalculator`: an organization with tax settings goes by them, one without charges none."""

    def decide(self, seller: Organization, buyer: Customer) -> TaxDecision | None:
        calculator = NoTax() if seller.tax is None else FixedRates()
        return calculator.decide(seller, buyer)


class NoTax:
    """Fulfils `TaxCalculator`."""

    def decide(self, seller: Organization, buyer: Customer) -> None:
        """None: tax is not applicable."""
        del seller, buyer


class FixedRates:
    """Fulfils `TaxCalculator`. Digital services: where they are taxed goes by where the buyer is.

    Nobody is let off for what is not known of them: an unreadable country or VAT number costs the domestic rate.
    """

    def decide(self, seller: Organization, buyer: Customer) -> TaxDecision | None:
        """None for a seller without tax settings."""
        settings = seller.tax
        if settings is None:
            return None
        country = country_code(None if buyer.billing_address is None else buyer.billing_address.country)
        match buyer.tax_exempt_status:
            case TaxExemptStatus.EXEMPT:
                return _untaxed(TaxCategory.EXEMPT, country, EXEMPT)
            case TaxExemptStatus.REVERSE:
                return _reverse_charge(settings, country)
            case TaxExemptStatus.NONE:
                return _by_country(settings, country, buyer.vat_number)


def _by_country(settings: TaxSettings, country: str | None, vat_number: str | None) -> TaxDecision:
    if country is None:
        return _taxed(settings.domestic_rate, settings.country, COUNTRY_UNKNOWN)
    crosses_a_border_of_the_union = _crosses_a_border_of_the_union(settings, country)
    if crosses_a_border_of_the_union and vat_number_in(country, vat_number):
        return _reverse_charge(settings, country)
    if country in settings.rates:
        return _taxed(settings.rates[country], country)
    if crosses_a_border_of_the_union:  # a consumer, taxed like one at home (Article 59c of the same directive)
        reason = f"Domestic rate: the buyer has given no VAT number of {country}."
        return _taxed(settings.domestic_rate, settings.country, reason)
    reason = f"Outside the scope of tax in {settings.country}: supplied to a buyer in {country}."
    return _untaxed(TaxCategory.OUT_OF_SCOPE, country, reason)


def _crosses_a_border_of_the_union(settings: TaxSettings, country: str | None) -> bool:
    return settings.country != country and {settings.country, country} <= EUROPEAN_UNION


def _reverse_charge(settings: TaxSettings, country: str | None) -> TaxDecision:
    in_eu = _crosses_a_border_of_the_union(settings, country)
    return _untaxed(TaxCategory.REVERSE_CHARGE, country, REVERSE_CHARGE_IN_EU if in_eu else REVERSE_CHARGE)


def _taxed(rate: Decimal, country: str, reason: str | None = None) -> TaxDecision:
    category = TaxCategory.STANDARD if rate else TaxCategory.ZERO
    return TaxDecision(rate=rate, category=category, country=country, reason=reason)


def _untaxed(category: TaxCategory, country: str | None, reason: str) -> TaxDecision:
    return TaxDecision(rate=Decimal(0), category=category, country=country, reason=reason)
