"""docs/pricing.md says what is so: each example is sent to a product, shown again, and costs what stands below it."""

import json
import re
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from functions.billing.models.pricing import CREDIT_DIGITS, BillingFrequency, BillingTiming, ChargeType
from functions.billing.rating.rate import rate
from functions.orders.line_schemas import OverrideModel
from functions.runtime.pricing_wire import PricingType
from functions.wiring import entities
from tests.functions.sales import at, fee, seats, seller
from tests.world import World

GUIDE = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", GUIDE, re.MULTILINE | re.DOTALL))
WITHOUT_AMOUNT = {"RecurringPercentOfTotal", "UsageCostPlus", "SeatBasedPrepaidCredits"}
"""Multiples of other amounts, or no money: no number of theirs has a cost."""


def example(pricing_type: str) -> Any:
    (found,) = re.findall(r"```json\n(.*?)```", SECTIONS[pricing_type], re.DOTALL)
    return json.loads(found)


def in_currency(pricing: Any, currency_id: str) -> Any:
    """The pricing with a currency that exists, where it is in credits."""
    return {**pricing, "creditsCurrencyId": currency_id} if "creditsCurrencyId" in pricing else pricing


def kept(sent: Any, shown: Any) -> bool:
    """Whether all that was sent is shown again; the answer may say more."""
    match sent, shown:
        case dict(), dict():
            return all(name in shown and kept(value, shown[name]) for name, value in sent.items())
        case list(), list():
            return len(sent) == len(shown) and all(map(kept, sent, shown))
        case _:
            return bool(sent == shown)


def test_every_pricing_type_has_its_example() -> None:
    assert sorted(SECTIONS) == sorted(PricingType)
    assert all(example(name)["pricingType"] == name for name in SECTIONS)


@pytest.mark.parametrize("pricing_type", sorted(SECTIONS))
def test_an_example_is_taken_and_shown_as_it_was_sent_and_costs_what_is_said(world: World, pricing_type: str) -> None:
    acme = world.tenant()
    pricing = in_currency(example(pricing_type), acme.create("/credits/currencies", name="Pages", key="pages")["id"])
    sent = {name: value for name, value in pricing.items() if name != "feeType"}  # kept, and shown to nobody
    product_id = acme.create("/products/", name="AI SDR")["id"]

    answer = acme.call("PUT", f"/products/{product_id}", {"productAttributes": [{"name": "A", "pricing": pricing}]})

    assert answer.status == 200, answer
    (shown,) = answer.body["productAttributes"]
    assert kept(sent, shown["pricing"]), (sent, shown)
    (attribute,) = entities.products().get(acme.organization_id, product_id).attributes
    costs = re.findall(
        r"^([\d,]+)(?: credits beyond those granted)? costs? ([\d,]+\.\d\d)", SECTIONS[pricing_type], re.MULTILINE
    )
    assert bool(costs) is (pricing_type not in WITHOUT_AMOUNT)
    unit = 10**CREDIT_DIGITS if attribute.pricing.model.takes_credits else 1
    for quantity, amount in costs:
        charge = rate(attribute.pricing, int(quantity.replace(",", "")) * unit, currency="USD")
        assert charge.amount == Decimal(amount.replace(",", "")) * 100


def test_the_order_line_of_the_guide_is_sold_at_its_own_price_where_it_has_one(world: World) -> None:
    """100.00 for the platform, and 10 x 25.00 in the place of 10 x 30.00."""
    acme = seller(world)
    (line,) = re.findall(r"## On an order line.*?```json\n(.*?)```", GUIDE, re.DOTALL)
    product_id = acme.product(fee(at(100_00), name="Platform"), seats(at(30_00)))
    lines = [json.loads(line.replace("prod_...", product_id))]

    acme.activate(acme.tenant.create("/orders/", customerId=acme.customer_id, lines=lines))

    assert acme.totals() == [("2025-06-01", 100_00 + 10 * 25_00)]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("chargeType", ChargeType),
        ("pricingModel", OverrideModel),
        ("billingFrequency", BillingFrequency),
        ("billingType", BillingTiming),
    ],
)
def test_the_words_of_an_order_line_are_all_there_are(field: str, words: type[StrEnum]) -> None:
    (row,) = re.findall(rf"^\| `{field}` \| (.*) \|$", GUIDE, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", row)) - {"eventName"} == set(words)
