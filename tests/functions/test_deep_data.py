"""What callers send as they like, as deep as a body may be: what is taken, the worker reads and the log gives back."""

import pytest
from pydantic import JsonValue

from tests.functions.sales import Json, Seller, seller
from tests.functions.spending import ACME, GOOD, entries, post
from tests.world import World

MOST_LEVELS = 200
"""Of brackets in each other in a body, by pydantic; a field of a signal or of a cost has three around it."""

COST: Json = {"vendor": "acme", "cost": {"amount": 0.01, "currency": "USD"}}

OVER = pytest.mark.parametrize("over", [0, 1])


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def nested(levels: int) -> JsonValue:
    value: JsonValue = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@OVER
@pytest.mark.parametrize("beside", [{}, {"data": {"costData": COST}}], ids=["as it came", "listed with a cost"])
def test_the_data_of_a_signal_is_logged_or_all_is_refused(acme: Seller, beside: Json, over: int) -> None:
    data = nested(MOST_LEVELS - 3 + over)
    deep: Json = {"eventName": "deep", "customer": ACME, "data": data}
    plain: Json = {"eventName": "plain", "customer": ACME, **beside}

    answer = acme.tenant.call("POST", "/signals/bulk", {"signals": [plain, deep]})
    acme.world.work()

    assert answer.status == (400 if over else 200), answer
    found = {entry.event_name: entry.data for entry in entries(acme)}
    assert found.get("deep") == (None if over else data)
    assert ("plain" in found) == (not over)
    if over:
        assert answer.sentence.startswith("the body is not valid JSON: recursion limit exceeded")
    else:
        listed = {signal["name"]: signal["data"] for signal in acme.tenant.get("/signals/")["data"]}
        assert listed["deep"] == data


@OVER
def test_what_lies_in_the_cost_data_of_a_signal_is_logged_or_all_is_refused(acme: Seller, over: int) -> None:
    data: Json = {"costData": {**COST, "metadata": nested(MOST_LEVELS - 5 + over)}}

    answer = acme.tenant.call(
        "POST", "/signals/bulk", {"signals": [{"eventName": "deep", "customer": ACME, "data": data}]}
    )
    acme.world.work()

    assert answer.status == (400 if over else 200), answer
    assert [entry.event_name for entry in entries(acme)] == ([] if over else ["deep", ""])


@OVER
@pytest.mark.parametrize("field", ["metadata", "usage"])
def test_what_lies_beside_a_cost_is_logged_or_all_is_refused(acme: Seller, field: str, over: int) -> None:
    value = nested(MOST_LEVELS - 3 + over)

    answer = post(acme, GOOD, {**GOOD, field: value})
    acme.world.work()

    assert answer.status == (400 if over else 200), answer
    assert [(entry.data or {}).get(field) for entry in entries(acme)] == ([] if over else [None, value])
