"""Bodies that are wrong as a whole: too large, too deep, not JSON, not text, or of another type than JSON."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.functions.business import Two, short
from tests.functions.routes import Known
from tests.hostile.bodies import READING, good_body, path_of
from tests.hostile.evidence import LONGEST_SENTENCE, assert_refused_cleanly, calls_made, everything_stored
from tests.hostile.front_door import Caller
from tests.world import PREFIX, invoke

EACH = pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in READING])
A_BULK, A_CREATE = (
    next(known for known in READING if short(known) == name) for name in ("POST /signals/bulk", "POST /customers/")
)

UNTOUCHED = (("content-type", "application/octet-stream"),)
"""What API Gateway hands on byte by byte; of text it makes text, in which bytes that are no UTF-8 are replaced."""

WRONG = {
    "nothing but spaces": b" \n ",
    "no JSON": b"name=Acme",
    "half a document": b'{"name": "Ac',
    "two documents": b"{}{}",
    "a comment": b'{"name": "Acme" /* ours */}',
    "a trailing comma": b'{"name": "Acme",}',
    "single quotes": b"{'name': 'Acme'}",
    "a byte order mark": b'\xef\xbb\xbf{"name": "Acme"}',
    "UTF-16": '{"name": "Acme"}'.encode("utf-16"),
    "bytes that are no UTF-8": b'{"name": "\xff\xfe"}',
    "an overlong null": b'{"name": "\xc0\x80"}',
    "half a surrogate": b'{"name": "\\ud800"}',
    "a bare null byte": b'{"name": "a\x00b"}',
    "a bare newline": b'{"name": "a\nb"}',
    "NaN": b'{"name": "Acme", "metadata": {"n": NaN}, "costs": NaN, "signals": NaN}',
    "Infinity": b'{"name": "Acme", "metadata": {"n": -Infinity}}',
    "deep lists": b'{"metadata": {"n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "brackets that nobody closes": b"[" * 1_000_000,
    "a number of a million digits": b'{"metadata": {"n": ' + b"9" * 1_000_000 + b"}}",
    "a list": b'[{"name": "Acme"}]',
    "a text": b'"Acme"',
    "a number": b"1e400",
    "null": b"null",
    "true": b"true",
    "gzip": gzip.compress(b'{"name": "Acme"}'),
    "zlib": zlib.compress(b'{"name": "Acme"}'),
}


A_BULK_OF_COSTS = next(known for known in READING if short(known) == "POST /costs/bulk")
SHORT = ("no JSON", "a list", "bytes that are no UTF-8", "half a surrogate", "NaN")
READERS = [
    pytest.param(route, how, id=f"{route}-{how}") for route in (A_BULK, A_BULK_OF_COSTS, A_CREATE) for how in WRONG
]
"""Costs and signals are parsed in ways of their own, all others alike."""
OTHERS = [pytest.param(route, how, id=f"{route}-{how}") for route in READING for how in SHORT]


@pytest.mark.parametrize(("route", "how"), [*READERS, *OTHERS])
def test_what_is_no_json_object_is_refused_before_anything_is_asked(
    two: Two, caller: Caller, route: Known, how: str
) -> None:
    before = everything_stored()

    with calls_made() as made:
        reply = caller.send(route.method, path_of(route, two.our_ids), WRONG[how], headers=UNTOUCHED)

    assert_refused_cleanly(reply, before=before, calls=len(made.calls))
    assert (reply.status, reply.body["code"]) == (400, "INVALID_INPUT")


@EACH
def test_ten_megabytes_are_refused_unread(two: Two, caller: Caller, route: Known) -> None:
    before, content = everything_stored(), b'{"name": "' + b"x" * (10 * 1024 * 1024 - 20) + b'"}'

    reply = caller.send(route.method, path_of(route, two.our_ids), content)

    assert_refused_cleanly(reply, before=before, calls=2)
    assert (reply.status, reply.body["code"]) == (413, "BODY_TOO_LARGE")
    assert reply.sentence == f"the body has {len(content)} bytes, expected at most 6000000"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "multipart/form-data; boundary=x", "é"])
def test_json_is_json_whatever_its_type_is_said_to_be(two: Two, caller: Caller, content_type: str) -> None:
    """`curl -d` calls it a form; what it is not is refused for what it is."""
    content = json.dumps(good_body(A_CREATE, two.our_ids)).encode()

    reply = caller.send("POST", "/customers/", content, headers=(("content-type", content_type),))

    assert reply.status == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_refused_with_what_to_do(two: Two, caller: Caller, encoding: str) -> None:
    before, content = everything_stored(), gzip.compress(json.dumps(good_body(A_CREATE, two.our_ids)).encode())

    reply = caller.send("POST", "/customers/", content, headers=(("content-encoding", encoding),))

    assert_refused_cleanly(reply, before=before, calls=2)
    assert (reply.status, reply.body["code"]) == (415, "UNSUPPORTED_ENCODING")
    assert reply.sentence == f"the content-encoding is {encoding!r}, expected none: send the JSON as it is"


def test_an_encoding_that_says_there_is_none_is_fine(two: Two, caller: Caller) -> None:
    content = json.dumps(good_body(A_CREATE, two.our_ids)).encode()

    assert caller.send("POST", "/customers/", content, headers=(("content-encoding", "identity"),)).status == 201


@pytest.mark.parametrize("text", ["%%%", "abc", "=", "QQ==QQ==", "é", "a" * 100_001])
def test_base64_that_is_none_is_refused(two: Two, text: str) -> None:
    """API Gateway writes it itself; whoever may invoke the function directly might not."""
    before = everything_stored()

    for resource in ("customers", "signals/bulk", "costs/bulk"):
        answer = _invoked(two, resource, text)
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "INVALID_INPUT")
        assert "the body is marked as base64 and is none: " in answer["body"]
        assert len(answer["body"]) < LONGEST_SENTENCE
    assert everything_stored() == before


def test_base64_of_a_good_body_is_read(two: Two) -> None:
    content = base64.b64encode(json.dumps(good_body(A_CREATE, two.our_ids)).encode()).decode()

    assert _invoked(two, "customers", content)["statusCode"] == 201


def _invoked(two: Two, resource: str, body: str) -> Any:
    """The function's answer to a POST whose body is said to be base64."""
    path = f"{PREFIX}/{resource}"
    request = Request("POST", path, headers=[("authorization", f"Bearer {two.ours.secret}")])
    event = {**http_event(request, match("POST", path)), "body": body, "isBase64Encoded": True}
    return invoke(resource.partition("/")[0], event)


def test_half_a_surrogate_in_a_signal_is_told_and_nothing_is_sent(two: Two, caller: Caller) -> None:
    before = everything_stored()
    body = json.dumps(good_body(A_BULK, two.our_ids)).replace("email_sent", "\\udfff")

    reply = caller.send("POST", "/signals/bulk", body.encode())

    assert (reply.status, everything_stored() == before) == (400, True)
    assert "the body is not valid JSON" in reply.sentence


def test_a_price_of_ten_thousand_tiers_is_refused_by_its_length(two: Two, caller: Caller) -> None:
    before, route = everything_stored(), next(known for known in READING if short(known) == "PUT /pricing/{id}")
    body = good_body(route, two.our_ids)
    tiers = [{"upperBound": number, "unitAmount": 1} for number in range(1, 10_000)] + [{"unitAmount": 1}]
    body["pricing"] = {**body["pricing"], "pricePoints": [{"currency": "USD", "unitPrice": 1, "tiers": tiers}]}

    reply = caller.send("PUT", path_of(route, two.our_ids), json.dumps(body).encode())

    assert_refused_cleanly(reply, before=before, calls=4)
    assert reply.sentence == "pricing.pricePoints[0].tiers has 10,000 items, expected at most 100"


@pytest.mark.parametrize("attributes", [None, [], [{"name": "Fee"}]])
def test_an_order_of_five_thousand_lines_is_refused_whole(
    two: Two, caller: Caller, attributes: list[object] | None
) -> None:
    line = {"productId": two.our_ids["product"], **({} if attributes is None else {"attributes": attributes})}
    before, body = everything_stored(), {"customerId": two.our_ids["customer"], "lines": [line] * 5_000}

    reply = caller.send("POST", "/orders/", json.dumps(body).encode())

    assert_refused_cleanly(reply, before=before, calls=6)
    assert reply.sentence == "lines has 5,000 items, expected at most 500"
