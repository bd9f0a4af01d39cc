"""What a priced component costs, in one internal form; each edge of the API translates its own casing to it."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from math import isfinite
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from functions.billing.errors import InvalidInput
from functions.billing.models.entity import CurrencyCode, Value, unwritten
from functions.billing.models.tiers import MinorAmount, Quantity, Tier, check_tiers
from functions.billing.money import EXACT

CREDIT_DIGITS = 6
"""Credits are exact to so many decimals on the wire, and are counted in whole 10^-6 inside."""

MAX_CREDITS = 10**9
"""Of one grant, or of what one signal takes: beyond it somebody has mistaken the unit."""

_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?")
"""A number as a string has it; no exponents, and no digits of other scripts."""


class ChargeType(StrEnum):
    """What makes the quantity: nothing (once or per period), seats, or signals."""

    ONE_TIME = "oneTime"
    RECURRING = "recurring"
    SEAT_BASED = "seatBased"
    USAGE = "usage"


class PricingModel(StrEnum):
    """How a quantity becomes an amount (design: Prices)."""

    PER_UNIT = "perUnit"
    VOLUME = "volumePricing"
    GRADUATED = "graduatedPricing"
    PERCENT_OF_TOTAL = "percentOfTotal"
    COST_PLUS = "costPlus"
    PREPAID_CREDITS = "prepaidCredits"
    BRACKETED_CREDITS = "bracketedPrepaidCredits"

    @property
    def takes_credits(self) -> bool:
        return self in {PricingModel.PREPAID_CREDITS, PricingModel.BRACKETED_CREDITS}

    @property
    def has_tiers(self) -> bool:
        return self in {PricingModel.VOLUME, PricingModel.GRADUATED}


class BillingTiming(StrEnum):
    """Whether a period is charged when it begins or when it has ended."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class BillingFrequency(StrEnum):
    """How long a period is; CUSTOM takes its months from beside it."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUALLY = "semiAnnually"
    ANNUAL = "annual"
    CUSTOM = "custom"


class SignalType(StrEnum):
    """Usage and outcome prices differ by this word alone (contract 2.1)."""

    ACTIVITY = "activity"
    OUTCOME = "outcome"


class FeeType(StrEnum):
    """What a one-time fee is for; shown, never calculated with."""

    SETUP = "setup"
    ONBOARDING = "onboarding"
    IMPLEMENTATION = "implementation"
    MIGRATION = "migration"
    CUSTOM = "custom"


_MONTHS = {
    BillingFrequency.MONTHLY: 1,
    BillingFrequency.QUARTERLY: 3,
    BillingFrequency.SEMI_ANNUALLY: 6,
    BillingFrequency.ANNUAL: 12,
}

Months = Annotated[int, Field(ge=1, le=120)]
"""The length of a custom period: ten years at most."""


class PricePoint(Value):
    """The price in one currency. Quantities are per billing period.

    Where there are tiers the unit price means nothing: it is kept because the wire has it.
    """

    currency: CurrencyCode
    unit_price_minor: MinorAmount = 0
    included_quantity: Quantity = 0
    min_quantity: Quantity = 0
    max_quantity: Quantity | None = None
    tiers: tuple[Tier, ...] = ()

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.max_quantity is not None and self.max_quantity < self.min_quantity:
            raise ValueError(f"maxQuantity {self.max_quantity} is below minQuantity {self.min_quantity}")
        check_tiers(self.tiers)
        return self


class Bracket(Value):
    """What a signal takes whose quantity is at most `up_to`, or, with `per_unit`, what each unit takes up to there."""

    up_to: Annotated[int, Field(ge=0)] | None = None
    credits: Decimal = Decimal(0)
    per_unit: Decimal | None = None


class CreditRule(Value):
    """How many credits a signal takes: `cost` for each unit of its quantity, or what the bracket of its quantity says.

    `quantity_path` says where in a signal's data the quantity lies; without one each signal counts as one. `unit_value`
    is what a credit is worth to whoever sells it: shown, never calculated with.
    """

    currency_id: str
    cost: Decimal = Decimal(0)
    unit_value: Decimal | None = None
    quantity_path: str | None = None
    brackets: tuple[Bracket, ...] = ()

    @model_validator(mode="after")
    def _has_a_bracket_for_every_quantity(self) -> Self:
        bounds = [bracket.up_to for bracket in self.brackets]
        closed = [bound for bound in bounds if bound is not None]
        if self.brackets and (bounds[-1] is not None or len(closed) < len(bounds) - 1):
            raise ValueError("creditUnitBrackets: expected an upTo in each bracket but the last, which has none")
        if len({bracket.per_unit is None for bracket in self.brackets}) > 1:
            raise ValueError("creditUnitBrackets: expected creditUnitsPerUnit in all brackets or in none")
        if any(later <= earlier for earlier, later in pairwise(closed)):
            raise ValueError(f"creditUnitBrackets: upTo is {closed}, expected each to be above the one before")
        return self

    def taken_micro(self, data: Mapping[str, JsonValue] | None) -> int:
        """In millionths of a credit, rounded half-up at the sixth decimal."""
        quantity = Decimal(1) if self.quantity_path is None else quantity_at(self.quantity_path, data)
        micro = min(self._taken(quantity), Decimal(MAX_CREDITS)).scaleb(CREDIT_DIGITS, context=EXACT)
        return int(micro.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))

    def _taken(self, quantity: Decimal) -> Decimal:
        """Flat credits are those of one bracket; those per unit are added up through the brackets, each for its own."""
        if not self.brackets:
            return EXACT.multiply(self.cost, quantity)
        taken, below = Decimal(0), Decimal(0)
        for bracket in self.brackets:
            reached = quantity if bracket.up_to is None else min(quantity, Decimal(bracket.up_to))
            if bracket.per_unit is None and reached == quantity:
                return bracket.credits
            units = EXACT.subtract(reached, below)
            taken, below = EXACT.add(taken, EXACT.multiply(bracket.per_unit or Decimal(0), units)), reached
        return taken


def quantity_at(path: str, data: Mapping[str, JsonValue] | None) -> Decimal:
    """The number that lies there, `$.quantity` being the same as `quantity`; what is below zero counts as zero.

    A number that was sent as a string is that number. Where nothing lies there (contract 2.4), or nothing that is a
    number, it is one: a signal was sent all the same.
    """
    found: object = data
    for name in path.removeprefix("$.").split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    quantity = _number(found)
    return Decimal(1) if quantity is None else max(quantity, Decimal(0))


def _number(found: object) -> Decimal | None:
    """Exact; None for what is none, or is not finite."""
    if isinstance(found, bool):
        return None
    if isinstance(found, int):
        return Decimal(found)
    if isinstance(found, float):
        return Decimal(str(found)) if isfinite(found) else None
    return Decimal(found) if isinstance(found, str) and _DIGITS.fullmatch(found) else None


class Recipient(StrEnum):
    """Whose the credits are: the whole customer's, or each seat's own."""

    ORGANIZATION = "organization"
    SEAT = "seat"


class Cadence(StrEnum):
    """Whether a billing period's credits come when it begins, or month by month."""

    UPFRONT = "upfront"
    MONTHLY = "monthly"


class GrantTiming(StrEnum):
    """What a period's credits wait for."""

    ON_ACTIVATION = "on_order_activation"
    ON_INVOICE_POSTED = "on_invoice_posted"
    ON_PAYMENT = "on_payment"


class RolloverUnit(StrEnum):
    DAYS = "days"
    MONTHS = "months"


class CreditBenefit(Value):
    """The credits that come with a component in each of its billing periods, for each unit of its quantity.

    At the end of the period they expire, but for `rollover_micro` of them for each unit, which last `rollover_duration`
    longer.
    """

    currency_id: str
    amount_micro: Annotated[int, Field(ge=0)]
    recipient: Recipient = Recipient.ORGANIZATION
    is_infinite: bool = False
    cadence: Cadence = Cadence.UPFRONT
    timing: GrantTiming = GrantTiming.ON_ACTIVATION
    overage_unit_minor: MinorAmount | None = None
    rollover_micro: Annotated[int, Field(ge=0)] | None = None
    rollover_duration: Annotated[int, Field(ge=1, le=1200)] | None = None
    rollover_unit: RolloverUnit | None = None

    @model_validator(mode="after")
    def _rolls_over_for_some_time(self) -> Self:
        given = [self.rollover_micro is not None, self.rollover_duration is not None, self.rollover_unit is not None]
        if any(given) and not all(given):
            raise ValueError("rolloverAmount, rolloverDuration and rolloverDurationUnit: expected all of them or none")
        if any(given) and self.is_infinite:
            raise ValueError(
                "rolloverAmount is given, expected none: of credits without end (isInfiniteTotal) none is left"
            )
        return self


class Pricing(Value):
    """One version of the price of one component, in every currency it is sold in.

    `percentage` (of the other recurring lines of an invoice) and `multiplier` (of recorded costs) are numbers without
    a currency: those models need no price points. Nor do credits: only what of them nothing was granted for is money,
    at `overage_unit_minor` for a whole credit; None where it waits for a grant.
    """

    charge_type: ChargeType
    model: PricingModel = PricingModel.PER_UNIT
    timing: BillingTiming
    frequency: BillingFrequency = BillingFrequency.MONTHLY
    custom_months: Months | None = None
    price_points: tuple[PricePoint, ...] = ()
    percentage: Annotated[Decimal, Field(ge=0, le=1000)] | None = None
    multiplier: Annotated[Decimal, Field(ge=0, le=1000)] | None = None
    credits: CreditRule | None = None
    overage_unit_minor: MinorAmount | None = None
    benefits: tuple[CreditBenefit, ...] = unwritten(())
    event_name: str | None = None
    signal_type: SignalType | None = None
    fee_type: FeeType | None = None

    @model_validator(mode="after")
    def _fits_its_charge_type(self) -> Self:
        is_usage, is_cost_plus = self.charge_type is ChargeType.USAGE, self.model is PricingModel.COST_PLUS
        if is_cost_plus and not is_usage:
            raise ValueError("a multiple of costs is charged as usage only")
        if is_usage and not is_cost_plus and not self.event_name:
            raise ValueError("eventName is missing: usage is counted from signals of that name")
        if is_usage and self.timing is BillingTiming.ADVANCE:
            raise ValueError("billingType of usage is Advance, expected Arrears: it is not known before")
        check_custom_months("billingFrequencyCustomMonths", self.frequency, self.custom_months)
        return self

    @model_validator(mode="after")
    def _fits_its_model(self) -> Self:
        factors = {
            PricingModel.PERCENT_OF_TOTAL: ("percentageValue", self.percentage),
            PricingModel.COST_PLUS: ("costPlusMultiplier", self.multiplier),
        }
        for model, (field, value) in factors.items():
            if self.model is model and value is None:
                raise ValueError(f"{field} is missing: the price is a multiple of other amounts")
            if self.model is not model and value is not None:
                raise ValueError(f"{field} is {value}, expected none: the pricing model is {self.model}")
        if self.model.takes_credits and self.credits is None:
            raise ValueError("creditsCurrencyId is missing: the price is in credits")
        if self.credits is not None and not self.model.takes_credits:
            raise ValueError(f"creditsCurrencyId is given, expected none: the pricing model is {self.model}")
        if self.model.takes_credits and self.charge_type not in {ChargeType.USAGE, ChargeType.SEAT_BASED}:
            raise ValueError(f"a price in credits is charged by signals or by seats, not {self.charge_type}")
        if self.model is PricingModel.PERCENT_OF_TOTAL and self.charge_type is not ChargeType.RECURRING:
            raise ValueError("a percentage of the recurring lines is itself recurring")
        return self

    @model_validator(mode="after")
    def _has_the_price_points_of_its_model(self) -> Self:
        if self.needs_price_point and not self.price_points:
            raise ValueError("pricePoints are missing, expected at least one")
        currencies = [point.currency for point in self.price_points]
        if len(set(currencies)) < len(currencies):
            raise ValueError(f"pricePoints name a currency twice: {', '.join(currencies)}")
        for point in self.price_points:
            tiers = f"tiers in {point.currency}" if len(self.price_points) > 1 else "tiers"
            if point.tiers and not self.model.has_tiers:
                raise ValueError(f"{tiers} are {len(point.tiers)}, expected none: the pricing model is {self.model}")
            if self.model.has_tiers and not point.tiers:
                raise ValueError(f"{tiers} are missing, expected at least one: the pricing model is {self.model}")
        return self

    @property
    def months(self) -> int:
        """The length of a full period."""
        return months_of(self.frequency, self.custom_months)

    @property
    def is_paid_in_credits(self) -> bool:
        """Whether it costs credits and no money, whatever there is of them: so do seats; of usage it is overage."""
        return self.model.takes_credits and self.charge_type is not ChargeType.USAGE

    @property
    def needs_price_point(self) -> bool:
        is_multiple = self.model in {PricingModel.PERCENT_OF_TOTAL, PricingModel.COST_PLUS}
        return not is_multiple and not self.model.takes_credits

    def is_sold_in(self, currency: str) -> bool:
        return not self.needs_price_point or any(point.currency == currency for point in self.price_points)

    def price_in(self, currency: str) -> PricePoint:
        """The price point of `currency`; its absence is an error, never a zero."""
        for point in self.price_points:
            if point.currency == currency:
                return point
        known = ", ".join(point.currency for point in self.price_points) or "none"
        raise InvalidInput(f"there is no price point in {currency}; the pricing has {known}")


def check_custom_months(field: str, frequency: BillingFrequency, custom_months: int | None) -> None:
    """Raises ValueError unless a number of months stands beside CUSTOM, and beside nothing else."""
    if frequency is BillingFrequency.CUSTOM and custom_months is None:
        raise ValueError(f"{field} is missing, expected the number of months of a custom period")
    if frequency is not BillingFrequency.CUSTOM and custom_months is not None:
        raise ValueError(f"{field} is {custom_months}, expected none: the frequency is {frequency}")


def months_of(frequency: BillingFrequency, custom_months: int | None) -> int:
    """The months of a full period; `custom_months` counts for CUSTOM alone."""
    return custom_months or 1 if frequency is BillingFrequency.CUSTOM else _MONTHS[frequency]


def default_timing(charge_type: ChargeType) -> BillingTiming:
    """Usage is known when its period has ended; everything else is charged when it begins (design: calendar)."""
    return BillingTiming.ARREARS if charge_type is ChargeType.USAGE else BillingTiming.ADVANCE
