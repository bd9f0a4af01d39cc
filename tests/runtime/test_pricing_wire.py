"""Pricing as `/products` and `/pricing` write it."""

from typing import Any

import pytest

from functions.runtime.pricing_wire import PricingIn, pricing_out
from tests.refusals import refusal_of

USD = {"currency": "USD", "unitPrice": 50_000}
MONTHLY_FEE = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly", "pricePoints": [USD]}
PER_EMAIL = {"pricingType": "UsagePerUnit", "eventName": "email_sent", "signalType": "activity", "pricePoints": [USD]}


def shown(pricing: object) -> dict[str, Any]:
    """What a client reads of the pricing that it wrote."""
    entity = PricingIn.model_validate(pricing).entity()
    return dict(pricing_out(entity).model_dump(mode="json", by_alias=True))


@pytest.mark.parametrize(
    ("pricing", "expected"),
    [
        (
            {"pricingType": "OneTimePerUnit", "feeType": "setup", "pricePoints": [USD]},
            {"pricingType": "OneTimePerUnit", "chargeType": "oneTime", "billingType": "Advance"},
        ),
        (
            {**MONTHLY_FEE, "billingType": "Arrears"},
            {
                "pricingType": "RecurringPerUnit",
                "chargeType": "recurring",
                "billingFrequency": "Monthly",
                "billingType": "Arrears",
            },
        ),
        (
            {**MONTHLY_FEE, "pricingType": "SeatBasedPerUnit", "eventName": "means nothing here"},
            {
                "pricingType": "SeatBasedPerUnit",
                "chargeType": "seatBased",
                "billingFrequency": "Monthly",
                "billingType": "Advance",
            },
        ),
        (
            PER_EMAIL,
            {
                "pricingType": "UsagePerUnit",
                "chargeType": "usage",
                "eventName": "email_sent",
                "signalType": "activity",
                "billingFrequency": "Monthly",
                "billingType": "Arrears",
            },
        ),
    ],
)
def test_each_pricing_type_is_shown_with_what_it_has_and_nothing_else(
    pricing: object, expected: dict[str, Any]
) -> None:
    assert shown(pricing) == {**expected, "pricingModel": "PerUnit", "pricePoints": [USD]}


def test_a_price_may_have_several_currencies_each_with_its_quantities() -> None:
    points = [
        {"currency": "USD", "unitPrice": 10, "includedQuantity": 1000},
        {"currency": "JPY", "unitPrice": 15, "minQuantity": 100, "maxQuantity": 100},
    ]

    assert shown({**MONTHLY_FEE, "pricePoints": points})["pricePoints"] == points


@pytest.mark.parametrize("unit_price", [0, 10.0, 10**12])
def test_a_price_is_any_whole_number_of_minor_units_from_zero(unit_price: object) -> None:
    point = {"currency": "USD", "unitPrice": unit_price, "minQuantity": None}

    assert shown({**MONTHLY_FEE, "pricePoints": [point]})["pricePoints"] == [
        {"currency": "USD", "unitPrice": unit_price}
    ]


@pytest.mark.parametrize(
    ("pricing", "sentence"),
    [
        ({"pricePoints": [USD]}, "pricingType is missing"),
        (
            {"pricingType": "UsageVolume"},
            (
                "pricingType is 'UsageVolume': expected "
                "'OneTimePerUnit', 'RecurringPerUnit', 'SeatBasedPerUnit' or 'UsagePerUnit'"
            ),
        ),
        (
            {**MONTHLY_FEE, "billingFrequency": "Annual"},
            "billingFrequency is 'Annual': expected 'Monthly'",
        ),
        (
            {"pricingType": "RecurringPerUnit", "pricePoints": [USD]},
            "the body: billingFrequency is missing, expected one of Monthly",
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
        ({**MONTHLY_FEE, "pricePoints": []}, "pricePoints is []: expected a list with at least 1 item"),
        (
            {**MONTHLY_FEE, "pricePoints": [USD, USD]},
            "the body: pricePoints name a currency twice: USD, USD",
        ),
    ],
)
def test_a_bad_pricing_is_refused_with_the_field_and_what_exists(pricing: object, sentence: str) -> None:
    assert refusal_of(PricingIn, pricing) == sentence


@pytest.mark.parametrize(
    ("point", "sentence"),
    [
        ({"unitPrice": -5}, ".unitPrice is -5: expected at least 0"),
        ({"unitPrice": 10.5}, ".unitPrice is 10.5: expected a whole number"),
        ({"unitPrice": 10**12 + 1}, ".unitPrice is 1000000000001: expected at most 1000000000000"),
        ({"unitPrice": "10"}, ".unitPrice is '10': expected a whole number"),
        ({"unitPrice": True}, ".unitPrice is true: expected a whole number"),
        ({"currency": "usd"}, ".currency is 'usd': expected an ISO 4217 code in capitals such as USD"),
        ({"currency": "XXX"}, ".currency is 'XXX': expected an ISO 4217 code in capitals such as USD"),
        ({"includedQuantity": -1}, ".includedQuantity is -1: expected at least 0"),
        ({"minQuantity": 10, "maxQuantity": 9}, ": maxQuantity 9 is below minQuantity 10"),
        (
            {"tiers": [{"lowerBound": 0}]},
            ".tiers is [{'lowerBound': 0}]: expected no tiers, a price per unit has none",
        ),
    ],
)
def test_a_bad_price_point_is_refused_with_the_field_and_the_value(point: dict[str, Any], sentence: str) -> None:
    pricing = {**MONTHLY_FEE, "pricePoints": [{**USD, **point}]}

    assert refusal_of(PricingIn, pricing) == f"pricePoints[0]{sentence}"
