"""`/orders/{id}/amendments` over HTTP: what is possible, what it would come to, and what it comes to."""

import pytest

from tests.functions.amending import amend, component, options, preview, quantity, replayed, sold
from tests.functions.sales import Json, Seller, at, fee, seats, seller, usage
from tests.world import World

DATED: dict[str, Json] = {
    "open": {},
    "same": {"endDate": "2025-09-01T00:00:00Z"},
    "early": {"endDate": "2025-08-01T00:00:00Z"},
}


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


def test_an_order_that_is_a_draft_is_told_to_be_activated_first(acme: Seller) -> None:
    order = acme.order(fee())

    answer = preview(acme, order, {"type": "endAttribute", "orderLineAttributeId": "any"})

    assert (answer.status, answer.body["code"]) == (400, "ORDER_NOT_ACTIVE")
    assert answer.sentence == f"order {order['id']} is a draft, expected an active one: activate it, or order anew"


def test_options_name_components_as_invoices_do(acme: Seller) -> None:
    order = sold(acme, fee(at(10_00)), seats(at(5_00)))

    (line,) = options(acme, order)["lines"]

    named = [f"{line['name']}: {attribute['name']}" for attribute in line["attributes"]]
    assert named == ["AI SDR: Fee", "AI SDR: Seats"]
    assert named == [charged["description"] for charged in acme.lines(acme.invoices()[0])]


def test_what_a_plan_sells_is_added_by_the_price_that_it_shows_and_not_by_its_id(acme: Seller) -> None:
    """On 15 March: 17 days of 31.00 a month, and the plan's 100 credits in full."""
    pages = acme.tenant.create("/credits/currencies", name="Pages", key="pages")["id"]
    product_id = acme.product(fee(at(62_00), name="Base"))
    (base,) = acme.tenant.get(f"/products/{product_id}")["productAttributes"]
    half: Json = {
        "productAttributeId": base["productAttributeId"],
        "pricing": {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly", "pricePoints": [at(31_00)]},
        "creditBenefits": [{"creditsCurrencyId": pages, "amount": 100}],
    }
    plan = acme.tenant.create("/plans/", productId=product_id, attributes=[half])
    (shown,) = acme.tenant.get(f"/plans/{plan['id']}")["attributes"]
    order = sold(acme, fee(at(10_00)))
    acme.clock("2025-03-15")
    priced = {**shown["pricing"], "creditBenefits": shown["creditBenefits"]}
    intent: Json = {
        "type": "addAttribute",
        "productId": product_id,
        "lineName": "Half",
        "pricing": priced,
        "quantity": 1,
    }

    refused = preview(acme, order, {**intent, "planProductId": plan["id"]})
    done = amend(acme, order, intent).body["plan"]

    assert (refused.status, refused.body["intentIndex"]) == (400, 0)
    assert (
        f"planProductId is {plan['id']!r}, expected none: give as pricing what GET /plans/{{id}} shows"
        in refused.sentence
    )
    assert [each["amountMinor"] for each in done["moneyEffects"]] == [17_00]
    assert [each["creditAmount"] for each in done["creditEffects"]] == [100]


def test_what_is_charged_by_no_days_has_no_first_part_and_shows_the_whole_price(acme: Seller) -> None:
    """A fee by the days, usage, and a setup fee of 500.00 whole, on 15 March; credits come with none of them."""
    order = sold(acme, fee(at(10_00)))
    acme.clock("2025-03-15")
    priced: list[Json] = [
        {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly", "pricePoints": [at(31_00)]},
        {"pricingType": "UsagePerUnit", "eventName": "sent", "pricePoints": [at(1)]},
        {"pricingType": "OneTimePerUnit", "pricePoints": [at(500_00)]},
    ]
    named = {"type": "addAttribute", "productId": acme.tenant.get("/products/")["data"][0]["id"], "quantity": 1}
    more = [{**named, "lineName": f"More {number}", "pricing": each} for number, each in enumerate(priced)]

    shown = preview(acme, order, *more, {**more[0], "currency": "usd", "lineName": "In any case"}).body

    adds = shown["operations"]["adds"]
    assert [(each["chargeStub"], each["creditGrant"]) for each in adds] == [
        ("prorated", None),
        (None, None),
        (None, None),
        ("prorated", None),
    ]
    assert {each["axis"] for each in shown["treatmentsResolved"]} == {"chargeStub", "usageAttribution"}
    effects = {each["intentIndex"]: each for each in shown["moneyEffects"]}
    days = {index: (each["remainingDays"], each["totalDaysInCycle"]) for index, each in effects.items()}
    assert days == {0: (17, 31), 2: (31, 31), 3: (17, 31)}
    assert effects[2]["amountMinor"] == 500_00


def test_usage_is_added_in_no_quantity(acme: Seller) -> None:
    order = sold(acme, usage(at(1)))
    acme.clock("2025-03-15")
    (other,) = acme.tenant.get(f"/products/{acme.product(usage(at(2), event='other'))}")["productAttributes"]
    added: Json = {"type": "addFromCatalog", "productAttributeId": other["productAttributeId"]}

    refused = preview(acme, order, {**added, "quantity": 5})

    assert (refused.status, refused.body["intentIndex"]) == (400, 0)
    assert "quantity is 5, expected none: " in refused.sentence
    assert "is counted from signals" in refused.sentence
    assert preview(acme, order, added).status == 200


def test_a_price_is_written_as_a_product_s_or_as_it_is_shown_or_as_an_order_s_own(acme: Seller) -> None:
    order = sold(acme, fee(at(10_00)))
    (product,) = acme.tenant.get("/products/")["data"]
    acme.clock("2025-03-15")
    often = {"billingFrequency": "Semi-Annually", "billingType": "Arrears"}
    shown = {"chargeType": "recurring", "pricingModel": "PerUnit", **often, "pricePoints": [at(31_00)]}
    of_an_order = {"billingFrequency": "semiAnnually", "billingType": "arrears", "pricePoints": at(31_00)}
    prices: list[Json] = [
        {"pricingType": "RecurringPerUnit", **often, "pricePoints": [at(31_00)]},
        shown,
        {**shown, "pricingModel": "perUnit", **of_an_order},
    ]
    added: Json = {"type": "addAttribute", "productId": product["id"], "lineName": "More", "quantity": 1}

    plans = [preview(acme, order, {**added, "pricing": each}).body for each in prices]

    assert plans[0]["stateDiff"][0]["after"]["totalAmountMinor"] == 31_00
    assert plans == [plans[0]] * 3


@pytest.mark.parametrize("quantity", [0, 1, 2])
def test_credits_come_once_with_usage_that_is_added_and_more_than_one_is_refused(acme: Seller, quantity: int) -> None:
    pages = acme.tenant.create("/credits/currencies", name="Pages", key="pages")["id"]
    order = sold(acme, fee(at(10_00)))
    benefit = {"creditsCurrencyId": pages, "amount": 100, "recipient": "organization"}
    priced = {"pricingType": "UsagePerUnit", "eventName": "sent", "pricePoints": [at(1)], "creditBenefits": [benefit]}
    product_id = acme.tenant.get("/products/")["data"][0]["id"]
    acme.clock("2025-03-15")

    done = amend(
        acme,
        order,
        {"type": "addAttribute", "productId": product_id, "lineName": "Sent", "pricing": priced, "quantity": quantity},
    )

    balances = acme.tenant.get(f"/customers/{acme.customer_id}/credits/balances")["data"]
    if quantity > 1:
        assert (done.status, done.body["intentIndex"]) == (400, 0)
        assert "quantity is 2, expected 0 or 1: 'Sent' is counted from signals" in done.sentence
    assert [each["available"] for each in balances] == ([] if quantity > 1 else [100])


def test_an_end_can_be_moved_with_a_treatment_of_usage_where_something_counts_signals(acme: Seller) -> None:
    order = sold(acme, fee(at(10_00)), usage(at(1)))
    without = sold(acme, fee(at(10_00)))
    acme.clock("2025-03-15")
    of_both, of_the_fee = (options(acme, each) for each in (order, without))
    ends: Json = {"newEndDate": "2025-03-20T00:00:00Z", "treatment": "allSignalsInPeriod"}
    of_line: Json = {"type": "updateLineTerm", "orderLineId": of_both["lines"][0]["orderLineId"]}

    for intent in (of_both["orderTerm"], *of_both["lines"][0]["intents"]):
        assert {axis["axis"]: [each["value"] for each in axis["options"]] for axis in intent["axes"]} == {
            "money": ["none", "prorate"],
            "usageAttribution": ["signalsFromAmendment", "allSignalsInPeriod"],
        }
    assert [axis["axis"] for axis in of_the_fee["orderTerm"]["axes"]] == ["money"]
    for named in (of_line, {"type": "updateOrderTerm"}):
        assert preview(acme, order, {**named, **ends}).status == 200
    assert preview(acme, without, {"type": "updateOrderTerm", **ends}).status == 400


def test_an_order_that_has_ended_is_a_bad_request_and_no_conflict_that_clients_would_send_again(acme: Seller) -> None:
    order = sold(acme, fee(at(10_00)), endDate="2025-03-15T00:00:00Z")
    intent = quantity(component(acme, order), 2)
    acme.clock("2025-03-15")

    refused = amend(acme, order, intent)

    assert (refused.status, refused.body["code"]) == (400, "ORDER_ENDED")


def test_a_later_end_extends_the_lines_that_are_listed_and_an_earlier_one_is_shown_by_all(acme: Seller) -> None:
    product_id = acme.product(fee(at(10_00)))
    lines = [{"productId": product_id, "name": name, **ends} for name, ends in DATED.items()]
    body = {"customerId": acme.customer_id, "startDate": "2025-03-01T00:00:00Z", "endDate": "2025-09-01T00:00:00Z"}
    order = acme.activate(acme.tenant.create("/orders/", lines=lines, **body))

    def ends() -> dict[str, str]:
        return {each["name"]: each["endDate"][:10] for each in acme.tenant.get(f"/orders/{order['id']}/lines")["data"]}

    early = next(
        each["id"] for each in acme.tenant.get(f"/orders/{order['id']}/lines")["data"] if each["name"] == "early"
    )
    later = {"type": "updateOrderTerm", "newEndDate": "2026-01-01T00:00:00Z", "extendLineIds": [early]}
    assert amend(acme, order, later).status == 200
    assert ends() == {"open": "2026-01-01", "same": "2025-09-01", "early": "2026-01-01"}

    assert amend(acme, order, {"type": "updateOrderTerm", "newEndDate": "2025-07-01T00:00:00Z"}).status == 200
    assert set(ends().values()) == {"2025-07-01"}


@pytest.mark.parametrize(
    ("intent", "sentence"),
    [
        ({"type": "updateOrderTerm", "newEndDate": "9999-12-31T00:00:00Z"}, "intents[1].newEndDate is"),
        ({"type": "updateTerm"}, "intents[1]: type is 'updateTerm', expected one of updateQuantity, updatePricing, "),
        ({}, "intents[1]: type is missing, expected one of updateQuantity, updatePricing, endAttribute, "),
        ({"type": None}, "intents[1]: type is 'None', expected one of updateQuantity"),
        (
            {"type": "updateQuantity", "orderLineAttributeId": "x", "newQuantity": -1},
            "intents[1].newQuantity is -1: expected at least 0",
        ),
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


@pytest.mark.parametrize(
    ("treatment", "invoices"),
    [
        # 100.00 x 16/31 back and 1,000.00 x 350/365 for the days until 1 March
        ("prorate", [("2025-03-16", 958_90 - 51_61), ("2026-03-01", 1_000_00)]),
        ("none", [("2025-04-01", 915_07), ("2026-03-01", 1_000_00)]),  # 1,000.00 x 334/365
    ],
    ids=["prorate", "none"],
)
def test_a_customer_moves_from_months_to_years_until_the_orders_year_ends(
    acme: Seller, treatment: str, invoices: list[tuple[str, int]]
) -> None:
    """docs/plans.md."""
    order = sold(acme, fee(at(100_00)))
    acme.clock("2025-03-16")
    yearly = {"pricingType": "RecurringPerUnit", "billingFrequency": "Annual", "pricePoints": [at(1_000_00)]}
    change = {"type": "updatePricing", "orderLineAttributeId": component(acme, order), "newPricing": yearly}

    done = amend(acme, order, {**change, "treatment": treatment})
    acme.clock("2026-03-01")

    assert done.status == 200, done
    assert acme.totals() == [("2025-03-01", 100_00), *invoices]
    assert replayed(acme) == (3, [])
