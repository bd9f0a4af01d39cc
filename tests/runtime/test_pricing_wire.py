"""Pricing as `/products` and `/pricing` write and show it: what goes in comes out."""

from typing import Any

import pytest

from functions.billing.models.pricing import PricingModel
from functions.runtime.pricing_in import PricingIn
from functions.runtime.pricing_wire import MEANINGS, WireFrequency, WireModel, pricing_out
from tests.refusals import refusal_of

USD = {"currency": "USD", "unitPrice": 50_000}
IN_TIERS = {
    **USD,
    "tiers": [
        {"lowerBound": 0, "upperBound": 100, "unitAmount": 50, "tierBillingType": "perUnit"},
        {"lowerBound": 101, "upperBound": 200, "flatAmount": 9_000, "tierBillingType": "flat"},
        {"lowerBound": 201, "unitAmount": 40, "flatAmount": 8_000},
    ],
}
IN_CREDITS = {
    "eventName": "email_sent",
    "creditsCurrencyId": "cc_1",
    "unitValue": 0.01,
    "overageUnitPrice": 10,
    "pricingInput": {"kind": "signalQuantity", "path": "rooms.count"},
}
MONTHLY = {"billingFrequency": "Monthly"}
MONTHLY_FEE = {"pricingType": "RecurringPerUnit", **MONTHLY, "pricePoints": [USD]}
PER_EMAIL = {"pricingType": "UsagePerUnit", "eventName": "email_sent", "signalType": "activity", "pricePoints": [USD]}


def shown(pricing: object) -> dict[str, Any]:
    """What a client reads of the pricing that it wrote."""
    entity = PricingIn.model_validate(pricing).entity()
    return dict(pricing_out(entity).model_dump(mode="json", by_alias=True))


def written(pricing_type: str) -> dict[str, Any]:
    """A pricing of that type with everything that the type has."""
    charge_type, model = next(meaning for known, meaning in MEANINGS.items() if known == pricing_type)
    pricing: dict[str, Any] = {"pricingType": pricing_type, "pricePoints": [IN_TIERS if model.has_tiers else USD]}
    match charge_type.value:
        case "oneTime":
            return {**pricing, "billingType": "Arrears"}
        case "usage":
            pricing |= {"signalType": "outcome", "billingFrequency": "Quarterly", "billingType": "Arrears"}
        case _:
            pricing |= {"billingFrequency": "Semi-Annually", "billingType": "Arrears"}
    match model:
        case PricingModel.PERCENT_OF_TOTAL:
            return {**pricing, "percentageValue": 12.5}
        case PricingModel.COST_PLUS:
            return {**pricing, "costPlusMultiplier": 1.3}
        case PricingModel.PREPAID_CREDITS:
            return {**pricing, **IN_CREDITS, "creditCost": 2.5}
        case PricingModel.BRACKETED_CREDITS:
            brackets = [{"upTo": 10, "creditUnits": 0, "creditUnitsPerUnit": 1.5}]
            return {
                **pricing,
                **IN_CREDITS,
                "creditUnitBrackets": [*brackets, {"creditUnits": 9, "creditUnitsPerUnit": 1}],
            }
        case _:
            return pricing | ({"eventName": "email_sent"} if charge_type.value == "usage" else {})


@pytest.mark.parametrize(
    ("pricing_type", "charge_type", "model"),
    [
        ("OneTimePerUnit", "oneTime", "PerUnit"),
        ("RecurringPerUnit", "recurring", "PerUnit"),
        ("RecurringVolume", "recurring", "VolumePricing"),
        ("RecurringGraduated", "recurring", "GraduatedPricing"),
        ("RecurringPercentOfTotal", "recurring", "PercentOfTotal"),
        ("SeatBasedPerUnit", "seatBased", "PerUnit"),
        ("SeatBasedVolume", "seatBased", "VolumePricing"),
        ("SeatBasedGraduated", "seatBased", "GraduatedPricing"),
        ("UsagePerUnit", "usage", "PerUnit"),
        ("UsageVolume", "usage", "VolumePricing"),
        ("UsageGraduated", "usage", "GraduatedPricing"),
        ("UsageCostPlus", "usage", "CostPlus"),
        ("UsagePrepaidCredits", "usage", "PrepaidCredits"),
        ("UsageBracketedPrepaidCredits", "usage", "BracketedPrepaidCredits"),
    ],
)
def test_each_pricing_type_is_shown_as_it_was_written_with_its_two_words(
    pricing_type: str, charge_type: str, model: str
) -> None:
    pricing = written(pricing_type)

    assert shown(pricing) == {**pricing, "chargeType": charge_type, "pricingModel": model}


def test_the_words_of_the_wire_are_those_of_the_core() -> None:
    assert {model.name for model in WireModel} == {model.name for model in PricingModel}
    assert {model for _, model in MEANINGS.values()} == set(PricingModel)


@pytest.mark.parametrize(
    ("pricing", "expected"),
    [
        (
            {"pricingType": "OneTimePerUnit", "feeType": "setup", "pricePoints": [USD]},
            {"chargeType": "oneTime", "pricingModel": "PerUnit", "billingType": "Advance"},
        ),
        (
            {"pricingType": "SeatBasedPerUnit", "eventName": "means nothing here", **MONTHLY, "pricePoints": [USD]},
            {"chargeType": "seatBased", "pricingModel": "PerUnit", **MONTHLY, "billingType": "Advance"},
        ),
        (
            {"pricingType": "UsagePerUnit", "eventName": "email_sent", "pricePoints": [USD]},
            {
                "chargeType": "usage",
                "pricingModel": "PerUnit",
                "eventName": "email_sent",
                **MONTHLY,
                "billingType": "Arrears",
            },
        ),
        (
            {"pricingType": "UsageCostPlus", "costPlusMultiplier": 2, "pricePoints": [USD]},
            {
                "chargeType": "usage",
                "pricingModel": "CostPlus",
                **MONTHLY,
                "billingType": "Arrears",
                "costPlusMultiplier": 2,
            },
        ),
    ],
)
def test_what_was_left_out_is_the_usual_and_what_means_nothing_is_dropped(
    pricing: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert shown(pricing) == {**expected, "pricingType": pricing["pricingType"], "pricePoints": [USD]}


# ---- price points


def test_a_price_may_have_several_currencies_each_with_its_quantities() -> None:
    points = [
        {"currency": "USD", "unitPrice": 10, "includedQuantity": 1000},
        {"currency": "JPY", "unitPrice": 15, "minQuantity": 100, "maxQuantity": 100},
    ]

    assert shown({**MONTHLY_FEE, "pricePoints": points})["pricePoints"] == points


@pytest.mark.parametrize("unit_price", [0, 10.0, 10**12])
def test_a_price_is_any_whole_number_of_minor_units_from_zero(unit_price: object) -> None:
    point = {"currency": "USD", "unitPrice": unit_price, "minQuantity": None, "tiers": []}

    assert shown({**MONTHLY_FEE, "pricePoints": [point]})["pricePoints"] == [
        {"currency": "USD", "unitPrice": unit_price}
    ]


@pytest.mark.parametrize("points", [{}, {"pricePoints": []}, {"pricePoints": None}])
def test_a_multiple_of_other_amounts_needs_no_price_point(points: dict[str, Any]) -> None:
    multiple = {"pricingType": "RecurringPercentOfTotal", "percentageValue": 5, **MONTHLY}

    assert shown({**multiple, **points})["pricePoints"] == []


def test_tiers_are_shown_in_order_each_after_the_one_before_it() -> None:
    """`number` and `index` are not taken at their word: the bounds say which tier is which."""
    tiers = [
        {"lowerBound": 100, "unitAmount": 40, "index": 0},
        {"lowerBound": 1, "upperBound": 100, "unitAmount": 50, "upperbound": 7, "number": 2},
    ]

    pricing = shown({**MONTHLY_FEE, "pricingType": "RecurringVolume", "pricePoints": [{**USD, "tiers": tiers}]})

    assert pricing["pricePoints"][0]["tiers"] == [
        {"lowerBound": 0, "upperBound": 100, "unitAmount": 50, "tierBillingType": "perUnit"},
        {"lowerBound": 101, "unitAmount": 40, "tierBillingType": "perUnit"},
    ]


@pytest.mark.parametrize("billing_type", ["flat", "perUnit", None])
def test_two_amounts_of_a_tier_are_both_kept_whichever_it_says_it_is_about(billing_type: str | None) -> None:
    tier = {"lowerBound": 0, "unitAmount": 40, "flatAmount": 8_000}
    point = {**USD, "tiers": [{**tier, "tierBillingType": billing_type}]}

    pricing = shown({**MONTHLY_FEE, "pricingType": "RecurringGraduated", "pricePoints": [point]})

    assert pricing["pricePoints"][0]["tiers"] == [tier]


# ---- frequencies


@pytest.mark.parametrize("frequency", [*WireFrequency])
def test_a_frequency_is_shown_as_it_was_written(frequency: WireFrequency) -> None:
    months = {"billingFrequencyCustomMonths": 18} if frequency == "Custom" else {}

    pricing = shown({**MONTHLY_FEE, "billingFrequency": frequency.value, **months})

    assert {name: pricing[name] for name in pricing if name.startswith("billingF")} == {
        "billingFrequency": frequency.value,
        **months,
    }


def test_the_contracts_frequencies_are_five() -> None:
    assert [*WireFrequency] == ["Monthly", "Quarterly", "Semi-Annually", "Annual", "Custom"]


def test_a_one_time_fee_has_no_frequency() -> None:
    fee = {"pricingType": "OneTimePerUnit", "pricePoints": [USD], "billingFrequency": "Annual"}

    assert "billingFrequency" not in shown(fee)
    assert PricingIn.model_validate({**fee, "billingFrequencyCustomMonths": 5}).entity().months == 1


# ---- numbers with decimals


@pytest.mark.parametrize("number", [0, 0.000001, 0.1, 1.3, 33.3, 99.999999, 999.999999, 1000, 12.0])
def test_a_percentage_and_a_multiplier_are_kept_to_the_last_decimal(number: float) -> None:
    percentage = {"pricingType": "RecurringPercentOfTotal", **MONTHLY, "percentageValue": number}
    cost_plus = {"pricingType": "UsageCostPlus", "costPlusMultiplier": number}

    assert str(PricingIn.model_validate(cost_plus).entity().multiplier) == f"{number:.6f}".rstrip("0").rstrip(".")
    assert shown(percentage)["percentageValue"] == number
    assert shown(cost_plus)["costPlusMultiplier"] == number


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0.0000001, "expected at most 6 decimals"),
        (1.3000001, "expected at most 6 decimals"),
        (-0.1, "expected a number from 0 to 1000"),
        (1000.1, "expected a number from 0 to 1000"),
        (10**400, "expected a number from 0 to 1000"),
        (float("inf"), "expected a number from 0 to 1000"),
        ("1.3", "expected a number"),
        (True, "expected a number"),
    ],
)
def test_a_number_out_of_bounds_is_refused(number: object, expected: str) -> None:
    refused = refusal_of(PricingIn, {"pricingType": "UsageCostPlus", "costPlusMultiplier": number})

    assert refused.startswith("costPlusMultiplier is ")
    assert refused.endswith(f": {expected}")
