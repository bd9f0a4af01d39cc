"""What exporters and collectors are answered, by the specification of OTLP over HTTP."""

import base64
import gzip
import zlib
from typing import Any

import pytest

from functions.traces.otlp_http import MAX_UNPACKED_BYTES
from functions.traces.reading import MAX_SPANS
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.faults import never_arrives, watched
from tests.functions.accounts import own_clients
from tests.functions.sales import Seller, seller
from tests.functions.spending import entries
from tests.functions.telemetry import (
    JSON,
    PATH,
    PROTOBUF,
    answered,
    call,
    export,
    export_all,
    in_json,
    request,
    signal,
    span,
)
from tests.world import World, invoke, send

MEDIA = pytest.mark.parametrize("media", [PROTOBUF, JSON])

INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE = 3, 7, 8, 14
"""Of google.rpc.Code."""

PACKED = gzip.compress(b"x" * 99, mtime=0)  # the time would name the tests anew in every process


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def written(media: str, *spans: Any) -> bytes:
    made = request(*spans)
    return in_json(made) if media == JSON else made.SerializeToString()


@MEDIA
def test_an_answer_has_the_media_type_of_its_request(acme: Seller, media: str) -> None:
    for sent in (request(signal()), b"garbage"):
        answer = export(sent, key=acme.tenant.secret, media=media)
        assert answer.headers["content-type"] == media


@pytest.mark.parametrize("media", [f"{PROTOBUF}; charset=utf-8", "Application/X-Protobuf", f" {PROTOBUF} ;x"])
def test_parameters_and_capitals_of_a_media_type_say_nothing(acme: Seller, media: str) -> None:
    answer = export(written(PROTOBUF, signal()), key=acme.tenant.secret, media=media)

    assert (answer.status, answer.headers["content-type"]) == (200, PROTOBUF)


@pytest.mark.parametrize("media", ["", "text/plain", "application/octet-stream", "application/protobuf"])
def test_another_media_type_is_refused(acme: Seller, media: str) -> None:
    answer = export(written(PROTOBUF, signal()), key=acme.tenant.secret, media=media)

    assert (answer.status, answer.said.code) == (415, INVALID_ARGUMENT)
    assert answer.sentence == (f"the content-type is {media!r}, expected application/x-protobuf or application/json")
    assert entries(acme) == []


@MEDIA
def test_a_request_without_spans_is_a_success(acme: Seller, media: str) -> None:
    for sent in (written(media), b"{}" if media == JSON else b"", written(media, span("parent"))):
        answer = export(sent, key=acme.tenant.secret, media=media)
        assert (answer.status, answer.rejected, answer.sentence) == (200, 0, "")


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_packed_body_is_unpacked(acme: Seller, encoding: str, pack: Any) -> None:
    body = pack(written(PROTOBUF, signal()))

    answer = export(body, key=acme.tenant.secret, headers=[("Content-Encoding", encoding)])
    acme.world.work()

    assert (answer.status, len(entries(acme))) == (200, 1)


def test_json_that_the_gateway_made_text_of_is_refused_with_advice(acme: Seller) -> None:
    body = gzip.compress(written(JSON, signal()))

    answer = export(body, key=acme.tenant.secret, media=JSON, headers=[("Content-Encoding", "gzip")])

    assert (answer.status, answer.said.code) == (400, INVALID_ARGUMENT)
    assert answer.sentence == (
        "the content-encoding is 'gzip', and the body arrived as text: expected JSON without packing, or "
        "application/x-protobuf, which may be packed"
    )


def test_packed_json_that_arrives_as_bytes_is_unpacked(acme: Seller) -> None:
    headers = [("Content-Type", JSON), ("Authorization", f"Bearer {acme.tenant.secret}"), ("Content-Encoding", "gzip")]
    event = http_event(Request("POST", PATH, headers=headers, body=b""), match("POST", PATH))
    body = base64.b64encode(gzip.compress(written(JSON, signal()))).decode()

    answer = answered(invoke("traces", {**event, "body": body, "isBase64Encoded": True}))
    acme.world.work()

    assert (answer.status, len(entries(acme))) == (200, 1)


@pytest.mark.parametrize(
    ("encoding", "body", "status", "sentence"),
    [
        ("gzip", b"no gzip", 400, "the content-encoding is 'gzip' and the body is none"),
        ("gzip", b"", 400, "the content-encoding is 'gzip', and the body does not end where that does"),
        ("gzip", PACKED[:-1], 400, "the content-encoding is 'gzip', and the body does not end"),
        ("gzip", PACKED + b"more", 400, "the content-encoding is 'gzip', and the body does not end"),
        ("br", b"", 415, "the content-encoding is 'br', expected gzip, deflate or none"),
        ("gzip, gzip", b"", 415, "the content-encoding is 'gzip, gzip', expected gzip, deflate or none"),
    ],
)
def test_a_body_packed_wrongly_is_refused(acme: Seller, encoding: str, body: bytes, status: int, sentence: str) -> None:
    answer = export(body, key=acme.tenant.secret, headers=[("Content-Encoding", encoding)])

    assert (answer.status, answer.said.code) == (status, INVALID_ARGUMENT)
    assert answer.sentence.startswith(sentence)


@pytest.mark.parametrize("over", [0, 1])
def test_a_body_may_not_grow_beyond_bounds_when_it_is_unpacked(acme: Seller, over: int) -> None:
    head = b"\x7a" + _varint(MAX_UNPACKED_BYTES)  # a field that nobody knows
    padding = bytes(MAX_UNPACKED_BYTES - len(head) + over)
    body = b"\x7a" + _varint(len(padding)) + padding

    answer = export(gzip.compress(body, 1), key=acme.tenant.secret, headers=[("Content-Encoding", "gzip")])

    assert answer.status == (413 if over else 200)
    if over:
        assert answer.said.code == RESOURCE_EXHAUSTED
        assert answer.sentence == "the body has more than 20000000 bytes when it is unpacked, expected smaller batches"


@pytest.mark.parametrize("count", [MAX_SPANS - 2, MAX_SPANS - 1])
def test_more_spans_than_one_call_can_take_are_refused_before_they_are_read(acme: Seller, count: int) -> None:
    """Two of the number are the messages around them."""
    scope_spans = b"\x12\x00" * count
    resource_spans = b"\x12" + _varint(len(scope_spans)) + scope_spans

    answer = export(b"\x0a" + _varint(len(resource_spans)) + resource_spans, key=acme.tenant.secret)

    assert answer.status == (200 if count == MAX_SPANS - 2 else 413)


def _varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (PROTOBUF, b"\xff"),
        (PROTOBUF, b"{}"),
        (PROTOBUF, request(signal()).SerializeToString()[:-1]),
        (JSON, b""),
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b"null"),
        (JSON, b'{"resourceSpans": {}}'),
        (JSON, b'{"resourceSpans": [7]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [7]}]}]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": 7}]}]}]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"value": {"intValue": "x"}}]}]}]}]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": -1}]}]}]}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 7}]}]}]}'),
        (JSON, b'{"a": NaN}'),
        (JSON, b"[" * 100_000),
    ],
)
def test_what_is_not_otlp_is_refused_for_good(acme: Seller, media: str, body: bytes) -> None:
    answer = export(body, key=acme.tenant.secret, media=media)

    assert (answer.status, answer.said.code) == (400, INVALID_ARGUMENT)
    assert answer.sentence
    assert "retry-after" not in answer.headers


@MEDIA
def test_of_a_batch_the_spans_that_are_wrong_are_counted_and_one_is_explained(acme: Seller, media: str) -> None:
    wrong = signal(data="no json")

    answer = export_all(acme, signal(), wrong, signal(data="{"), call(), span("parent"), media=media)

    assert (answer.status, answer.rejected) == (200, 2)
    assert answer.sentence == (
        f"2 of 5 spans were refused, such as span {wrong.span_id.hex()} (paid.trace.signal): "
        "data is 'no json', expected a JSON object"
    )
    assert sorted(entry.event_name for entry in entries(acme)) == ["", "email_sent"]


@MEDIA
def test_metadata_that_is_left_out_is_a_warning(acme: Seller, media: str) -> None:
    large = call(**{"metadata.a": "x" * 20_000})

    answer = export_all(acme, large, media=media)

    assert (answer.status, answer.rejected) == (200, 0)
    assert answer.sentence == (
        "the metadata of 1 spans is too large and left out, such as of "
        f"span {large.span_id.hex()} (paid.trace.openai.chat.completions.create)"
    )
    assert len(entries(acme)) == 1


def test_a_span_that_cannot_be_read_stops_no_others(acme: Seller) -> None:
    sent = request(signal(), signal())
    body = sent.SerializeToString().replace(b"email_sent", b"email_\xff\xfent", 1)

    answer = export(body, key=acme.tenant.secret)
    acme.world.work()

    assert (answer.status, answer.rejected) == (200, 1)
    assert answer.sentence.startswith("1 of 2 spans were refused, such as a span is no message of protobuf")
    assert len(entries(acme)) == 1


@MEDIA
@pytest.mark.usefixtures("acme")
def test_a_wrong_key_is_refused_for_good(media: str) -> None:
    answer = export(request(signal()), key="owed_test_" + "x" * 43, media=media)

    assert (answer.status, answer.said.code, answer.sentence) == (403, PERMISSION_DENIED, "the API key is not valid")
    assert "retry-after" not in answer.headers


@MEDIA
@pytest.mark.parametrize("operation", ["SendMessage", "GetItem"])
def test_a_fault_of_ours_asks_for_the_same_again(acme: Seller, media: str, operation: str) -> None:
    with watched(own_clients(), never_arrives, at=operation):
        answer = export(request(signal()), key=acme.tenant.secret, media=media)
    assert (answer.status, answer.said.code, answer.headers["retry-after"]) == (503, UNAVAILABLE, "5")
    assert answer.sentence == "something went wrong on our side: send the same spans again, each counts once"

    assert export(request(signal()), key=acme.tenant.secret, media=media).status == 200


def test_a_key_in_the_url_is_refused_before_anything_is_done(acme: Seller) -> None:
    headers = [("Content-Type", PROTOBUF)]

    answer = answered(send(Request("POST", PATH, query=f"key={acme.tenant.secret}", headers=headers, body=b"")))

    assert (answer.status, answer.said.code) == (400, INVALID_ARGUMENT)
    assert acme.tenant.secret not in answer.sentence
