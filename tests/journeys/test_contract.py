"""Every operation there is as the published client calls it, its raw answer held against the client's own types."""

import pytest
from paid.core.api_error import ApiError

from tests.journeys.contract_calls import CALLS
from tests.journeys.contract_scene import Scene
from tests.journeys.contract_systems import caller
from tests.journeys.contract_types import ALL_METHODS, OPERATIONS, Operation, left_out_because
from tests.journeys.strict import left_out, violations

EVERY = pytest.mark.parametrize("operation", [pytest.param(o, id=name) for name, o in OPERATIONS.items()])

LISTINGS = {name for name, operation in OPERATIONS.items() if {"limit", "offset"} <= operation.named_arguments}

ONLY_WHAT_IS_SET = (".pricing.", ".connections.")
"""Where an answer names only what there is: a price has no fields of other kinds of prices."""


def test_every_method_of_the_client_is_called_or_left_out_for_a_reason() -> None:
    left = {name for name in ALL_METHODS if left_out_because(name.partition(".")[2]) is not None}

    assert set(CALLS) == set(OPERATIONS) == set(ALL_METHODS) - left
    assert len(OPERATIONS) == 6 + 3 + 7 + 17 + 6 + 8 + 4 + 10 + 3 + 3 + 1 + 4 + 3 + 2 + 4


@EVERY
@pytest.mark.parametrize("form", ["the client's slash", "the other"])
def test_an_answer_has_the_declared_status_and_exactly_the_declared_types(
    scene: Scene, operation: Operation, form: str
) -> None:
    good = CALLS[operation.name](scene)
    client = caller(scene.customer, other_form=form == "the other")

    client.call(operation.resource, operation.method, *good.path, **good.named)

    assert client.wire.response is not None
    assert client.wire.response.status_code == operation.status
    assert client.wire.response.headers["content-type"] == "application/json"
    assert violations(operation.answer, client.wire.answer) == []
    if operation.name in LISTINGS:
        assert client.wire.answer["data"] != [], "an empty list proves nothing"


@EVERY
def test_optional_fields_are_sent_too_and_are_null_where_unset(scene: Scene, operation: Operation) -> None:
    good = CALLS[operation.name](scene)
    client = caller(scene.customer)

    client.call(operation.resource, operation.method, *good.path, **good.named)

    absent = left_out(operation.answer, client.wire.answer)
    assert [path for path in absent if not any(part in path for part in ONLY_WHAT_IS_SET)] == []


@EVERY
def test_without_a_good_key_nothing_is_answered(scene: Scene, operation: Operation) -> None:
    good = CALLS[operation.name](scene)
    client = caller(scene.customer)
    client.call(operation.resource, operation.method, *good.path, **good.named)
    assert client.wire.request is not None
    path = client.wire.request.url.raw_path.decode().partition("?")[0].removeprefix("/api/v2")

    for authorization in (None, "Bearer owed_test_garbage", f"Basic {scene.customer.key}"):
        refused = scene.customer.system.send(client.wire.request.method, path, authorization=authorization)

        assert refused.status_code == 403
        assert refused.json()["code"] == "FORBIDDEN"


def test_a_refusal_reaches_the_clients_caller_with_sentence_and_code(scene: Scene) -> None:
    with pytest.raises(ApiError) as refusal:
        caller(scene.customer, key="owed_test_garbage").call("products", "list_products")

    assert refusal.value.status_code == 403
    assert refusal.value.body == {"error": "the API key is not valid", "code": "FORBIDDEN"}
