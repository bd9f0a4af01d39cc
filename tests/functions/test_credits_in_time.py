"""Nothing that becomes known later changes what was charged: grants, orders and ends for the past."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from functions.adapters.dynamodb.credit_books import DynamoCreditBooks
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import midnight
from functions.billing.ports import Booked
from functions.wiring import identity
from tests.functions.sales import Json, Seller, at, fee, seller
from tests.functions.test_credits import currency, grant, pages
from tests.world import World, invoke

JUNE_1 = "2025-06-01T00:00:00Z"


def used(acme: Seller, on: str, taken: int, event: str = "pages_read") -> None:
    """A page takes half a credit."""
    acme.send(date.fromisoformat(on), event=event, data={"pages": taken * 2})


def brings(currency_id: str, amount: int, **benefit: object) -> Json:
    """1.00 a month, with credits."""
    return {**fee(at(1_00)), "creditBenefits": [{"creditsCurrencyId": currency_id, "amount": amount, **benefit}]}


def differences(acme: Seller) -> Any:
    replay = {"operation": "replay", "organization": acme.tenant.organization_id, "customer": acme.customer_id}
    return invoke("admin", replay)["differences"]


@pytest.fixture
def acme(world: World) -> Seller:
    return seller(world, clock="2025-06-10")


def test_a_grant_for_the_past_does_not_free_credits_that_an_invoice_was_counted_with(acme: Seller) -> None:
    """60 without a price waited for the 100 of 1 July, and took them: 10 of July's 50 are over, 10 x 0.10 = 1.00."""
    sold = currency(acme)["id"]
    waits = pages(sold, eventName="waits")
    del waits["pricing"]["overageUnitPrice"]
    acme.sell(pages(sold), waits, autoPostInvoices=True)
    used(acme, "2025-06-10", 60, "waits")
    acme.clock("2025-07-01")
    grant(acme, 100)
    acme.clock("2025-07-10")
    used(acme, "2025-07-10", 50)
    acme.clock("2025-08-10")

    grant(acme, 100, startsAt=JUNE_1)

    assert differences(acme) == []
    acme.clock("2025-09-01")
    assert acme.totals() == [("2025-08-01", 1_00)]


@pytest.mark.parametrize("day", ["2025-06-10", "2025-06-11"])
def test_an_order_for_the_past_takes_nothing_of_what_another_was_billed_with(acme: Seller, day: str) -> None:
    """55 of 11 June took the 50: 5 over, 0.50. The other's 50 find nothing left: 5.00, of its own."""
    acme.clock("2025-06-11")
    sold = currency(acme)["id"]
    grant(acme, 50, startsAt=JUNE_1)
    acme.sell(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-11", 55)
    other = acme.order(pages(sold, eventName="other"), autoPostInvoices=True)
    used(acme, day, 50, "other")
    acme.clock("2025-07-05")
    assert acme.totals() == [("2025-07-01", 50)]

    acme.activate(other)

    assert differences(acme) == []
    acme.clock("2025-08-01")
    assert sorted(acme.totals()) == [("2025-07-01", 50), ("2025-07-01", 5_00)]


def test_credits_of_an_order_that_is_activated_on_the_day_of_the_run_do_not_change_its_invoices(acme: Seller) -> None:
    """50 x 0.10 = 5.00, due on 1 July; the 100 that another order brings for June on that day come too late."""
    sold = currency(acme)["id"]
    acme.sell(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-10", 50)
    acme.clock("2025-07-01")
    assert acme.totals() == [("2025-07-01", 5_00)]

    acme.sell(brings(sold, 100))

    assert differences(acme) == []


def test_a_grant_of_the_same_day_serves_an_order_for_the_past_that_is_activated_after_it(acme: Seller) -> None:
    acme.clock("2025-07-15")
    sold = currency(acme)["id"]
    grant(acme, 100, startsAt=JUNE_1)
    order = acme.order(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-10", 50)

    acme.activate(order)

    assert acme.totals() == []


def test_a_grant_after_an_activation_changes_none_of_its_invoices_though_the_clock_stands_still(acme: Seller) -> None:
    acme.clock("2025-07-15")
    sold = currency(acme)["id"]
    order = acme.order(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-10", 50)
    acme.activate(order)

    grant(acme, 100, startsAt=JUNE_1)

    assert differences(acme) == []
    acme.clock("2025-08-01")
    assert acme.totals() == [("2025-07-01", 5_00)]


def test_a_grant_that_an_activation_overtakes_changes_none_of_its_invoices(
    acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 x 0.10 = 5.00, due at the activation; the grant was asked for before it, and is written after it."""
    sold = currency(acme)["id"]
    order = acme.order(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-10", 50)
    acme.clock("2025-07-10")
    add, on_the_way = DynamoCreditBooks.add, list[tuple[Any, ...]]()

    def delayed(*asked: Any) -> Booked:
        on_the_way.append(asked)
        return Booked(asked[-1](RatingPlan()), is_new=True)

    with monkeypatch.context() as patched:
        patched.setattr(DynamoCreditBooks, "add", delayed)
        assert grant(acme, 100, startsAt=JUNE_1).status == 201

    acme.activate(order)
    for asked in on_the_way:
        add(*asked)

    assert acme.totals() == [("2025-07-01", 5_00)]
    assert differences(acme) == []


def test_a_grant_is_given_when_it_is_written_though_the_test_clock_went_on_since_it_was_asked_for(
    acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    currency(acme)
    monkeypatch.setattr(identity, "present", lambda _: midnight(date(2025, 7, 10)))

    given = grant(acme, 100, startsAt=JUNE_1)

    assert given.body["createdAt"] == "2025-07-10T00:00:00.000Z"


@pytest.mark.parametrize(("credits_first", "over"), [(True, 0), (False, 5_00)])
def test_of_two_orders_for_the_past_the_one_that_brings_the_credits_serves_the_other_if_it_is_first(
    acme: Seller, *, credits_first: bool, over: int
) -> None:
    """50 of 10 June; the fees of June and July are 1.00 each."""
    acme.clock("2025-07-15")
    sold = currency(acme)["id"]
    orders = [acme.order(brings(sold, 100), autoPostInvoices=True), acme.order(pages(sold), autoPostInvoices=True)]
    used(acme, "2025-06-10", 50)

    for order in orders if credits_first else orders[::-1]:
        acme.activate(order)

    assert sum(total for _, total in acme.totals()) == 2 * 1_00 + over
    assert differences(acme) == []


def test_an_order_whose_credits_others_were_billed_with_does_not_end_in_the_past(acme: Seller) -> None:
    sold = currency(acme)["id"]
    annual = brings(sold, 1_200)
    annual["pricing"]["billingFrequency"] = "Annual"
    order = acme.sell(annual, autoPostInvoices=True)
    acme.sell(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-10", 50)
    acme.clock("2025-08-10")

    refused = acme.tenant.call("PUT", f"/orders/{order['id']}", {"endDate": "2025-08-09T00:00:00Z"})

    since = f"credits that order {order['id']} brought or took since then may have met what others billed"
    expected = f"endDate is 2025-08-09, expected no day before today, 2025-08-10: {since}"
    assert (refused.status, refused.body["error"]) == (400, expected)
    assert acme.tenant.call("PUT", f"/orders/{order['id']}", {"endDate": "2025-08-10T00:00:00Z"}).status == 200
    assert differences(acme) == []


def quarterly(currency_id: str) -> Json:
    """It is billed in September, the customer's other order on 1 July: each takes its own event's pages."""
    price = pages(currency_id, eventName="other")
    return {**price, "pricing": {**price["pricing"], "billingFrequency": "Quarterly"}}


@pytest.mark.parametrize("end", ["2025-06-10", "2025-07-09", "2025-07-10"])
def test_an_order_that_took_credits_does_not_end_in_the_past(acme: Seller, end: str) -> None:
    """50 of 100 are its own, of 10 June; the other's 60 are 10 over, 1.00: all 60 would be met by what it left."""
    sold = currency(acme)["id"]
    grant(acme, 100, startsAt=JUNE_1)
    order = acme.sell(quarterly(sold), autoPostInvoices=True)
    used(acme, "2025-06-10", 50, "other")
    acme.sell(pages(sold), autoPostInvoices=True)
    acme.clock("2025-06-20")
    used(acme, "2025-06-20", 60)
    acme.clock("2025-07-10")

    answer = acme.tenant.call("PUT", f"/orders/{order['id']}", {"endDate": f"{end}T00:00:00Z"})

    assert answer.status == (200 if end == "2025-07-10" else 400), answer
    assert differences(acme) == []
    assert ("2025-07-01", 1_00) in acme.totals()


@pytest.mark.parametrize("end", ["2025-06-25T00:00:00Z", None])
def test_an_order_that_has_ended_takes_no_credits_by_a_later_end(acme: Seller, end: str | None) -> None:
    """Its 50 of 20 June came after its end; they would take what the other's 60 of 21 June were met by: 100 - 60."""
    sold = currency(acme)["id"]
    grant(acme, 100, startsAt=JUNE_1)
    order = acme.sell(quarterly(sold), autoPostInvoices=True, endDate="2025-06-15T00:00:00Z")
    acme.clock("2025-06-21")
    used(acme, "2025-06-20", 50, "other")
    acme.sell(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-21", 60)
    acme.clock("2025-07-10")

    refused = acme.tenant.call("PUT", f"/orders/{order['id']}", {"endDate": end})

    assert refused.status == 400
    assert "endDate cannot move from 2025-06-15: credits that order" in refused.body["error"]
    assert differences(acme) == []


@pytest.mark.parametrize("is_amended", [False, True])
def test_what_a_grant_met_this_morning_is_not_charged_by_an_end_of_today(acme: Seller, is_amended: bool) -> None:  # noqa: FBT001 - a column
    """50 of 10 June wait for 1 July, and are met on the 15th; what comes after the end meets nothing: 100 - 50."""
    sold = currency(acme)["id"]
    order = acme.sell(pages(sold), autoPostInvoices=True)
    used(acme, "2025-06-10", 50)
    acme.clock("2025-06-15")
    grant(acme, 100)

    if is_amended:
        end_component(acme, order)
    else:
        assert acme.tenant.call("PUT", f"/orders/{order['id']}", {"endDate": "2025-06-15T00:00:00Z"}).status == 200
    acme.clock("2025-08-02")

    assert acme.totals() == []
    (left,) = acme.tenant.get(f"/customers/{acme.customer_id}/credits/balances")["data"]
    assert (left["used"], left["available"]) == (50, 50)
    assert differences(acme) == []


def test_a_grant_after_an_end_of_today_frees_nothing_of_what_that_charged(acme: Seller) -> None:
    """50 x 0.10 = 5.00, though the test clock stands still."""
    order = acme.sell(pages(currency(acme)["id"]), autoPostInvoices=True)
    used(acme, "2025-06-10", 50)
    acme.clock("2025-06-15")
    end_component(acme, order)
    assert acme.totals() == [("2025-06-15", 5_00)]

    grant(acme, 100)
    acme.clock("2025-08-02")

    assert acme.totals() == [("2025-06-15", 5_00)]
    assert differences(acme) == []


def end_component(acme: Seller, order: Any) -> None:
    """Of the order's only one, by an amendment: its usage is billed today."""
    path = f"/orders/{order['id']}/amendments"
    shown = acme.tenant.get(f"{path}/options")
    (only,) = shown["lines"][0]["attributes"]
    end = {"type": "endAttribute", "orderLineAttributeId": only["orderLineAttributeId"]}
    answer = acme.tenant.call("POST", path, {"orderVersion": shown["orderVersion"], "intents": [end]})
    assert answer.status == 200, answer
    acme.world.work()


def test_what_is_bought_for_ever_outlasts_an_unlimited_allowance_of_the_month(acme: Seller) -> None:
    """50 are taken of what is gone on 1 July; as a transaction the allowance is what was used of it."""
    sold = currency(acme)["id"]
    grant(acme, 100)
    acme.sell(brings(sold, 0, isInfiniteTotal=True), pages(sold), billingAnchor=1)

    used(acme, "2025-06-10", 50)

    (balance,) = acme.tenant.get("/customers/external/acme/credits/balances")["data"]
    assert {(each["available"], each["used"], each["expiresAt"] is None) for each in balance["grants"]} == {
        (100, 0, True),
        (10**9, 50, False),
    }
    rows = acme.tenant.get("/credits/transactions")["data"]
    assert sorted(Decimal(row["amount"]) for row in rows) == [-50, 50, 100]


def test_balances_show_the_moments_that_were_said_of_a_grant(acme: Seller) -> None:
    """It holds on whole days all the same: the morning of its first, and the evening of its last."""
    acme.sell(pages(currency(acme)["id"]))
    said = {"startsAt": "2025-06-09T20:30:00.000Z", "expiresAt": "2025-06-11T07:00:00.000Z"}

    granted = grant(acme, 100, **said).body["grant"]
    acme.clock("2025-06-11")
    used(acme, "2025-06-09", 30)
    used(acme, "2025-06-11", 40)

    (balance,) = acme.tenant.get("/customers/external/acme/credits/balances")["data"]
    (shown,) = balance["grants"]
    assert {name: granted[name] for name in said} == said
    assert (shown["periodStart"], shown["periodEnd"], shown["expiresAt"]) == (
        said["startsAt"],
        said["expiresAt"],
        said["expiresAt"],
    )
    assert (shown["available"], shown["used"]) == (30, 70)
