import threading
from datetime import date

import pytest

from infra.resources import Function
from local.functions import FunctionFailedError, Functions, Handler
from local.messages import Json
from tests.local.stubs import functions_answering, functions_with_handler, raising


def test_a_handler_is_given_the_event_and_a_context_of_its_function() -> None:
    functions = functions_with_handler(lambda event, context: {"got": event, "name": context.function_name})

    assert functions.invoke("orders", {"a": 1}) == {"got": {"a": 1}, "name": "orders"}


def test_an_error_is_reported_by_type_and_message_as_lambda_does() -> None:
    functions = functions_answering({"orders": raising(KeyError("order"))})

    with pytest.raises(FunctionFailedError) as caught:
        functions.invoke("orders", {})

    assert (caught.value.error_type, caught.value.message) == ("KeyError", "'order'")


def test_an_answer_that_json_cannot_carry_fails_here_as_it_would_in_lambda() -> None:
    functions = functions_answering({"orders": lambda _: {"day": date(2025, 6, 1)}})

    with pytest.raises(FunctionFailedError, match="not JSON serializable"):
        functions.invoke("orders", {})


def test_a_handler_is_imported_once_and_not_before_its_first_call() -> None:
    loaded: list[str] = []

    def load(function: Function) -> Handler:
        loaded.append(function.name)
        return lambda _event, _context: None

    functions = Functions(load=load)
    assert loaded == []

    functions.invoke("orders", {})
    functions.invoke("orders", {})

    assert loaded == ["orders"]


def test_a_function_handles_one_event_at_a_time_and_another_does_not_wait_for_it() -> None:
    entered, release = threading.Event(), threading.Event()
    active: list[int] = []
    most_active: list[int] = []

    def slow(_event: Json) -> None:
        active.append(1)
        most_active.append(len(active))
        entered.set()
        release.wait(5)
        active.pop()

    functions = functions_answering({"orders": slow, "products": lambda _: "at once"})
    threads = [threading.Thread(target=functions.invoke, args=("orders", {})) for _ in range(3)]
    for thread in threads:
        thread.start()
    entered.wait(5)

    assert functions.invoke("products", {}) == "at once"

    release.set()
    for thread in threads:
        thread.join(5)
    assert max(most_active) == 1
