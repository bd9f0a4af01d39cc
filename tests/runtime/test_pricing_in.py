"""What `/products` and `/pricing` refuse of a pricing, with the field, the value and what was expected."""

from typing import Any

import pytest

from functions.runtime.pricing_in import PricingIn
from tests.refusals import refusal_of

USD = {"currency": "USD", "unitPrice": 50_000}
MONTHLY = {"billingFrequency": "Monthly"}
MONTHLY_FEE = {"pricingType": "RecurringPerUnit", **MONTHLY, "pricePoints": [USD]}
PER_EMAIL = {"pricingType": "UsagePerUnit", "eventName": "email_sent", "signalType": "activity", "pricePoints": [USD]}


@pytest.mark.parametrize(
    ("pricing", "sentence"),
    [
        ({"pricePoints": [USD]}, "pricingType is missing"),
        (
            {"pricingType": "UsageFlat"},
            (
                "pricingType is 'UsageFlat': expected 'OneTimePerUnit', 'RecurringPerUnit', 'RecurringVolume', "
                "'RecurringGraduated', 'RecurringPercentOfTotal', 'SeatBasedPerUnit', 'SeatBasedVolume', "
                "'SeatBasedGraduated', 'UsagePerUnit', 'UsageVolume', 'UsageGraduated', 'UsageCostPlus', "
                "'UsagePrepaidCredits', 'UsageBracketedPrepaidCredits' or 'SeatBasedPrepaidCredits'"
            ),
        ),
        (
            {**MONTHLY_FEE, "billingFrequency": "annual"},
            "billingFrequency is 'annual': expected 'Monthly', 'Quarterly', 'Semi-Annually', 'Annual' or 'Custom'",
        ),
        (
            {"pricingType": "RecurringPerUnit", "pricePoints": [USD]},
            (
                "the body: billingFrequency is missing, "
                "expected one of Monthly, Quarterly, Semi-Annually, Annual, Custom"
            ),
        ),
        (
            {**MONTHLY_FEE, "billingFrequency": "Custom"},
            ("the body: billingFrequencyCustomMonths is missing, expected the number of months of a custom period"),
        ),
        (
            {**MONTHLY_FEE, "billingFrequencyCustomMonths": 2},
            "the body: billingFrequencyCustomMonths is 2, expected none: the frequency is monthly",
        ),
        (
            {**PER_EMAIL, "billingFrequencyCustomMonths": 1},
            "the body: billingFrequencyCustomMonths is 1, expected none: the frequency is monthly",
        ),
        (
            {**MONTHLY_FEE, "billingFrequency": "Custom", "billingFrequencyCustomMonths": 0},
            "billingFrequencyCustomMonths is 0: expected at least 1",
        ),
        (
            {**MONTHLY_FEE, "billingFrequency": "Custom", "billingFrequencyCustomMonths": 121},
            "billingFrequencyCustomMonths is 121: expected at most 120",
        ),
        (
            {"pricingType": "UsagePerUnit", "pricePoints": [USD]},
            "the body: eventName is missing: usage is counted from signals of that name",
        ),
        (
            {**PER_EMAIL, "billingType": "Advance"},
            "the body: billingType of usage is Advance, expected Arrears: it is not known before",
        ),
        ({**PER_EMAIL, "signalType": "idea"}, "signalType is 'idea': expected 'activity' or 'outcome'"),
        ({**MONTHLY_FEE, "pricePoints": []}, "the body: pricePoints are missing, expected at least one"),
        ({**MONTHLY_FEE, "pricePoints": None}, "the body: pricePoints are missing, expected at least one"),
        ({**MONTHLY_FEE, "pricePoints": [USD, USD]}, "the body: pricePoints name a currency twice: USD, USD"),
        (
            {**MONTHLY_FEE, "pricingType": "RecurringPercentOfTotal"},
            "the body: percentageValue is missing: the price is a multiple of other amounts",
        ),
        (
            {"pricingType": "UsageCostPlus"},
            "the body: costPlusMultiplier is missing: the price is a multiple of other amounts",
        ),
        (
            {**MONTHLY_FEE, "percentageValue": 5},
            "the body: percentageValue is 5, expected none: the pricing model is perUnit",
        ),
    ],
)
def test_a_bad_pricing_is_refused(pricing: object, sentence: str) -> None:
    assert refusal_of(PricingIn, pricing) == sentence


PER_SIGNAL = {"pricingType": "UsagePrepaidCredits", "eventName": "e", "creditsCurrencyId": "cc_1", "creditCost": 1}
BY_BRACKET = {
    "pricingType": "UsageBracketedPrepaidCredits",
    "eventName": "e",
    "creditsCurrencyId": "cc_1",
    "pricingInput": {"kind": "signalQuantity"},
    "creditUnitBrackets": [{"creditUnits": 1}],
}


@pytest.mark.parametrize(
    ("pricing", "sentence"),
    [
        (
            {**PER_SIGNAL, "creditsCurrencyId": None},
            "the body: creditsCurrencyId is missing, expected the id of a credit currency",
        ),
        (
            {**PER_SIGNAL, "creditCost": None},
            "the body: creditCost is missing, expected the credits that a signal, or a seat, takes",
        ),
        ({**PER_SIGNAL, "creditCost": -1}, "creditCost is -1: expected a number from 0 to 1000000000"),
        ({**PER_SIGNAL, "creditCost": 0.1234567}, "creditCost is 0.1234567: expected at most 6 decimals"),
        (
            {**PER_SIGNAL, **MONTHLY, "pricingType": "SeatBasedPrepaidCredits", "overageUnitPrice": 5},
            "the body: overageUnitPrice is 5, expected none: seats wait for credits",
        ),
        ({**PER_SIGNAL, "overageUnitPrice": 0.5}, "overageUnitPrice is 0.5: expected a whole number"),
        (
            {**BY_BRACKET, "creditRolloverAmount": 5},
            (
                "creditRolloverAmount is 5: expected none: what rolls over is said by the creditBenefits that give it "
                "(rolloverAmount)"
            ),
        ),
        ({**PER_SIGNAL, "pricingInput": {"kind": "magic"}}, "pricingInput.kind is 'magic': expected 'signalQuantity'"),
        (
            {**BY_BRACKET, "pricingInput": None},
            "the body: creditUnitBrackets and pricingInput are missing, expected what a signal's quantity takes",
        ),
        (
            {**BY_BRACKET, "creditUnitBrackets": [{"creditUnits": 1, "upTo": 5}]},
            "the body: creditUnitBrackets: expected an upTo in each bracket but the last, which has none",
        ),
        (
            {
                **BY_BRACKET,
                "creditUnitBrackets": [{"creditUnits": 1, "upTo": n} for n in (5, 5)] + [{"creditUnits": 1}],
            },
            "the body: creditUnitBrackets: upTo is [5, 5], expected each to be above the one before",
        ),
        (
            {
                **BY_BRACKET,
                "creditUnitBrackets": [{"creditUnits": 1, "upTo": 5}, {"creditUnits": 1, "creditUnitsPerUnit": 2}],
            },
            "the body: creditUnitBrackets: expected creditUnitsPerUnit in all brackets or in none",
        ),
    ],
)
def test_a_bad_price_in_credits_is_refused(pricing: object, sentence: str) -> None:
    assert refusal_of(PricingIn, pricing) == sentence


@pytest.mark.parametrize(
    ("point", "sentence"),
    [
        ({"unitPrice": -5}, ".unitPrice is -5: expected at least 0"),
        ({"unitPrice": 10.5}, ".unitPrice is 10.5: expected a whole number"),
        ({"unitPrice": 10**12 + 1}, ".unitPrice is 1000000000001: expected at most 1000000000000"),
        ({"unitPrice": "10"}, ".unitPrice is '10': expected a whole number"),
        ({"unitPrice": True}, ".unitPrice is true: expected a whole number"),
        ({"unitPrice": None}, ".unitPrice is missing"),
        ({"currency": "usd"}, ".currency is 'usd': expected an ISO 4217 code in capitals such as USD"),
        ({"currency": "XXX"}, ".currency is 'XXX': expected an ISO 4217 code in capitals such as USD"),
        ({"includedQuantity": -1}, ".includedQuantity is -1: expected at least 0"),
        ({"minQuantity": 10, "maxQuantity": 9}, ": maxQuantity 9 is below minQuantity 10"),
    ],
)
def test_a_bad_price_point_is_refused(point: dict[str, Any], sentence: str) -> None:
    pricing = {**MONTHLY_FEE, "pricePoints": [{**USD, **point}]}

    assert refusal_of(PricingIn, pricing) == f"pricePoints[0]{sentence}"


# ---- tiers


def refused_tiers(*tiers: object, pricing_type: str = "RecurringVolume") -> str:
    """The sentence, of a pricing whose second price point has these tiers."""
    fine = {**USD, "tiers": [{"lowerBound": 0, "unitAmount": 1}]}
    points = [fine, {"currency": "EUR", "unitPrice": 1, "tiers": list(tiers)}]
    return refusal_of(PricingIn, {"pricingType": pricing_type, **MONTHLY, "pricePoints": points})


def tier(lower: object, upper: object = None, **fields: object) -> dict[str, object]:
    return {"lowerBound": lower, "upperBound": upper, "unitAmount": 5, **fields}


@pytest.mark.parametrize(
    ("tiers", "sentence"),
    [
        ([tier(2)], ": tier 1 (from 2) leaves a gap: expected lowerBound 0"),
        ([tier(0, 100), tier(102)], ": tier 2 (from 102) leaves a gap: expected lowerBound 101"),
        ([tier(0, 100), tier(99)], ": tier 2 (from 99) overlaps the tier before it: expected lowerBound 101"),
        (
            [tier(0, 100), tier(0, 100), tier(101)],
            ": tier 2 (from 0 to 100) overlaps the tier before it: expected lowerBound 101",
        ),
        ([tier(0), tier(101)], ": tier 1 (from 0) is open, but not the last: expected an upperBound"),
        (
            [tier(0, 100)],
            ": tier 1 (from 0 to 100) is the last and closed: expected no upperBound, more may be used than that",
        ),
        (
            [tier(0, unitAmount=None)],
            ": tier 1 (from 0) has no amount, expected unitAmount, flatAmount or both",
        ),
        (
            [tier(0, 100), tier(101, tierBillingType="flat")],
            ".tiers[1]: tierBillingType is flat, but flatAmount is missing",
        ),
        (
            [tier(0, 100), tier(101, unitAmount=None, flatAmount=5, tierBillingType="perUnit")],
            ".tiers[1]: tierBillingType is perUnit, but unitAmount is missing",
        ),
        (
            [tier(0, tierBillingType="percent")],
            ".tiers[0].tierBillingType is 'percent': expected 'flat' or 'perUnit'",
        ),
        ([tier(-1)], ".tiers[0].lowerBound is -1: expected at least 0"),
        ([tier(0, 10.5)], ".tiers[0].upperBound is 10.5: expected a whole number"),
        ([tier(0, unitAmount=-1)], ".tiers[0].unitAmount is -1: expected at least 0"),
        ([tier(0, flatAmount="5")], ".tiers[0].flatAmount is '5': expected a whole number"),
        (["0-100"], ".tiers[0] is '0-100', expected an object"),
    ],
)
def test_bad_tiers_are_refused_with_their_place_and_what_was_expected(tiers: list[object], sentence: str) -> None:
    assert refused_tiers(*tiers) == f"pricePoints[1]{sentence}"


def test_tiers_belong_to_volume_and_graduated_prices_and_to_no_others() -> None:
    one_tier = {**USD, "tiers": [tier(0)]}

    for pricing_type in ("RecurringPerUnit", "SeatBasedPerUnit", "OneTimePerUnit"):
        assert refusal_of(PricingIn, {"pricingType": pricing_type, **MONTHLY, "pricePoints": [one_tier]}) == (
            "the body: tiers are 1, expected none: the pricing model is perUnit"
        )
    for pricing_type in ("RecurringVolume", "SeatBasedVolume"):
        assert refusal_of(PricingIn, {"pricingType": pricing_type, **MONTHLY, "pricePoints": [USD]}) == (
            "the body: tiers are missing, expected at least one: the pricing model is volumePricing"
        )
    assert refused_tiers() == (
        "the body: tiers in EUR are missing, expected at least one: the pricing model is volumePricing"
    )


def test_ten_thousand_tiers_are_refused_before_they_are_looked_at() -> None:
    good, bad = [tier(number, number) for number in range(101)], [tier(-1)] * 9_899

    assert refused_tiers(*good, *bad) == "pricePoints[1].tiers has 10,000 items, expected at most 100"


@pytest.mark.parametrize("rolls_over", [None, 0])
def test_a_price_may_say_that_nothing_rolls_over(rolls_over: object) -> None:
    assert PricingIn.model_validate({**BY_BRACKET, "creditRolloverAmount": rolls_over}) is not None
