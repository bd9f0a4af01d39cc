"""`/customers/{id}/margin` and `/products/{id}/margin`: what was earned and what it cost, and nothing is written."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.wiring import aws
from local.resources import Clients
from tests.faults import watched
from tests.functions.calling import links, spend
from tests.functions.sales import Json, Seller, at, fee, once, seats, seller, usage
from tests.functions.spending import ACME, record
from tests.world import Answer, World, invoke

JUNE_5, JUNE_20, JULY_5 = date(2025, 6, 5), date(2025, 6, 20), date(2025, 7, 5)
READS = {"GetItem", "BatchGetItem", "Query"}


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def ask(acme: Seller, path: str, **query: object) -> Answer:
    """A question that writes nothing."""
    clients = Clients(dynamodb=aws.dynamodb(), sqs=aws.sqs(), s3=aws.s3())
    with watched(clients) as watch:
        answer = acme.tenant.call("GET", path, query=query)
    assert watch.calls
    assert set(watch.calls) <= READS
    return answer


def margin(acme: Seller, path: str = "/customers/external/acme/margin", *, span: tuple[str, str] = ("", "")) -> Any:
    query = {"from": span[0], "to": span[1]} if span[0] else {}
    answer = ask(acme, path, **query)
    assert answer.status == 200, answer
    return answer.body


def in_dollars(acme: Seller, *span: str, path: str = "/customers/external/acme/margin") -> Any:
    found = margin(acme, path, span=(span[0], span[1]))["currencies"]
    return next((each for each in found if each["currency"] == "USD"), None)


def cost(amount: object, on: date, **fields: object) -> Json:
    return {
        "customer": ACME,
        "amount": amount,
        "currency": "USD",
        "vendor": "openai",
        "model": "gpt-5",
        "timestamp": f"{on.isoformat()}T12:00:00Z",
        **fields,
    }


def sums(statement: Any) -> tuple[str, ...]:
    return tuple(statement[name] for name in ("invoiced", "accrued", "revenue", "cost", "margin"))


JUNE, JULY = ("2025-06-01", "2025-07-01"), ("2025-07-01", "2025-08-01")


def test_a_month_of_a_fee_and_usage_against_what_the_calls_cost(acme: Seller) -> None:
    """June: a fee of 100.00, invoiced in advance, and 3 e-mails at 0.10, invoiced on 1 July: 100.30.

    Costs: 12.345678 for two calls of gpt-5, 1.00 for one of claude. 100.30 - 13.345678 = 86.954322, or 86.69 %.
    """
    acme.sell(fee(at(100_00)), usage(at(10)), autoPostInvoices=True)
    acme.send(JUNE_5, JUNE_5, JUNE_20)
    record(
        acme,
        cost("12", JUNE_5),
        cost("0.345678", JUNE_20),
        cost("1", JUNE_20, vendor="anthropic", model="claude"),
    )
    acme.clock("2025-07-01")

    statement = in_dollars(acme, *JUNE)

    assert sums(statement) == ("100.30", "0.00", "100.30", "13.345678", "86.954322")
    assert statement["marginPercent"] == "86.69"
    assert [(each["vendor"], each["model"], each["amount"], each["calls"]) for each in statement["costs"]] == [
        ("openai", "gpt-5", "12.345678", 2),
        ("anthropic", "claude", "1.00", 1),
    ]
    assert (statement["calls"], statement["unpricedCalls"]) == (3, 0)


def test_what_is_not_invoiced_yet_is_accrued(acme: Seller) -> None:
    """On 6 June the fee is invoiced; the usage of June so far, 2 at 0.10, will be on 1 July."""
    acme.sell(fee(at(100_00)), usage(at(10)), autoPostInvoices=True)
    acme.send(JUNE_5, JUNE_5)

    assert sums(in_dollars(acme, *JUNE)) == ("100.00", "0.20", "100.20", "0.00", "100.20")


def test_a_draft_is_accrued_as_it_would_be_posted_now(acme: Seller) -> None:
    """The draft of 1 July has 2 e-mails of June and the fee of July; a third comes late. Posted, it says 0.30."""
    acme.sell(fee(at(100_00)), usage(at(10)))
    acme.send(JUNE_5, JUNE_5)
    acme.clock("2025-07-01")
    acme.send(JUNE_20)
    first, second = acme.invoices()
    acme.tenant.call("POST", f"/invoices/{first['id']}/post")

    assert sums(in_dollars(acme, *JUNE))[:3] == ("100.00", "0.30", "100.30")
    acme.tenant.call("POST", f"/invoices/{second['id']}/post")
    assert sums(in_dollars(acme, *JUNE))[:3] == ("100.30", "0.00", "100.30")


def test_late_usage_is_accrued_until_the_next_invoice(acme: Seller) -> None:
    acme.sell(usage(at(10)), autoPostInvoices=True)
    acme.send(JUNE_5)
    acme.clock("2025-07-01")
    acme.send(JUNE_20)

    assert sums(in_dollars(acme, *JUNE))[:2] == ("0.10", "0.10")
    acme.clock("2025-08-01")
    assert sums(in_dollars(acme, *JUNE))[:2] == ("0.20", "0.00")


def test_a_voided_invoice_earns_nothing_until_it_is_billed_again(acme: Seller) -> None:
    acme.sell(fee(at(100_00)), autoPostInvoices=True)
    (invoice,) = acme.invoices()
    acme.tenant.call("POST", f"/invoices/{invoice['id']}/void")

    assert in_dollars(acme, *JUNE) is None
    acme.tenant.call("POST", f"/invoices/{invoice['id']}/rebill")
    assert sums(in_dollars(acme, *JUNE))[:2] == ("0.00", "100.00")


def test_a_year_in_advance_is_earned_day_by_day(acme: Seller) -> None:
    """365.00 for 365 days from 1 June: June has 30 of them, the first half of it 15."""
    acme.sell(fee(at(365_00), billingFrequency="Annual"), autoPostInvoices=True)

    assert sums(in_dollars(acme, *JUNE))[0] == "30.00"
    assert sums(in_dollars(acme, "2025-06-01", "2025-06-16"))[0] == "15.00"


def test_what_happens_once_is_earned_on_its_day(acme: Seller) -> None:
    """A set-up of 365.00 on an order by the year, which begins on 16 June."""
    by_the_year = {"billingFrequencyOverride": {"frequency": "annual"}, "startDate": "2025-06-16T00:00:00Z"}
    acme.sell(once(at(365_00)), autoPostInvoices=True, **by_the_year)

    assert sums(in_dollars(acme, *JUNE))[:2] == ("0.00", "365.00")
    acme.clock("2025-06-20")
    assert sums(in_dollars(acme, "2025-06-16", "2025-06-17"))[:2] == ("365.00", "0.00")
    assert in_dollars(acme, "2025-06-01", "2025-06-16") is None
    assert in_dollars(acme, "2025-06-17", "2025-07-17") is None


def test_adjoining_ranges_add_up_to_the_digit(acme: Seller) -> None:
    """100.00 over 30 days: a third of a cent and more a day."""
    acme.sell(fee(at(100_00)), usage(at(7)), once(at(33_33)), autoPostInvoices=True)
    acme.send(JUNE_5, JUNE_20)
    record(acme, cost("0.000000000001", JUNE_5), cost("1.1", JUNE_20))
    days = [date(2025, 6, 1) + timedelta(days=days) for days in range(31)]

    each = [in_dollars(acme, str(day), str(day + timedelta(days=1))) for day in days]
    whole = in_dollars(acme, str(days[0]), str(days[-1] + timedelta(days=1)))

    for name in ("invoiced", "accrued", "revenue", "cost", "margin"):
        assert sum(Decimal(one[name]) for one in each) == Decimal(whole[name]), name


def test_all_of_an_orders_days_earn_what_all_its_invoices_say(acme: Seller) -> None:
    acme.sell(
        fee(at(100_00)),
        seats(at(3_33)),
        usage(at(7)),
        once(at(33_33)),
        startDate="2025-06-16T00:00:00Z",
        billingAnchor=1,
        endDate="2025-10-10T00:00:00Z",
        autoPostInvoices=True,
    )
    acme.send(JUNE_20, JULY_5, date(2025, 8, 30))
    acme.clock("2025-12-01")
    totals = [invoice["invoiceTotalExcludingTax"] for invoice in acme.invoices()]

    whole = in_dollars(acme, "2025-01-01", "2026-01-01")

    assert sums(whole)[:2] == (f"{Decimal(sum(totals)).scaleb(-2):.2f}", "0.00")


def test_currencies_stand_apart(acme: Seller) -> None:
    acme.sell(fee(at(100_00)), autoPostInvoices=True)
    record(acme, cost("3", JUNE_5, currency="EUR"))

    euro, dollar = margin(acme, span=JUNE)["currencies"]

    assert (euro["currency"], *sums(euro), euro["marginPercent"]) == (
        "EUR",
        "0.00",
        "0.00",
        "0.00",
        "3.00",
        "-3.00",
        None,
    )
    assert (dollar["currency"], *sums(dollar)) == ("USD", "100.00", "0.00", "100.00", "0.00", "100.00")


def test_what_names_no_product_stands_apart_and_the_products_add_up(acme: Seller) -> None:
    acme.sell(fee(at(100_00)), autoPostInvoices=True)
    product_id = acme.tenant.get("/products/")["data"][-1]["id"]
    record(acme, cost("3", JUNE_5, product={"productId": product_id}), cost("4", JUNE_5))

    products = in_dollars(acme, *JUNE)["products"]

    assert [(each["productId"], *sums(each)) for each in products] == [
        (product_id, "100.00", "0.00", "100.00", "3.00", "97.00"),
        (None, "0.00", "0.00", "0.00", "4.00", "-4.00"),
    ]
    of_product = in_dollars(acme, *JUNE, path=f"/products/{product_id}/margin")
    assert sums(of_product) == ("100.00", "0.00", "100.00", "3.00", "97.00")


def cost_plus(multiplier: float) -> Json:
    return {"name": "Models", "pricing": {"pricingType": "UsageCostPlus", "costPlusMultiplier": multiplier}}


def test_a_cost_that_names_no_product_counts_with_the_one_whose_price_bills_it(acme: Seller) -> None:
    """10.00 are billed at 12.00: 2.00 are left. 5.00 in EUR nobody bills, and 3.00 name another product."""
    acme.sell(cost_plus(1.2), autoPostInvoices=True)
    product_id = acme.tenant.get("/products/")["data"][-1]["id"]
    other = acme.tenant.create("/products/", name="Other")["id"]
    acme.tenant.create("/customers/", name="Beta", externalId="beta")
    record(
        acme,
        cost("10", JUNE_5),
        cost("5", JUNE_5, currency="EUR"),
        cost("3", JUNE_5, product={"productId": other}),
        cost("7", JUNE_5, customer={"externalCustomerId": "beta"}),
    )

    of_product = margin(acme, f"/products/{product_id}/margin", span=JUNE)["currencies"]

    assert [(each["currency"], *sums(each)) for each in of_product] == [
        ("USD", "0.00", "12.00", "12.00", "10.00", "2.00")
    ]
    shares = {each["productId"]: sums(each)[2:] for each in in_dollars(acme, *JUNE)["products"]}
    assert shares == {product_id: ("12.00", "10.00", "2.00"), other: ("0.00", "3.00", "-3.00")}
    (euro,) = (each for each in margin(acme, span=JUNE)["currencies"] if each["currency"] == "EUR")
    assert [each["productId"] for each in euro["products"]] == [None]


def test_of_two_products_at_cost_plus_the_one_that_bills_a_cost_has_it(acme: Seller) -> None:
    """Both orders would; the one that was activated first does: 1.10 for the one, and nothing for the other."""
    acme.sell(cost_plus(1.1), autoPostInvoices=True)
    acme.sell(cost_plus(1.5), autoPostInvoices=True)
    *_, first, second = (each["id"] for each in acme.tenant.get("/products/")["data"])
    record(acme, cost("1", JUNE_5))

    assert sums(in_dollars(acme, *JUNE, path=f"/products/{first}/margin"))[2:] == ("1.10", "1.00", "0.10")
    assert in_dollars(acme, *JUNE, path=f"/products/{second}/margin") is None
    assert [each["productId"] for each in in_dollars(acme, *JUNE)["products"]] == [first]


def test_a_product_sums_up_all_its_customers(acme: Seller) -> None:
    product_id = acme.product(fee(at(100_00)))
    beta = acme.tenant.create("/customers/", name="Beta", externalId="beta")
    for customer_id in (acme.customer_id, beta["id"]):
        order = acme.tenant.create(
            "/orders/", customerId=customer_id, startDate="2025-06-01T00:00:00Z", lines=[{"productId": product_id}]
        )
        acme.activate(order)
    record(
        acme,
        cost("3", JUNE_5, product={"productId": product_id}),
        cost("4", JUNE_5, product={"productId": product_id}, customer={"externalCustomerId": "beta"}),
        cost("5", JUNE_5),
    )

    statement = in_dollars(acme, *JUNE, path=f"/products/{product_id}/margin")

    assert sums(statement) == ("0.00", "200.00", "200.00", "7.00", "193.00")


def test_a_product_has_its_margin_by_its_external_id_too(acme: Seller) -> None:
    product = acme.tenant.create("/products/", name="SDR", externalId="sdr")
    record(acme, cost("3", JUNE_5, product={"externalProductId": "sdr"}))

    by_name = margin(acme, "/products/external/sdr/margin", span=JUNE)

    assert by_name == margin(acme, f"/products/{product['id']}/margin", span=JUNE)
    assert by_name["currencies"][0]["cost"] == "3.00"
    assert acme.tenant.call("GET", "/products/external/nothing/margin").status == 404


def test_without_days_it_is_the_month_of_today(acme: Seller) -> None:
    acme.clock("2025-06-30")
    shown = margin(acme)

    assert (shown["from"], shown["to"], shown["currencies"]) == ("2025-06-01", "2025-07-01", [])
    assert (shown["customerId"], shown["externalCustomerId"]) == (acme.customer_id, "acme")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"from": "June"}, "from is 'June': expected a day such as 2025-06-01, from 1970 to 2199"),
        ({"from": "2025-W23-1"}, "from is '2025-W23-1': expected a day such as 2025-06-01, from 1970 to 2199"),
        ({"to": "2025-02-30"}, "to is '2025-02-30': expected a day such as 2025-06-01, from 1970 to 2199"),
        (
            {"from": "2025-06-01", "to": "2025-06-01"},
            "to is 2025-06-01, expected a day after from, which is 2025-06-01",
        ),
        ({"to": "2026-06-03"}, "to is 2026-06-03, expected no day after 2026-06-02"),
        (
            {"from": "2015-01-01", "to": "2025-06-01"},
            "to is 2025-06-01, expected at most 3660 days after from, which is 2015-01-01",
        ),
    ],
)
def test_bad_days_are_refused_with_what_was_expected(acme: Seller, query: dict[str, str], sentence: str) -> None:
    answer = acme.tenant.call("GET", "/customers/external/acme/margin", query=query)

    assert (answer.status, answer.sentence) == (400, sentence)


def test_costs_belong_to_the_day_on_which_they_arose_however_late_they_come(acme: Seller) -> None:
    acme.clock("2025-09-01")
    record(acme, cost("3", JUNE_5))

    assert in_dollars(acme, *JUNE)["cost"] == "3.00"
    assert in_dollars(acme, "2025-09-01", "2025-10-01") is None


def test_tokens_are_summed_up_where_they_are_known(acme: Seller) -> None:
    tokens = {"inputTokens": 10, "outputTokens": 2, "cacheReadInputTokens": 7}
    call = {**cost("0", JUNE_5), "type": "usage", "usage": tokens, "costOverride": {"amount": "0.5", "currency": "USD"}}
    del call["amount"], call["currency"]
    record(acme, call, call, cost("1", JUNE_5))

    (model,) = in_dollars(acme, *JUNE)["costs"]

    assert (model["amount"], model["calls"]) == ("2.00", 3)
    assert model["tokens"] == {
        "inputTokens": 20,
        "outputTokens": 4,
        "cacheReadInputTokens": 14,
        "cacheCreationInputTokens": 0,
        "reasoningOutputTokens": 0,
    }


def test_a_call_that_was_priced_later_is_one_call_at_that_price(acme: Seller) -> None:
    spend(acme, "0", is_unpriced=True, usage={"input_tokens": 10}, paid=links())
    before = in_dollars(acme, *JUNE)
    (unpriced,) = acme.tenant.get("/traces")["traces"]
    acme.clock("2025-07-10")
    spend(acme, "0.25", prices=unpriced["id"], usage={"input_tokens": 10})

    after = in_dollars(acme, *JUNE)
    (priced,) = acme.tenant.get("/traces")["traces"]

    assert (before["cost"], before["calls"], before["unpricedCalls"]) == ("0.00", 1, 1)
    assert (after["cost"], after["calls"], after["unpricedCalls"]) == ("0.25", 1, 0)
    assert after["costs"][0]["tokens"]["inputTokens"] == 10
    assert (unpriced["isUnpriced"], priced["isUnpriced"], priced["cost"]["amount"]) == (True, False, 0.25)
    assert priced["id"] == unpriced["id"]


def test_what_an_amendment_gives_back_and_charges_is_earned_on_its_days(acme: Seller) -> None:
    """10.00 a seat in advance for June; from 16 June two of them: -5.00 and 10.00 for its 15 days."""
    order = acme.sell(seats(at(10_00)), autoPostInvoices=True)
    acme.clock("2025-06-16")
    options = acme.tenant.get(f"/orders/{order['id']}/amendments/options")
    attribute_id = options["lines"][0]["attributes"][0]["orderLineAttributeId"]
    more = {"type": "updateQuantity", "orderLineAttributeId": attribute_id, "newQuantity": 2, "treatment": "prorate"}
    body = {"orderVersion": options["orderVersion"], "intents": [more]}
    assert acme.tenant.call("POST", f"/orders/{order['id']}/amendments", body).status == 200
    acme.world.work()
    acme.clock("2025-07-01")

    assert sums(in_dollars(acme, "2025-06-01", "2025-06-16"))[:2] == ("5.00", "0.00")
    assert sums(in_dollars(acme, "2025-06-16", "2025-07-01"))[:2] == ("10.00", "0.00")
    invoiced = sum(invoice["invoiceTotalExcludingTax"] for invoice in acme.invoices())
    assert sums(in_dollars(acme, "2025-06-01", "2025-08-01"))[0] == f"{Decimal(invoiced).scaleb(-2):.2f}"


def test_an_order_earns_for_whom_it_serves_whoever_pays_it(acme: Seller) -> None:
    payer = acme.tenant.create("/customers/", name="Holding", externalId="holding")
    acme.sell(fee(at(100_00)), autoPostInvoices=True, billingCustomerId=payer["id"])

    assert acme.invoices()[0]["customerId"] == payer["id"]
    assert in_dollars(acme, *JUNE)["invoiced"] == "100.00"
    assert in_dollars(acme, *JUNE, path="/customers/external/holding/margin") is None


def test_tax_is_not_earned(acme: Seller) -> None:
    organization = acme.tenant.organization_id
    invoke("admin", {"operation": "set_tax", "organization": organization, "country": "FR", "rates": {"FR": "20"}})
    acme.tenant.call("PUT", f"/customers/{acme.customer_id}", {"billingAddress": {"country": "FR"}})
    acme.sell(fee(at(100_00)), autoPostInvoices=True)

    assert acme.invoices()[0]["invoiceTotal"] == 120_00
    assert in_dollars(acme, *JUNE)["invoiced"] == "100.00"


def test_an_answer_shows_the_dearest_models_and_sums_up_all_of_them(acme: Seller) -> None:
    """1,001 models at 0.01 but for one: 10.00 + 2.00."""
    each = [cost("0.01", JUNE_5, model=f"model-{number:04}") for number in range(1_000)]
    record(acme, *each, cost("2", JUNE_5, model="z"))

    statement = in_dollars(acme, *JUNE)

    assert (statement["cost"], statement["calls"]) == ("12.00", 1_001)
    assert [model["model"] for model in statement["costs"]] == ["z", *(f"model-{number:04}" for number in range(999))]
