"""Credits from their currency over the grant and the signals to the balance and the invoice, through the handlers."""

from datetime import date
from typing import Any

import pytest

from tests.functions.sales import Json, Seller, at, seller
from tests.world import World, invoke

TIMES, LESS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
JUNE_10 = date(2025, 6, 10)


@pytest.fixture
def acme(world: World) -> Seller:
    return seller(world, clock="2025-06-10")


def currency(acme: Seller, **fields: object) -> Any:
    return acme.tenant.create("/credits/currencies", **{"name": "Pages", "key": "pages", **fields})


def grant(acme: Seller, amount: float, **fields: object) -> Any:
    return acme.tenant.call(
        "POST", "/customers/external/acme/credits/grants", {"creditCurrencyKey": "pages", "amount": amount, **fields}
    )


def pages(currency_id: str, **pricing: object) -> Json:
    """Half a credit for each page that a signal tells of; 0.10 for a credit beyond those granted."""
    return {
        "name": "Pages",
        "pricing": {
            "pricingType": "UsagePrepaidCredits",
            "eventName": "pages_read",
            "creditsCurrencyId": currency_id,
            "creditCost": 0.5,
            "pricingInput": {"kind": "signalQuantity", "path": "pages"},
            "overageUnitPrice": 10,
            **pricing,
        },
    }


def read(acme: Seller, *counts: int) -> None:
    for count in counts:
        acme.send(JUNE_10, event="pages_read", data={"pages": count})


def balance(acme: Seller) -> tuple[float, float, float]:
    (only,) = acme.tenant.get("/customers/external/acme/credits/balances")["data"]
    assert (only["currencyKey"], only["recipient"]) == ("pages", "organization")
    return only["available"], only["used"], only["total"]


def test_credits_are_granted_taken_and_charged_beyond(acme: Seller) -> None:
    """30 + 100 + 90 pages take 15 + 50 + 45 = 110 credits of 100: 10 x 0.10 = 1.00."""
    sold = currency(acme)
    assert grant(acme, 100).status == 201
    acme.sell(pages(sold["id"]), autoPostInvoices=True)

    read(acme, 30, 100)
    assert balance(acme) == (35, 65, 100)
    read(acme, 90)
    assert balance(acme) == (0, 100, 100)

    (waiting,) = acme.tenant.get("/customers/external/acme/credits/pending-consumption")["data"]
    assert (waiting["credits"], waiting["creditsDecimal"], waiting["eventName"]) == (10, "10", "pages_read")
    acme.clock("2025-07-01")
    assert acme.totals() == [("2025-07-01", 1_00)]
    assert acme.tenant.get("/customers/external/acme/credits/pending-consumption")["data"] == []


def test_a_line_of_overage_is_explained_and_the_replay_makes_it_again(acme: Seller) -> None:
    """15 + 100 of 100 in June, and then 5 more of June, which were late: 15 x 0.10 and 5 x 0.10."""
    sold = currency(acme)
    grant(acme, 100)
    acme.sell(pages(sold["id"]), autoPostInvoices=True)
    read(acme, 30, 200)
    acme.clock("2025-07-01")
    read(acme, 10)
    grant(acme, 1_000, startsAt="2025-06-01T00:00:00Z")
    acme.clock("2025-08-01")

    june, late = (explained(acme, invoice) for invoice in acme.invoices())

    assert acme.totals() == [("2025-07-01", 1_50), ("2025-08-01", 50)]
    assert june["credits"] == {"taken": "115", "overage": "15", "overageBilledBefore": "0"}
    assert june["arithmetic"] == [f"115 credits taken {LESS} 100 granted = 15", f"15 {TIMES} 0.10 = 1.50"]
    assert (june["signals"]["count"], june["signals"]["note"]) == (2, None)
    assert late["credits"] == {"taken": "120", "overage": "20", "overageBilledBefore": "15"}
    replay = {"operation": "replay", "organization": acme.tenant.organization_id, "customer": acme.customer_id}
    replayed = invoke("admin", replay)
    assert (replayed["invoices"], replayed["differences"]) == (2, [])


def explained(acme: Seller, invoice: Any) -> Any:
    (line,) = acme.lines(invoice)
    return acme.tenant.get(f"/invoices/{invoice['id']}/lines/{line['id']}/explanation")


def test_a_grant_answers_with_what_was_granted(acme: Seller) -> None:
    currency(acme)

    answer = grant(acme, 12.5, expiresAt="2025-12-31T00:00:00Z").body

    assert answer["created"] is True
    assert answer["customer"] == {"id": acme.customer_id, "externalId": "acme"}
    assert answer["creditCurrency"] == {"key": "pages", "name": "Pages"}
    assert answer["grant"] == {
        "amount": 12,
        "amountDecimal": "12.5",
        "startsAt": "2025-06-10T00:00:00.000Z",
        "expiresAt": "2025-12-31T00:00:00.000Z",
        "status": "active",
    }


def test_a_grant_that_says_when_it_starts_is_given_once_however_often_it_is_sent(acme: Seller) -> None:
    currency(acme)

    created = [grant(acme, 10, startsAt="2025-05-01T00:00:00Z").body["created"] for _ in range(3)]

    assert created == [True, False, False]
    assert balance(acme) == (10, 0, 10)


def test_a_grant_that_is_sent_again_in_moments_is_given_once_and_twins_say_when_they_start(acme: Seller) -> None:
    """As the published clients do after a 5xx; 10 of the first, 20 of another, and 10 of a twin of the first."""
    currency(acme)

    created = [grant(acme, 10).body["created"] for _ in range(3)]
    others = [grant(acme, 20), grant(acme, 10, startsAt="2025-06-09T23:59:59Z")]

    assert created == [True, False, False]
    assert [answer.body["created"] for answer in others] == [True, True]
    assert balance(acme) == (40, 0, 40)


def test_a_grant_is_given_once_too_where_an_order_became_active_at_that_moment(acme: Seller) -> None:
    """What is granted while a clock stands still comes after the activation, and is a repeat all the same."""
    sold = currency(acme)
    acme.sell(pages(sold["id"]))

    assert [grant(acme, 10).body["created"] for _ in range(3)] == [True, False, False]


def test_a_grant_that_is_sent_again_after_it_expired_is_the_same_grant_and_another_is_refused(acme: Seller) -> None:
    currency(acme)
    said = {"startsAt": "2025-06-09T00:00:00Z", "expiresAt": "2025-06-10T12:00:00Z"}
    first = grant(acme, 5, **said)
    acme.clock("2025-06-11")

    again, other = grant(acme, 5, **said), grant(acme, 6, **said)

    assert (again.status, again.body) == (201, {**first.body, "created": False})
    assert (other.status, other.body["error"]) == (
        400,
        "expiresAt is 2025-06-10T12:00:00+00:00, expected a moment in the future",
    )


def test_a_grant_is_answered_as_before_when_its_currency_was_archived_meanwhile(acme: Seller) -> None:
    sold = currency(acme)
    before = {"startsAt": "2025-05-01T00:00:00Z"}
    first, unnamed = grant(acme, 10, **before), grant(acme, 20)

    acme.tenant.call("PUT", f"/credits/currencies/{sold['id']}", {"status": "archived"})

    for answer, again in ((first, grant(acme, 10, **before)), (unnamed, grant(acme, 20))):
        assert (again.status, again.body) == (201, {**answer.body, "created": False})
    assert (
        grant(acme, 11, **before).sentence
        == "creditCurrencyKey is 'pages', expected the key of an active credit currency"
    )
    assert balance(acme) == (30, 0, 30)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": 0}, "amount is 0, expected a number above 0"),
        ({"amount": 0.0000001}, "amount is 1e-07: expected at most 6 decimals"),
        ({"amount": -1}, "amount is -1: expected a number from 0 to 1000000000"),
        ({"creditCurrencyKey": "words"}, "creditCurrencyKey is 'words', expected the key of an active credit currency"),
        (
            {"startsAt": "2025-06-11T00:00:00Z"},
            "startsAt is 2025-06-11T00:00:00+00:00, expected no moment after the present",
        ),
        (
            {"expiresAt": "2025-06-10T00:00:00Z"},
            "expiresAt is 2025-06-10T00:00:00+00:00, expected a moment in the future",
        ),
    ],
)
def test_what_cannot_be_granted(acme: Seller, fields: Json, sentence: str) -> None:
    currency(acme)
    body = {"creditCurrencyKey": "pages", "amount": 1, **fields}

    answer = acme.tenant.call("POST", f"/customers/{acme.customer_id}/credits/grants", body)

    assert (answer.status, answer.body["error"]) == (400, sentence)
    assert acme.tenant.get(f"/customers/{acme.customer_id}/credits/balances")["data"] == []


def test_a_currency_is_archived_and_takes_no_grant_until_it_is_active_again(acme: Seller) -> None:
    sold = currency(acme)
    path = f"/credits/currencies/{sold['id']}"

    archived = acme.tenant.call("PUT", path, {"status": "archived"}).body

    assert (archived["status"], archived["archivedAt"]) == ("archived", "2025-06-10T00:00:00.000Z")
    assert grant(acme, 1).status == 400
    listed = {
        status: len(acme.tenant.get("/credits/currencies", status=status)["data"])
        for status in ("active", "archived", "all")
    }
    assert listed == {"active": 0, "archived": 1, "all": 1}
    kept = acme.tenant.call("PUT", path, {"status": None, "description": "Read"}).body
    assert (kept["status"], kept["archivedAt"]) == ("archived", archived["archivedAt"])
    assert acme.tenant.call("PUT", path, {"status": "active"}).body["archivedAt"] is None
    assert grant(acme, 1).status == 201


def test_an_infinite_grant_is_shown_with_as_much_as_any_one_may_be_however_much_is_used(acme: Seller) -> None:
    """30 pages take 15, and 1,000,000,000 stay; the day after it holds there is nothing."""
    sold = currency(acme)
    endless = {"creditsCurrencyId": sold["id"], "amount": 0, "isInfiniteTotal": True}
    fee: Json = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly", "pricePoints": [at(1)]}
    plan: Json = {"name": "Plan", "pricing": fee, "creditBenefits": [endless]}
    acme.sell(plan, pages(sold["id"]), endDate="2025-07-01T00:00:00Z")
    read(acme, 30)

    state = acme.tenant.get("/customers/external/acme/state")

    assert balance(acme) == (10**9, 15, 10**9 + 15)
    assert [each["balance"] for each in state["credits"]["balances"]] == [10**9]
    acme.clock("2025-07-01")
    assert balance(acme) == (0, 0, 0)


@pytest.mark.parametrize("key", ["", "My Pages", "pages!", "p" * 65, "pages\n"])
def test_a_key_that_is_none_is_told_what_one_may_be(acme: Seller, key: str) -> None:
    refused = acme.tenant.call("POST", "/credits/currencies", {"name": "Pages", "key": key})
    taken = acme.tenant.call("POST", "/credits/currencies", {"name": "Pages", "key": "p" * 64})

    assert (refused.status, taken.status) == (400, 201)
    assert refused.sentence.startswith("key is ")
    assert refused.sentence.endswith(": expected 1 to 64 characters of a-z, 0-9, _ and -, such as pages")


def test_a_credit_currency_that_is_not_there_is_called_by_its_name(acme: Seller) -> None:
    answer = acme.tenant.call("PUT", "/credits/currencies/cc_none", {"status": "archived"})

    assert (answer.status, answer.sentence) == (404, "credit currency cc_none was not found")


def test_a_key_names_one_currency(acme: Seller) -> None:
    currency(acme)

    answer = acme.tenant.call("POST", "/credits/currencies", {"name": "Others", "key": "pages"})

    assert (answer.status, answer.body["error"]) == (
        400,
        "key is 'pages', expected one that no other credit currency has",
    )


def test_a_price_names_a_currency_of_the_organizations_own_that_is_active(acme: Seller) -> None:
    stranger = acme.world.tenant().create("/credits/currencies", name="Theirs", key="theirs")
    product_id = acme.product()

    answer = acme.tenant.call("PUT", f"/products/{product_id}", {"productAttributes": [pages(stranger["id"])]})

    assert answer.status == 400
    assert answer.body["error"] == (
        f"creditsCurrencyId is {stranger['id']!r}, expected the id of an active credit currency"
    )
    assert acme.tenant.get(f"/products/{product_id}")["productAttributes"] == []


def test_a_price_in_credits_is_shown_as_it_was_written(acme: Seller) -> None:
    brackets = [{"upTo": 10, "creditUnits": 1}, {"upTo": 100, "creditUnits": 5.5}, {"creditUnits": 20}]
    sold = currency(acme)["id"]
    pricing = {"pricingType": "UsageBracketedPrepaidCredits", "eventName": "e", "creditsCurrencyId": sold}
    how = {"creditUnitBrackets": brackets, "pricingInput": {"kind": "signalQuantity", "path": "pages"}}

    product_id = acme.product({"name": "Pages", "pricing": {**pricing, **how}})

    (attribute,) = acme.tenant.get(f"/products/{product_id}")["productAttributes"]
    assert attribute["pricing"] == {
        **pricing,
        **how,
        "chargeType": "usage",
        "pricingModel": "BracketedPrepaidCredits",
        "billingFrequency": "Monthly",
        "billingType": "Arrears",
        "pricePoints": [],
    }


@pytest.mark.parametrize(("pages_read", "taken"), [(1, 1), (10, 1), (10.5, 5.5), (100, 5.5), (101, 20)])
def test_a_signal_takes_what_the_bracket_of_its_quantity_says(acme: Seller, pages_read: float, taken: float) -> None:
    brackets = [{"upTo": 10, "creditUnits": 1}, {"upTo": 100, "creditUnits": 5.5}, {"creditUnits": 20}]
    sold = currency(acme)["id"]
    grant(acme, 100)
    acme.sell(pages(sold, pricingType="UsageBracketedPrepaidCredits", creditUnitBrackets=brackets))

    acme.send(JUNE_10, event="pages_read", data={"pages": pages_read})

    assert balance(acme) == (100 - taken, taken, 100)


@pytest.mark.parametrize(("pages_read", "taken"), [(10, 10), (10.5, 12.5), (11, 15), (20, 60), (21, 60.5)])
def test_credits_for_each_unit_are_those_of_the_band_that_the_unit_lies_in(
    acme: Seller, pages_read: float, taken: float
) -> None:
    """Ten pages at 1, the next ten at 5 and the rest at 0.5: 11 take 10 x 1 + 1 x 5, and not 11 x 5."""
    bands = [(10, 1), (20, 5), (None, 0.5)]
    brackets = [{"upTo": bound, "creditUnits": 0, "creditUnitsPerUnit": each} for bound, each in bands]
    sold = currency(acme)["id"]
    grant(acme, 100)
    acme.sell(pages(sold, pricingType="UsageBracketedPrepaidCredits", creditUnitBrackets=brackets))

    acme.send(JUNE_10, event="pages_read", data={"pages": pages_read})

    assert balance(acme) == (100 - taken, taken, 100)


# ---- credits that come with what is bought


def plan_with(currency_id: str, amount: float, **benefit: object) -> Json:
    """A fee of 50.00 a month that brings credits."""
    comes = {"creditsCurrencyId": currency_id, "amount": amount, **benefit}
    fee = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly", "pricePoints": [at(50_00)]}
    return {"name": "Plan", "pricing": fee, "creditBenefits": [comes]}


def test_each_month_brings_its_credits_and_what_is_left_of_them_expires(acme: Seller) -> None:
    sold = currency(acme)["id"]
    acme.sell(plan_with(sold, 100), pages(sold), billingAnchor=1)
    read(acme, 30)
    assert balance(acme) == (85, 15, 100)

    acme.clock("2025-07-01")

    assert balance(acme) == (100, 0, 100)


def test_overage_is_priced_by_the_credits_that_come_with_the_line(acme: Seller) -> None:
    """250 pages take 125 of 100: 25 x 0.20 = 5.00 beside the fee of 50.00."""
    sold = currency(acme)["id"]
    without = pages(sold)
    del without["pricing"]["overageUnitPrice"]
    acme.sell(plan_with(sold, 100, overageUnitPrice=20), without, autoPostInvoices=True)
    read(acme, 250)

    acme.clock("2025-07-01")

    assert acme.totals()[-1] == ("2025-07-01", 55_00)


def test_an_order_that_is_activated_for_the_past_has_granted_in_every_month_since(acme: Seller) -> None:
    """Of 60 credits in April, 40 in May and 10 in June, at 50 a month: 10 x 0.10 in April, and nothing else."""
    sold = currency(acme)["id"]
    order = acme.order(plan_with(sold, 50), pages(sold), startDate="2025-04-01T00:00:00Z")
    for day, count in ((date(2025, 4, 10), 120), (date(2025, 5, 10), 80), (JUNE_10, 20)):
        acme.send(day, event="pages_read", data={"pages": count})

    acme.activate(order)

    assert acme.totals() == [("2025-04-01", 50_00), ("2025-05-01", 51_00), ("2025-06-01", 50_00)]
    assert balance(acme) == (40, 10, 50)


@pytest.mark.parametrize(("timing", "given"), [("on_invoice_posted", 100), ("on_payment", 0)])
def test_credits_that_wait_for_an_invoice_come_when_it_is_posted_or_paid(
    acme: Seller, timing: str, given: float
) -> None:
    sold = currency(acme)["id"]
    acme.sell(plan_with(sold, 100, creditGrantTiming=timing), pages(sold), billingAnchor=1)
    read(acme, 30)
    (draft,) = acme.invoices()
    assert balance(acme) == (0, 0, 0)

    acme.tenant.call("POST", f"/invoices/{draft['id']}/post")

    assert balance(acme) == (given and given - 15, given and 15, given)
    replay = {"operation": "replay", "organization": acme.tenant.organization_id, "customer": acme.customer_id}
    acme.clock("2025-07-01")
    assert invoke("admin", replay)["differences"] == []


def test_credits_that_wait_for_a_payment_come_with_the_one_that_pays_the_rest(acme: Seller) -> None:
    """30 pages take 15 of the 100 that come."""
    sold = currency(acme)["id"]
    acme.sell(plan_with(sold, 100, creditGrantTiming="on_payment"), pages(sold), billingAnchor=1, autoPostInvoices=True)
    read(acme, 30)
    (invoice,) = acme.invoices()
    (line,) = acme.lines(invoice)
    payment = {"customerId": acme.customer_id, "currency": "USD", "paymentType": "cash"}

    for amount, given in ((line["balanceAmount"] - 1, 0), (1, 100)):
        paid = acme.tenant.create("/payments/", **payment, amount=amount)
        part = {"invoiceLineId": line["id"], "amount": amount}
        acme.tenant.create("/payment-allocations/", paymentId=paid["id"], allocations=[part])
        assert balance(acme) == (given and given - 15, given and 15, given)

    acme.tenant.call("POST", f"/invoices/{invoice['id']}/void")
    assert balance(acme) == (85, 15, 100)


def test_what_rolls_over_lasts_as_long_as_it_says(acme: Seller) -> None:
    sold = currency(acme)["id"]
    rollover = {"rolloverAmount": 30, "rolloverDuration": 5, "rolloverDurationUnit": "days"}
    acme.sell(plan_with(sold, 100, **rollover), pages(sold), billingAnchor=1)
    acme.clock("2025-07-05")
    assert balance(acme) == (130, 0, 130)

    acme.clock("2025-07-06")

    assert balance(acme) == (100, 0, 100)


def test_credits_that_come_with_a_product_are_shown_and_kept_until_they_are_replaced(acme: Seller) -> None:
    sold = currency(acme)["id"]
    product_id = acme.product(plan_with(sold, 12.5, allocationCadence="monthly"))
    (attribute,) = acme.tenant.get(f"/products/{product_id}")["productAttributes"]
    path = f"/pricing/{attribute['productAttributeId']}"
    (shown,) = attribute["creditBenefits"]
    assert {name: shown[name] for name in ("creditsCurrencyId", "amount", "recipient", "allocationCadence")} == {
        "creditsCurrencyId": sold,
        "amount": 12.5,
        "recipient": "organization",
        "allocationCadence": "monthly",
    }

    kept = acme.tenant.call("PUT", path, {"pricing": plan_with(sold, 0)["pricing"]}).body
    gone = acme.tenant.call("PUT", path, {"pricing": plan_with(sold, 0)["pricing"], "creditBenefits": []}).body

    assert (kept["creditBenefits"], gone["creditBenefits"]) == ([shown], [])
