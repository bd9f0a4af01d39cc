"""Credits of seats: each seat's own, taken by the signals that name who sits there; and seats paid in credits."""

from datetime import date
from typing import Any

import pytest

from tests.faults import meanwhile, watched
from tests.functions.accounts import own_clients
from tests.functions.amending import amend, component
from tests.functions.sales import Json, Seller, seller
from tests.memory import saved
from tests.world import World, invoke

JUNE_10, JUNE_11, JUNE_12 = (date(2025, 6, day) for day in (10, 11, 12))
MONTHLY = {"billingFrequency": "Monthly"}


@pytest.fixture
def acme(world: World) -> Seller:
    made = seller(world, clock="2025-06-10")
    for name in ("ada", "bob"):
        made.tenant.call("PUT", f"/customers/acme/users/{name}", {"name": name})
    return made


@pytest.fixture
def currency_id(acme: Seller) -> str:
    return str(acme.tenant.create("/credits/currencies", name="Words", key="words")["id"])


def team(currency_id: str, amount: float, *, recipient: str = "seat", seats: int = 2, **benefit: object) -> Json:
    """Seats at 30.00 a month, each with credits of its own."""
    comes = {"creditsCurrencyId": currency_id, "amount": amount, "recipient": recipient, **benefit}
    price = {"currency": "USD", "unitPrice": 30_00, "minQuantity": seats}
    pricing = {"pricingType": "SeatBasedPerUnit", **MONTHLY, "pricePoints": [price]}
    return {"name": "Team", "pricing": pricing, "creditBenefits": [comes]}


def words(currency_id: str, **pricing: object) -> Json:
    """A credit for each word; 0.10 for one beyond those granted."""
    by_word = {"creditCost": 1, "pricingInput": {"kind": "signalQuantity", "path": "words"}, "overageUnitPrice": 10}
    base = {"pricingType": "UsagePrepaidCredits", "eventName": "written", "creditsCurrencyId": currency_id}
    return {"name": "Words", "pricing": {**base, **by_word, **pricing}}


def seat_ids(acme: Seller, order: Any) -> list[str]:
    return [seat["id"] for seat in acme.tenant.get(f"/orders/{order['id']}/seats")["data"]]


def sit(acme: Seller, order: Any, seat_id: str, user: str | None) -> None:
    answer = acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{seat_id}", {"userExternalId": user})
    assert answer.status == 200, answer
    acme.world.work()


def write(acme: Seller, user: str | None, count: int, *, on: date = JUNE_10) -> None:
    who = {} if user is None else {"external_user_id": user}
    acme.send(on, event="written", data={"words": count, **who})


def balances(acme: Seller) -> dict[str, list[tuple[float, float]]]:
    """By recipient, of each grant what is available and what was used, the most used first."""
    found = acme.tenant.get("/customers/external/acme/credits/balances")["data"]
    return {
        each["recipient"]: sorted(
            ((grant["available"], grant["used"]) for grant in each["grants"]), key=lambda grant: -grant[1]
        )
        for each in found
    }


@pytest.mark.parametrize(("recipient", "grants"), [("organization", [(5_000, 0)]), ("seat", [(500, 0)] * 10)])
def test_ten_seats_at_500_share_5000_or_have_500_each(
    acme: Seller, currency_id: str, recipient: str, grants: list[tuple[float, float]]
) -> None:
    acme.sell(team(currency_id, 500, recipient=recipient, seats=10), words(currency_id))

    assert balances(acme) == {recipient: grants}


def test_a_signal_takes_from_its_users_seat_and_then_from_the_customer(acme: Seller, currency_id: str) -> None:
    """Ada writes 60 of her 50, so 10 are the customer's; Bob, who sits nowhere, and nobody in particular 5 each."""
    acme.tenant.call("POST", "/customers/external/acme/credits/grants", {"creditCurrencyKey": "words", "amount": 100})
    order = acme.sell(team(currency_id, 50), words(currency_id))
    sit(acme, order, seat_ids(acme, order)[0], "ada")

    write(acme, "ada", 60)
    write(acme, "bob", 5)
    write(acme, None, 5)

    assert balances(acme) == {"seat": [(0, 50), (50, 0)], "organization": [(80, 20)]}


def test_who_leaves_a_seat_leaves_what_was_taken_there_and_who_comes_finds_the_rest(
    acme: Seller, currency_id: str
) -> None:
    """Ada takes 30 of 50; Bob comes the next day, and his 40 are 20 of the seat, and 20 over: 20 x 0.10."""
    order = acme.sell(team(currency_id, 50, seats=1), words(currency_id), autoPostInvoices=True, billingAnchor=1)
    (seat,) = seat_ids(acme, order)
    sit(acme, order, seat, "ada")
    write(acme, "ada", 30)
    acme.clock("2025-06-11")
    sit(acme, order, seat, "bob")
    write(acme, "bob", 40, on=JUNE_11)

    assert balances(acme) == {"seat": [(0, 50)]}
    sit(acme, order, seat, None)
    assert balances(acme) == {"seat": [(0, 50)]}
    acme.clock("2025-07-01")

    assert acme.totals()[-1] == ("2025-07-01", 30_00 + 2_00)
    replay = {"operation": "replay", "organization": acme.tenant.organization_id, "customer": acme.customer_id}
    assert invoke("admin", replay)["differences"] == []


def test_a_signal_that_comes_late_takes_from_the_seat_that_its_user_had_on_its_day(
    acme: Seller, currency_id: str
) -> None:
    """Ada sits on one seat on the 10th and leaves it on the 11th, a day that is hers still; on the 13th on another."""
    order = acme.sell(team(currency_id, 50), words(currency_id))
    first, second = seat_ids(acme, order)
    for day, seat, user in ((10, first, "ada"), (11, first, None), (13, second, "ada")):
        acme.clock(f"2025-06-{day}")
        sit(acme, order, seat, user)

    for day, count in ((10, 10), (11, 3), (12, 5), (13, 7)):
        write(acme, "ada", count, on=date(2025, 6, day))

    assert balances(acme) == {"seat": [(37, 13), (43, 7)]}
    (waits,) = acme.tenant.get("/customers/external/acme/credits/pending-consumption")["data"]
    assert (waits["creditsDecimal"], waits["occurredAt"]) == ("5", "2025-06-12T00:00:00.000Z")


def test_a_seat_taken_today_counts_what_its_user_did_today_already(acme: Seller, currency_id: str) -> None:
    order = acme.sell(team(currency_id, 50, seats=1), words(currency_id))
    write(acme, "ada", 20)

    sit(acme, order, seat_ids(acme, order)[0], "ada")

    assert balances(acme) == {"seat": [(30, 20)]}


def test_a_seat_given_while_the_order_is_a_draft_is_its_users_from_the_beginning(
    acme: Seller, currency_id: str
) -> None:
    """The signals of May were there before the order was activated; June's of 50 is untouched."""
    order = acme.order(team(currency_id, 50, seats=1), words(currency_id), startDate="2025-05-01T00:00:00Z")
    sit(acme, order, seat_ids(acme, order)[0], "ada")
    write(acme, "ada", 20, on=date(2025, 5, 5))

    acme.activate(order)

    assert balances(acme) == {"seat": [(50, 0)]}
    assert [total for _, total in acme.totals()] == [30_00, 30_00]


def test_a_deactivated_user_takes_from_the_seat_no_longer(acme: Seller, currency_id: str) -> None:
    order = acme.sell(team(currency_id, 50, seats=1), words(currency_id))
    sit(acme, order, seat_ids(acme, order)[0], "ada")
    write(acme, "ada", 20)
    acme.clock("2025-06-11")

    acme.tenant.call("PUT", "/customers/acme/users/ada", {"status": "deactivated"})
    acme.clock("2025-06-12")
    write(acme, "ada", 10, on=JUNE_12)

    assert balances(acme) == {"seat": [(30, 20)]}


def test_credits_for_seats_on_a_fee_are_those_of_the_seats_of_its_line(acme: Seller, currency_id: str) -> None:
    fee = {"pricingType": "RecurringPerUnit", **MONTHLY, "pricePoints": [{"currency": "USD", "unitPrice": 100}]}
    comes = {"creditsCurrencyId": currency_id, "amount": 7, "recipient": "seat"}

    acme.sell(team(currency_id, 50), {"name": "Fee", "pricing": fee, "creditBenefits": [comes]})

    assert balances(acme) == {"seat": [(50, 0), (50, 0), (7, 0), (7, 0)]}


# ---- seats that are paid in credits


def paid_in_credits(currency_id: str, cost: float, **pricing: object) -> Json:
    base = {"pricingType": "SeatBasedPrepaidCredits", **MONTHLY, "creditsCurrencyId": currency_id, "creditCost": cost}
    return {"name": "Seats", "pricing": {**base, **pricing}}


def test_seats_take_their_credits_when_their_period_begins_and_cost_nothing_else(
    acme: Seller, currency_id: str
) -> None:
    """3 x 2.5 on 1 June, of 20, and again on 1 July: 20 - 7.5 - 7.5 = 5."""
    acme.tenant.call("POST", "/customers/external/acme/credits/grants", {"creditCurrencyKey": "words", "amount": 20})
    acme.sell(
        paid_in_credits(currency_id, 2.5),
        line={"attributes": [{"name": "Seats", "quantity": 3}]},
        autoPostInvoices=True,
    )

    assert balances(acme) == {"organization": [(12.5, 7.5)]}
    acme.clock("2025-07-01")
    assert balances(acme) == {"organization": [(5, 15)]}
    assert acme.totals() == []


def test_seats_in_arrears_take_when_their_period_ends_and_a_part_of_one_takes_its_part(
    acme: Seller, currency_id: str
) -> None:
    """15 of the 31 days to 25 June: 10 x 15/31 = 4.838710; what nothing was granted for waits."""
    acme.sell(
        paid_in_credits(currency_id, 10, billingType="Arrears"), startDate="2025-06-10T00:00:00Z", billingAnchor=25
    )
    assert acme.tenant.get("/customers/external/acme/credits/pending-consumption")["data"] == []

    acme.clock("2025-06-25")

    (waits,) = acme.tenant.get("/customers/external/acme/credits/pending-consumption")["data"]
    assert (waits["creditsDecimal"], waits["eventName"]) == ("4.83871", None)


def test_seats_in_credits_are_shown_as_they_were_written(acme: Seller, currency_id: str) -> None:
    sent = paid_in_credits(currency_id, 2.5, unitValue=0.5)

    product_id = acme.product(sent)

    (attribute,) = acme.tenant.get(f"/products/{product_id}")["productAttributes"]
    assert attribute["pricing"] == {
        **sent["pricing"],
        "chargeType": "seatBased",
        "pricingModel": "PrepaidCredits",
        "billingType": "Advance",
        "pricePoints": [],
    }


@pytest.mark.parametrize("leaves", [False, True])
def test_whoever_takes_or_leaves_a_seat_while_an_amendment_gives_it_credits_is_known_to_have_them_or_not(
    acme: Seller,
    currency_id: str,
    leaves: bool,  # noqa: FBT001
    subtests: pytest.Subtests,
) -> None:
    """50 credits a seat from 11 June on: Ada writes 40 words, her seat's, or overage where she sits nowhere."""
    plain = {name: value for name, value in team(currency_id, 50).items() if name != "creditBenefits"}
    order = acme.sell(plain, words(currency_id))
    first, _ = seat_ids(acme, order)
    if leaves:
        sit(acme, order, first, "ada")
    gives = {
        "type": "updatePricing",
        "orderLineAttributeId": component(acme, order),
        "newPricing": {**plain["pricing"], "creditBenefits": team(currency_id, 50)["creditBenefits"]},
        "treatment": "prorate",
    }

    def amended() -> None:
        answer = amend(acme, order, gives)
        assert answer.status == 200, answer

    def moved() -> int:
        if leaves:
            return acme.tenant.call("PUT", "/customers/acme/users/ada", {"status": "deactivated"}).status
        body = {"userExternalId": "ada"}
        return acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{first}", body).status

    put_back = saved()
    with watched(own_clients()) as watch:
        assert moved() == 200
    for position, operation in enumerate(watch.calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(own_clients(), meanwhile(amended), at=position):
                status = moved()
            if status != 200:
                assert status >= 500  # clients try again
                assert moved() == 200
            acme.clock("2025-06-11")
            write(acme, "ada", 40, on=JUNE_11)
            acme.clock("2025-06-12")

            expected = [(50, 0), (50, 0)] if leaves else [(10, 40), (50, 0)]
            assert balances(acme)["seat"] == expected
