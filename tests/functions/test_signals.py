"""`/signals` through its handler: what is taken, what is refused and why, and what is read back."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.runtime.chance import real_now
from functions.signals.schemas import MAX_SHOWN_BYTES
from tests.functions.sales import Seller, at, seller, usage
from tests.world import World

ACME = {"externalCustomerId": "acme"}
GOOD = {"eventName": "email_sent", "customer": ACME}
INVALID = "INVALID_INPUT"
ISO = "expected an ISO 8601 date-time with a zone, such as 2025-06-01T00:00:00Z"
ONE_OF = "expected exactly one of customerId and externalCustomerId"


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def bulk(acme: Seller, *signals: object) -> Any:
    """The answer to one request; it is worked off when this returns."""
    answer = acme.tenant.call("POST", "/signals/bulk", {"signals": list(signals)})
    assert answer.status == 200, answer
    acme.world.work()
    return answer.body


def counts(answer: Any) -> tuple[int, int, int]:
    return answer["ingested"], answer["duplicates"], answer["failed"]


def listed(acme: Seller, **query: object) -> list[Any]:
    signals: list[Any] = acme.tenant.get("/signals/", **query)["data"]
    return signals


# ---- taken


def test_a_signal_is_read_back_as_it_was_sent(acme: Seller) -> None:
    sent = {
        **GOOD,
        "attribution": {"externalProductId": "sdr"},
        "timestamp": "2025-05-20T10:30:00+02:00",
        "data": {"quantity": 5, "rate": 0.1, "tags": ["a", None], "nested": {"ok": True}},
    }

    bulk(acme, sent)

    (signal,) = listed(acme)
    assert signal == {
        "id": signal["id"],
        "name": "email_sent",
        "customerId": acme.customer_id,
        "externalCustomerId": "acme",
        "productId": None,
        "externalProductId": "sdr",
        "traceId": None,
        "data": sent["data"],
        "createdAt": "2025-06-01T00:00:00.000Z",
        "occurredAt": "2025-05-20T08:30:00.000Z",
        "status": "unattributed",
        "reason": {
            "code": "NO_USAGE_PRICE",
            "sentence": f"customer {acme.customer_id} has no active order with a usage price",
        },
        "counted": [],
    }
    assert acme.tenant.get(f"/signals/{signal['id']}") == signal


@pytest.mark.parametrize(("said", "shown"), [("a" * 32, "a" * 32), (7, None), ("", None), ("a" * 256, None)])
def test_a_signal_says_of_which_trace_it_is_where_its_data_does(acme: Seller, said: object, shown: str | None) -> None:
    bulk(acme, {**GOOD, "data": {"paid": {"trace_id": said}}})

    (signal,) = listed(acme)

    assert signal["traceId"] == shown
    assert acme.tenant.get(f"/signals/{signal['id']}")["traceId"] == shown


def test_a_signal_without_a_time_happened_when_it_came(acme: Seller) -> None:
    bulk(acme, GOOD)

    assert listed(acme)[0]["occurredAt"] == "2025-06-01T00:00:00.000Z"


def test_customers_and_products_are_named_by_our_ids_or_by_their_own(acme: Seller) -> None:
    product_id = acme.product(externalId="sdr")

    bulk(
        acme,
        {**GOOD, "customer": {"customerId": acme.customer_id}, "attribution": {"productId": product_id}},
        {**GOOD, "attribution": {"externalProductId": "sdr"}},
    )

    assert [(signal["customerId"], signal["productId"]) for signal in listed(acme)] == [
        (acme.customer_id, product_id)
    ] * 2


def test_an_alias_leads_to_its_customer(acme: Seller) -> None:
    acme.tenant.create("/customers/external/acme/aliases", alias="acme-crm")

    bulk(acme, {**GOOD, "customer": {"externalCustomerId": "acme-crm"}})

    assert listed(acme)[0]["customerId"] == acme.customer_id


def test_the_old_name_of_the_event_is_taken_and_the_new_one_goes_before_it(acme: Seller) -> None:
    bulk(acme, {"event_name": "old", "customer": ACME}, {"event_name": "old", "eventName": "new", "customer": ACME})

    assert [signal["name"] for signal in listed(acme)] == ["new", "old"]


def test_an_unknown_external_customer_is_created_once_and_called_by_that_name(acme: Seller) -> None:
    new = {**GOOD, "customer": {"externalCustomerId": "beta"}}

    bulk(acme, new, new)

    (customer,) = acme.tenant.get("/customers/", externalId="beta")["data"]
    assert (customer["name"], customer["defaultCurrency"]) == ("beta", "USD")
    assert [signal["customerId"] for signal in listed(acme)] == [customer["id"]] * 2


def test_a_signal_that_no_order_counts_stays_visible_and_counts_when_one_comes(acme: Seller) -> None:
    product_id = acme.product(usage(at(10)))
    bulk(acme, {**GOOD, "attribution": {"productId": product_id}}, GOOD, {**GOOD, "eventName": "other"})
    assert len(listed(acme)) == 3

    acme.activate(
        acme.tenant.create(
            "/orders/",
            customerId=acme.customer_id,
            startDate="2025-06-01T00:00:00Z",
            lines=[{"productId": product_id}],
        )
    )
    acme.clock("2025-07-01")

    assert acme.totals() == [("2025-07-01", 10)]
    assert len(listed(acme)) == 3


# ---- repeats


def test_a_repeat_is_told_and_not_counted_within_a_request_and_against_the_log(acme: Seller) -> None:
    first = {**GOOD, "idempotencyKey": "k1"}

    assert counts(bulk(acme, first, first, {**GOOD, "idempotencyKey": "k2"})) == (2, 1, 0)
    assert counts(bulk(acme, first, {**GOOD, "idempotencyKey": "k3"})) == (1, 1, 0)
    assert len(listed(acme)) == 3


def test_the_first_of_two_with_the_same_key_is_kept(acme: Seller) -> None:
    bulk(acme, {**GOOD, "idempotencyKey": "k", "data": {"n": 1}}, {**GOOD, "idempotencyKey": "k", "data": {"n": 2}})

    assert [signal["data"] for signal in listed(acme)] == [{"n": 1}]


def test_a_key_is_the_customers_own(acme: Seller) -> None:
    answer = bulk(
        acme,
        {**GOOD, "idempotencyKey": "k"},
        {**GOOD, "idempotencyKey": "k", "customer": {"externalCustomerId": "beta"}},
    )

    assert counts(answer) == (2, 0, 0)


def test_signals_without_a_key_are_all_different(acme: Seller) -> None:
    assert counts(bulk(acme, GOOD, GOOD)) == counts(bulk(acme, GOOD, GOOD)) == (2, 0, 0)


# ---- refused, one by one


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"eventName": None}, "eventName is null: expected a text"),
        ({"eventName": ""}, "eventName is '': expected a text with at least 1 character"),
        ({"customer": None}, "customer is null, expected an object"),
        ({"customer": "acme"}, "customer is 'acme', expected an object"),
        ({"customer": {}}, f"customer: neither is given, {ONE_OF}"),
        ({"customer": {"customerId": "cus_1", "externalCustomerId": "acme"}}, f"customer: both are given, {ONE_OF}"),
        (
            {"customer": {"customerId": "acme"}},
            (
                "customer.customerId is 'acme': expected an id such as cus_0VbI...; "
                "an id of your own goes into externalCustomerId"
            ),
        ),
        (
            {"customer": {"externalCustomerId": "x" * 256}},
            f"customer.externalCustomerId is '{'x' * 59}...: expected a text with at most 255 characters",
        ),
        ({"attribution": {}}, "attribution: neither is given, expected exactly one of productId and externalProductId"),
        (
            {"attribution": {"productId": "sdr"}},
            (
                "attribution.productId is 'sdr': expected an id such as prod_0VbI...; "
                "an id of your own goes into externalProductId"
            ),
        ),
        ({"customerUnit": {}}, "customerUnit.externalCustomerUnitId is missing"),
        ({"timestamp": "2025-06-01T00:00:00"}, f"timestamp is '2025-06-01T00:00:00': {ISO}"),
        ({"timestamp": 1748736000}, f"timestamp is 1748736000: {ISO}"),
        ({"data": [1]}, "data is [1], expected an object"),
        ({"data": {"a": "x" * 64_000}}, "data: expected at most 64000 characters of JSON, it has 64008"),
        ({"idempotencyKey": ""}, "idempotencyKey is '': expected a text with at least 1 character"),
    ],
)
def test_a_bad_signal_is_counted_as_failed_with_a_sentence_and_stops_no_other(
    acme: Seller, bad: dict[str, object], sentence: str
) -> None:
    answer = bulk(acme, GOOD, {**GOOD, **bad}, GOOD)

    assert counts(answer) == (2, 0, 1)
    assert answer["failures"] == [{"index": 1, "code": INVALID, "error": sentence}]
    assert len(listed(acme)) == 2


def test_a_signal_of_an_unknown_customer_id_fails(acme: Seller) -> None:
    answer = bulk(acme, {**GOOD, "customer": {"customerId": "cus_nobody"}}, "not a signal")

    assert answer["failures"] == [
        {
            "index": 0,
            "code": "UNKNOWN_CUSTOMER",
            "error": "customer.customerId is 'cus_nobody', expected the id of an existing customer",
        },
        {"index": 1, "code": INVALID, "error": "the signal is 'not a signal', expected an object"},
    ]


def test_each_of_the_most_signals_that_a_request_may_hold_is_named_when_all_fail(acme: Seller) -> None:
    answer = bulk(acme, *[{}] * 10_000)

    assert counts(answer) == (0, 0, 10_000)
    assert [failure["index"] for failure in answer["failures"]] == list(range(10_000))


def test_of_failures_that_no_answer_has_room_for_the_first_are_named_and_all_are_counted(acme: Seller) -> None:
    """Each sentence here shows some sixty parrots of four bytes."""
    answer = bulk(acme, *[{"eventName": "x", "customer": {"customerId": "🦜" * 61}}] * 7_400)

    assert answer["failed"] == 7_400
    assert 7_000 < len(answer["failures"]) < 7_400
    assert [failure["index"] for failure in answer["failures"]] == list(range(len(answer["failures"])))
    assert len(json.dumps(answer, ensure_ascii=False).encode()) < MAX_SHOWN_BYTES * 1.1


# ---- the present


@pytest.mark.parametrize(
    ("ahead", "failed"), [(timedelta(hours=23, minutes=59), 0), (timedelta(hours=24, minutes=1), 1)]
)
def test_a_live_organization_takes_signals_up_to_a_day_ahead(empty_world: World, ahead: timedelta, failed: int) -> None:
    live = empty_world.tenant(test=False)
    moment = (real_now() + ahead).isoformat()

    answer = live.call("POST", "/signals/bulk", {"signals": [{**GOOD, "timestamp": moment}]}).body

    assert answer["failed"] == failed
    if failed:
        assert answer["failures"][0]["code"] == "TIMESTAMP_IN_FUTURE"
        assert answer["failures"][0]["error"].startswith("timestamp is 20")
        assert answer["failures"][0]["error"].endswith("expected at most 24 hours after the present")


def test_the_past_has_no_bound_and_a_test_organization_has_no_future_one(empty_world: World, acme: Seller) -> None:
    live = empty_world.tenant(test=False)

    old = live.call("POST", "/signals/bulk", {"signals": [{**GOOD, "timestamp": "1999-12-31T23:59:59Z"}]}).body

    assert counts(old) == (1, 0, 0)
    assert counts(bulk(acme, {**GOOD, "timestamp": "2199-01-01T00:00:00Z"})) == (1, 0, 0)
