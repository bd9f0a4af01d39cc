"""Two ways to read signals, msgspec's for nearly all and pydantic's for the others: they agree on every body."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import from_json

from functions.billing.models.signal import Signal
from functions.runtime.plain_signals import plain_body
from functions.runtime.references import ProductReference
from functions.runtime.sentences import sentence_of
from functions.runtime.signal_messages import Origin
from functions.runtime.signal_request import SignalRequest
from functions.runtime.signal_wire import MAX_DATA_CHARACTERS, MAX_SIGNALS, BulkRequest, SignalIn

ORIGIN = Origin("org_1", datetime(2025, 6, 1, 12, tzinfo=UTC), "request")
GOOD: dict[str, Any] = {"eventName": "email_sent", "customer": {"externalCustomerId": "acme"}}
FULL: dict[str, Any] = {
    **GOOD,
    "customerUnit": {"externalCustomerUnitId": "emea"},
    "attribution": {"externalProductId": "sdr"},
    "timestamp": "2025-05-20T10:30:00+02:00",
    "data": {"quantity": 5, "rate": 0.1, "tags": ["a", None], "nested": {"ok": True}},
    "idempotencyKey": "k",
}

Read = tuple[list[str], dict[int, str]]
"""The signals, as 1, 1.0 and true look different; and the sentences of those that were refused, by index."""


def envelope(body: bytes) -> BulkRequest:
    return BulkRequest.model_validate(from_json(body, allow_inf_nan=False))


def read(body: bytes) -> Read | None:
    """As the front door and the worker do; None for what is no list of signals."""
    try:
        request = SignalRequest.read(ORIGIN, body, lambda: envelope(body))
    except ValueError:
        return None
    signals = [repr(request.signal(index)) for index in request.indexes]
    return signals, {failure.index: failure.error.sentence for failure in request.failures}


def read_one_by_one(body: bytes) -> Read | None:
    """The same by `SignalIn` alone."""
    try:
        raw = envelope(body).signals
    except ValueError:
        return None
    signals, refused = [], {}
    for index, each in enumerate(raw):
        try:
            signals.append(repr(signal_of(SignalIn.model_validate(each), index)))
        except ValidationError as error:
            refused[index] = sentence_of(error, whole="the signal")[0]
    return signals, refused


def signal_of(sent: SignalIn, index: int) -> Signal:
    product = sent.attribution or ProductReference.model_construct()
    return Signal(
        event_name=sent.event_name,
        customer_id=sent.customer.customer_id,
        external_customer_id=sent.customer.external_customer_id,
        product_id=product.product_id,
        external_product_id=product.external_product_id,
        external_customer_unit_id=sent.customer_unit and sent.customer_unit.external_customer_unit_id,
        occurred_at=sent.timestamp or ORIGIN.received_at,
        has_own_time=sent.timestamp is not None,
        data=sent.data,
        idempotency_key=sent.idempotency_key or f"request:{index}",
    )


def body_of(*signals: object) -> bytes:
    return json.dumps({"signals": signals}).encode()


# ---- bodies that nobody sends, as the texts that they are: JSON may say a name twice, or a number that is none


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + closing * depth


ODD = [
    *("null", "true", "0", "-0", "-0.0", "1.0", "1e5", "1e400", "-1e400", "1e-400", "100000000000000000000"),
    *("NaN", "-Infinity", "01", "1.", "+1", '""', '"x"', '"\\ud83d\\ude00"', '"\\ud800"', '"\x7f"', '"\x01"'),
    *('"Infinity"', '"\\u0000"', "[]", "{}", "[1]", '{"a":1,"a":2}', "[[]]", '{"":{}}', "tru", "'a'", ""),
    *(nested("[", "]", depth) for depth in (99, 101, 194, 195, 196, 197, 198, 199, 260, 990, 2_000)),
    *(nested('{"a":', "}", depth).replace(":}", ":1}") for depth in (100, 195, 196, 197, 198, 260)),
    *("9" * digits for digits in (19, 20, 309, 4_300, 4_301)),
]
NAMES = ["", *(character * length for character in "x😀" for length in (1, 255, 256, 1024, 1025))]
TIMES = [
    *("2025-06-01T00:00:00Z", "2025-06-01t00:00:00z", "2025-06-01T00:00:00", "2025-06-01", "20250601T000000Z"),
    *("2025-06-01ß00:00:00Z", "2025-06-01 00:00:00+02:00", "2025-06-01T00:00:00.123456789Z", "2025-W23-1T00:00Z"),
    *("2025-06-01T00:00:60Z", "2025-06-01T24:00:00Z", "2025-06-01T00:00:00,5Z", "2025-06-01T00:00Z", "1748736000"),
    *("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
    *("2199-12-31T23:59:59Z", "2200-01-01T00:00:00+14:00", "2199-12-31T23:59:59-23:59", "9999-12-31T23:59:59-01:00"),
    *("1971-01-01T00:00:00Z", "2199-01-01T00:00:00Z", "2025-06-01T00:00:00-00:00", "2025-06-01T00:00:00+24:00"),
]
OWN = [
    f"{prefix}{rest}"
    for prefix in ("cus_", "prod_", "Cus_", " cus_", "")
    for rest in ("1", "", "1\n", "1 ", "ä", "a" * 40, "a" * 41)
]
VALUES = sorted({*ODD, *(json.dumps(text, ensure_ascii=False) for text in (*NAMES, *TIMES, *OWN))})

CUSTOMER = "customerId customer_id externalCustomerId external_customer_id more"
PRODUCT = "productId product_id externalProductId external_product_id more"
UNIT = "externalCustomerUnitId external_customer_unit_id more"
PLACES = [
    ('{{"customer":{{"externalCustomerId":"a"}},{}}}', "eventName event_name"),
    ('{{"eventName":"a",{}}}', "customer"),
    ('{{"eventName":"a","customer":{{{}}}}}', CUSTOMER),
    ('{{"eventName":"a","customer":{{"externalCustomerId":"a",{}}}}}', CUSTOMER),
    (
        '{{"eventName":"a","customer":{{"customerId":"cus_1"}},{}}}',
        "customerUnit customer_unit attribution timestamp data idempotencyKey idempotency_key event_name more",
    ),
    ('{{"eventName":"a","customer":{{"customerId":"cus_1"}},"customerUnit":{{{}}}}}', UNIT),
    (
        '{{"eventName":"a","customer":{{"customerId":"cus_1"}},"customerUnit":{{"externalCustomerUnitId":"a",{}}}}}',
        UNIT,
    ),
    ('{{"eventName":"a","customer":{{"customerId":"cus_1"}},"attribution":{{{}}}}}', PRODUCT),
    ('{{"eventName":"a","customer":{{"customerId":"cus_1"}},"attribution":{{"productId":"prod_1",{}}}}}', PRODUCT),
    ('{{"eventName":"a","customer":{{"customerId":"cus_1"}},"data":{{{}}}}}', "a"),
]
"""Where a signal has its fields, and their names in all spellings: the rest of the signal is right."""

MEMBERS = {place: [f'"{name}":{value}' for name in names.split() for value in VALUES] for place, names in PLACES}


def assert_both_agree(*signals: str) -> None:
    body = f'{{"signals":[{",".join(signals)}]}}'.encode()
    assert read(body) == read_one_by_one(body), body


@pytest.mark.parametrize("place", MEMBERS)
def test_both_ways_agree_on_any_value_in_any_place(place: str) -> None:
    for member in MEMBERS[place]:
        assert_both_agree(place.format(member))


@given(st.sampled_from(sorted(MEMBERS)), st.data())
@settings(max_examples=500, derandomize=True, deadline=None)
def test_both_ways_agree_on_fields_beside_each_other_and_said_twice(place: str, data: st.DataObject) -> None:
    members = st.lists(st.sampled_from(MEMBERS[place]), min_size=2, max_size=3)

    assert_both_agree(place.format(",".join(data.draw(members))))


@given(st.lists(st.integers(0, 9), min_size=2, max_size=60), st.data())
@settings(max_examples=60, derandomize=True, deadline=None)
def test_signals_that_are_wrong_among_many_change_nothing_for_the_others(kinds: list[int], data: st.DataObject) -> None:
    place = st.sampled_from(sorted(MEMBERS))
    odd = place.flatmap(lambda place: st.sampled_from(MEMBERS[place]).map(place.format))

    assert_both_agree(*[json.dumps(FULL) if kind else data.draw(odd) for kind in kinds])


@pytest.mark.parametrize("odd", ODD)
def test_both_ways_agree_on_any_value_around_the_signals(odd: str) -> None:
    good = json.dumps(GOOD)
    bodies = (odd, f"[{odd}]", f'{{"signals":{odd}}}', f'{{"signals":[{good},{odd}]}}', f'{{"other":{odd}}}')
    more = (f'{{"signals":[{good}],"more":{odd}}}', f'{{"signals":{odd},"signals":[{good}]}}', f" {odd}\n")

    for body in (*bodies, *more):
        assert read(body.encode()) == read_one_by_one(body.encode()), body


@given(st.data())
@settings(max_examples=400, derandomize=True, deadline=None)
def test_a_damaged_body_is_the_same_to_both(data: st.DataObject) -> None:
    """A few bytes are replaced, by nothing or by some that mean something in JSON."""
    body = bytearray(body_of(FULL, GOOD, FULL))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        piece = data.draw(st.sampled_from([*b'{}[]",:\\0-+.eEtnuZ \n\x00\x7f\x80\xff']))
        body[start : start + data.draw(st.integers(0, 3))] = data.draw(st.sampled_from([b"", bytes([piece])]))

    assert read(bytes(body)) == read_one_by_one(bytes(body))


# ---- what is read at once, and where that ends


@pytest.mark.parametrize(
    "signal",
    [
        GOOD,
        FULL,
        {**FULL, **dict.fromkeys(("customerUnit", "attribution", "timestamp", "data", "idempotencyKey"))},
        {**GOOD, "customer": {"customerId": "cus_1", "externalCustomerId": None}},
        {**FULL, "attribution": {"productId": "prod_1"}, "timestamp": "2025-05-20t10:30:00.5z"},
        {**FULL, "data": {"text": "x" * (MAX_DATA_CHARACTERS - 11)}},
        {**FULL, "data": {"deep": json.loads(nested("[", "]", 5)), "large": 10**20}},
    ],
)
def test_ordinary_signals_are_read_at_once(signal: object) -> None:
    body = body_of(signal, FULL, signal)

    plain = plain_body(body)

    assert plain is not None
    assert len(plain.signals) == 3
    assert read(body) == read_one_by_one(body)


def test_as_many_signals_as_a_request_may_have_are_read_at_once() -> None:
    most, more = body_of(*[GOOD] * MAX_SIGNALS), body_of(*[GOOD] * (MAX_SIGNALS + 1))

    assert plain_body(most) is not None
    assert plain_body(more) is None


@pytest.mark.parametrize(("size", "refused"), [(MAX_DATA_CHARACTERS, 0), (MAX_DATA_CHARACTERS + 1, 1)])
@pytest.mark.parametrize("character", ["x", "送", "😀", '"'])
def test_data_has_at_most_so_many_characters_of_json(character: str, size: int, refused: int) -> None:
    r"""In `{"a":"..."}` eight of them are around the text, and a quote inside is two: `\"`."""
    around, each = 8, 1 + (character == '"')
    count, rest = divmod(size - around, each)
    body = body_of({**GOOD, "data": {"a": character * count + "x" * rest}}, *[FULL] * 300)

    found = read(body)

    assert found == read_one_by_one(body)
    assert found is not None
    assert len(found[1]) == refused


def test_much_data_that_is_small_in_each_signal_is_read_at_once() -> None:
    """300 times some 1,000 characters are more than one signal may have."""
    assert plain_body(body_of(*[{**GOOD, "data": {"text": "x" * 1_000}}] * 300)) is not None
