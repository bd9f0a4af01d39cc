"""docs/credits.md says what is so of the credits that come with a price."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.functions.sales import Seller, at, fee, seller
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


def test_credits_move_to_the_day_of_a_late_signal_and_the_next_invoice_has_the_difference(world: World) -> None:
    """100 for June: 60 on the 10th, 40 on the 20th, and in July 10 for the 5th. 10 are over, at 0.10."""
    acme = seller(world)
    currency_id = acme.tenant.create("/credits/currencies", name="Words", key="words")["id"]
    brings = {"creditBenefits": [{"creditsCurrencyId": currency_id, "amount": 100}]}
    takes = {"creditCost": 1, "pricingInput": {"kind": "signalQuantity", "path": "words"}, "overageUnitPrice": 10}
    base = {"pricingType": "UsagePrepaidCredits", "eventName": "written", "creditsCurrencyId": currency_id}
    acme.sell(fee(at(50_00)) | brings, {"name": "Words", "pricing": {**base, **takes}}, autoPostInvoices=True)
    for day, words in ((10, 60), (20, 40)):
        acme.send(date(2025, 6, day), event="written", data={"words": words})
    acme.clock("2025-07-03")

    acme.send(date(2025, 6, 5), event="written", data={"words": 10})
    acme.clock("2025-08-01")

    assert acme.totals() == [("2025-06-01", 50_00), ("2025-07-01", 50_00), ("2025-08-01", 50_00 + 10 * 10)]
    lines = [(line["description"], line["totalPriceBeforeTax"]) for line in acme.lines(acme.invoices()[-1])]
    assert lines == [("AI SDR: Fee", 50_00), ("Late usage, AI SDR: Words", 1_00)]
