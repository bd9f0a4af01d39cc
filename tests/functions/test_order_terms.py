"""`/orders` through its handler: activation, and what may still change before and after it."""

from typing import Any

import pytest

from functions.wiring import entities
from tests.functions.sales import Seller, at, fee, seats, seller, usage
from tests.world import Answer, World

IN_ARREARS = "Arrears"


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """It is 10 June, and orders of these tests begin on the first."""
    return seller(empty_world, clock="2025-06-10")


def path(order: Any) -> str:
    return f"/orders/{order['id']}"


def update(acme: Seller, order: Any, **fields: object) -> Answer:
    return acme.tenant.call("PUT", path(order), fields)


def end(acme: Seller, order: Any, day: str | None) -> Answer:
    return update(acme, order, endDate=day and f"{day}T00:00:00Z")


# ---- activation


def test_activating_twice_is_activating_once(acme: Seller) -> None:
    order = acme.order(fee(at(500_00)))

    first, second = acme.activate(order), acme.activate(order)

    assert (first["creationState"], first["version"]) == ("active", order["version"] + 1)
    assert second == {**first, "billedAmountNoTax": 500_00, "totalBilledAmount": 500_00, "pendingBillingAmount": 500_00}
    assert acme.totals() == [("2025-06-01", 500_00)]


def test_an_order_may_be_born_active_or_become_it_by_an_update(acme: Seller) -> None:
    born = acme.order(fee(), creationState="active")
    updated = update(acme, acme.order(fee()), creationState="active").body
    acme.world.work()

    assert [born["creationState"], updated["creationState"]] == ["active", "active"]
    assert len(acme.invoices()) == 2


@pytest.mark.parametrize("how", ["activate", "update", "create"])
def test_an_order_with_nothing_to_bill_stays_a_draft(acme: Seller, how: str) -> None:
    refused = become_active(acme, how)

    assert (refused.status, refused.sentence) == (
        400,
        "the order has no priced line, expected at least one before it is activated",
    )
    assert {order["creationState"] for order in acme.tenant.get("/orders/")["data"]} <= {"draft"}


@pytest.mark.parametrize("how", ["activate", "update", "create"])
@pytest.mark.parametrize("attribute", [fee(), seats(), usage()])
def test_an_order_without_a_price_in_its_currency_stays_a_draft(acme: Seller, how: str, attribute: Any) -> None:
    refused = become_active(acme, how, attribute, currency="EUR")

    assert (refused.status, refused.sentence) == (
        400,
        (
            f"line 'AI SDR', attribute '{attribute['name']}': the order's currency is EUR, "
            "expected one that it has a price point in: USD"
        ),
    )
    assert {order["creationState"] for order in acme.tenant.get("/orders/")["data"]} <= {"draft"}


def become_active(acme: Seller, how: str, *attributes: Any, **fields: object) -> Answer:
    if how == "create":
        return acme.try_to_order(*attributes, creationState="active", **fields)
    order = acme.order(*attributes, **fields)
    if how == "update":
        return update(acme, order, creationState="active")
    return acme.tenant.call("POST", f"{path(order)}/activate")


# ---- changes


def test_every_change_raises_the_version_and_no_change_does_not(acme: Seller) -> None:
    order = acme.order(fee())

    renamed = update(acme, order, name="Pro").body
    again = update(acme, order, name="Pro").body

    assert (order["version"], renamed["version"], again["version"]) == (1, 2, 2)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"billingContactIds": ["con_x"]}, "billingContactIds[0] is 'con_x', expected the id of an existing contact"),
        ({"billingCustomerId": "cus_x"}, "billingCustomerId is 'cus_x', expected the id of an existing customer"),
        ({"externalId": "taken"}, "externalId 'taken' is already used by another order"),
        ({"name": ""}, "name is '': expected a text with at least 1 character"),
        (
            {"endDate": "2025-05-01T00:00:00Z"},
            "endDate is 2025-05-01T00:00:00+00:00, expected a moment after startDate 2025-06-01T00:00:00+00:00",
        ),
    ],
)
@pytest.mark.parametrize("state", ["draft", "active"])
def test_a_bad_change_is_refused_and_changes_nothing(
    acme: Seller, state: str, fields: dict[str, Any], sentence: str
) -> None:
    acme.order(externalId="taken")
    order = acme.order(fee(), creationState=state)

    refused = update(acme, order, **fields)

    assert (refused.status, refused.sentence) == (400, sentence)
    assert acme.tenant.get(path(order)) == order


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"startDate": "2025-06-02T00:00:00Z"}, "startDate cannot change: order {} is active and billed by it"),
        ({"billingAnchor": 15}, "billingAnchor cannot change: order {} is active and billed by it"),
        ({"creationState": "draft"}, "creationState is 'draft', but order {} is active and stays so"),
    ],
)
def test_what_billing_goes_by_is_fixed_once_the_order_is_active(
    acme: Seller, fields: dict[str, Any], sentence: str
) -> None:
    order = acme.sell(fee())

    refused = update(acme, order, **fields)

    assert (refused.status, refused.sentence) == (400, sentence.format(order["id"]))


def test_an_active_order_takes_the_same_values_again_and_new_words(acme: Seller) -> None:
    order = acme.sell(fee())

    answer = update(acme, order, startDate="2025-06-01T00:00:00Z", billingAnchor=None, paymentTerms="Net 60")

    assert (answer.status, answer.body["paymentTerms"]) == (200, "Net 60")


def test_payment_terms_that_cannot_be_read_are_refused(acme: Seller) -> None:
    order = acme.order(fee(), paymentTerms="Net 30")

    created = acme.try_to_order(fee(), paymentTerms="as agreed")
    updated = update(acme, order, name="Another", paymentTerms="as agreed")

    for refused in (created, updated):
        assert refused.status == 400
        assert refused.sentence.startswith("paymentTerms is 'as agreed', expected days from the day of issue such as")
    assert acme.tenant.get(path(order)) == order
    assert update(acme, order, paymentTerms=None).body["paymentTerms"] is None


def test_terms_of_a_release_that_took_any_words_are_sent_back_as_they_were_read(acme: Seller) -> None:
    order = acme.order(fee())
    entities.orders().modify(
        acme.tenant.organization_id, order["id"], lambda it: it.model_copy(update={"payment_terms": "as agreed"})
    )

    answer = update(acme, order, name="Another", paymentTerms="as agreed")

    assert (answer.status, answer.body["name"], answer.body["paymentTerms"]) == (200, "Another", "as agreed")
    acme.activate(order)
    assert [invoice["dueDate"] for invoice in acme.invoices()] == ["2025-06-01T00:00:00.000Z"]


@pytest.mark.parametrize("payer", [False, True])
def test_invoices_go_to_contacts_of_the_customer_or_the_payer(acme: Seller, *, payer: bool) -> None:
    holding = acme.tenant.create("/customers/", name="Acme Holding")["id"]
    contact = acme.tenant.create("/contacts/", customerId=holding, email="cfo@acme.example")["id"]
    order = acme.order(fee(), billingCustomerId=holding if payer else None)

    answer = update(acme, order, billingContactIds=[contact])

    if payer:
        assert answer.body["billingContactIds"] == [contact]
    else:
        assert (answer.status, answer.sentence) == (
            400,
            f"billingContactIds[0] is '{contact}', expected a contact of the order's customer or payer",
        )


# ---- the end


def test_an_active_order_may_end_later_than_it_was_billed(acme: Seller) -> None:
    order = acme.sell(fee(at(310_00)))

    assert end(acme, order, "2025-07-11").status == 200
    acme.clock("2025-09-01")

    assert acme.totals() == [("2025-06-01", 310_00), ("2025-07-01", 100_00)]  # 10 of July's 31 days
    assert acme.tenant.get("/orders/", status="ended")["data"][0]["id"] == order["id"]


def test_an_active_order_cannot_end_on_or_before_the_day_it_was_last_billed(acme: Seller) -> None:
    order = acme.sell(fee())
    acme.clock("2025-07-10")

    refused = end(acme, order, "2025-07-01")

    assert (refused.status, refused.sentence) == (
        400,
        "endDate is 2025-07-01, expected a day after 2025-07-01, the last on which the order was billed",
    )
    assert end(acme, order, "2025-07-02").status == 200


def test_an_end_may_be_put_off_or_taken_back_until_it_was_billed(acme: Seller) -> None:
    order = acme.sell(fee(billingType=IN_ARREARS), endDate="2025-07-16T00:00:00Z")

    assert end(acme, order, "2025-08-01").status == 200
    assert end(acme, order, None).body["endDate"] is None


def test_an_end_that_cut_off_a_billed_period_stays(acme: Seller) -> None:
    order = acme.sell(fee(at(310_00)), endDate="2025-07-11T00:00:00Z")
    acme.clock("2025-07-01")

    refused = end(acme, order, "2025-08-01")

    assert refused.status == 400
    assert refused.sentence.startswith("endDate cannot move from 2025-07-11: what fell due by 2025-07-01 is billed")
    assert acme.tenant.get(path(order))["endDate"] == "2025-07-11T00:00:00.000Z"


def test_an_end_is_not_moved_by_an_update_that_is_refused_for_something_else(acme: Seller) -> None:
    acme.order(externalId="taken")
    order = acme.sell(fee())
    before = acme.tenant.get(path(order))

    refused = update(acme, order, endDate="2025-08-01T00:00:00Z", externalId="taken")

    assert refused.status == 400
    assert acme.tenant.get(path(order)) == before


# ---- deletion


def test_a_draft_is_deleted_and_gone(acme: Seller) -> None:
    order = acme.order(fee())

    assert acme.tenant.call("DELETE", path(order)).body == {}

    assert acme.tenant.call("GET", path(order)).status == 404
    assert acme.tenant.call("DELETE", path(order)).sentence == f"order {order['id']} was not found"
    assert acme.tenant.get("/orders/")["pagination"]["total"] == 0
    assert acme.tenant.call("DELETE", f"/customers/{acme.customer_id}").status == 200


def test_an_active_order_is_not_deleted(acme: Seller) -> None:
    order = acme.sell(fee())

    refused = acme.tenant.call("DELETE", path(order))

    assert (refused.status, refused.sentence) == (
        400,
        f"order {order['id']} is active and cannot be deleted; set its endDate to end it",
    )
    assert acme.tenant.get(path(order))["creationState"] == "active"


def test_what_is_done_to_an_unknown_order_is_not_found(acme: Seller) -> None:
    for method, rest in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/activate"),
        ("GET", "/lines"),
        ("GET", "/seats"),
    ):
        answer = acme.tenant.call(method, f"/orders/ord_x{rest}", {} if method == "PUT" else None)

        assert (answer.status, answer.sentence) == (404, "order ord_x was not found")
