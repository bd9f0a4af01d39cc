"""A price of every type that the published client can write, each with all the fields that it declares of the type."""

from collections.abc import Sequence
from typing import Any, get_args

from paid import (
    CreateOrderLineAttributeRequestPricing,
    OrderBillingFrequencyOverride,
    PricingInput,
    ProductPricingInput,
)
from pydantic import BaseModel

from tests.journeys.strict import fields_of


def types_of(union: Any) -> dict[str, type[BaseModel]]:
    """The types of a discriminated union by their `pricingType`."""
    (variants, *_) = get_args(union)
    return {get_args(fields_of(variant)["pricingType"][1])[0]: variant for variant in get_args(variants)}


ON_PRODUCTS, ON_PRICING = types_of(ProductPricingInput), types_of(PricingInput)
CREDITS = {name for name in ON_PRODUCTS if name.endswith("PrepaidCredits")}

TIERS: list[dict[str, object]] = [
    {"lowerBound": 0, "upperBound": 100, "unitAmount": 50, "tierBillingType": "perUnit"},
    {"lowerBound": 101, "upperBound": 1_000, "flatAmount": 40_00, "tierBillingType": "flat"},
    {"lowerBound": 1_001, "unitAmount": 30, "flatAmount": 20_00},
]
QUANTITIES = {"minQuantity": 1, "maxQuantity": 5_000, "includedQuantity": 10}

_VALUES: dict[str, object] = {
    "billingFrequency": "Custom",
    "billingFrequencyCustomMonths": 18,
    "billingType": "Arrears",
    "eventName": "email_sent",
    "signalType": "outcome",
    "feeType": "setup",
    "percentageValue": 12.5,
    "costPlusMultiplier": 1.000001,
    "creditCost": 1.5,
    "unitValue": 2.5,
    "overageUnitPrice": 5,
    "creditRolloverAmount": 0,
    "pricingInput": {"kind": "signalQuantity", "path": "dimensions.pages"},
    "creditUnitBrackets": [{"upTo": 10, "creditUnits": 1}, {"creditUnits": 2.5}],
}


def price(pricing_type: str, types: dict[str, type[BaseModel]], *, currency_id: str = "") -> Any:
    """With every field that the type has: one without a value here stops the tests."""
    tiered = pricing_type.endswith(("Volume", "Graduated"))
    points = [
        {"currency": currency, "unitPrice": 10, **({"tiers": TIERS} if tiered else {}), **QUANTITIES}
        for currency in ("USD", "JPY")
    ]
    values: dict[str, object] = {
        **_VALUES,
        "pricingType": pricing_type,
        "pricePoints": points,
        "creditsCurrencyId": currency_id,
    }
    return types[pricing_type].model_validate({name: values[name] for name in fields_of(types[pricing_type])})


def words(model: type[BaseModel], field: str) -> Sequence[str]:
    """The values that the client names for a field of its own."""
    _, shape = fields_of(model)[field]
    (literal, *_) = get_args(shape)
    return get_args(literal)


OVERRIDE_MODELS = words(CreateOrderLineAttributeRequestPricing, "pricingModel")
OVERRIDE_FREQUENCIES = words(CreateOrderLineAttributeRequestPricing, "billingFrequency")
ORDER_FREQUENCIES = words(OrderBillingFrequencyOverride, "frequency")


def override(model: str, frequency: str) -> dict[str, Any]:
    """A price as an order line takes it; its tiers begin where they begin."""
    point: dict[str, Any] = {"currency": "USD", "unitPrice": 70_00}
    if model in {"volumePricing", "graduatedPricing"}:
        point["tiers"] = [{name: tier[name] for name in tier if name != "lowerBound"} for tier in TIERS]
    return {
        "chargeType": "recurring",
        "pricingModel": model,
        "pricePoints": point,
        "billingFrequency": frequency,
        "billingType": "arrears",
        **({"billingFrequencyCustomMonths": 18} if frequency == "custom" else {}),
    }
