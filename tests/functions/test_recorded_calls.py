"""`GET /traces` and `/customers/external/{id}/costs`: recorded calls in the shape of the first version of the API."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.functions.calling import NOON, TRACE, links, spend
from tests.functions.sales import Seller, at, seller, usage
from tests.functions.spending import record
from tests.functions.test_margins import ask, cost
from tests.world import World

COSTS = "/customers/external/acme/costs"


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def traces(acme: Seller, path: str = "/traces", **query: object) -> list[str]:
    """What they cost, in the order of the answer."""
    answer = ask(acme, path, **query)
    assert answer.status == 200, answer
    assert answer.body["meta"]["count"] == len(answer.body["traces"])
    return [str(trace["cost"]["amount"]) for trace in answer.body["traces"]]


def test_a_call_is_shown_as_its_span_reported_it(acme: Seller) -> None:
    span = {"name": "openai.chat", "started_unix_nano": "1749124800000000001", "ended_unix_nano": "1749124801000000002"}
    spend(acme, "0.0125", paid=links(), span=span, metadata={"team": "sales"}, usage={"input_tokens": 3})

    (trace,) = acme.tenant.get("/traces")["traces"]

    assert trace.pop("id")
    assert trace == {
        "name": "openai.chat",
        "vendor": "openai",
        "model": "gpt-5",
        "cost": {"amount": 0.0125, "currency": "USD"},
        "isUnpriced": False,
        "startTimeUnixNano": "1749124800000000001",
        "endTimeUnixNano": "1749124801000000002",
        "attributes": {
            "metadata": {"team": "sales"},
            "gen_ai": {
                "usage": {
                    "input_tokens": 3,
                    "output_tokens": 0,
                    "cache_read_input_tokens": 0,
                    "cache_creation_input_tokens": 0,
                    "reasoning_output_tokens": 0,
                }
            },
            "priced_by": "prices 1",
            "trace_id": TRACE,
            "span_id": "c" * 16,
        },
        "customerId": acme.customer_id,
        "productId": None,
    }


def test_a_cost_that_no_span_reported_began_and_ended_when_it_arose(acme: Seller) -> None:
    record(acme, {**cost("2", NOON.date()), "vendor": None, "model": None})

    (trace,) = acme.tenant.get("/traces")["traces"]

    assert (trace["name"], trace["vendor"], trace["model"]) == ("cost", "", "")
    assert trace["startTimeUnixNano"] == trace["endTimeUnixNano"] == f"{int(NOON.timestamp())}000000000"


def test_the_last_recorded_comes_first_and_pages_are_exact_at_their_edges(acme: Seller) -> None:
    acme.sell(usage(at(10)))
    record(acme, *(cost(number, NOON.date()) for number in range(1, 4)))
    acme.send(NOON.date())  # a segment without costs between those with some
    record(acme, *(cost(number, NOON.date()) for number in range(4, 6)))

    assert traces(acme) == ["5", "4", "3", "2", "1"]
    for limit, offset in ((4, 0), (5, 0), (6, 0), (2, 3), (2, 4), (2, 5), (1, 7)):
        answer = acme.tenant.get("/traces", limit=limit, offset=offset)
        assert [trace["cost"]["amount"] for trace in answer["traces"]] == [5, 4, 3, 2, 1][offset : offset + limit]
        meta = {"limit": limit, "offset": offset, "count": len(answer["traces"]), "hasMore": offset + limit < 5}
        assert answer["meta"] == {**meta, "startTime": None, "endTime": None}


def test_a_customers_calls_are_its_own_by_either_path(acme: Seller) -> None:
    acme.tenant.create("/customers/", name="Beta", externalId="beta")
    spend(acme, "1")
    spend(acme, "2", customer="beta")

    assert traces(acme) == ["2", "1"]
    assert traces(acme, COSTS) == traces(acme, externalCustomerId="acme") == traces(acme, customerId=acme.customer_id)
    assert traces(acme, COSTS) == ["1"]
    assert traces(acme, externalCustomerId="nobody") == []
    assert acme.tenant.call("GET", "/customers/external/nobody/costs").status == 404


@pytest.mark.parametrize("path", ["/traces", COSTS])
def test_times_are_those_of_the_calls_both_inclusive(acme: Seller, path: str) -> None:
    for minute in range(3):
        spend(acme, str(minute + 1), at=NOON + timedelta(minutes=minute))

    def found(**query: str) -> list[str]:
        return traces(acme, path, **query)

    assert found(startTime="2025-06-05T12:01:00Z") == ["3", "2"]
    assert found(endTime="2025-06-05T12:01:00Z") == ["2", "1"]
    assert found(startTime="2025-06-05T12:01:00Z", endTime="2025-06-05T12:01:00Z") == ["2"]
    assert found(startTime="2025-06-05", endTime="2025-06-05") == ["3", "2", "1"]
    assert found(startTime="2025-06-06") == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["3", "2", "1"]),
        ({"team": "sales"}, ["2", "1"]),
        ({"team": "sales", "run": 7}, ["2"]),
        ({"team": "sales", "run": "7"}, []),
        ({"run": True}, []),
        ({"user.id": "u1"}, ["2"]),
        ({"user": {"id": "u1"}}, ["2"]),
        ({"missing": "x"}, []),
        ({"missing": None}, []),
        ({"owner": None}, ["2"]),
        ({"user.name": None}, []),
        ({"run": 7.0}, ["2"]),
        ({"flags": [True]}, ["2"]),
        ({"flags": [1]}, []),
        ({"nested": {"a": 1}}, []),
        ({"nested": {"a": True}}, ["2"]),
    ],
)
def test_metadata_finds_what_has_all_of_its_fields(acme: Seller, wanted: Any, found: list[str]) -> None:
    truths = {"flags": [True], "nested": {"a": True}}
    spend(acme, "1", metadata={"team": "sales", "run": 1})
    spend(acme, "2", metadata={"team": "sales", "run": 7, "user": {"id": "u1"}, "owner": None, **truths})
    spend(acme, "3")

    assert traces(acme, metadata=json.dumps(wanted)) == found


def test_a_product_is_found_by_its_name_whether_it_led_somewhere_then_or_not(acme: Seller) -> None:
    record(acme, cost(1, NOON.date(), product={"externalProductId": "sdr"}))
    acme.tenant.create("/products/", name="SDR", externalId="sdr")
    record(acme, cost(2, NOON.date(), product={"externalProductId": "sdr"}), cost(3, NOON.date()))

    assert traces(acme, externalProductId="sdr") == traces(acme, externalAgentId="sdr") == ["2", "1"]
    assert traces(acme, externalAgentId="other") == []


def test_a_call_that_named_no_customer_has_none(acme: Seller) -> None:
    spend(acme, "1", customer="unattributed AI calls", paid=links(unattributed=True))

    (trace,) = acme.tenant.get("/traces")["traces"]
    assert trace["customerId"] is None


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ({"metadata": "x"}, "metadata is 'x': expected a JSON object"),
        ({"metadata": "[1]"}, "metadata is '[1]': expected a JSON object"),
        ({"metadata": '{"a": NaN}'}, "metadata is "),
        ({"metadata": "[" * 5_000}, "metadata is "),
        ({"startTime": "June"}, "startTime is 'June': expected an ISO 8601 date"),
        ({"startTime": "2025-W23-1"}, "startTime is '2025-W23-1': expected an ISO 8601 date"),
        ({"endTime": "2025-W23"}, "endTime is '2025-W23': expected an ISO 8601 date"),
        ({"limit": "0"}, "limit is "),
        ({"limit": "1001"}, "limit is "),
        ({"offset": "-1"}, "offset is "),
    ],
)
def test_a_bad_query_is_refused_with_what_was_expected(acme: Seller, query: dict[str, str], start: str) -> None:
    answer = acme.tenant.call("GET", "/traces", query=query)

    assert answer.status == 400
    assert answer.sentence.startswith(start), answer.sentence
