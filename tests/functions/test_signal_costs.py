"""`data.costData` of signals: a cost beside the signal, in the same message, once; or the signal fails as a whole.

gpt-4o is 2.50 a million in, 1.25 from the cache, 10 out; Claude Haiku 4.5 is 1, 0.10, 1.25 to the cache, and 5.
"""

import hashlib
import json
from datetime import timedelta
from importlib.metadata import version
from itertools import count
from typing import Any

import pytest

from functions.billing.models.segment import hash_key
from functions.billing.models.signal import SignalBatch
from functions.runtime.chance import real_now
from functions.runtime.signal_messages import Opened, opened
from functions.runtime.signal_request import decode_batch
from infra.resources import SIGNAL_QUEUE
from tests.faults import Call, listening, never_arrives
from tests.functions.accounts import Account, account, own_clients, rate, taken
from tests.functions.sales import Json, at, day_of, usage
from tests.functions.spending import entries, record
from tests.functions.test_costs import cost_plus
from tests.world import Answer, World

OWN: Json = {"vendor": "a speech service", "cost": {"amount": 0.25, "currency": "USD"}}
MODEL = "gen_ai.response.model"
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
CACHED, WRITTEN = "gen_ai.usage.cached_input_tokens", "gen_ai.usage.cache_creation_input_tokens"
GPT: Json = {"vendor": "openai", "attributes": {MODEL: "gpt-4o-2024-08-06", INPUT: 1_000, OUTPUT: 200}}
SOURCE = f"genai-prices {version('genai-prices')}"


@pytest.fixture
def acme(empty_world: World) -> Account:
    return account(empty_world)


def signal(acme: Account, key: str, cost_data: object = None, **fields: Any) -> Json:
    data = fields.pop("data", {})
    return acme.signal(key, data={**data, "costData": cost_data} if cost_data is not None else data, **fields)


def post(acme: Account, *signals: object) -> Answer:
    return acme.seller.tenant.call("POST", "/signals/bulk", {"signals": list(signals)})


def told(answer: Answer) -> tuple[int, int, int]:
    assert answer.status == 200, answer
    return answer.body["ingested"], answer.body["duplicates"], answer.body["failed"]


def costs(acme: Account) -> list[Any]:
    """The data of the costs in the customer's log."""
    return [entry.data for entry in entries(acme.seller) if not entry.event_name]


def waiting(acme: Account) -> list[SignalBatch]:
    return [decode_batch(message.body) for message in taken(acme.world, SIGNAL_QUEUE)]


# ---- recorded


def test_a_cost_of_ones_own_is_recorded_beside_its_signal(acme: Account) -> None:
    sent = signal(acme, "k", {**OWN, MODEL: "nova-2"}, customerUnit={"externalCustomerUnitId": "emea"})

    assert told(post(acme, sent)) == (1, 0, 0)
    acme.world.work()

    first, second = entries(acme.seller)
    assert (first.event_name, first.data) == ("email_sent", sent["data"])
    assert second.data == {
        "amount": "0.25",
        "currency": "USD",
        "vendor": "a speech service",
        "model": "nova-2",
        "signal_key": hash_key("k").hex(),
    }
    assert first.key_hash.hex() == (second.data or {})["signal_key"]
    for field in ("product_id", "external_customer_id", "external_customer_unit_id", "occurred_at"):
        assert getattr(first, field) == getattr(second, field), field


@pytest.mark.parametrize(
    ("cost_data", "amount", "usage"),
    [
        (GPT, "0.0045", (1_000, 200, 0, 0)),  # 0.0025 + 0.002
        (
            {"vendor": "openai", "attributes": {**GPT["attributes"], CACHED: 400}},
            "0.004",  # OpenAI's 1,000 hold the 400: 600 * 2.50 + 400 * 1.25 + 200 * 10, by 10^6
            (600, 200, 400, 0),
        ),
        (
            {
                "vendor": "anthropic",
                "attributes": {
                    MODEL: "claude-haiku-4-5-20251001",
                    INPUT: 200,
                    OUTPUT: 300,
                    CACHED: 10_000,
                    WRITTEN: 2_000,
                },
            },
            "0.0052",  # Anthropic's 200 stand beside the others: 0.0002 + 0.0015 + 0.001 + 0.0025
            (200, 300, 10_000, 2_000),
        ),
        (
            {"vendor": "openai", MODEL: "gpt-4o", "attributes": {INPUT: 1_000.0}},
            "0.0025",
            (1_000, 0, 0, 0),
        ),
    ],
)
def test_tokens_are_priced_as_the_vendor_counts_them(
    acme: Account, cost_data: Json, amount: str, usage: tuple[int, ...]
) -> None:
    post(acme, signal(acme, "k", cost_data))
    acme.world.work()

    (cost,) = costs(acme)
    assert (cost["amount"], cost["currency"], cost["priced_by"]) == (amount, "USD", SOURCE)
    counted = cost["usage"]
    fields = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    assert tuple(counted[field] for field in fields) == usage


@pytest.mark.parametrize(("vendor", "model"), [("openai", "gpt-99"), ("acme", "gpt-4o"), ("openai", "whisper-1")])
def test_a_signal_of_a_model_that_no_list_has_counts_and_its_cost_waits_for_a_price(
    acme: Account, vendor: str, model: str
) -> None:
    cost_data = {"vendor": vendor, "attributes": {**GPT["attributes"], MODEL: model}}

    assert told(post(acme, signal(acme, "k", cost_data))) == (1, 0, 0)
    acme.world.work()

    (cost,) = costs(acme)
    assert (cost["amount"], cost["is_unpriced"], cost["vendor"], cost["model"]) == ("0", True, vendor, model)
    assert (cost["usage"]["input_tokens"], cost["usage"]["output_tokens"]) == (1_000, 200)
    assert "priced_by" not in cost


def test_a_cost_arose_when_it_says_or_when_its_signal_happened(acme: Account) -> None:
    """o3 cost a fifth from 10 June 2025: 10 dollars a million in before, and 2 from then."""
    o3 = {"vendor": "openai", "attributes": {MODEL: "o3", INPUT: 1_000_000}}
    post(
        acme,
        signal(acme, "1", o3),
        signal(acme, "2", {**o3, "start_time": "2025-06-10T02:00:00+02:00"}),
        signal(acme, "3", {**o3, "startTime": "2025-06-09T23:59:59Z"}),
        signal(acme, "4", o3, timestamp="2025-06-10T00:00:00Z"),
        signal(acme, "5", o3, timestamp=None),
    )
    acme.world.work()

    found = [
        (entry.occurred_at.isoformat(), entry.data["amount"]) for entry in entries(acme.seller)[1::2] if entry.data
    ]
    assert found == [
        ("2025-06-01T12:00:00+00:00", "1E+1"),
        ("2025-06-10T00:00:00+00:00", "2"),
        ("2025-06-09T23:59:59+00:00", "1E+1"),
        ("2025-06-10T00:00:00+00:00", "2"),
        ("2025-06-01T00:00:00+00:00", "1E+1"),
    ]


def test_only_data_that_has_cost_data_brings_a_cost(acme: Account) -> None:
    post(
        acme,
        signal(acme, "1", data={"costdata": OWN, "nested": {"costData": OWN}, "text": "costData"}),
        acme.signal("2", data={"costData": None}),
        acme.signal("3", data=None),
        acme.signal("4"),
    )
    acme.world.work()

    assert costs(acme) == []
    assert len(entries(acme.seller)) == 4


def test_the_name_may_be_written_with_escapes(acme: Account) -> None:
    body = json.dumps({"signals": [signal(acme, "k", OWN)]}).replace("costData", r"cost\u0044ata")

    acme.seller.tenant.call("POST", "/signals/bulk", body.encode())
    acme.world.work()

    assert [cost["amount"] for cost in costs(acme)] == ["0.25"]


def test_a_call_of_a_signal_is_priced_by_each_name_of_its_model(acme: Account) -> None:
    """gpt-4o: 2.50 a million in; the other is nobody's."""
    asked = {"gen_ai.request.model": "gpt-4o", MODEL: "gpt-99", INPUT: 1_000_000}
    unknown = {**asked, "gen_ai.request.model": "gpt-98"}
    post(
        acme,
        *(signal(acme, str(key), {"vendor": "openai", "attributes": said}) for key, said in [(1, asked), (2, unknown)]),
    )
    acme.world.work()

    priced, unpriced = costs(acme)
    assert (priced["model"], priced["amount"]) == ("gpt-4o", "2.5")
    assert (unpriced["model"], unpriced["other_models"], unpriced["amount"]) == ("gpt-99", ["gpt-98"], "0")


# ---- refused


COST_OR_TOKENS = "expected cost, or attributes with the tokens of a call"


@pytest.mark.parametrize(
    ("cost_data", "sentence"),
    [
        (5, " is 5, expected an object"),
        ([], " is [], expected an object"),
        ({}, ".vendor is missing"),
        ({"vendor": ""}, ".vendor is '': expected a text with at least 1 character"),
        ({"vendor": "x" * 256}, f".vendor is '{'x' * 59}...: expected a text with at most 255 characters"),
        ({"vendor": "v"}, f": {COST_OR_TOKENS}"),
        ({"vendor": "v", "cost": None}, f": {COST_OR_TOKENS}"),
        ({"vendor": "v", "cost": 5}, ".cost is 5, expected an object"),
        ({"vendor": "v", "cost": {"currency": "USD"}}, ".cost.amount is missing"),
        ({"vendor": "v", "cost": {"amount": 1}}, ".cost.currency is missing"),
        ({"vendor": "v", "cost": {"amount": -1, "currency": "USD"}}, ".cost.amount is -1: expected at least 0"),
        (
            {"vendor": "v", "cost": {"amount": 1e10, "currency": "USD"}},
            ".cost.amount is 10000000000.0: expected at most 1000000000, in major units",
        ),
        (
            {"vendor": "v", "cost": {"amount": "a lot", "currency": "USD"}},
            ".cost.amount is 'a lot': expected an amount in major units such as 0.0125, as a number or a text",
        ),
        (
            {"vendor": "v", "cost": {"amount": 1, "currency": "usd"}},
            ".cost.currency is 'usd': expected an ISO 4217 code in capitals such as USD",
        ),
        (
            {**OWN, "start_time": "noon"},
            ".start_time is 'noon': expected an ISO 8601 date-time with a zone, such as 2025-06-01T00:00:00Z",
        ),
        ({**OWN, MODEL: 5}, f".{MODEL} is 5: expected a text"),
        ({"vendor": "openai", "attributes": []}, ".attributes is [], expected an object"),
        (
            {"vendor": "openai", "attributes": {MODEL: "gpt-4o"}},
            f".attributes.{INPUT} is missing, and so is {OUTPUT}",
        ),
        ({"vendor": "openai", "attributes": {INPUT: 5}}, f".attributes.{MODEL} is missing"),
        (
            {"vendor": "openai", "attributes": {MODEL: "gpt-4o", INPUT: -5}},
            f".attributes.{INPUT} is -5, expected a whole number from 0 to 1000000000000",
        ),
        (
            {"vendor": "openai", "attributes": {MODEL: "gpt-4o", INPUT: 5, CACHED: "many"}},
            f".attributes.{CACHED} is many, expected a whole number from 0 to 1000000000000",
        ),
    ],
)
def test_a_signal_whose_cost_data_is_wrong_fails_and_nothing_of_it_is_taken(
    acme: Account, cost_data: object, sentence: str
) -> None:
    answer = post(acme, signal(acme, "1", OWN), signal(acme, "2", cost_data), signal(acme, "3"))
    acme.world.work()

    assert told(answer) == (2, 0, 1)
    assert answer.body["failures"] == [{"index": 1, "code": "INVALID_INPUT", "error": f"data.costData{sentence}"}]
    assert [entry.key_hash for entry in entries(acme.seller) if entry.event_name] == [hash_key("1"), hash_key("3")]
    assert len(costs(acme)) == 1


def test_a_signal_that_fails_is_told_where_no_other_brings_a_cost(acme: Account) -> None:
    answer = post(acme, signal(acme, "1"), signal(acme, "2", 5), {"eventName": ""}, signal(acme, "3"))
    acme.world.work()

    assert told(answer) == (2, 0, 2)
    assert [failure["index"] for failure in answer.body["failures"]] == [1, 2]
    assert len(entries(acme.seller)) == 2


@pytest.mark.parametrize(("ahead", "failed"), [(timedelta(hours=23, minutes=59), 0), (timedelta(hours=24.1), 1)])
def test_a_live_organization_takes_costs_up_to_a_day_ahead(empty_world: World, ahead: timedelta, failed: int) -> None:
    live = empty_world.tenant(test=False)
    cost_data = {**OWN, "start_time": (real_now() + ahead).isoformat()}
    bulk = [{"eventName": "e", "customer": {"externalCustomerId": "acme"}, "data": {"costData": cost_data}}]

    answer = live.call("POST", "/signals/bulk", {"signals": bulk})

    assert answer.body["failed"] == failed
    if failed:
        assert answer.body["failures"][0]["code"] == "TIMESTAMP_IN_FUTURE"
        assert answer.body["failures"][0]["error"].startswith("data.costData.start_time is 20")


# ---- once


def test_a_repeat_brings_nothing_in_the_request_against_the_log_or_under_way(acme: Account) -> None:
    sent = [signal(acme, "1", OWN), signal(acme, "2", GPT), signal(acme, "1", OWN)]

    assert told(post(acme, *sent)) == (2, 1, 0)
    assert told(post(acme, *sent)) == (2, 1, 0)  # the first are not logged yet
    acme.world.work()
    assert told(post(acme, *sent)) == (0, 3, 0)
    acme.world.work()

    assert [cost["amount"] for cost in costs(acme)] == ["0.25", "0.0045"]
    assert len(entries(acme.seller)) == 4


@pytest.mark.parametrize(("first", "second"), [(None, OWN), (OWN, GPT), (OWN, None)])
def test_a_repeat_under_way_that_says_another_cost_brings_none(acme: Account, first: object, second: object) -> None:
    """The front door takes it, for the first is not logged yet; the log decides."""
    post(acme, signal(acme, "1", first))
    post(acme, signal(acme, "1", second))
    acme.world.work()

    assert [cost["amount"] for cost in costs(acme)] == ([] if first is None else ["0.25"])


def test_a_delivery_that_comes_twice_counts_once(acme: Account) -> None:
    post(acme, signal(acme, "1", OWN), acme.signal("no key of its own", idempotencyKey=None, data={"costData": OWN}))
    messages = acme.world.receive(SIGNAL_QUEUE)

    assert rate(messages) == rate(messages) == []

    assert len(entries(acme.seller)) == 4


def test_a_cost_that_was_sent_by_the_key_of_a_signal_is_another(acme: Account) -> None:
    post(acme, signal(acme, "k", OWN))
    acme.world.work()

    sent = {"customer": {"externalCustomerId": "acme"}, "amount": 1, "currency": "USD"}
    assert record(acme.seller, {**sent, "idempotencyKey": "k"}, {**sent, "idempotencyKey": "cost of signal:k"}) == (
        2,
        0,
    )


# ---- messages


def test_signals_without_costs_travel_in_the_body_as_it_came(acme: Account) -> None:
    """Also where something in it made the front door look twice."""
    body = json.dumps({"signals": [signal(acme, "1", data={"name": "Zoë costData"})]}).encode()
    acme.seller.tenant.call("POST", "/signals/bulk", body)

    (message,) = taken(acme.world, SIGNAL_QUEUE)
    delivered = opened(message.body)
    assert isinstance(delivered, Opened)
    assert delivered.content == body


def large(acme: Account, number: int) -> Json:
    """A signal with 32 KB of what compresses to no less than half of it."""
    noise = "".join(hashlib.blake2b(f"{number} {i}".encode()).hexdigest() for i in range(256))
    return signal(acme, str(number), OWN, data={"noise": noise})


def test_a_signal_and_its_cost_are_never_in_two_messages(acme: Account) -> None:
    many = 121
    assert told(post(acme, *[large(acme, number) for number in range(many)])) == (many, 0, 0)

    batches = waiting(acme)

    assert len(batches) > 2
    signals = [each for batch in batches for each in batch.signals]
    assert len(signals) == 2 * many
    for batch in batches:
        assert batch.source is not None
        assert batch.source.size == len(batch.signals)
        assert [not each.event_name for each in batch.signals] == [False, True] * (len(batch.signals) // 2)


def test_what_could_not_be_sent_failed_with_its_cost(acme: Account) -> None:
    """The first message arrives and the second does not: what was in that one is to be sent again, and counts once."""
    sent, sendings = [large(acme, number) for number in range(100)], count()

    def all_but_the_first_are_lost(call: Call) -> None:
        if call.operation == "SendMessage" and next(sendings) > 0:
            never_arrives(call)

    with listening(own_clients(), all_but_the_first_are_lost):
        ingested, duplicates, failed = told(post(acme, *sent))
    acme.world.work()

    assert 0 < ingested < 100
    assert (duplicates, failed) == (0, 100 - ingested)
    assert len(costs(acme)) == ingested
    assert told(post(acme, *sent)) == (failed, ingested, 0)
    acme.world.work()
    assert len(costs(acme)) == 100
    assert acme.ends() == (200, 200 - 100, 100, 0, 0, 0)


# ---- accounted for and billed


def test_the_balance_accounts_for_costs_that_came_with_signals(acme: Account) -> None:
    """Two signals of three entries: the e-mails count for a price, and no order sums up the cost."""
    post(acme, signal(acme, "1", OWN), signal(acme, "2"))
    acme.world.work()

    assert acme.ends() == (3, 2, 1, 0, 0, 0)


def test_signals_and_their_costs_are_billed_by_their_own_prices(acme: Account) -> None:
    """3 e-mails at 10 cents, and 1.2 times (0.25 + 0.0045 + 0.25 of June) = 0.6054, or 61 cents; July has the rest."""
    acme.seller.sell(usage(at(10)), cost_plus(1.2))
    product_id = acme.seller.tenant.get("/products/")["data"][-1]["id"]
    other = {"attribution": {"productId": product_id}}
    before = len(acme.seller.invoices())

    post(
        acme,
        signal(acme, "1", OWN, **other),
        signal(acme, "2", GPT, **other),
        signal(acme, "3", OWN, **other),
        signal(acme, "4", {**OWN, "start_time": "2025-07-01T00:00:00Z"}, timestamp="2025-07-01T00:00:00Z", **other),
    )
    acme.world.work()
    acme.seller.clock("2025-07-01")

    (invoice,) = acme.seller.invoices()[before:]
    assert (day_of(invoice["issueDate"]), invoice["invoiceTotal"]) == ("2025-07-01", 30 + 61)
