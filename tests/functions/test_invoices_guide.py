"""docs/invoices.md says what is so: of the sums on an order, and of a price that was wrong from the beginning."""

import re
from datetime import date
from pathlib import Path

import pytest

from tests.functions.amending import amend, component, replayed, sold
from tests.functions.sales import Seller, at, fee, once, seller, usage
from tests.world import World

GUIDE = (Path(__file__).parents[2] / "docs" / "invoices.md").read_text(encoding="utf-8")


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world, clock="2025-03-01")


def test_the_sums_on_the_page_are_those_of_the_order(acme: Seller) -> None:
    """1,000.00 + 500.00 in March; 500.00 + 12 x 0.10 in April."""
    order = sold(acme, once(at(1_000_00)), fee(at(500_00)), usage(at(10)))
    acme.send(*[date(2025, 3, 5)] * 12)
    acme.clock("2025-04-01")
    rows = re.findall(r"^\| (`[^|]*`) \| [^|]* \| (\d+) \|$", GUIDE, re.MULTILINE)
    said = {field: int(amount) for fields, amount in rows for field in re.findall(r"`(\w+)`", fields)}

    shown = acme.tenant.get(f"/orders/{order['id']}")

    assert said["billedAmountNoTax"] == 1_000_00 + 500_00 + 500_00 + 12 * 10
    assert said == {name: amount for name, amount in shown.items() if name in said}
    assert said.keys() == {name for name in shown if name.endswith(("Amount", "AmountNoTax", "Tax"))}


def test_a_price_that_was_wrong_from_the_beginning_of_the_period_is_cured_as_the_page_says(acme: Seller) -> None:
    order = sold(acme, fee(at(100_00)))
    (march,) = acme.invoices()
    product_id = acme.tenant.get("/products/")["data"][0]["id"]
    acme.clock("2025-03-10")

    voided = acme.tenant.call("POST", f"/invoices/{march['id']}/void")
    agreed = {
        "type": "updatePricing",
        "orderLineAttributeId": component(acme, order),
        "newUnitPriceMinor": 80_00,
        "treatment": "none",
    }
    for_march = {
        "type": "addAttribute",
        "productId": product_id,
        "lineName": "March",
        "pricing": {"pricingType": "OneTimePerUnit", "pricePoints": [at(80_00)]},
        "quantity": 1,
    }
    done = amend(acme, order, agreed, for_march)
    acme.clock("2025-04-01")

    assert (voided.status, done.status) == (200, 200), done
    assert acme.totals() == [("2025-03-01", 100_00), ("2025-03-11", 80_00), ("2025-04-01", 80_00)]
    assert acme.tenant.get(f"/orders/{order['id']}")["totalBilledAmount"] == 80_00 + 80_00
    assert replayed(acme) == (3, [])
