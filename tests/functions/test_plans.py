"""Plans through the handlers: made, shown, changed, archived and put in order."""

import pytest

from tests.functions.planning import Planner
from tests.functions.sales import Json, Seller, at, fee, once, seller
from tests.world import Answer, World


@pytest.fixture
def acme(world: World) -> Seller:
    return seller(world)


@pytest.fixture
def plans(acme: Seller) -> Planner:
    return Planner(acme)


def refused(answer: Answer, sentence: str) -> None:
    assert (answer.status, answer.body["error"]) == (400, sentence)


# ---- made and shown


def test_a_plan_is_shown_as_it_was_made(plans: Planner) -> None:
    made = plans.make(plans.fee(at(50_00), at(45_00, "EUR")), plans.mails(at(50)), name="Starter", externalId="starter")

    assert made["name"] == "Starter"
    assert (made["productId"], made["externalId"]) == (plans.product_id, "starter")
    assert (made["status"], made["archivedAt"], made["upgradePathOrder"]) == ("active", None, None)
    assert made["supportedCurrencies"] == ["USD"], "e-mails have no price in EUR"
    assert [(each["name"], each["active"], each["creditBenefits"]) for each in made["attributes"]] == [
        ("Fee", True, []),
        ("E-mails", True, []),
    ]
    assert made["attributes"][0]["pricing"] == {
        "pricingType": "RecurringPerUnit",
        "chargeType": "recurring",
        "pricingModel": "PerUnit",
        "billingFrequency": "Monthly",
        "billingType": "Advance",
        "pricePoints": [{"currency": "USD", "unitPrice": 50_00}, {"currency": "EUR", "unitPrice": 45_00}],
    }
    assert plans.tenant.get(f"/plans/{made['id']}") == made
    assert plans.tenant.get("/plans/external/starter") == made
    assert plans.tenant.get("/plans/")["data"] == [made]


def test_an_external_id_names_one_plan(plans: Planner) -> None:
    plans.make(name="Starter", externalId="starter")
    other = plans.make(name="Other")

    assert plans.ask(externalId="starter").body["code"] == "EXTERNAL_ID_EXISTS"
    assert plans.update(other, externalId="starter").body["code"] == "EXTERNAL_ID_EXISTS"
    assert plans.names() == ["Starter", "Other"]


@pytest.mark.parametrize(
    ("currencies", "shown"), [(None, ["USD", "EUR"]), (["EUR", "USD"], ["EUR", "USD"]), (["EUR"], ["EUR"])]
)
def test_a_plan_is_kept_to_the_currencies_that_it_names(
    plans: Planner, currencies: list[str] | None, shown: list[str]
) -> None:
    made = plans.make(plans.fee(at(50_00), at(45_00, "EUR")), supportedCurrencies=currencies)

    assert made["supportedCurrencies"] == shown
    nothings: list[list[str] | None] = [None, []]
    for nothing in nothings:
        plans.update(made, supportedCurrencies=["EUR"])
        assert plans.update(made, supportedCurrencies=nothing).body["supportedCurrencies"] == ["USD", "EUR"]


def test_a_plan_without_a_price_in_money_is_sold_in_any_currency(plans: Planner) -> None:
    support = {"pricingType": "RecurringPercentOfTotal", "billingFrequency": "Monthly", "percentageValue": 2.5}

    made = plans.make({"productAttributeId": plans.fee_id, "pricing": support})

    assert made["supportedCurrencies"] == []


def test_a_component_is_one_of_the_products_own_and_named_once(plans: Planner) -> None:
    stranger = {**plans.fee(), "productAttributeId": "pa_none_1"}
    expected = f"expected the id of an attribute of product {plans.product_id}, each at most once"

    refused(plans.ask(plans.fee(), stranger), f"attributes[1].productAttributeId is 'pa_none_1', {expected}")
    refused(plans.ask(plans.fee(), plans.fee()), f"attributes[1].productAttributeId is {plans.fee_id!r}, {expected}")
    assert plans.names() == []


def test_the_components_of_a_plan_have_a_currency_in_common(plans: Planner) -> None:
    refused(
        plans.ask(plans.fee(at(50_00, "EUR")), plans.mails(at(50))),
        "attributes have no currency in common, expected one that each of them has a price point in",
    )
    refused(
        plans.ask(plans.fee(at(50_00), at(45_00, "EUR")), plans.mails(at(50)), supportedCurrencies=["EUR"]),
        "supportedCurrencies has EUR, expected currencies that every attribute of the plan has a price point in: USD",
    )


@pytest.mark.parametrize(("given", "sold_in"), [([], ["USD"]), (None, ["USD"]), (["usd"], ["USD"])])
def test_a_plan_is_sold_in_what_it_names_in_any_case_and_else_in_all_that_are_priced(
    plans: Planner, given: object, sold_in: list[str]
) -> None:
    made = plans.make(plans.fee(at(50_00)), supportedCurrencies=given)

    assert made["supportedCurrencies"] == sold_in
    assert plans.update(made, supportedCurrencies=given).body["supportedCurrencies"] == sold_in


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"attributes": []}, "attributes is []: expected a list with at least 1 item"),
        (
            {"supportedCurrencies": ["USD", "dollars"]},
            "supportedCurrencies[1] is 'dollars': expected an ISO 4217 code in capitals such as USD",
        ),
        ({"supportedCurrencies": ["USD", "usd"]}, "supportedCurrencies is ['USD', 'usd']: expected each currency once"),
        ({"isDefault": "yes"}, "isDefault is 'yes': expected true or false"),
    ],
)
def test_what_makes_no_plan(plans: Planner, fields: Json, sentence: str) -> None:
    refused(plans.ask(**fields), sentence)


def test_a_plan_of_no_product_is_not_found(plans: Planner) -> None:
    for answer in (
        plans.ask(productId="prod_none"),
        plans.tenant.call("GET", "/plans/", query={"productId": "prod_none"}),
        plans.tenant.call("GET", "/plans/", query={"externalProductId": "none"}),
        plans.tenant.call("PUT", "/plans/upgrade-path", {"productId": "prod_none", "groups": []}),
    ):
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


def test_plans_are_listed_by_their_product_and_archived_ones_unless_they_are_left_out(
    acme: Seller, plans: Planner
) -> None:
    plans.update(plans.make(name="Starter"), status="archived")
    plans.make(name="Pro")

    assert plans.names() == plans.names(productId=plans.product_id) == ["Starter", "Pro"]
    assert plans.names(includeArchived="false") == ["Pro"]
    assert plans.names(externalProductId="sdr", includeArchived="false") == ["Pro"]
    spare = acme.product(name="Spare")
    assert plans.names(productId=spare) == plans.names(productId=spare, externalProductId="sdr") == []
    assert plans.names(productId=plans.product_id, externalProductId="sdr") == ["Starter", "Pro"]


# ---- changed


def test_attributes_that_are_given_replace_all_there_were(plans: Planner) -> None:
    made = plans.make(plans.fee(), plans.mails(at(50)), name="Starter")

    changed = plans.update(made, attributes=[plans.mails(at(40, "EUR"))]).body

    assert [each["productAttributeId"] for each in changed["attributes"]] == [plans.mail_id]
    assert (changed["name"], changed["supportedCurrencies"]) == ("Starter", ["EUR"])
    assert plans.update(changed, name=None).body["attributes"] == changed["attributes"]


def test_a_plan_keeps_its_prices_when_its_product_gets_others(plans: Planner) -> None:
    made = plans.make(plans.fee(at(50_00)))

    dearer = plans.tenant.call("PUT", f"/pricing/{plans.fee_id}", {"pricing": fee(at(200_00))["pricing"]})

    assert dearer.status == 200
    assert plans.tenant.get(f"/plans/{made['id']}") == made


def test_a_component_is_called_and_active_as_the_product_says(plans: Planner) -> None:
    made = plans.make()
    edit = {**fee(), "name": "Platform fee", "productAttributeId": plans.fee_id, "active": False}

    plans.tenant.call("PUT", f"/products/{plans.product_id}", {"productAttributes": [edit]})

    (shown,) = plans.tenant.get(f"/plans/{made['id']}")["attributes"]
    assert (shown["name"], shown["active"]) == ("Platform fee", False)
    assert shown["pricing"] == made["attributes"][0]["pricing"]


def test_credits_that_come_with_a_component_stay_until_they_are_replaced(plans: Planner) -> None:
    currency = plans.tenant.create("/credits/currencies", name="Pages", key="pages")
    comes = {"creditsCurrencyId": currency["id"], "amount": 12.5}
    made = plans.make({**plans.fee(), "creditBenefits": [comes]})
    (shown,) = made["attributes"][0]["creditBenefits"]

    kept = plans.update(made, attributes=[plans.fee(at(1_00))]).body
    gone = plans.update(made, attributes=[{**plans.fee(), "creditBenefits": []}]).body

    assert (shown["creditsCurrencyId"], shown["amount"]) == (currency["id"], 12.5)
    assert kept["attributes"][0]["creditBenefits"] == [shown]
    assert gone["attributes"][0]["creditBenefits"] == []


def test_credits_are_in_a_currency_of_the_organizations_own(plans: Planner) -> None:
    comes = {"creditsCurrencyId": "cc_none", "amount": 1}

    refused(
        plans.ask({**plans.fee(), "creditBenefits": [comes]}),
        "creditsCurrencyId is 'cc_none', expected the id of an active credit currency",
    )


def test_a_plan_is_archived_and_restored(plans: Planner) -> None:
    made = plans.make()

    archived = plans.update(made, status="archived").body
    again = plans.update(made, status="archived").body
    restored = plans.update(made, status="active").body

    assert (archived["status"], archived["archivedAt"]) == ("archived", "2025-06-01T00:00:00.000Z")
    assert again["archivedAt"] == archived["archivedAt"]
    assert (restored["status"], restored["archivedAt"]) == ("active", None)


# ---- the default


@pytest.mark.parametrize(
    ("said", "is_default"), [({}, False), ({"isDefault": True}, True), ({"isDefault": False}, False)]
)
def test_a_plan_is_the_default_if_it_says_so_and_the_first_no_sooner(
    plans: Planner, said: Json, *, is_default: bool
) -> None:
    assert plans.make(**said)["isDefault"] is is_default


def test_there_is_one_default_whichever_way_another_becomes_it(plans: Planner) -> None:
    plans.make(name="Starter", isDefault=True)
    pro = plans.make(name="Pro")
    assert (pro["isDefault"], plans.defaults()) == (False, ["Starter"])

    assert plans.make(name="Scale", isDefault=True)["isDefault"] is True
    assert plans.defaults() == ["Scale"]
    assert plans.update(pro, isDefault=True).body["isDefault"] is True
    assert plans.defaults() == ["Pro"]


def test_a_default_says_that_it_is_none_and_another_that_it_still_is_not(plans: Planner) -> None:
    starter, pro = plans.make(name="Starter", isDefault=True), plans.make(name="Pro")

    plans.update(pro, isDefault=False)
    assert plans.defaults() == ["Starter"]
    plans.update(starter, isDefault=False)
    assert plans.defaults() == []


def test_an_archived_plan_stays_the_default_and_does_not_become_it(plans: Planner) -> None:
    starter, pro = plans.make(name="Starter", isDefault=True), plans.make(name="Pro")
    plans.update(starter, status="archived")
    plans.update(pro, status="archived")

    answer = plans.update(pro, name="Renamed", isDefault=True)

    refused(answer, f"isDefault is true, but plan {pro['id']} is archived: expected an active plan")
    assert (plans.defaults(), plans.names()) == (["Starter"], ["Starter", "Pro"])
    assert plans.update(pro, status="active", isDefault=True).body["isDefault"] is True


# ---- the upgrade path


def test_plans_are_put_in_order_by_frequency_and_keep_the_order_of_the_others(plans: Planner) -> None:
    small, big = plans.make(name="Small"), plans.make(name="Big")
    yearly = plans.make(plans.fee(billingFrequency="Annual"), name="Yearly")

    ordered = plans.path({"frequency": "Monthly", "planIds": [big["id"], small["id"]]})
    assert [(plan["name"], plan["upgradePathOrder"]) for plan in ordered.body["data"]] == [("Big", 0), ("Small", 1)]
    plans.path({"frequency": "annual", "planIds": [yearly["id"]]})
    assert plans.places() == {"Small": 1, "Big": 0, "Yearly": 0}
    plans.path({"frequency": "monthly", "planIds": [small["id"]]})
    assert plans.places() == {"Small": 0, "Big": None, "Yearly": 0}
    plans.path({"planIds": [big["id"], small["id"]]})
    assert plans.places() == {"Small": 1, "Big": 0, "Yearly": 0}


def test_of_paths_with_one_that_cannot_be_none_is_taken(acme: Seller, plans: Planner) -> None:
    small, big = plans.make(name="Small"), plans.make(name="Big")
    setup = plans.make({"productAttributeId": plans.fee_id, "pricing": once()["pricing"]}, name="Setup")
    spare = acme.product(fee(), name="Spare")
    (foreign,) = acme.tenant.get(f"/products/{spare}")["productAttributes"]
    attribute = {"productAttributeId": foreign["productAttributeId"], "pricing": fee()["pricing"]}
    theirs = acme.tenant.create("/plans/", productId=spare, attributes=[attribute], name="Theirs")
    good = {"frequency": "Monthly", "planIds": [small["id"]]}
    own = f"expected the id of a plan of product {plans.product_id}"

    refused(plans.path(good, {"planIds": [big["id"], "none"]}), f"groups[1].planIds[1] is 'none', {own}")
    refused(plans.path(good, {"planIds": [theirs["id"]]}), f"groups[1].planIds[0] is {theirs['id']!r}, {own}")
    refused(
        plans.path(good, {"planIds": [small["id"]]}),
        f"groups[1].planIds[0] is {small['id']!r}, expected each plan once",
    )
    refused(
        plans.path(good, {"frequency": "Annual", "planIds": [big["id"]]}),
        f"groups[1].planIds[0] is {big['id']!r}, expected a plan with a component that is billed annual",
    )
    refused(
        plans.path({"frequency": "monthly", "planIds": [setup["id"]]}),
        f"groups[0].planIds[0] is {setup['id']!r}, expected a plan with a component that is billed monthly",
    )
    refused(plans.path(good, good), "groups name a frequency twice: monthly, monthly")
    assert set(plans.places().values()) == {None}
