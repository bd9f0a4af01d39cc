"""docs/credits.md says what is so of the credits that come with a price."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.functions.sales import Seller, seller
from tests.world import World

GUIDE = (Path(__file__).parents[2] / "docs" / "credits.md").read_text(encoding="utf-8")


@pytest.fixture
def acme(world: World) -> Seller:
    return seller(world)


def test_the_example_of_benefits_is_taken_and_a_month_brings_a_twelfth(acme: Seller) -> None:
    """6,000 a year are 500 a month, as soon as the year is paid."""
    currency_id = acme.tenant.create("/credits/currencies", name="Words", key="words")["id"]
    (text,) = (each for each in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL) if "creditBenefits" in each)
    sent: Any = json.loads(text.replace("cc_...", currency_id))

    acme.sell(sent, billingAnchor=1)
    waiting = acme.tenant.get("/credits/transactions")["data"]

    assert waiting
    assert [(each["type"], each["amount"]) for each in waiting] == [("pendingGrant", "500")] * len(waiting)
    (product,) = acme.tenant.get("/products/")["data"]
    (attribute,) = acme.tenant.get(f"/products/{product['id']}")["productAttributes"]
    (shown,) = attribute["creditBenefits"]
    assert shown == {**shown, **sent["creditBenefits"][0]}
