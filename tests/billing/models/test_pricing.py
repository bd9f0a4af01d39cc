from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from functions.billing.errors import InvalidInput
from functions.billing.models.pricing import (
    BillingFrequency,
    BillingTiming,
    ChargeType,
    PricePoint,
    Pricing,
    PricingModel,
    default_timing,
)
from functions.billing.models.tiers import Tier
from tests.builders import ADVANCE, ARREARS, ONE_TIME, RECURRING, SEATS, USAGE, make_price, make_pricing


@pytest.mark.parametrize(
    ("charge_type", "timing"), [(ONE_TIME, ADVANCE), (RECURRING, ADVANCE), (SEATS, ADVANCE), (USAGE, ARREARS)]
)
def test_only_usage_is_charged_in_arrears_unless_something_else_is_said(
    charge_type: ChargeType, timing: BillingTiming
) -> None:
    assert default_timing(charge_type) is timing


def test_usage_in_advance_is_refused_because_it_is_not_known_before() -> None:
    with pytest.raises(ValidationError, match="billingType of usage is Advance, expected Arrears"):
        make_pricing(USAGE, timing=ADVANCE)


@pytest.mark.parametrize("event_name", [None, ""])
def test_usage_of_no_event_is_refused(event_name: str | None) -> None:
    with pytest.raises(ValidationError, match="eventName is missing"):
        make_pricing(USAGE, event_name=event_name)


@pytest.mark.parametrize(("maximum", "accepted"), [(9, False), (10, True), (11, True), (None, True)])
def test_the_most_is_not_below_the_least(maximum: int | None, *, accepted: bool) -> None:
    if accepted:
        assert make_price(min_quantity=10, max_quantity=maximum).max_quantity == maximum
    else:
        with pytest.raises(ValidationError, match="maxQuantity 9 is below minQuantity 10"):
            make_price(min_quantity=10, max_quantity=maximum)


@pytest.mark.parametrize("field", ["unit_price_minor", "included_quantity", "min_quantity", "max_quantity"])
@pytest.mark.parametrize("value", [-1, 10**12 + 1, 0.5])
def test_prices_and_quantities_are_whole_and_neither_negative_nor_beyond_a_million_millions(
    field: str, value: float
) -> None:
    with pytest.raises(ValidationError, match=field):
        PricePoint.model_validate({"currency": "USD", "unit_price_minor": 1, field: value})


def test_a_price_is_found_by_its_currency() -> None:
    pricing = make_pricing(RECURRING, make_price(500_00), make_price(450_00, currency="EUR"))

    assert pricing.price_in("EUR").unit_price_minor == 450_00
    assert pricing.is_sold_in("USD")
    assert not pricing.is_sold_in("GBP")


def test_a_price_that_does_not_exist_is_an_error_and_not_zero() -> None:
    pricing = make_pricing(RECURRING, make_price(), make_price(currency="EUR"))

    with pytest.raises(InvalidInput, match="no price point in GBP; the pricing has USD, EUR"):
        pricing.price_in("GBP")


def test_two_prices_in_one_currency_are_refused() -> None:
    with pytest.raises(ValidationError, match="name a currency twice: USD, USD"):
        make_pricing(RECURRING, make_price(1), make_price(2))


# ---- frequencies


@pytest.mark.parametrize(
    ("frequency", "custom_months", "months"),
    [
        ("monthly", None, 1),
        ("quarterly", None, 3),
        ("semiAnnually", None, 6),
        ("annual", None, 12),
        ("custom", 1, 1),
        ("custom", 18, 18),
        ("custom", 120, 120),
    ],
)
def test_a_frequency_is_a_number_of_months(frequency: str, custom_months: int | None, months: int) -> None:
    assert make_pricing(frequency=frequency, custom_months=custom_months).months == months


@pytest.mark.parametrize("months", [0, 121])
def test_a_custom_period_has_a_month_at_least_and_ten_years_at_most(months: int) -> None:
    with pytest.raises(ValidationError, match="custom_months"):
        make_pricing(frequency=BillingFrequency.CUSTOM, custom_months=months)


def test_months_belong_to_the_custom_frequency_and_to_no_other() -> None:
    with pytest.raises(ValidationError, match="billingFrequencyCustomMonths is missing"):
        make_pricing(frequency=BillingFrequency.CUSTOM)
    with pytest.raises(
        ValidationError, match="billingFrequencyCustomMonths is 3, expected none: the frequency is annual"
    ):
        make_pricing(frequency=BillingFrequency.ANNUAL, custom_months=3)


# ---- models

TIERED = make_price(tiers=(Tier(up_to=10, unit_minor=100), Tier(unit_minor=80)))
PERCENTAGE: dict[str, Any] = {"model": PricingModel.PERCENT_OF_TOTAL, "percentage": Decimal("12.5")}
COST_PLUS: dict[str, Any] = {"model": PricingModel.COST_PLUS, "multiplier": Decimal("1.3"), "event_name": None}


@pytest.mark.parametrize("model", [PricingModel.VOLUME, PricingModel.GRADUATED])
@pytest.mark.parametrize("charge_type", [RECURRING, SEATS, USAGE])
def test_only_prices_with_tiers_have_them(charge_type: ChargeType, model: PricingModel) -> None:
    assert make_pricing(charge_type, TIERED, model=model).price_in("USD").tiers == TIERED.tiers

    with pytest.raises(
        ValidationError, match=f"tiers are missing, expected at least one: the pricing model is {model}"
    ):
        make_pricing(charge_type, make_price(), model=model)
    with pytest.raises(ValidationError, match="tiers are 2, expected none: the pricing model is perUnit"):
        make_pricing(charge_type, TIERED)


def test_every_currency_has_tiers_of_its_own() -> None:
    with pytest.raises(ValidationError, match="tiers in EUR are missing, expected at least one"):
        make_pricing(RECURRING, TIERED, make_price(currency="EUR"), model=PricingModel.VOLUME)


@pytest.mark.parametrize("pricing", [make_pricing(RECURRING, **PERCENTAGE), make_pricing(USAGE, **COST_PLUS)])
def test_a_multiple_of_other_amounts_is_sold_in_every_currency(pricing: Pricing) -> None:
    without_points = pricing.model_copy(update={"price_points": ()})

    assert Pricing.model_validate(dict(without_points)).is_sold_in("JPY")


@pytest.mark.parametrize(
    ("charge_type", "fields", "sentence"),
    [
        (RECURRING, {**PERCENTAGE, "percentage": None}, "percentageValue is missing"),
        (USAGE, {**COST_PLUS, "multiplier": None}, "costPlusMultiplier is missing"),
        (RECURRING, {"percentage": 5}, "percentageValue is 5, expected none: the pricing model is perUnit"),
        (USAGE, {"multiplier": 2}, "costPlusMultiplier is 2, expected none: the pricing model is perUnit"),
        (SEATS, PERCENTAGE, "a percentage of the recurring lines is itself recurring"),
        (RECURRING, COST_PLUS, "a multiple of costs is charged as usage only"),
        (RECURRING, {**PERCENTAGE, "percentage": -1}, "percentage"),
        (RECURRING, {**PERCENTAGE, "percentage": 1001}, "percentage"),
    ],
)
def test_a_multiple_is_of_what_its_model_says(charge_type: ChargeType, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        make_pricing(charge_type, **fields)


def test_a_price_per_unit_needs_a_price_point() -> None:
    with pytest.raises(ValidationError, match="pricePoints are missing, expected at least one"):
        Pricing(charge_type=RECURRING, timing=ADVANCE)
