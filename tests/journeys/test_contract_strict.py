"""The judge itself: `strict` finds what the published client's own models let pass."""

import copy
from typing import Any

import pytest
from paid import (
    Contact,
    EmptyResponse,
    Invoice,
    InvoiceLine,
    InvoiceListResponse,
    Order,
    PricingResponse,
    SignalListItem,
)
from paid.core.pydantic_utilities import parse_obj_as

from tests.journeys.strict import fields_of, left_out, violations

CONTACT: Any = {
    "id": "con_1",
    "customerId": "cus_1",
    "firstName": "John",
    "lastName": "Doe",
    "email": "john@acme.example",
    "roles": ["BILLING"],
    "billingAddress": {"street": "1 Road", "city": "London", "state": "", "country": "GB", "zipCode": "EC2A"},
    "createdAt": "2025-06-01T00:00:00.000Z",
    "updatedAt": "2025-06-01T02:00:00+02:00",
}
PRICING: Any = {
    "productAttributeId": "pa_1",
    "name": "E-mails",
    "pricing": {
        "pricingType": "UsagePerUnit",
        "chargeType": "usage",
        "pricePoints": [{"currency": "USD", "unitPrice": 10}],
    },
    "creditBenefits": [],
}
PAGE: Any = {"data": [], "pagination": {"limit": 10, "offset": 0, "total": 0, "hasMore": False}}


def changed(answer: Any, *path: str | int, to: object) -> Any:
    """A copy of the answer with another value at the path."""
    made = copy.deepcopy(answer)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return made


def without(answer: Any, *path: str | int) -> Any:
    made = copy.deepcopy(answer)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return made


@pytest.mark.parametrize(
    ("shape", "answer"),
    [(Contact, CONTACT), (PricingResponse, PRICING), (InvoiceListResponse, PAGE), (EmptyResponse, {})],
)
def test_a_good_answer_violates_nothing(shape: Any, answer: Any) -> None:
    assert violations(shape, answer) == []


@pytest.mark.parametrize("phone", ["1", None])
def test_an_optional_field_may_be_null_and_unknown_fields_are_allowed(phone: object) -> None:
    assert violations(Contact, {**CONTACT, "phone": phone, "unknown": object}) == []


@pytest.mark.parametrize(
    ("shape", "answer", "violation"),
    [
        (Contact, without(CONTACT, "email"), "answer.email is missing"),
        (Contact, changed(CONTACT, "email", to=None), "answer.email is None, expected a text"),
        (Contact, changed(CONTACT, "email", to=5), "answer.email is 5, expected a text"),
        (Contact, changed(CONTACT, "phone", to=5), "answer.phone is 5, expected a text"),
        (Contact, changed(CONTACT, "roles", to="BILLING"), "answer.roles is 'BILLING', expected a list"),
        (
            Contact,
            changed(CONTACT, "roles", 0, to="CEO"),
            "answer.roles[0] is 'CEO', expected one of 'BILLING', 'ACCOUNTS_PAYABLE'",
        ),
        (
            Contact,
            changed(CONTACT, "billingAddress", "city", to=["London"]),
            "answer.billingAddress.city is ['London'], expected a text",
        ),
        (
            Contact,
            changed(CONTACT, "createdAt", to="2025-06-01T00:00:00"),
            "answer.createdAt is '2025-06-01T00:00:00', expected a date-time with a zone",
        ),
        (
            Contact,
            changed(CONTACT, "createdAt", to="2025-06-01"),
            "answer.createdAt is '2025-06-01', expected a date-time with a zone",
        ),
        (Contact, changed(CONTACT, "createdAt", to=0), "answer.createdAt is 0, expected a date-time with a zone"),
        (
            Contact,
            changed(CONTACT, "createdAt", to="soon"),
            "answer.createdAt is 'soon', expected a date-time with a zone",
        ),
        (
            PricingResponse,
            changed(PRICING, "pricing", "pricePoints", 0, "unitPrice", to="10"),
            "answer.pricing.pricePoints[0].unitPrice is '10', expected a number",
        ),
        (
            PricingResponse,
            without(PRICING, "pricing", "pricePoints", 0, "currency"),
            "answer.pricing.pricePoints[0].currency is missing",
        ),
        (
            InvoiceListResponse,
            changed(PAGE, "pagination", "total", to=True),
            "answer.pagination.total is True, expected a whole number",
        ),
        (
            InvoiceListResponse,
            changed(PAGE, "pagination", "total", to=5.0),
            "answer.pagination.total is 5.0, expected a whole number",
        ),
        (
            InvoiceListResponse,
            changed(PAGE, "pagination", "total", to="5"),
            "answer.pagination.total is '5', expected a whole number",
        ),
        (
            InvoiceListResponse,
            changed(PAGE, "pagination", "hasMore", to=1),
            "answer.pagination.hasMore is 1, expected true or false",
        ),
        (InvoiceListResponse, changed(PAGE, "data", to=[None]), "answer.data[0] is None, expected an object (Invoice)"),
        (EmptyResponse, None, "answer is None, expected an object (EmptyResponse)"),
    ],
)
def test_a_planted_fault_is_found_and_named(shape: Any, answer: Any, violation: str) -> None:
    assert violation in violations(shape, answer)


@pytest.mark.parametrize(
    ("shape", "answer"),
    [
        (InvoiceListResponse, changed(PAGE, "pagination", "total", to="5")),
        (Contact, changed(CONTACT, "createdAt", to="2025-06-01T00:00:00")),
        (Contact, changed(CONTACT, "roles", 0, to="CEO")),
    ],
)
def test_the_client_itself_lets_such_faults_pass(shape: Any, answer: Any) -> None:
    parse_obj_as(type_=shape, object_=answer)


@pytest.mark.parametrize("amount", [1800, 1800.5])
def test_a_float_takes_any_json_number(amount: float) -> None:
    assert violations(float, amount) == []


@pytest.mark.parametrize("amount", [True, "1800", None, float("nan")])
def test_a_float_takes_nothing_else(amount: object) -> None:
    assert len(violations(float, amount)) == 1


def test_free_data_may_hold_anything() -> None:
    shape = fields_of(SignalListItem)["data"][1]

    assert violations(shape, {"quantity": 5, "tags": [None, {"a": 1.5}]}) == []
    assert violations(shape, None) == []
    assert violations(shape, [1]) != []


def test_what_an_answer_leaves_out_is_named_in_lists_too() -> None:
    assert left_out(Contact, CONTACT) == ["answer.phone", "answer.externalId"]
    assert (
        left_out(InvoiceListResponse, changed(PAGE, "data", to=[{"id": "inv_1"}]))[0] == "answer.data[0].displayNumber"
    )
    assert left_out(EmptyResponse, {}) == []


def test_a_kind_of_type_that_is_new_stops_the_tests_rather_than_passing() -> None:
    with pytest.raises(TypeError, match="does not know yet"):
        violations(set[str], [])


@pytest.mark.parametrize("model", [Order, Invoice, InvoiceLine])
def test_the_shapes_are_the_clients_own(model: Any) -> None:
    required = {name for name, (is_required, _) in fields_of(model).items() if is_required}

    assert {"id", "createdAt", "updatedAt"} <= required
    assert "currency" in required or model is Order
