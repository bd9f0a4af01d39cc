"""Tax on an invoice: what was decided of the buyer, and one subtotal for each rate (EN 16931)."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from functions.billing.models.entity import Value

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2; Greece is GR."""


class TaxCategory(StrEnum):
    """Why a rate applies, by the letters of UNTDID 5305 that e-invoices use."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    OUT_OF_SCOPE = "O"


class TaxExemptStatus(StrEnum):
    """What a customer is to the tax office, by the words of the contract's first version."""

    NONE = "none"
    EXEMPT = "exempt"
    REVERSE = "reverse"


class TaxDecision(Value):
    """The tax on everything that a seller sells to a buyer.

    `country` is the one whose rules decided; None where the buyer's was asked for and is not known. `reason` is a
    sentence wherever the rate is not plainly the one of the buyer's country: always for E, AE and O.
    """

    rate: Percent
    category: TaxCategory
    country: CountryCode | None = None
    reason: str | None = None


class TaxSubtotal(TaxDecision):
    """The tax of all lines of one rate, rounded once; amounts are minor units."""

    taxable_minor: int
    tax_minor: int


class TaxSettings(Value):
    """What an organization charges: its own country, and the rate in percent for buyers of each country it names.

    Its own country is always among them: that rate is charged where nothing better is known of a buyer.
    """

    country: CountryCode
    vat_number: str | None = None
    rates: dict[CountryCode, Percent]

    @model_validator(mode="after")
    def _has_a_rate_of_its_own(self) -> Self:
        if self.country not in self.rates:
            raise ValueError(f"rates has none for {self.country}, the organization's own country")
        return self

    @property
    def domestic_rate(self) -> Decimal:
        return self.rates[self.country]
