"""`POST /costs/bulk` through its handler: what is taken is logged, told from repeats, and billed once."""

import json
from datetime import date
from decimal import Decimal

import pytest

from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.segment import LogId, SignalPosition
from functions.wiring import counting
from infra.resources import SIGNAL_QUEUE
from local.events import queue_event
from local.resources import queue_arn
from tests.faults import watched
from tests.functions.accounts import own_clients
from tests.functions.sales import Json, Seller, day_of, fee, seller
from tests.functions.spending import ACME, GOOD, USAGE, entries, logged, post, record
from tests.world import World, invoke


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def cost_plus(multiplier: object = 1.3, name: str = "Costs") -> Json:
    return {"name": name, "pricing": {"pricingType": "UsageCostPlus", "costPlusMultiplier": multiplier}}


# ---- taken


def test_a_cost_stands_in_its_customers_log_with_all_that_was_sent(acme: Seller) -> None:
    sent = {
        **GOOD,
        "product": {"externalProductId": "sdr"},
        "vendor": "openai",
        "model": "gpt-5",
        "timestamp": "2025-05-20T10:30:00+02:00",
        "metadata": {"run": 7, "rate": 0.1, "tags": ["a", None]},
    }

    assert record(acme, sent) == (1, 0)

    (entry,) = entries(acme)
    assert (entry.event_name, entry.external_product_id, entry.external_customer_id) == (COST_EVENT, "sdr", "acme")
    assert entry.occurred_at.isoformat() == "2025-05-20T08:30:00+00:00"
    assert entry.data == {
        "amount": "1.5",
        "currency": "USD",
        "vendor": "openai",
        "model": "gpt-5",
        "metadata": sent["metadata"],
    }


def test_a_cost_without_a_time_arose_when_it_came(acme: Seller) -> None:
    record(acme, GOOD)

    assert entries(acme)[0].occurred_at.isoformat() == "2025-06-01T00:00:00+00:00"


def test_what_is_left_empty_may_be_null_and_the_kind_left_out(acme: Seller) -> None:
    empty = dict.fromkeys(("product", "vendor", "model", "timestamp", "metadata", "idempotencyKey"))

    assert record(acme, {**GOOD, **empty}, {name: value for name, value in GOOD.items() if name != "type"}) == (2, 0)


def test_customers_and_products_are_named_by_our_ids_or_by_their_own(acme: Seller) -> None:
    product_id = acme.product(externalId="sdr")

    record(
        acme,
        {**GOOD, "customer": {"customerId": acme.customer_id}, "product": {"productId": product_id}},
        {**GOOD, "product": {"externalProductId": "sdr"}},
    )

    assert [entry.product_id for entry in entries(acme)] == [product_id] * 2


def test_an_unknown_external_customer_is_created_once(acme: Seller) -> None:
    new = {**GOOD, "customer": {"externalCustomerId": "beta"}}

    record(acme, new, new)

    (customer,) = acme.tenant.get("/customers/", externalId="beta")["data"]
    assert len(entries(acme, customer["id"])) == 2


AMOUNTS = (
    "0",
    "0.1",
    "0.30000000000",
    "10",
    "1000000000",
    "1e-12",
    "1E+2",
    "2.50",
    "0.000000000001",
    "123456789.123456789012",  # as a double it would be 123456789.12345679
    "999999999.999999999999",
    "1.000000000000000",
)


@pytest.mark.parametrize("form", ["{}", '"{}"'], ids=["number", "text"])
def test_an_amount_is_taken_to_its_last_digit(acme: Seller, form: str) -> None:
    written = [json.dumps({**GOOD, "amount": "?"}).replace('"?"', form.format(amount)) for amount in AMOUNTS]

    answer = acme.tenant.call("POST", "/costs/bulk", f'{{"costs": [{", ".join(written)}]}}'.encode())
    acme.world.work()

    assert answer.body == {"ingested": len(AMOUNTS), "duplicates": 0, "conflicts": []}
    assert logged(acme) == [Cost.of({"amount": amount, "currency": "USD"}) for amount in AMOUNTS]


@pytest.mark.parametrize("name", ["costOverride", "cost_override"])
def test_token_usage_that_says_itself_what_it_cost_is_a_cost(acme: Seller, name: str) -> None:
    """Underscores are the client's own spelling."""
    override = {"amount": "0.5", "currency": "EUR"}

    assert record(acme, {**USAGE, name: override}) == (1, 0)

    (entry,) = entries(acme)
    assert Cost.of(entry.data or {}) == Cost(Decimal("0.5"), "EUR", vendor="openai", model="gpt-5")
    assert (entry.data or {})["usage"] == USAGE["usage"]


def test_costs_of_several_customers_are_one_message_so_that_all_are_taken_or_none(acme: Seller) -> None:
    costs = [{**GOOD, "customer": {"externalCustomerId": f"customer {number}"}} for number in range(5)]

    with watched(own_clients()) as watch:
        assert post(acme, *costs).body["ingested"] == 5

    assert [call for call in watch.calls if call.startswith("Send")] == ["SendMessage"]


# ---- repeats


def test_a_repeat_is_told_and_not_counted_within_a_request_and_against_the_log(acme: Seller) -> None:
    first = {**GOOD, "idempotencyKey": "k1"}

    assert record(acme, first, first, {**GOOD, "idempotencyKey": "k2"}) == (2, 1)
    assert record(acme, first, {**GOOD, "idempotencyKey": "k3"}) == (1, 1)
    assert len(entries(acme)) == 3


def test_the_published_client_may_send_a_key_in_its_own_spelling(acme: Seller) -> None:
    """Its types have no `idempotencyKey`: a field that they do not declare goes out as it is called in Python."""
    record(acme, {**GOOD, "idempotency_key": "k1"})

    assert record(acme, {**GOOD, "idempotencyKey": "k1"}) == (0, 1)


def test_costs_without_a_key_are_all_different(acme: Seller) -> None:
    assert record(acme, GOOD, GOOD) == record(acme, GOOD, GOOD) == (2, 0)


def test_a_cost_and_a_signal_of_the_same_key_are_two_things(acme: Seller) -> None:
    signal = {"eventName": "email_sent", "customer": ACME, "idempotencyKey": "k"}
    bulk = {"signals": [signal, {**signal, "idempotencyKey": "cost:k"}]}
    assert acme.tenant.call("POST", "/signals/bulk", bulk).body["ingested"] == 2
    acme.world.work()

    assert record(acme, {**GOOD, "idempotencyKey": "k"}) == (1, 0)
    assert len(entries(acme)) == 3


# ---- not among signals


def test_signals_are_listed_counted_and_found_without_the_costs_among_them(acme: Seller) -> None:
    signal = {"eventName": "email_sent", "customer": ACME}
    record(acme, GOOD)
    acme.tenant.call("POST", "/signals/bulk", {"signals": [signal, signal]})
    acme.tenant.call("POST", "/costs/bulk", {"costs": [GOOD, GOOD]})
    acme.world.work()  # in one delivery, and so in one segment
    assert len(entries(acme)) == 5

    for query in ({}, {"externalCustomerId": "acme"}, {"customerId": acme.customer_id}):
        page = acme.tenant.get("/signals/", **query)
        assert [found["name"] for found in page["data"]] == ["email_sent"] * 2
        assert page["pagination"]["total"] == 2
    assert acme.tenant.get("/signals/", limit=1, offset=1)["pagination"]["hasMore"] is False


def test_a_cost_has_no_id_as_a_signal(acme: Seller) -> None:
    record(acme, GOOD)
    signal_id = SignalPosition(LogId(acme.tenant.organization_id, acme.customer_id), 1, 0).signal_id

    answer = acme.tenant.call("GET", f"/signals/{signal_id}")

    assert (answer.status, answer.sentence) == (404, f"signal {signal_id} was not found")


# ---- billed


def test_recorded_costs_are_billed_once_times_the_multiplier(acme: Seller) -> None:
    """DYN-01: 10 times 1.33333 is 13.33. Rounded alone, a thousand costs of a cent would be 10.00."""
    acme.sell(cost_plus(1.33333))
    bulk = [{**GOOD, "amount": 0.01, "idempotencyKey": str(number)} for number in range(1_000)]

    assert record(acme, *bulk) == (1_000, 0)
    assert record(acme, *bulk) == (0, 1_000)
    acme.clock("2025-07-01")

    (invoice,) = acme.invoices()
    assert (day_of(invoice["issueDate"]), invoice["invoiceTotal"]) == ("2025-07-01", 13_33)
    assert [line["totalPriceBeforeTax"] for line in acme.lines(invoice)] == [13_33]


def test_costs_count_in_the_orders_currency_of_its_product_or_of_none_and_in_their_period(acme: Seller) -> None:
    acme.sell(cost_plus(2), fee())
    product_id = acme.tenant.get("/products/")["data"][-1]["id"]

    record(
        acme,
        {**GOOD, "amount": "0.0050000"},
        {**GOOD, "amount": 1, "product": {"productId": product_id}},
        {**GOOD, "amount": 100, "product": {"externalProductId": "other"}},
        {**GOOD, "amount": 100, "currency": "EUR"},
        {**GOOD, "amount": 7, "timestamp": "2025-07-01T00:00:00Z"},
        {**GOOD, "amount": 100, "timestamp": "2025-05-31T23:59:59Z"},
    )
    acme.clock("2025-08-01")

    fees = 100_00
    assert acme.totals() == [("2025-06-01", fees), ("2025-07-01", fees + 2_01), ("2025-08-01", fees + 14_00)]


def test_a_delivery_that_comes_twice_counts_once(acme: Seller) -> None:
    acme.sell(cost_plus(1))
    assert post(acme, GOOD, GOOD).status == 200
    delivery = queue_event(acme.world.receive(SIGNAL_QUEUE), queue_arn(SIGNAL_QUEUE.name))

    for _ in range(2):
        assert invoke("rate_signals", delivery) == {"batchItemFailures": []}

    usage = counting.checkpoints().load(acme.tenant.organization_id, acme.customer_id).checkpoints[0].value.usage

    assert list(usage.values()) == [{date(2025, 6, 1): 3 * 10**12}]
