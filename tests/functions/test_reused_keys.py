"""A key that comes again with other values: the first stays, the sender is told. The same values are no conflict."""

from typing import Any

import pytest

from tests.functions.sales import Json, Seller, seller
from tests.world import World

CUSTOMER = {"externalCustomerId": "acme"}
SIGNAL: Json = {
    "eventName": "email_sent",
    "customer": CUSTOMER,
    "attribution": {"externalProductId": "sdr"},
    "customerUnit": {"externalCustomerUnitId": "emea"},
    "timestamp": "2025-05-20T10:30:00+02:00",
    "data": {"n": 1, "rate": 0.1, "tags": ["a", None]},
    "idempotencyKey": "k",
}
COST: Json = {
    "customer": CUSTOMER,
    "amount": 1.5,
    "currency": "USD",
    "timestamp": "2025-05-20T10:30:00+02:00",
    "metadata": {"run": 7, "rate": 0.1},
    "idempotencyKey": "k",
}
TOLD = (
    "idempotencyKey is 'k', which came with other values before: those count and these do not; "
    "if this is something else, send it again with a key of its own"
)
AGAIN: list[tuple[Json, Json]] = [
    (SIGNAL, {**SIGNAL, "timestamp": "2025-05-20T08:30:00Z"}),
    (SIGNAL, {**SIGNAL, "data": {"tags": ["a", None], "rate": 1e-1, "n": 1}}),
    (SIGNAL, {**SIGNAL, "unheardOf": 1}),
    ({**SIGNAL, "timestamp": None}, {**SIGNAL, "timestamp": None}),
    (COST, {**COST, "timestamp": "2025-05-20T08:30:00Z", "amount": "1.50", "type": "cost"}),
    ({**COST, "timestamp": None}, {**COST, "timestamp": None}),
]
OTHERWISE: list[tuple[Json, Json]] = [
    (SIGNAL, {**SIGNAL, "eventName": "meeting_booked"}),
    (SIGNAL, {**SIGNAL, "attribution": None}),
    (SIGNAL, {**SIGNAL, "customerUnit": None}),
    (SIGNAL, {**SIGNAL, "timestamp": "2025-05-20T08:30:00.000001Z"}),
    (SIGNAL, {**SIGNAL, "timestamp": None}),
    (SIGNAL, {**SIGNAL, "data": {**SIGNAL["data"], "n": 1.0}}),
    (SIGNAL, {**SIGNAL, "data": None}),
    (COST, {**COST, "amount": 1.51}),
    (COST, {**COST, "currency": "EUR"}),
    (COST, {**COST, "metadata": None}),
    (COST, {**COST, "timestamp": None}),
]


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def post(acme: Seller, *records: Json) -> Any:
    """The answer to one request; it is worked off when this returns."""
    kind = "costs" if "amount" in records[0] else "signals"
    answer = acme.tenant.call("POST", f"/{kind}/bulk", {kind: list(records)})
    assert answer.status == 200, answer
    acme.world.work()
    return answer.body


@pytest.mark.parametrize(("first", "again"), AGAIN)
def test_the_same_again_is_a_repeat_and_no_conflict(acme: Seller, first: Json, again: Json) -> None:
    """A day later too: what came without a time of its own happened at another one then."""
    within = post(acme, first, again)
    acme.clock("2025-06-02")
    later = post(acme, again)

    assert (within["ingested"], within["duplicates"], within["conflicts"]) == (1, 1, [])
    assert (later["ingested"], later["duplicates"], later["conflicts"]) == (0, 1, [])


@pytest.mark.parametrize(("first", "otherwise"), OTHERWISE)
def test_a_key_that_stood_for_something_else_is_told_in_a_request_and_against_the_log(
    acme: Seller, first: Json, otherwise: Json
) -> None:
    within = post(acme, first, otherwise)
    later = post(acme, {**first, "idempotencyKey": "other"}, otherwise, first)

    assert (within["ingested"], within["duplicates"]) == (1, 1)
    assert (later["ingested"], later["duplicates"]) == (1, 2)
    for answer in (within, later):
        assert answer["conflicts"] == [{"index": 1, "code": "IDEMPOTENCY_KEY_REUSED", "error": TOLD}]


def test_the_key_of_another_customer_is_another_key(acme: Seller) -> None:
    other = {**SIGNAL, "customer": {"externalCustomerId": "beta"}, "eventName": "meeting_booked"}

    assert post(acme, SIGNAL, other)["conflicts"] == []


def test_a_customer_by_another_of_its_names_is_the_same_once_its_signal_is_logged(acme: Seller) -> None:
    by_id = {**SIGNAL, "customer": {"customerId": acme.customer_id}}
    assert post(acme, SIGNAL, by_id)["ingested"] == 2
    acme.world.work()

    answer = post(acme, SIGNAL, by_id)

    assert (answer["duplicates"], answer["conflicts"]) == (2, [])


def test_what_is_refused_is_no_conflict(acme: Seller) -> None:
    answer = post(acme, SIGNAL, {**SIGNAL, "eventName": ""}, {**SIGNAL, "eventName": "meeting_booked"})

    assert (answer["ingested"], answer["duplicates"], answer["failed"]) == (1, 1, 1)
    assert [conflict["index"] for conflict in answer["conflicts"]] == [2]


@pytest.mark.parametrize("record", [SIGNAL, COST], ids=["signals", "costs"])
def test_of_many_conflicts_all_are_counted_as_duplicates_and_a_thousand_shown(acme: Seller, record: Json) -> None:
    field = "metadata" if record is COST else "data"

    answer = post(acme, *[{**record, field: {"n": number}} for number in range(1_003)])

    assert (answer["ingested"], answer["duplicates"]) == (1, 1_002)
    assert [conflict["index"] for conflict in answer["conflicts"]] == list(range(1, 1_001))


def test_a_long_key_is_shown_in_part(acme: Seller) -> None:
    long = {**SIGNAL, "idempotencyKey": "x" * 1024}

    (conflict,) = post(acme, long, {**long, "data": None})["conflicts"]

    assert conflict["error"].startswith(f"idempotencyKey is '{'x' * 60}...', which came")
