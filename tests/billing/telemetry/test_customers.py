"""Whose a call is that names nobody."""

from typing import Any

import pytest
from pydantic import JsonValue

from functions.billing.telemetry.customers import with_customers
from functions.billing.telemetry.span import Span
from tests.billing.telemetry.spans import TOKENS, call_of, make_span


def who(customer: JsonValue = "acme", product: JsonValue = "sdr") -> dict[str, JsonValue]:
    return {"external_customer_id": customer, "external_agent_id": product}


def whose(call: Span, *others: Span) -> tuple[Any, Any]:
    (made,) = with_customers([call_of(call)], [call, *others])
    said = made.span.attributes
    return said.get("external_customer_id"), said.get("external_agent_id")


def test_a_call_is_of_the_nearest_span_around_it_that_names_somebody() -> None:
    outer = make_span("outer", who("far"))
    near = make_span("near", who("near"), parent=outer)
    between = make_span("between", parent=near)
    call = make_span("call", TOKENS, parent=between)

    assert whose(call, between, near, outer) == whose(call, outer, near, between) == ("near", "sdr")


def test_without_spans_around_it_a_call_is_of_the_only_customer_of_its_trace() -> None:
    call = make_span("call", TOKENS)

    assert whose(call, make_span("beside", who())) == ("acme", "sdr")
    assert whose(call, make_span("beside", who()), make_span("too", who(product="other"))) == ("acme", None)
    assert whose(call, make_span("beside", who()), make_span("too", who("globex"))) == (None, None)
    assert whose(call, make_span("elsewhere", who())._replace(trace_id="f" * 32)) == (None, None)


def test_a_call_that_names_its_customer_keeps_it() -> None:
    outer = make_span("outer", who("far"))

    assert whose(make_span("call", {**TOKENS, "external_customer_id": "own"}, parent=outer), outer) == ("own", None)


def test_a_call_keeps_a_product_of_its_own() -> None:
    outer = make_span("outer", who())

    assert whose(make_span("call", {**TOKENS, "external_product_id": "own"}, parent=outer), outer) == ("acme", None)


@pytest.mark.parametrize("customer", [None, ""])
def test_a_span_that_names_nobody_is_passed_over(customer: JsonValue) -> None:
    outer = make_span("outer", who())
    empty = make_span("empty", who(customer, "other"), parent=outer)

    assert whose(make_span("call", TOKENS, parent=empty), empty, outer) == ("acme", "sdr")


def test_spans_that_are_their_own_ancestors_name_nobody() -> None:
    first = make_span("first", TOKENS)
    second = make_span("second", parent=first)
    first = first._replace(parent_id=second.span_id)

    assert whose(first, second) == (None, None)


def test_who_is_named_by_a_number_is_named_by_its_digits() -> None:
    outer = make_span("outer", who(42, 7))

    assert whose(make_span("call", TOKENS, parent=outer), outer) == ("42", "7")


def test_what_is_no_name_is_handed_on_to_nobody() -> None:
    outer = make_span("outer", who(["acme"]))

    assert whose(make_span("call", TOKENS, parent=outer), outer) == (None, None)
