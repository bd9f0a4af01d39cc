"""`/orders/{id}/amendments` over HTTP: what is possible, what it would come to, and what it comes to."""

import pytest

from tests.functions.amending import amend, component, preview, quantity, replayed, sold
from tests.functions.sales import Json, Seller, at, fee, seller
from tests.world import World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world, clock="2025-03-01")


def test_more_seats_in_the_middle_of_a_month_cost_the_rest_of_it(acme: Seller) -> None:
    """On 15 March, 17 of 31 days: less 5 x 10.00 x 17/31 = 27.42, and 10 x 10.00 x 17/31 = 54.84 (SEAT-01)."""
    order = sold(acme, fee(at(10_00)), quantity=5)
    acme.clock("2025-03-15")
    shown = preview(acme, order, quantity(component(acme, order), 10)).body

    done = amend(acme, order, quantity(component(acme, order), 10), planHash=shown["planHash"])
    acme.clock("2025-04-01")

    assert done.status == 200, done
    assert done.body["plan"] == shown
    assert [(effect["kind"], effect["amountMinor"], effect["billing"]) for effect in shown["moneyEffects"]] == [
        ("prorationCredit", 27_42, "inline"),
        ("prorationCharge", 54_84, "inline"),
    ]
    assert acme.totals() == [("2025-03-01", 50_00), ("2025-03-15", 54_84 - 27_42), ("2025-04-01", 100_00)]
    credit, charge = acme.lines(acme.invoices()[1])
    assert (credit["totalPriceBeforeTax"], charge["totalPriceBeforeTax"]) == (-27_42, 54_84)
    assert replayed(acme) == (3, [])


def test_the_product_of_a_plan_is_not_added_at_a_price_of_its_own(acme: Seller) -> None:
    order = sold(acme, fee(at(10_00)))
    acme.clock("2025-03-15")
    intent = {
        "type": "addAttribute",
        "productId": "prod_1",
        "planProductId": "pp_1",
        "lineName": "More",
        "pricing": {
            "pricingType": "RecurringPerUnit",
            "billingFrequency": "Monthly",
            "pricePoints": [{"currency": "USD", "unitPrice": 1_00}],
        },
        "quantity": 1,
    }

    answer = preview(acme, order, intent)

    assert answer.status == 400, answer
    assert "planProductId is 'pp_1', expected none" in str(answer.body)
    assert answer.body["intentIndex"] == 0


@pytest.mark.parametrize(
    ("intent", "sentence"),
    [
        ({"type": "updateOrderTerm", "newEndDate": "9999-12-31T00:00:00Z"}, "intents[1].updateOrderTerm.newEndDate is"),
        ({"type": "updateTerm"}, "intents[1] is"),
    ],
)
def test_what_is_no_intent_is_refused_with_its_place(acme: Seller, intent: Json, sentence: str) -> None:
    order = sold(acme, fee(at(10_00)))

    answer = preview(acme, order, {"type": "endAttribute", "orderLineAttributeId": component(acme, order)}, intent)

    assert answer.status == 400, answer
    assert sentence in answer.sentence
    assert answer.body["intentIndex"] == 1


def test_what_is_wrong_with_the_request_and_not_with_an_intent_names_none(acme: Seller) -> None:
    order = sold(acme, fee(at(10_00)))

    answer = acme.tenant.call("POST", f"/orders/{order['id']}/amendments/preview", {"orderVersion": 2, "intents": []})

    assert answer.status == 400, answer
    assert "intentIndex" not in answer.body
