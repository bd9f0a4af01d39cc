"""Credits of an amended order: an amendment has a day and no moment, and a day is as it is when it ends."""

from datetime import date
from typing import Any

import pytest

from tests.functions.amending import amend, component, preview, quantity, replayed, sold
from tests.functions.sales import Json, Seller, at, fee, seller
from tests.world import World

MARCH_10, MARCH_14, MARCH_15, MARCH_20 = (date(2025, 3, day) for day in (10, 14, 15, 20))


@pytest.fixture
def acme(world: World) -> Seller:
    return seller(world, clock="2025-03-01")


@pytest.fixture
def currency_id(acme: Seller) -> str:
    return str(acme.tenant.create("/credits/currencies", name="Words", key="words")["id"])


def words(currency_id: str) -> Json:
    """A credit for each word; 0.10 for one beyond those granted."""
    by_word = {"creditCost": 1, "pricingInput": {"kind": "signalQuantity", "path": "words"}, "overageUnitPrice": 10}
    base = {"pricingType": "UsagePrepaidCredits", "eventName": "written", "creditsCurrencyId": currency_id}
    return {"name": "Words", "pricing": {**base, **by_word}}


def bringing(component: Json, currency_id: str, **benefit: object) -> Json:
    """The component with 100 credits in each of its periods, or months."""
    return {**component, "creditBenefits": [{"creditsCurrencyId": currency_id, "amount": 100, **benefit}]}


def write(acme: Seller, count: int, on: date) -> None:
    acme.send(on, event="written", data={"words": count})


def balance(acme: Seller) -> list[tuple[float, float]]:
    """Of each grant that holds today what is available and what was used, in the order of both."""
    found = acme.tenant.get("/customers/external/acme/credits/balances")["data"]
    return sorted((grant["available"], grant["used"]) for each in found for grant in each["grants"])


def ending(attribute_id: str) -> Json:
    return {"type": "endAttribute", "orderLineAttributeId": attribute_id, "treatment": "prorate"}


def more(acme: Seller, currency_id: str) -> Json:
    """An intent that adds a fee of 5.00 with 100 credits."""
    pricing = bringing({"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly"}, currency_id)
    return {
        "type": "addAttribute",
        "productId": acme.tenant.get("/products/")["data"][-1]["id"],
        "lineName": "More",
        "quantity": 1,
        "pricing": {**pricing, "pricePoints": [at(5_00)]},
        "chargeStub": "none",
    }


def test_credits_that_come_on_a_day_serve_what_was_done_earlier_on_it_and_what_waits(
    acme: Seller, currency_id: str
) -> None:
    """20 words of the 14th wait, 30 of the 15th too: 100 - 50. In April the fee is 5.00, and nothing was over."""
    order = sold(acme, words(currency_id))
    write(acme, 20, MARCH_14)
    acme.clock("2025-03-15")
    write(acme, 30, MARCH_15)

    shown = preview(acme, order, more(acme, currency_id)).body
    done = amend(acme, order, more(acme, currency_id), planHash=shown["planHash"])

    assert done.status == 200, done
    (effect,) = shown["creditEffects"]
    assert (effect["kind"], effect["at"], effect["creditAmount"]) == (
        "grantOnActivation",
        "2025-03-15T00:00:00.000Z",
        100,
    )
    assert balance(acme) == [(50, 50)]
    acme.clock("2025-04-01")
    assert acme.totals() == [("2025-04-01", 5_00)]
    assert balance(acme) == [(100, 0)]
    assert replayed(acme)[1] == []


@pytest.mark.parametrize("beside", [False, True], ids=["of its order", "of another order"])
def test_credits_that_come_and_go_on_one_day_meet_nothing_that_is_charged_on_it(
    acme: Seller, currency_id: str, *, beside: bool
) -> None:
    """120 words wait. 100 credits come, the words end and are charged: 120 x 0.10; and then the credits end too."""
    order = sold(acme, words(currency_id))
    write(acme, 120, MARCH_14)
    acme.clock("2025-03-15")
    bringing_them = sold(acme, fee(at(31_00))) if beside else order
    before = acme.totals()
    words_id = component(acme, order)
    assert amend(acme, bringing_them, more(acme, currency_id)).status == 200
    of_words = {"type": "endAttribute", "orderLineAttributeId": words_id, "treatment": "signalsFromAmendment"}
    assert amend(acme, order, of_words).status == 200
    assert balance(acme) == [(100, 0)]

    assert amend(acme, bringing_them, ending(component(acme, bringing_them, -1))).status == 200

    assert acme.totals() == [*before, ("2025-03-15", 12_00)]
    assert balance(acme) == []
    assert replayed(acme)[1] == []


def test_credits_end_with_the_day_before_and_what_was_taken_before_stays_taken(acme: Seller, currency_id: str) -> None:
    """40 of 100 until the 14th. The 10 of the 15th are over, also those that were taken before it ended: 10 x 0.10."""
    order = sold(acme, bringing(fee(at(31_00)), currency_id), words(currency_id))
    write(acme, 40, MARCH_14)
    acme.clock("2025-03-15")
    write(acme, 10, MARCH_15)
    assert balance(acme) == [(50, 50)]

    done = amend(acme, order, ending(component(acme, order)))

    assert done.status == 200, done
    assert balance(acme) == []
    acme.clock("2025-04-01")
    # 17 of 31 days given back
    assert acme.totals() == [("2025-03-01", 31_00), ("2025-03-15", -17_00), ("2025-04-01", 1_00)]
    assert replayed(acme)[1] == []


def test_credits_of_a_component_that_changes_come_in_full_and_again_when_it_changes_back_on_another_day(
    acme: Seller, currency_id: str
) -> None:
    """40 of 100 stay taken; 200 from the 15th on, of which 150 are; and 100 from the 20th on, of which 100 are."""
    order = sold(acme, bringing(fee(at(31_00)), currency_id), words(currency_id))
    write(acme, 40, MARCH_10)
    acme.clock("2025-03-15")
    assert amend(acme, order, quantity(component(acme, order), 2)).status == 200
    assert balance(acme) == [(200, 0)]
    write(acme, 150, MARCH_15)
    assert balance(acme) == [(50, 150)]
    acme.clock("2025-03-20")

    assert amend(acme, order, quantity(component(acme, order), 1)).status == 200

    write(acme, 130, MARCH_20)
    assert balance(acme) == [(0, 100)]
    acme.clock("2025-04-01")
    # 62.00 x 17/31 less 31.00 x 17/31; 31.00 x 12/31 less 62.00 x 12/31; 31.00 and 30 words over
    assert acme.totals() == [
        ("2025-03-01", 31_00),
        ("2025-03-15", 34_00 - 17_00),
        ("2025-03-20", 12_00 - 24_00),
        ("2025-04-01", 31_00 + 3_00),
    ]
    assert replayed(acme)[1] == []


@pytest.mark.parametrize("billed", [False, True])
@pytest.mark.parametrize("benefit", [{}, {"allocationCadence": "monthly"}], ids=["upfront", "monthly"])
def test_a_change_back_on_its_day_brings_no_credits_anew(
    acme: Seller, currency_id: str, benefit: Json, *, billed: bool
) -> None:
    """40 of 100 stay taken, and 10 more on the day itself, whichever there were; in April there are 100."""
    months, amount = ("Annual", 1_200) if benefit else ("Monthly", 100)
    bought = bringing(fee(at(365_00), billingFrequency=months), currency_id, amount=amount, **benefit)
    order = sold(acme, bought, words(currency_id))
    write(acme, 40, MARCH_10)
    acme.clock("2025-03-15")
    body: Any = {"orderVersion": 2, "intents": [quantity(component(acme, order), 2)]}
    if not billed:
        write(acme, 10, MARCH_15)
    assert acme.tenant.call("POST", f"/orders/{order['id']}/amendments", body).status == 200
    if billed:
        write(acme, 10, MARCH_15)  # and so the invoice of today is made

    assert amend(acme, order, quantity(component(acme, order), 1)).status == 200

    assert balance(acme) == [(50, 50)]
    acme.clock("2025-03-16")
    assert sum(total for _, total in acme.totals()) == 365_00
    acme.clock("2025-04-01")
    assert balance(acme) == [(100, 0)]
    assert replayed(acme)[1] == []


def test_after_a_change_back_another_change_on_the_day_brings_its_credits_in_full(
    acme: Seller, currency_id: str
) -> None:
    order = sold(acme, bringing(fee(at(31_00)), currency_id), words(currency_id))
    write(acme, 40, MARCH_10)
    acme.clock("2025-03-15")

    for number in (2, 1, 3):
        assert amend(acme, order, quantity(component(acme, order), number)).status == 200

    assert balance(acme) == [(300, 0)]
    acme.clock("2025-04-01")
    # 93.00 less 31.00, x 17/31; the lines between are there and back
    assert acme.totals()[-1] == ("2025-04-01", 93_00)
    assert sum(total for _, total in acme.totals()) == 31_00 + 34_00 + 93_00
    assert replayed(acme)[1] == []


def test_credits_that_come_by_the_month_come_in_full_for_the_month_of_the_change(
    acme: Seller, currency_id: str
) -> None:
    """365.00 a year with 1,200, 100 a month: 40 of March are taken, 200 come on the 15th, and 200 in April."""
    year = fee(at(365_00), billingFrequency="Annual")
    order = sold(acme, bringing(year, currency_id, amount=1_200, allocationCadence="monthly"), words(currency_id))
    write(acme, 40, MARCH_10)
    acme.clock("2025-03-15")

    assert amend(acme, order, quantity(component(acme, order), 2)).status == 200

    assert balance(acme) == [(200, 0)]
    acme.clock("2025-04-01")
    assert balance(acme) == [(200, 0)]
    write(acme, 230, date(2025, 4, 2))
    acme.clock("2025-05-01")
    # 351 of 365 days back at 1.00 a day, and charged at 2.00; 30 words over
    assert acme.totals() == [("2025-03-01", 365_00), ("2025-03-15", 351_00), ("2025-05-01", 3_00)]
    assert replayed(acme)[1] == []


def test_credits_by_the_month_come_once_where_an_end_came_and_went(acme: Seller, currency_id: str) -> None:
    """A year with 1,200, 100 a month; it was to end on 20 March, and given back from there on."""
    year = fee(at(365_00), billingFrequency="Annual")
    order = sold(acme, bringing(year, currency_id, amount=1_200, allocationCadence="monthly"), words(currency_id))
    acme.clock("2025-03-15")
    soon = {"type": "updateOrderTerm", "newEndDate": "2025-03-20T00:00:00Z", "treatment": "prorate"}
    assert amend(acme, order, soon).status == 200
    acme.clock("2025-03-16")

    assert amend(acme, order, {"type": "updateOrderTerm", "newEndDate": "2027-03-01T00:00:00Z"}).status == 200

    for day in ("2025-03-21", "2025-04-01", "2025-05-01"):
        acme.clock(day)
        assert balance(acme) == [(100, 0)], day
    assert sum(total for _, total in acme.totals()) == 365_00
    assert replayed(acme)[1] == []


def test_a_customer_moves_from_a_plan_to_another_in_the_middle_of_a_month(acme: Seller, currency_id: str) -> None:
    """docs/plans.md. From 100.00 with 100 credits to 300.00 with 500 on 16 March, 16 of whose 31 days are left:
    -100.00 x 16 / 31 = -51.61, and 300.00 x 16 / 31 = 154.84."""
    order = sold(acme, bringing(fee(at(100_00)), currency_id))
    acme.clock("2025-03-16")
    benefit = {"creditsCurrencyId": currency_id, "amount": 500, "recipient": "organization"}
    monthly = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly"}
    pro = {
        "type": "updatePricing",
        "orderLineAttributeId": component(acme, order),
        "newPricing": {**monthly, "pricePoints": [at(300_00)], "creditBenefits": [benefit]},
        "treatment": "prorate",
    }

    done = amend(acme, order, pro)

    assert done.status == 200, done
    assert acme.totals() == [("2025-03-01", 100_00), ("2025-03-16", 154_84 - 51_61)]
    assert balance(acme) == [(500, 0)]
    assert replayed(acme) == (2, [])
