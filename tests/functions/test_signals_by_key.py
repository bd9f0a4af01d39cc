"""`GET /signals/receipts/{idempotencyKey}`: whoever sent a signal finds it by the key that it gave."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from functions.billing.usecases import append_signals
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.functions.receipts import JUNE_10, charged_by, log, receipt, receipts, sell
from tests.functions.sales import Seller, seller
from tests.world import PREFIX, Answer, World, invoke


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


@pytest.mark.parametrize(
    "key",
    [
        "a b",
        "a/b",
        "/a",
        "a//b",
        "a/",
        "a//",
        "a%b",
        "a%2Fb",
        "%2F",
        "%25",
        "a+b",
        "a?b=c&d",
        "a#b",
        "ü",
        "日本",
        "🧾",
        "x" * 1024,
        "bulk",
        "receipts",
        "sig_1-0-1-0",
        "https://agents.example/runs/7/",
    ],
)
def test_a_key_may_hold_any_character(acme: Seller, key: str) -> None:
    log(acme, key)
    log(acme, "other")

    assert [found["name"] for found in receipts(acme, key)] == ["email_sent"]


def test_a_path_that_ends_with_a_slash_means_the_key_without_it_unless_there_is_one_with_it(acme: Seller) -> None:
    log(acme, "a")
    log(acme, "b", eventName="without")
    log(acme, "b/", eventName="with")

    def found(path: str) -> tuple[str, list[str]]:
        answer = acme.tenant.get(f"/signals/receipts/{path}")
        return answer["idempotencyKey"], [each["name"] for each in answer["receipts"]]

    assert found("a") == found("a/") == ("a", ["email_sent"])
    assert found("b") == ("b", ["without"])
    assert found("b/") == ("b/", ["with"])


def test_a_key_that_the_sender_did_not_give_is_the_requests_id_and_the_signals_place_in_it(acme: Seller) -> None:
    signals = [{"eventName": name, "customer": {"externalCustomerId": "acme"}} for name in ("first", "second")]
    path = f"{PREFIX}/signals/bulk"
    headers = [("Content-Type", "application/json"), ("Authorization", f"Bearer {acme.tenant.secret}")]
    request = Request("POST", path, query="", headers=headers, body=json.dumps({"signals": signals}).encode())
    event: Any = http_event(request, match("POST", path))
    assert invoke("signals", event)["statusCode"] == 200
    acme.world.work()

    request_id = event["requestContext"]["requestId"]
    assert [receipt(acme, f"{request_id}:{place}")["name"] for place in (0, 1)] == ["first", "second"]


def test_a_key_is_found_in_whichever_shard_of_the_log_it_lies(acme: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_signals, "SPLIT_AT", 3)
    sell(acme)
    for number in range(12):
        acme.send(JUNE_10, idempotencyKey=str(number))
    acme.clock("2025-07-01")

    found = [receipt(acme, str(number)) for number in range(12)]

    assert len({each["id"].split("-")[1] for each in found}) > 3
    assert {charged_by(each) for each in found} == {("INV-000001", "posted")}


def test_customers_may_use_the_same_key(acme: Seller) -> None:
    beta = acme.tenant.create("/customers/", name="Beta", externalId="beta")
    log(acme, "k", eventName="ours")
    log(acme, "k", customer="beta", eventName="theirs")

    assert [found["name"] for found in receipts(acme, "k")] == ["theirs", "ours"]
    assert [found["name"] for found in receipts(acme, "k", externalCustomerId="acme")] == ["ours"]
    assert [found["name"] for found in receipts(acme, "k", customerId=beta["id"])] == ["theirs"]


def test_nobody_finds_the_key_of_another_organization(acme: Seller) -> None:
    log(acme, "k")
    (ours,) = receipts(acme, "k")
    other = seller(acme.world)
    log(other, "other")

    for query in ({}, {"customerId": acme.customer_id}, {"externalCustomerId": "acme"}):
        assert other.tenant.call("GET", "/signals/receipts/k", query=query).status == 404
    assert other.tenant.call("GET", f"/signals/{ours['id']}").status == 404


@pytest.mark.parametrize(
    ("query", "whose"),
    [
        ({}, "of any customer"),
        ({"externalCustomerId": "acme"}, "of customer 'acme'"),
        ({"externalCustomerId": "nobody"}, "of customer 'nobody'"),
        ({"customerId": "cus_9"}, "of customer cus_9"),
        ({"customerId": "#" * 255}, f"of customer {'#' * 255}"),
    ],
)
def test_a_key_that_is_not_there_may_be_on_its_way(acme: Seller, query: dict[str, str], whose: str) -> None:
    log(acme, "other")

    answer = acme.tenant.call("GET", "/signals/receipts/k", query=query)

    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
    assert answer.sentence.startswith(f"no signal with the idempotencyKey 'k' is in the log {whose}: ")


def test_a_cost_has_no_receipt(acme: Seller) -> None:
    cost = {"customer": {"externalCustomerId": "acme"}, "amount": 1, "currency": "USD", "idempotencyKey": "k"}
    assert acme.tenant.call("POST", "/costs/bulk", {"costs": [cost]}).status in {200, 201, 202}
    acme.world.work()

    for key in ("k", "\0cost:k"):
        assert acme.tenant.call("GET", f"/signals/receipts/{quote(key)}").status == 404


@pytest.mark.parametrize(
    ("key", "query", "sentence"),
    [
        ("x" * 1025, {}, f"idempotencyKey is '{'x' * 59}...: expected a text with at most 1024 characters"),
        (
            "k",
            {"customerId": "cus_1", "externalCustomerId": "acme"},
            "externalCustomerId is 'acme' beside customerId 'cus_1', expected at most one of the two",
        ),
        ("k", {"customerId": "c" * 256}, f"customerId is '{'c' * 59}...: expected a text with at most 255 characters"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(acme: Seller, key: str, query: dict[str, str], sentence: str) -> None:
    answer: Answer = acme.tenant.call("GET", f"/signals/receipts/{key}", query=query)

    assert (answer.status, answer.sentence) == (400, sentence)
