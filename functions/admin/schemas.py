"""What an administrator may ask for, by its `operation`."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from functions.admin.announce_schemas import AnyAnnouncing
from functions.admin.audit_schemas import AnyAudit
from functions.admin.balance_schemas import AnyBalance
from functions.admin.inspecting import Inspect
from functions.admin.key_schemas import AnyKeyOperation
from functions.admin.letterhead_schemas import AnyLetterhead
from functions.admin.operation import Operation
from functions.billing.models.country import EUROPEAN_UNION, country_code, vat_number_in
from functions.billing.models.entity import Name
from functions.billing.models.organization import Organization
from functions.billing.models.tax import Percent, TaxSettings
from functions.runtime.sentences import rule_of
from functions.runtime.wire import NumberOut, Wire

MOST_DAYS = (date.max - date.min).days


class CreateOrganization(Operation):
    operation: Literal["create_organization"]
    name: Name
    test: bool = False
    clock: date | None = None

    @model_validator(mode="after")
    def _only_tests_have_clocks(self) -> Self:
        if self.clock is not None and not self.test:
            raise ValueError("clock is given, but only a test organization has one: expected test to be true")
        return self


class SetClock(Operation):
    """Goes at most so many `days` and answers; the same again goes on. Without `far` a date far off is refused."""

    operation: Literal["set_clock"]
    organization: str
    date: date
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = MOST_DAYS
    far: bool = False


class ListOrganizations(Operation):
    operation: Literal["list_organizations"]


def _country(text: str) -> str:
    if (code := country_code(text)) is None:
        raise ValueError("expected the two letters of a country such as FR")
    return code


Country = Annotated[str, AfterValidator(_country)]
"""A country in any spelling that `country_code` reads."""


class ShowTax(Operation):
    operation: Literal["show_tax"]
    organization: str


class SetTax(Operation):
    """Replaces whatever was set before."""

    operation: Literal["set_tax"]
    organization: str
    country: Country
    vat_number: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    rates: dict[str, Percent]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        try:
            self.settings()
        except ValidationError as error:
            raise ValueError(rule_of(error)) from None
        return self

    def settings(self) -> TaxSettings:
        """What is to be stored. Raises ValueError."""
        rates: dict[str, Percent] = {}
        for text, rate in self.rates.items():
            country = country_code(text)
            if country is None or country in rates:
                raise ValueError(f"rates names {text!r}, expected the two letters of a country such as FR, each once")
            rates[country] = rate
        return TaxSettings(country=self.country, vat_number=self._own_vat_number(), rates=rates)

    def _own_vat_number(self) -> str | None:
        """In the Union other firms' books are checked against it: a slip of the pen is worth a question."""
        if self.vat_number is None or self.country not in EUROPEAN_UNION:
            return self.vat_number
        if (number := vat_number_in(self.country, self.vat_number)) is None:
            raise ValueError(f"vat_number is {self.vat_number!r}, expected a VAT number of {self.country}")
        return number


class ClearTax(Operation):
    operation: Literal["clear_tax"]
    organization: str


AnyOperation = Annotated[
    CreateOrganization
    | ListOrganizations
    | AnyKeyOperation
    | SetClock
    | ShowTax
    | SetTax
    | ClearTax
    | AnyLetterhead
    | AnyAudit
    | AnyBalance
    | AnyAnnouncing
    | Inspect,
    Field(discriminator="operation"),
]


class OrganizationOut(Wire):
    id: str
    name: str
    test: bool
    clock: date | None


class TaxOut(Wire):
    """Tax settings; rates are percent."""

    country: str
    vat_number: str | None
    rates: dict[str, NumberOut]


def organization_out(organization: Organization) -> OrganizationOut:
    return OrganizationOut(id=organization.id, name=organization.name, test=organization.test, clock=organization.clock)


def tax_out(settings: TaxSettings) -> TaxOut:
    return TaxOut(country=settings.country, vat_number=settings.vat_number, rates=dict(sorted(settings.rates.items())))
