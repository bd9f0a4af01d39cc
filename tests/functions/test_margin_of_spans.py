"""What spans report, read back: joined to their signals, listed, and set against what they earn."""

import json
from typing import Any

import pytest

from functions.billing.telemetry.entries import UNATTRIBUTED
from tests.functions.sales import Seller, at, seller, usage
from tests.functions.telemetry import call, export_all, signal
from tests.functions.test_margins import JUNE, in_dollars, sums
from tests.world import World

CALL = "0.0075"
"""Of gpt-4o: 1,000 tokens in at 2.50 a million, 500 out at 10.00."""


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """E-mails at 0.02 each."""
    acme = seller(empty_world)
    acme.sell(usage(at(2)), autoPostInvoices=True)
    product_id = acme.tenant.get("/products/")["data"][-1]["id"]
    acme.tenant.call("PUT", f"/products/{product_id}", {"externalId": "sdr"})
    return acme


def costs(acme: Seller) -> dict[int, Any]:
    """What each signal cost, by the `run` in its data."""
    signals = acme.tenant.get("/signals/")["data"]
    return {each["data"]["run"]: acme.tenant.get(f"/signals/{each['id']}/cost") for each in signals}


def test_a_traced_signal_took_the_calls_of_its_trace_in_whatever_batches_they_came(acme: Seller) -> None:
    """Trace 1: three calls are 0.0225, more than the 0.02 that its signal brings. Trace 2: one call, 0.0075."""
    traced = {"enable_cost_tracing": True}
    export_all(acme, call(trace=1), signal(trace=2, data=json.dumps({"run": 2}), **traced))
    export_all(acme, signal(trace=1, data=json.dumps({"run": 1}), **traced), call(trace=1), call(trace=2))
    export_all(acme, call(trace=1), signal(trace=1, data=json.dumps({"run": 3}), **traced))

    found = costs(acme)

    assert [len(found[run]["costs"]) for run in (1, 2, 3)] == [3, 1, 0]
    assert found[1]["margins"] == [{"currency": "USD", "price": "0.02", "cost": "0.0225", "margin": "-0.0025"}]
    assert [found[run]["costExceedsPrice"] for run in (1, 2, 3)] == [True, False, None]
    assert found[2]["costs"][0]["source"].startswith("genai-prices ")


def test_a_signal_sent_by_itself_took_the_calls_of_the_scope_it_names(acme: Seller) -> None:
    export_all(acme, call(trace=1, paid_scope_id=7), call(trace=1, paid_scope_id=8))
    sent = {
        "eventName": "email_sent",
        "customer": {"externalCustomerId": "acme"},
        "attribution": {"externalProductId": "sdr"},
        "data": {"run": 1, "paid": {"paid_scope_id": 7}},
    }
    acme.tenant.call("POST", "/signals/bulk", {"signals": [sent]})
    acme.world.work()

    assert [each["amount"] for each in costs(acme)[1]["costs"]] == [CALL]


def test_a_signal_took_what_its_own_data_says(acme: Seller) -> None:
    own = {"vendor": "openai", "cost": {"amount": 0.5, "currency": "USD"}}
    sent = {
        "eventName": "email_sent",
        "customer": {"externalCustomerId": "acme"},
        "attribution": {"externalProductId": "sdr"},
        "data": {"run": 1, "costData": own},
    }
    other = {**sent, "data": {"run": 2, "costData": {**own, "cost": {"amount": 0.25, "currency": "USD"}}}}
    acme.tenant.call("POST", "/signals/bulk", {"signals": [sent, other]})
    acme.world.work()

    found = costs(acme)

    assert [[each["amount"] for each in found[run]["costs"]] for run in (1, 2)] == [["0.50"], ["0.25"]]


def test_a_month_of_spans_leaves_what_they_earn_less_what_they_took(acme: Seller) -> None:
    """Two e-mails at 0.02 less three calls at 0.0075: 0.04 - 0.0225 = 0.0175; a call of nobody's is not theirs."""
    export_all(acme, signal(trace=1), signal(trace=2), call(trace=1), call(trace=2), call(trace=3))
    export_all(acme, call(customer=None))

    statement = in_dollars(acme, *JUNE)

    assert sums(statement) == ("0.00", "0.04", "0.04", "0.0225", "0.0175")
    (model,) = statement["costs"]
    assert (model["calls"], model["tokens"]["inputTokens"], model["tokens"]["outputTokens"]) == (3, 3_000, 1_500)
    product_id = acme.tenant.get("/products/")["data"][-1]["id"]
    assert [each["productId"] for each in statement["products"]] == [product_id]


def test_calls_are_listed_with_the_names_and_times_of_their_spans(acme: Seller) -> None:
    export_all(acme, call(trace=1, metadata__team="sales"), call(trace=2, customer=None, at=1))

    nobodys, ours = acme.tenant.get("/traces")["traces"]

    assert (ours["name"], ours["vendor"]) == ("paid.trace.openai.chat.completions.create", "openai")
    assert ours["cost"] == {"amount": 0.0075, "currency": "USD"}
    assert int(ours["endTimeUnixNano"]) - int(ours["startTimeUnixNano"]) == 10**9
    assert ours["attributes"]["metadata"] == {"team": "sales"}
    assert (ours["customerId"], nobodys["customerId"]) == (acme.customer_id, None)
    found = acme.tenant.get("/traces", metadata='{"team": "sales"}')["traces"]
    assert [each["id"] for each in found] == [ours["id"]]
    assert acme.tenant.get("/customers/", externalId=UNATTRIBUTED)["data"]


def test_a_signal_and_the_calls_of_its_trace_name_the_same_trace(acme: Seller) -> None:
    sent = signal(trace=1)
    export_all(acme, sent, call(trace=1))

    (found,) = acme.tenant.get("/signals/")["data"]
    (ours,) = acme.tenant.get("/traces")["traces"]

    assert found["traceId"] == ours["attributes"]["trace_id"] == sent.trace_id.hex()
    assert acme.tenant.get(f"/signals/{found['id']}")["traceId"] == found["traceId"]


def test_a_call_whose_model_no_list_has_is_told(acme: Seller) -> None:
    export_all(acme, call(trace=1, gen_ai__response__model="nobody-knows-it"))

    statement = in_dollars(acme, *JUNE)

    assert (statement["cost"], statement["calls"], statement["unpricedCalls"]) == ("0.00", 1, 1)
