"""`POST /orders`: the prices that are given with a line, in the casing of that place, and those a line takes over."""

from typing import Any

import pytest

from functions.billing.models.order import OrderLineAttribute
from functions.wiring import entities
from tests.functions.sales import Json, Seller, at, fee, seller, usage
from tests.world import World

FEE: Json = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 70_00}}
TIERS: list[Json] = [{"upperBound": 10, "unitAmount": 5_00}, {"unitAmount": 4_00, "flatAmount": 20_00}]


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """It is 10 June, and orders of these tests begin on the first."""
    return seller(empty_world, clock="2025-06-10")


def line_at(pricing: Json, **fields: object) -> Json:
    """A line with one component at that price."""
    return {"attributes": [{"name": "Fee", "pricing": pricing, **fields}]}


def sold(acme: Seller, order: Any) -> list[OrderLineAttribute]:
    return [attribute for _, attribute in entities.orders().get(acme.tenant.organization_id, order["id"]).attributes()]


# ---- what may be given


@pytest.mark.parametrize(
    ("pricing", "amount"),
    [
        ({}, 12 * 70_00),
        ({"pricePoints": {"unitPrice": 70_00, "includedQuantity": 2, "maxQuantity": 9}}, 9 * 70_00),
        ({"pricingModel": "volumePricing", "pricePoints": {"unitPrice": 0, "tiers": TIERS}}, 12 * 4_00 + 20_00),
        (
            {"pricingModel": "graduatedPricing", "pricePoints": {"unitPrice": 0, "tiers": TIERS}},
            10 * 5_00 + 2 * 4_00 + 20_00,
        ),
        ({"chargeType": "seatBased"}, 12 * 70_00),
        ({"chargeType": "oneTime"}, 12 * 70_00),
    ],
)
def test_a_price_given_with_the_order_is_what_it_amounts_to(acme: Seller, pricing: Json, amount: int) -> None:
    order = acme.order(fee(), line=line_at({**FEE, **pricing}, quantity=12))

    assert order["orderAmount"] == amount


@pytest.mark.parametrize(
    ("tiers", "bounds"),
    [
        (TIERS, [10, None]),
        ([{"lowerBound": 11, "unitAmount": 4}, {"lowerBound": 1, "upperBound": 10, "unitAmount": 5}], [10, None]),
    ],
)
def test_tiers_need_no_lower_bound_here_but_may_have_one(
    acme: Seller, tiers: list[Json], bounds: list[int | None]
) -> None:
    pricing = {**FEE, "pricingModel": "graduatedPricing", "pricePoints": {"unitPrice": 0, "tiers": tiers}}

    (attribute,) = sold(acme, acme.order(fee(), line=line_at(pricing)))

    assert [tier.up_to for tier in attribute.pricing.price_in("USD").tiers] == bounds


@pytest.mark.parametrize("charge_type", ["recurring", "oneTime"])
@pytest.mark.parametrize("quantity", [{}, {"quantity": None}, {"quantity": 1}])
def test_a_flat_price_is_one_amount(acme: Seller, charge_type: str, quantity: Json) -> None:
    flat = {**FEE, "pricingModel": "flat", "chargeType": charge_type}

    assert acme.order(fee(), line=line_at(flat, **quantity))["orderAmount"] == 70_00


@pytest.mark.parametrize(
    ("frequency", "months"),
    [
        ({}, 1),
        ({"billingFrequency": "monthly"}, 1),
        ({"billingFrequency": "quarterly"}, 3),
        ({"billingFrequency": "semiAnnually"}, 6),
        ({"billingFrequency": "annual"}, 12),
        ({"billingFrequency": "custom", "billingFrequencyCustomMonths": 18}, 18),
    ],
)
def test_a_price_is_charged_once_a_period_and_by_the_month_if_none_is_given(
    acme: Seller, frequency: Json, months: int
) -> None:
    order = acme.order(fee(), line=line_at({**FEE, **frequency}))

    assert sold(acme, order)[0].pricing.months == months
    assert order["orderAmount"] == 70_00


def test_a_price_without_a_currency_is_in_that_of_the_order(acme: Seller) -> None:
    tiered = {**FEE, "pricingModel": "volumePricing", "pricePoints": {"unitPrice": 0, "tiers": TIERS}}

    (attribute,) = sold(acme, acme.order(fee(), currency="EUR", line=line_at(tiered)))

    assert [point.currency for point in attribute.pricing.price_points] == ["EUR"]
    assert len(attribute.pricing.price_in("EUR").tiers) == 2


# ---- what is refused


@pytest.mark.parametrize(
    ("pricing", "sentence"),
    [
        (
            {"pricingModel": "PerUnit"},
            ".pricingModel is 'PerUnit': expected 'perUnit', 'volumePricing', 'graduatedPricing' or 'flat'",
        ),
        *[
            (
                {"pricingModel": model},
                f".pricingModel is {model!r}: a line takes its credits from its product, expected another",
            )
            for model in ("prepaidCredits", "bracketedPrepaidCredits")
        ],
        (
            {"billingFrequency": "Annual"},
            ".billingFrequency is 'Annual': expected 'monthly', 'quarterly', 'semiAnnually', 'annual' or 'custom'",
        ),
        (
            {"billingFrequency": "custom"},
            ": billingFrequencyCustomMonths is missing, expected the number of months of a custom period",
        ),
        (
            {"billingFrequency": "annual", "billingFrequencyCustomMonths": 12},
            ": billingFrequencyCustomMonths is 12, expected none: the frequency is annual",
        ),
        ({"billingType": "Advance"}, ".billingType is 'Advance': expected 'advance' or 'arrears'"),
        ({"pricePoints": {"unitPrice": -1}}, ".pricePoints.unitPrice is -1: expected at least 0"),
        ({"pricePoints": {"unitPrice": 0.5}}, ".pricePoints.unitPrice is 0.5: expected a whole number"),
        ({"pricePoints": [{"unitPrice": 1}]}, ".pricePoints is [{'unitPrice': 1}], expected an object"),
        (
            {"pricePoints": {"unitPrice": 1, "minQuantity": 5, "maxQuantity": 4}},
            ".pricePoints: maxQuantity 4 is below minQuantity 5",
        ),
        (
            {"pricePoints": {"unitPrice": 1, "tiers": [{}]}},
            ".pricePoints: tier 1 (without bounds) has no amount, expected unitAmount, flatAmount or both",
        ),
        (
            {"pricePoints": {"unitPrice": 1, "tiers": TIERS}},
            ": tiers are 2, expected none: the pricing model is perUnit",
        ),
        (
            {"pricingModel": "graduatedPricing"},
            ": tiers are missing, expected at least one: the pricing model is graduatedPricing",
        ),
        (
            {"pricingModel": "volumePricing", "pricePoints": {"unitPrice": 1, "tiers": TIERS[:1]}},
            (".pricePoints: tier 1 (to 10) is the last and closed: expected no upperBound, more may be used than that"),
        ),
        (
            {"pricingModel": "volumePricing", "chargeType": "oneTime", "pricePoints": {"unitPrice": 1, "tiers": TIERS}},
            ": pricingModel is volumePricing, but chargeType is oneTime: expected perUnit or flat",
        ),
        ({"chargeType": "usage"}, ": eventName is missing: usage is counted from signals of that name"),
        (
            {"creditBenefits": [{}]},
            ".creditBenefits is [{}]: a line takes its credits from its product, expected an empty list",
        ),
        ({"creditCost": 2}, ".creditCost is 2: a line takes its credits from its product, expected none"),
        (
            {"pricingInput": {"kind": "signalQuantity"}},
            ".pricingInput: a line takes its credits from its product, expected none",
        ),
    ],
)
def test_a_bad_price_is_refused_with_its_place(acme: Seller, pricing: Json, sentence: str) -> None:
    answer = acme.try_to_order(fee(), line=line_at({**FEE, **pricing}))

    assert (answer.status, answer.sentence) == (400, "lines[0].attributes[0].pricing" + sentence)


@pytest.mark.parametrize(
    ("pricing", "quantity", "sentence"),
    [
        ({}, 0, ": quantity is 0, expected none: the pricingModel is flat"),
        ({}, 2, ": quantity is 2, expected none: the pricingModel is flat"),
        *[
            (
                {"pricePoints": {"unitPrice": 1, **quantities}},
                1,
                (
                    ".pricing: pricingModel is flat, "
                    "expected pricePoints without includedQuantity, minQuantity and maxQuantity"
                ),
            )
            for quantities in ({"includedQuantity": 1}, {"minQuantity": 2}, {"maxQuantity": 0})
        ],
        *[
            (
                {"chargeType": charge_type, "eventName": "email_sent"},
                1,
                (
                    f".pricing: pricingModel is flat, but chargeType is {charge_type}: "
                    "expected oneTime or recurring, the others count signals or seats"
                ),
            )
            for charge_type in ("usage", "seatBased")
        ],
    ],
)
def test_nothing_multiplies_a_flat_price(acme: Seller, pricing: Json, quantity: int, sentence: str) -> None:
    flat = {**FEE, "pricingModel": "flat", **pricing}

    answer = acme.try_to_order(fee(), line=line_at(flat, quantity=quantity))

    assert (answer.status, answer.sentence) == (400, "lines[0].attributes[0]" + sentence)


# ---- what is taken over


def tiered(*unit_amounts: int) -> Json:
    """A component of the product with a tier per ten units, the last one open."""
    tiers: list[Json] = [
        {"lowerBound": 10 * number, "upperBound": 10 * number + 10, "unitAmount": amount}
        for number, amount in enumerate(unit_amounts)
    ]
    tiers[-1].pop("upperBound")
    return fee(at(0) | {"tiers": tiers}, pricingType="RecurringGraduated")


def test_an_order_keeps_the_tiers_it_was_sold_at(acme: Seller) -> None:
    order = acme.order(tiered(5_00, 4_00), line={"attributes": [{"name": "Fee", "quantity": 12}]})
    product = acme.tenant.get("/products/")["data"][0]["id"]
    attribute = acme.tenant.get(f"/products/{product}")["productAttributes"][0]["productAttributeId"]

    answer = acme.tenant.call("PUT", f"/pricing/{attribute}", {"pricing": tiered(6_00, 5_00)["pricing"]})

    assert answer.status == 200
    assert acme.tenant.get(f"/orders/{order['id']}")["orderAmount"] == 10 * 5_00 + 2 * 4_00
    (before,) = sold(acme, order)
    (after,) = sold(acme, acme.tenant.create("/orders/", customerId=acme.customer_id, lines=[{"productId": product}]))
    assert (before.pricing_version, after.pricing_version) == (1, 2)
    assert [tier.unit_minor for tier in after.pricing.price_in("USD").tiers] == [6_00, 5_00]


def test_a_percentage_is_of_the_other_recurring_lines_and_a_multiple_of_costs_is_not_known_before(
    acme: Seller,
) -> None:
    support = fee(name="Support", pricingType="RecurringPercentOfTotal", percentageValue=12.5, pricePoints=[])
    models = usage(name="Models", pricingType="UsageCostPlus", costPlusMultiplier=1.3, pricePoints=[])

    order = acme.order(fee(at(500_00)), support, models, currency="USD")

    assert order["orderAmount"] == 500_00 + 62_50  # 12.5 % of 500.00
