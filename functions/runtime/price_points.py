"""What both ways of writing a price have in common: amounts and quantities in one currency, with tiers or without.

Products and orders differ in their words, and in where the currency stands.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema, model_validator

from functions.billing.errors import InvalidInput
from functions.billing.models.pricing import PricePoint
from functions.billing.models.tiers import MAX_TIERS, Tier, TierBounds, tiers_of
from functions.runtime.fields import Whole, WholeNumber
from functions.runtime.wire import Creation, Part

CustomMonths = Annotated[Whole, Field(ge=1, le=120)] | None
"""The length of a custom billing period; given with the frequency Custom, and with no other."""


class TierBillingType(StrEnum):
    """Which amount a tier is about. Where both are given both apply, whichever of the two it names."""

    FLAT = "flat"
    PER_UNIT = "perUnit"


class TierIn(Creation):
    """A tier as it was written. Where it begins may be left out; `number` and `index` are read from its bounds."""

    lower_bound: WholeNumber | None = None
    upper_bound: WholeNumber | None = None
    unit_amount: WholeNumber | None = None
    flat_amount: WholeNumber | None = None
    tier_billing_type: TierBillingType | None = None

    @model_validator(mode="after")
    def _has_the_amount_it_is_about(self) -> Self:
        if self.tier_billing_type is TierBillingType.FLAT and self.flat_amount is None:
            raise ValueError("tierBillingType is flat, but flatAmount is missing")
        if self.tier_billing_type is TierBillingType.PER_UNIT and self.unit_amount is None:
            raise ValueError("tierBillingType is perUnit, but unitAmount is missing")
        return self

    def bounds(self) -> TierBounds:
        return TierBounds(
            lower=self.lower_bound, upper=self.upper_bound, unit_minor=self.unit_amount, flat_minor=self.flat_amount
        )


class PriceIn(Creation, Part):
    """Tiers may come in any order."""

    unit_price: WholeNumber
    included_quantity: WholeNumber = 0
    min_quantity: WholeNumber = 0
    max_quantity: WholeNumber | None = None
    tiers: Annotated[list[TierIn], Field(max_length=MAX_TIERS)] = []

    def price_point(self, currency: str) -> PricePoint:
        return PricePoint(
            currency=currency,
            unit_price_minor=self.unit_price,
            included_quantity=self.included_quantity,
            min_quantity=self.min_quantity,
            max_quantity=self.max_quantity,
            tiers=_tiers(self.tiers),
        )


def _tiers(rows: list[TierIn]) -> tuple[Tier, ...]:
    """Raises ValueError, to which pydantic adds the path."""
    try:
        return tiers_of([row.bounds() for row in rows])
    except InvalidInput as error:
        raise ValueError(error.sentence) from None


FROM_PRODUCT = "a line takes its credits from its product"


def refusing(*words: str, because: str) -> BeforeValidator:
    """Refuses words of the contract that are not sold so far."""

    def check(value: object) -> object:
        if isinstance(value, str) and value in words:
            raise ValueError(f"{because}, expected another")
        return value

    return BeforeValidator(check)


def _no_credits(benefits: list[JsonValue]) -> list[JsonValue]:
    if benefits:
        raise ValueError(f"{FROM_PRODUCT}, expected an empty list")
    return benefits


def _no_credit(value: JsonValue) -> JsonValue:
    """Refused rather than dropped: whoever says how credits burn would bill less than agreed."""
    del value
    raise ValueError(f"{FROM_PRODUCT}, expected none")


NoCredits = Annotated[JsonValue, AfterValidator(_no_credit), WithJsonSchema({"type": "null"})]

NoCreditBenefits = (
    Annotated[list[JsonValue], AfterValidator(_no_credits), Field(json_schema_extra={"maxItems": 0})] | None
)
"""Refused rather than dropped: a customer would miss credits that were promised."""
