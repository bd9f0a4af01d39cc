"""`POST /costs/bulk` through its handler: all of a request is taken or nothing, and what is taken is billed once."""

import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.adapters.sqs import MAX_MESSAGE_BYTES
from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.segment import Entry, LogId, SignalPosition
from functions.runtime.chance import real_now
from functions.wiring import aws, counting
from infra.resources import SIGNAL_QUEUE
from local.events import queue_event
from local.resources import Clients, queue_arn
from tests.faults import never_arrives, watched
from tests.functions.sales import Json, Seller, day_of, fee, seller
from tests.world import Answer, World, invoke

ACME = {"externalCustomerId": "acme"}
GOOD: Json = {"type": "cost", "customer": ACME, "amount": 1.5, "currency": "USD"}
USAGE = {
    "type": "usage",
    "customer": ACME,
    "vendor": "openai",
    "model": "gpt-5",
    "usage": {"inputTokens": 10, "outputTokens": 2},
}
ISO = "expected an ISO 8601 date-time with a zone, such as 2025-06-01T00:00:00Z"
AMOUNT = "expected an amount in major units such as 0.0125, as a number or a text"
DECIMALS = "expected at most 12 decimals"
NOT_YET = "token usage is not priced yet, expected costOverride beside it, or a record of type 'cost'"
ONE_CUSTOMER = "expected exactly one of customerId and externalCustomerId"
ONE_PRODUCT = "expected exactly one of productId and externalProductId"


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def post(acme: Seller, *costs: object) -> Answer:
    return acme.tenant.call("POST", "/costs/bulk", {"costs": list(costs)})


def record(acme: Seller, *costs: object) -> tuple[int, int]:
    """How many of a good request were ingested, and how many were repeats; it is worked off when this returns."""
    answer = post(acme, *costs)
    assert answer.status == 200, answer
    assert answer.body.keys() == {"ingested", "duplicates"}
    acme.world.work()
    return answer.body["ingested"], answer.body["duplicates"]


def entries(acme: Seller, customer_id: str | None = None) -> list[Entry]:
    """What stands in the customer's log."""
    log = LogId(acme.tenant.organization_id, customer_id or acme.customer_id)
    return [entry for segment in counting.signal_log().read(log, after=0, limit=100) for entry in segment.entries]


def logged(acme: Seller) -> list[Cost]:
    return [Cost.of(entry.data or {}) for entry in entries(acme)]


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

    assert answer.body == {"ingested": len(AMOUNTS), "duplicates": 0}
    assert logged(acme) == [Cost.of({"amount": amount, "currency": "USD"}) for amount in AMOUNTS]


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


# ---- refused as a whole


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (
            {"type": "usage"},
            f".type is 'usage': {NOT_YET}",
        ),
        ({"type": "credit"}, ".type is 'credit': expected 'cost' or 'usage'"),
        ({"type": None}, ".type is null: expected a text"),
        ({"customer": None}, ".customer is null, expected an object"),
        ({"customer": {}}, f".customer: {ONE_CUSTOMER}"),
        ({"customer": {"customerId": "cus_1", **ACME}}, f".customer: {ONE_CUSTOMER}"),
        (
            {"customer": {"customerId": "acme"}},
            (
                ".customer.customerId is 'acme': expected an id such as cus_0VbI...; "
                "an id of your own goes into externalCustomerId"
            ),
        ),
        (
            {"customer": {"customerId": "cus_nobody"}},
            ".customer.customerId is 'cus_nobody', expected the id of an existing customer",
        ),
        ({"product": {}}, f".product: {ONE_PRODUCT}"),
        (
            {"product": {"productId": "sdr"}},
            (
                ".product.productId is 'sdr': expected an id such as prod_0VbI...; "
                "an id of your own goes into externalProductId"
            ),
        ),
        ({"amount": None}, f".amount is null: {AMOUNT}"),
        ({"amount": True}, f".amount is true: {AMOUNT}"),
        ({"amount": ""}, f".amount is '': {AMOUNT}"),
        ({"amount": "1,5"}, f".amount is '1,5': {AMOUNT}"),
        ({"amount": " 1"}, f".amount is ' 1': {AMOUNT}"),
        ({"amount": "1_0"}, f".amount is '1_0': {AMOUNT}"),
        ({"amount": "\u0661"}, f".amount is '\u0661': {AMOUNT}"),
        ({"amount": "NaN"}, f".amount is 'NaN': {AMOUNT}"),
        ({"amount": "Infinity"}, f".amount is 'Infinity': {AMOUNT}"),
        ({"amount": "1e9999999999999999999"}, f".amount is '1e9999999999999999999': {AMOUNT}"),
        ({"amount": [1]}, f".amount is [1]: {AMOUNT}"),
        ({"amount": -0.01}, ".amount is -0.01: expected at least 0"),
        ({"amount": 1_000_000_000.01}, ".amount is 1000000000.01: expected at most 1000000000, in major units"),
        ({"amount": 10**30}, f".amount is {10**30}: expected at most 1000000000, in major units"),
        ({"amount": "0.0000000000001"}, f".amount is '0.0000000000001': {DECIMALS}"),
        ({"currency": None}, ".currency is null: expected a text"),
        ({"currency": "usd"}, ".currency is 'usd': expected an ISO 4217 code in capitals such as USD"),
        ({"currency": "XXX"}, ".currency is 'XXX': expected an ISO 4217 code in capitals such as USD"),
        ({"vendor": 5}, ".vendor is 5: expected a text"),
        ({"model": "x" * 256}, f".model is '{'x' * 59}...: expected a text with at most 255 characters"),
        ({"timestamp": "2025-06-01T00:00:00"}, f".timestamp is '2025-06-01T00:00:00': {ISO}"),
        ({"timestamp": 1748736000}, f".timestamp is 1748736000: {ISO}"),
        ({"metadata": [1]}, ".metadata is [1], expected an object"),
        ({"metadata": {"a": "x" * 16_400}}, ".metadata: expected at most 16384 bytes of JSON, it has 16408"),
        ({"idempotencyKey": ""}, ".idempotencyKey is '': expected a text with at least 1 character"),
    ],
)
def test_one_bad_cost_refuses_the_request_with_a_sentence(acme: Seller, bad: Json, sentence: str) -> None:
    answer = post(acme, GOOD, {**GOOD, **bad}, GOOD)
    acme.world.work()

    assert (answer.status, answer.sentence) == (400, f"costs[1]{sentence}")
    assert entries(acme) == []


def test_the_id_of_another_organizations_customer_is_one_that_nobody_has(acme: Seller) -> None:
    theirs = acme.world.tenant("Bravo").create("/customers/", name="Bravo Ltd")["id"]

    refused, absent = (post(acme, {**GOOD, "customer": {"customerId": id_}}) for id_ in (theirs, "cus_nobody"))

    assert (refused.status, refused.body["code"]) == (400, "UNKNOWN_CUSTOMER")
    assert refused.sentence.replace(theirs, "cus_nobody") == absent.sentence


@pytest.mark.parametrize("missing", ["customer", "amount", "currency"])
def test_a_cost_says_whose_it_is_how_much_and_in_which_currency(acme: Seller, missing: str) -> None:
    answer = post(acme, {name: value for name, value in GOOD.items() if name != missing})

    assert (answer.status, answer.sentence) == (400, f"costs[0].{missing} is missing")


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e+999"])
def test_a_number_beyond_all_doubles_is_refused_like_any_other(acme: Seller, number: str) -> None:
    body = json.dumps({"costs": [{**GOOD, "amount": "AMOUNT"}]}).replace('"AMOUNT"', number)

    answer = acme.tenant.call("POST", "/costs/bulk", body.encode())

    assert answer.status == 400
    assert answer.sentence.startswith(f"costs[0].amount is {number}: expected at ")


def test_token_usage_that_says_itself_what_it_cost_is_a_cost(acme: Seller) -> None:
    override = {"amount": "0.5", "currency": "EUR"}

    assert record(acme, {**USAGE, "costOverride": override}) == (1, 0)

    (entry,) = entries(acme)
    assert Cost.of(entry.data or {}) == Cost(Decimal("0.5"), "EUR", vendor="openai", model="gpt-5")
    assert (entry.data or {})["usage"] == USAGE["usage"]


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ({"amount": -1, "currency": "EUR"}, "costs[0].costOverride.amount is -1: expected at least 0"),
        ({"amount": 1}, "costs[0].costOverride.currency is missing"),
    ],
)
def test_a_wrong_override_is_named(acme: Seller, override: dict[str, object], sentence: str) -> None:
    answer = acme.tenant.call("POST", "/costs/bulk", {"costs": [{**USAGE, "costOverride": override}]})

    assert (answer.status, answer.sentence) == (400, sentence)


def test_token_usage_is_told_to_come_later_and_nothing_else(acme: Seller) -> None:
    answer = post(acme, USAGE)

    assert answer.status == 400
    assert answer.body == {
        "error": f"costs[0].type is 'usage': {NOT_YET}",
        "code": "INVALID_INPUT",
    }


def test_of_several_bad_costs_the_first_is_the_sentence_and_the_others_are_details(acme: Seller) -> None:
    answer = post(acme, GOOD, {**GOOD, "amount": -1}, "not a cost")

    assert answer.sentence == "costs[1].amount is -1: expected at least 0"
    assert answer.body["details"] == "costs[2] is 'not a cost', expected an object"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "costs is missing"),
        (b"{}", "costs is missing"),
        (b'{"costs": null}', "costs is null: expected a list"),
        (b'{"costs": {}}', "costs is {}: expected a list"),
        (b"[]", "the body is [], expected an object"),
        (b'{"costs": [', "the body is not valid JSON: EOF while parsing a list at line 1 column 11"),
        (b'{"costs": [NaN]}', "the body is not valid JSON: expected value at line 1 column 12"),
        (b"[" * 1_000, "the body is not valid JSON: recursion limit exceeded at line 1 column 202"),
    ],
)
def test_a_malformed_envelope_is_refused(acme: Seller, body: bytes, sentence: str) -> None:
    answer = acme.tenant.call("POST", "/costs/bulk", body)

    assert (answer.status, answer.sentence) == (400, sentence)


def test_a_request_has_at_most_ten_thousand_costs(acme: Seller) -> None:
    most, more = post(acme, *[GOOD] * 10_000), post(acme, *[GOOD] * 10_001)

    assert (most.status, most.body["ingested"]) == (200, 10_000)
    assert more.status == 400
    assert more.sentence.endswith("expected a list with at most 10000 items")


def test_no_costs_are_fine(acme: Seller) -> None:
    assert post(acme).body == {"ingested": 0, "duplicates": 0}


@pytest.mark.parametrize(("ahead", "status"), [(timedelta(hours=23, minutes=59), 200), (timedelta(hours=24.1), 400)])
def test_a_live_organization_takes_costs_up_to_a_day_ahead(empty_world: World, ahead: timedelta, status: int) -> None:
    live = empty_world.tenant(test=False)
    costs = [
        GOOD,
        {**GOOD, "timestamp": (real_now() + ahead).isoformat()},
        {**GOOD, "timestamp": "1999-12-31T00:00:00Z"},
    ]

    answer = live.call("POST", "/costs/bulk", {"costs": costs})

    assert answer.status == status
    if status == 400:
        assert answer.body["code"] == "TIMESTAMP_IN_FUTURE"
        assert answer.sentence.startswith("costs[1].timestamp is 20")


# ---- one message or none


def noise(number: int) -> Json:
    """A cost with some 16 KB beside it that compress to no less than half of it."""
    digits = "".join(hashlib.blake2b(f"{number} {i}".encode()).hexdigest() for i in range(127))
    return {**GOOD, "metadata": {"noise": digits}}


def test_costs_too_many_for_one_message_are_refused_and_told_to_be_divided(acme: Seller) -> None:
    answer = post(acme, *[noise(number) for number in range(200)])
    acme.world.work()

    assert (answer.status, answer.body["code"]) == (413, "BODY_TOO_LARGE")
    assert answer.sentence.endswith(f"expected at most {MAX_MESSAGE_BYTES}: send them in several requests")
    assert entries(acme) == []


def test_without_the_queue_the_answer_is_an_error_and_the_next_try_counts_once(acme: Seller) -> None:
    """A client that is told 500 sends again: even without keys nothing may be there twice."""
    clients = Clients(dynamodb=aws.dynamodb(), s3=aws.s3(), sqs=aws.sqs())
    with watched(clients, never_arrives, at="SendMessage"):
        assert post(acme, GOOD, GOOD).status == 500

    assert record(acme, GOOD, GOOD) == (2, 0)
    assert len(entries(acme)) == 2


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
