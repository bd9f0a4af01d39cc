"""`POST /costs/bulk` through its handler: one bad cost refuses the whole request, and nothing is sent."""

import hashlib
import json
from datetime import timedelta

import pytest

from functions.runtime.chance import real_now
from functions.runtime.signal_messages import MAX_MESSAGE_BYTES
from functions.wiring import aws
from local.resources import Clients
from tests.faults import never_arrives, watched
from tests.functions.sales import Json, Seller, seller
from tests.functions.spending import ACME, GOOD, USAGE, entries, post, record
from tests.world import World

ISO = "expected an ISO 8601 date-time with a zone, such as 2025-06-01T00:00:00Z"
AMOUNT = "expected an amount in major units such as 0.0125, as a number or a text"
DECIMALS = "expected at most 12 decimals"
COUNTS = (
    "expected at least one of inputTokens, outputTokens, cacheReadInputTokens, cacheCreationInputTokens, "
    "reasoningOutputTokens"
)
UNKNOWN = "expected a vendor and a model that the list of prices has, or costOverride beside the usage"
ONE_CUSTOMER = "expected exactly one of customerId and externalCustomerId"
ONE_PRODUCT = "expected exactly one of productId and externalProductId"


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


# ---- refused as a whole


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"type": "usage"}, ".vendor is missing"),
        ({"type": "credit"}, ".type is 'credit': expected 'cost' or 'usage'"),
        ({"type": None}, ".type is null: expected a text"),
        ({"customer": None}, ".customer is null, expected an object"),
        ({"customer": {}}, f".customer: neither is given, {ONE_CUSTOMER}"),
        ({"customer": {"customerId": "cus_1", **ACME}}, f".customer: both are given, {ONE_CUSTOMER}"),
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
        ({"product": {}}, f".product: neither is given, {ONE_PRODUCT}"),
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


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"vendor": None}, ".vendor is null: expected a text"),
        ({"vendor": ""}, ".vendor is '': expected a text with at least 1 character"),
        ({"model": "x" * 256}, f".model is '{'x' * 59}...: expected a text with at most 255 characters"),
        ({"usage": None}, ".usage is null, expected an object"),
        ({"usage": [1]}, ".usage is [1], expected an object"),
        ({"usage": {}}, f".usage: {COUNTS}"),
        ({"usage": {"promptTokens": 1200, "inputTokens": None}}, f".usage: {COUNTS}"),
        ({"usage": {"inputTokens": -1}}, ".usage.inputTokens is -1: expected at least 0"),
        ({"usage": {"outputTokens": 1.5}}, ".usage.outputTokens is 1.5: expected a whole number"),
        ({"usage": {"cacheReadInputTokens": "7"}}, ".usage.cacheReadInputTokens is '7': expected a whole number"),
        (
            {"usage": {"reasoningOutputTokens": 10**12 + 1}},
            ".usage.reasoningOutputTokens is 1000000000001: expected at most 1000000000000",
        ),
        ({"vendor": "acme"}, f".model is 'gpt-5' of the vendor 'acme', {UNKNOWN}"),
        ({"model": "gpt-99"}, f".model is 'gpt-99' of the vendor 'openai', {UNKNOWN}"),
        ({"model": "whisper-1"}, f".model is 'whisper-1' of the vendor 'openai', {UNKNOWN}"),
        ({"timestamp": "yesterday"}, f".timestamp is 'yesterday': {ISO}"),
    ],
)
def test_token_usage_that_nobody_can_price_refuses_the_request(acme: Seller, bad: Json, sentence: str) -> None:
    answer = post(acme, USAGE, GOOD, {**USAGE, **bad}, {**USAGE, "model": "gpt-98"})
    acme.world.work()

    assert (answer.status, answer.sentence) == (400, f"costs[2]{sentence}")
    assert entries(acme) == []


@pytest.mark.parametrize("missing", ["customer", "vendor", "model", "usage"])
def test_token_usage_says_whose_it_is_and_of_which_model(acme: Seller, missing: str) -> None:
    answer = post(acme, {name: value for name, value in USAGE.items() if name != missing})

    assert (answer.status, answer.sentence) == (400, f"costs[0].{missing} is missing")


def test_an_unknown_model_has_a_code_of_its_own(acme: Seller) -> None:
    answer = post(acme, {**USAGE, "vendor": "v" * 255, "model": "m" * 255})

    assert answer.body["code"] == "UNKNOWN_MODEL"
    assert f"costs[0].model is '{'m' * 60}...' of the vendor '{'v' * 60}...', expected" in answer.sentence


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
    assert more.sentence == "costs has 10,001 items, expected at most 10,000"


def test_no_costs_are_fine(acme: Seller) -> None:
    assert post(acme).body == {"ingested": 0, "duplicates": 0, "conflicts": []}


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
