import json
from typing import Any

import pytest

from benchmarks.load.scenarios import (
    EVENT,
    FOLLOWED_CUSTOMER,
    FOLLOWED_EVENT,
    SCENARIOS,
    BulkRequest,
    Scenario,
    chosen,
)

TENS = Scenario("tens", signals=95, bulk=10, customers=7)


def sent(request: BulkRequest) -> list[Any]:
    signals: list[Any] = json.loads(request.body)["signals"]
    return signals


def requests(scenario: Scenario) -> list[BulkRequest]:
    return [scenario.request(number) for number in range(scenario.requests)]


def test_every_signal_is_in_one_request() -> None:
    assert [len(request.signals) for request in requests(TENS)] == [10] * 9 + [5]
    assert [signal for request in requests(TENS) for signal in request.signals] == list(range(95))
    assert [signal["data"]["n"] for request in requests(TENS) for signal in sent(request)] == list(range(95))


def test_a_request_is_the_same_when_it_is_sent_again() -> None:
    assert TENS.request(3).body == TENS.request(3).body


def test_every_signal_has_a_key_of_its_own() -> None:
    keys = {signal["idempotencyKey"] for request in requests(TENS) for signal in sent(request)}

    assert len(keys) == 95


@pytest.mark.parametrize(("signals", "customers", "met"), [(700, 7, 7), (5, 7, 5), (400, 10_000, 400), (30, 1, 1)])
def test_all_customers_have_their_turn_before_one_has_it_again(signals: int, customers: int, met: int) -> None:
    scenario = Scenario("many", signals=signals, bulk=10, customers=customers)

    assert len({scenario.customer(signal) for signal in range(signals)}) == scenario.customers_met == met


def test_one_signal_of_a_request_is_followed_and_is_of_another_name() -> None:
    *others, last = sent(TENS.request(0))

    assert TENS.request(0).followed == last["data"]["n"] == 9
    assert (last["eventName"], last["customer"]) == (FOLLOWED_EVENT, {"externalCustomerId": FOLLOWED_CUSTOMER})
    assert {signal["eventName"] for signal in others} == {EVENT}


@pytest.mark.parametrize(
    ("signals", "bulk", "followed"),
    [(1_000, 10, 100), (1_010, 10, 51), (10_000, 10, 100), (60, 1, 6), (500, 1, 50), (2_000, 1, 100)],
)
def test_about_a_hundred_are_followed_and_of_single_ones_a_tenth(signals: int, bulk: int, followed: int) -> None:
    """101 requests: every second of them; 500 of one signal each: every tenth."""
    scenario = Scenario("many", signals=signals, bulk=bulk, customers=10)

    assert sum(request.followed is not None for request in requests(scenario)) == followed


def test_without_names_all_scenarios_are_chosen() -> None:
    assert chosen([], signals=None) == list(SCENARIOS)


def test_named_ones_are_chosen_in_their_order_and_may_be_made_smaller() -> None:
    made = chosen(["sigterm-10", "bulk-1"], signals=60)

    assert [(scenario.name, scenario.signals) for scenario in made] == [("bulk-1", 60), ("sigterm-10", 60)]
