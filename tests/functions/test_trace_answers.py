"""What exporters and collectors are answered, by the specification of OTLP over HTTP."""

import base64
import gzip
import json
import tracemalloc
import zlib
from typing import Any
from unittest.mock import Mock

import pytest

from functions.billing.errors import BillingError, NotFound
from functions.runtime.api import STATUSES
from functions.traces import json_bodies
from functions.traces.limits import MAX_SPANS, MOST
from functions.traces.otlp_http import MAX_MEMBERS, MAX_UNPACKED_BYTES, MediaType, refusal
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


IN_SPAN = b'{"resourceSpans": [{"scopeSpans": [{"spans": [{%s}]}]}]}'


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
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(b"") + gzip.compress(body[9:])),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("identity", bytes),
        ("", bytes),
    ],
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
        ("deflate", b"\xff", 400, "the content-encoding is 'deflate' and the body is none"),
        ("deflate", zlib.compress(b"x" * 99)[:-1], 400, "the content-encoding is 'deflate', and the body does not end"),
        ("gzip", PACKED[:-1] + b"\x01", 400, "the content-encoding is 'gzip' and the body is none"),
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


def test_of_a_body_that_grows_a_thousandfold_no_more_is_unpacked_than_may_be(acme: Seller) -> None:
    bomb = gzip.compress(bytes(10 * MAX_UNPACKED_BYTES), 1)
    tracemalloc.start()

    answer = export(bomb, key=acme.tenant.secret, headers=[("Content-Encoding", "gzip")])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.status == 413
    assert most < 4 * MAX_UNPACKED_BYTES


@pytest.mark.parametrize("members", [MAX_MEMBERS, MAX_MEMBERS + 1])
def test_a_body_of_many_small_parts_is_not_unpacked_for_long(acme: Seller, members: int) -> None:
    answer = export(gzip.compress(b"") * members, key=acme.tenant.secret, headers=[("Content-Encoding", "gzip")])

    assert answer.status == (200 if members == MAX_MEMBERS else 413)


def _many(media: str, count: int, *, level: int) -> bytes:
    """Empty messages of a level: resources, scopes or spans, each in one of the level above."""
    if media == JSON:
        around = ["resourceSpans", "scopeSpans", "spans"][: level + 1]
        inner = ", ".join(["{}"] * count)
        for name in reversed(around[1:]):
            inner = f'{{"{name}": [{inner}]}}'
        return f'{{"resourceSpans": [{inner}]}}'.encode()
    content = (b"\x0a" if level == 0 else b"\x12") + b"\x00"
    content *= count
    for above in reversed(range(level)):
        content = (b"\x0a" if above == 0 else b"\x12") + _varint(len(content)) + content
    return content


@MEDIA
@pytest.mark.parametrize(("level", "what"), [(0, "resources"), (1, "scopes"), (2, "spans")])
@pytest.mark.parametrize("count", [MAX_SPANS - 1, MAX_SPANS, MAX_SPANS + 1])
def test_as_many_spans_as_one_call_can_take_are_taken_and_not_one_more(
    acme: Seller, media: str, level: int, what: str, count: int
) -> None:
    answer = export(_many(media, count, level=level), key=acme.tenant.secret, media=media)

    assert answer.status == (200 if count <= MAX_SPANS else 413)
    if count > MAX_SPANS:
        assert answer.said.code == RESOURCE_EXHAUSTED
        assert answer.sentence == f"the request has more than 10000 {what}, expected smaller batches"


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
        (JSON, b'{"a": NaN}'),
        (JSON, b"[" * 100_000),
        (JSON, b'["' + b'\\",' * MOST["values"] + b","),
    ],
)
def test_what_is_not_otlp_is_refused_for_good(acme: Seller, media: str, body: bytes) -> None:
    answer = export(body, key=acme.tenant.secret, media=media)

    assert (answer.status, answer.said.code) == (400, INVALID_ARGUMENT)
    assert answer.sentence
    assert "retry-after" not in answer.headers


SECRET = "owed_test_" + "s" * 43


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"intValue": SECRET}, "value.intValue"),
        ({"doubleValue": SECRET}, "value"),
        ({"boolValue": SECRET}, "value"),
        ({"stringValue": [SECRET]}, "value.stringValue"),
        ({"stringValue": {SECRET: SECRET}}, "value.stringValue"),
        ({"stringValue": "a", "intValue": 7}, "value"),
        ({"intValue": f"Failed to parse {SECRET} field: x"}, "value"),
    ],
)
def test_a_value_that_its_field_does_not_take_is_not_repeated(value: Any, field: str) -> None:
    body = {"resourceSpans": [{"resource": {"attributes": [{"key": "api.key", "value": value}]}}]}

    answer = export(json.dumps(body).encode(), media=JSON)

    assert (answer.status, answer.said.code) == (400, INVALID_ARGUMENT)
    assert answer.sentence == (
        "the body is no ExportTraceServiceRequest in JSON: "
        f"resourceSpans.resource.attributes.{field} is not what the field takes"
    )


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "body",
    [
        f'{{"resourceSpans": "{SECRET}"}}',
        f'{{"resourceSpans": ["{SECRET}"]}}',
        f'{{"resourceSpans": [{{"resource": "{SECRET}"}}]}}',
        f'{{"resourceSpans": [{{"resource": {{"attributes": ["{SECRET}"]}}}}]}}',
        f'{{"resourceSpans": [{{"resource": {{"attributes": [{{"key": "api.key", "value": "{SECRET}"}}]}}}}]}}',
        f'{{"resourceSpans": [{{"resource": {{"attributes": {{"{SECRET}": 1}}}}}}]}}',
        f'{{"resourceSpans": [{SECRET}]}}',
        f'{{"resourceSpans": "{SECRET}',
        f'{{"resourceSpans": "\\q{SECRET}"}}',
    ],
)
def test_json_of_another_shape_is_refused_without_what_is_in_it(body: str) -> None:
    answer = export(body.encode(), media=JSON)

    assert (answer.status, answer.said.code) == (400, INVALID_ARGUMENT)
    assert answer.sentence
    assert SECRET not in answer.sentence


@pytest.mark.parametrize("over", [0, 1])
def test_json_has_its_values_counted_before_it_is_parsed(
    acme: Seller, monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    """A list, and one number after each comma; what is in texts counts for nothing."""
    parsing = Mock(return_value={})
    monkeypatch.setattr(json_bodies, "from_json", parsing)
    numbers = MOST["values"] - 4 + over  # with an object, two lists, and a comma between those
    body = b'{"a": [' + b",".join([b"1"] * (numbers + 1)) + b'], "[{,\\",": []}'

    answer = export(body, key=acme.tenant.secret, media=JSON)

    assert (answer.status, parsing.call_count) == ((413, 0) if over else (200, 1))
    if over:
        assert answer.sentence == "the request has more than 1000000 values, expected smaller batches"


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
@pytest.mark.parametrize("over", [0, 1])
def test_attributes_are_counted_before_they_are_read(acme: Seller, media: str, over: int) -> None:
    count = 10
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(MOST, "attributes", count)
        said: dict[str, Any] = {f"a{number}": 1 for number in range(count + over)}
        sent = request(span("parent", **said))
        answer = export(sent, key=acme.tenant.secret, media=media)

    assert answer.status == (413 if over else 200)


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
@pytest.mark.parametrize("over", [0, 1])
def test_values_within_attributes_are_counted_before_they_are_read(acme: Seller, media: str, over: int) -> None:
    """Two values, one of which is an object with as many as are left."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(MOST, "values", 200)
        said: dict[str, Any] = {"metadata.a": [1, {f"a{number}": 1 for number in range(198 + over)}]}
        patched.setattr(json_bodies, "_count_values", lambda *_: None)  # which counts the rest of the JSON, too
        answer = export(request(span("parent", **said)), key=acme.tenant.secret, media=media)

    assert answer.status == (413 if over else 200)


def test_an_attribute_that_nobody_asks_for_stops_nothing_be_it_broken(acme: Seller) -> None:
    sent = signal(prompt="cut within a character: XX")
    body = request(sent).SerializeToString().replace(b"XX", b"X\xc3")

    answer = export(body, key=acme.tenant.secret)
    acme.world.work()

    assert (answer.status, answer.rejected, len(entries(acme))) == (200, 0, 1)


@pytest.mark.parametrize("write", [str.upper, str.lower])
def test_ids_in_json_are_hexadecimal_in_any_case(acme: Seller, write: Any) -> None:
    sent = call()
    sent.trace_id = bytes.fromhex("ab" * 16)
    body = in_json(request(sent)).replace(b"ab" * 16, write("ab" * 16).encode())

    assert export(body, key=acme.tenant.secret, media=JSON).status == 200
    export_all(acme, sent)

    assert len(entries(acme)) == 1


def test_an_id_in_base64_is_none(acme: Seller) -> None:
    """As the mapping of protobuf to JSON has it, and OTLP does not."""
    sent = call()
    sent.trace_id = bytes.fromhex("ab" * 16)
    body = in_json(request(sent)).replace(b"ab" * 16, base64.b64encode(sent.trace_id))

    answer = export(body, key=acme.tenant.secret, media=JSON)
    acme.world.work()

    assert (answer.status, answer.rejected, entries(acme)) == (200, 1, [])


@MEDIA
@pytest.mark.parametrize("kind", [kind for kind, _ in STATUSES])
def test_every_refusal_has_a_code_of_google_rpc(media: str, kind: type[BillingError]) -> None:
    error = kind("invoice", "inv_1") if kind is NotFound else kind("a sentence")

    answer = answered(refusal(MediaType(media), error))

    assert answer.said.code > 0
    assert answer.sentence == error.sentence


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
    assert answer.sentence.startswith("1 of 2 spans were refused, such as an attribute of a span cannot be read")
    assert len(entries(acme)) == 1


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        pytest.param({"intValue": 2**63}, 1, id="a number beyond 64 bits"),
        pytest.param({"intValue": str(2**63 - 1)}, 0, id="the largest number"),
        pytest.param({"stringValue": "a", "intValue": 1}, 1, id="two kinds of value"),
        pytest.param({"intValue": "x"}, 1, id="a number that is none"),
        pytest.param({"doubleValue": 10**308}, 0, id="a number of 309 digits"),
        pytest.param({"doubleValue": 10**309}, 1, id="a number beyond all doubles"),
    ],
)
def test_in_json_too_a_span_that_cannot_be_read_stops_no_others(
    acme: Seller, said: dict[str, Any], refused: int
) -> None:
    content = json.loads(in_json(request(signal("plain"), signal("odd"))))
    content["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["attributes"].append({"key": "metadata.a", "value": said})

    answer = export(json.dumps(content).encode(), key=acme.tenant.secret, media=JSON)
    acme.world.work()

    assert (answer.status, answer.rejected) == (200, refused)
    assert {entry.event_name for entry in entries(acme)} == ({"plain"} if refused else {"plain", "odd"})
    if refused:
        assert answer.sentence.startswith("1 of 2 spans were refused, such as a span cannot be read: ")


@pytest.mark.parametrize(("name", "value"), [("startTimeUnixNano", -1), ("traceId", 7)])
def test_so_does_one_whose_own_fields_are_wrong(acme: Seller, name: str, value: object) -> None:
    content = json.loads(in_json(request(signal("plain"), signal("odd"))))
    content["resourceSpans"][0]["scopeSpans"][0]["spans"][1][name] = value

    answer = export(json.dumps(content).encode(), key=acme.tenant.secret, media=JSON)
    acme.world.work()

    assert (answer.status, answer.rejected) == (200, 1)
    assert answer.sentence.endswith(
        f"a span cannot be read: resourceSpans.scopeSpans.spans.{name} is not what the field takes"
    )
    assert [entry.event_name for entry in entries(acme)] == ["plain"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param(r"cut: \ud83d", "cut: \ufffd", id="the first half of a character"),
        pytest.param(r"cut: \uDE00.", "cut: \ufffd.", id="the second half"),
        pytest.param(r"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd", id="a whole one before it"),
        pytest.param(r"\\ud83d \ud83d", r"\ud83d " + "\ufffd", id="a backslash before it"),
        pytest.param(r"\ud83d\ud83d\ude00", "\ufffd\U0001f600", id="a half before a whole one"),
    ],
)
def test_a_text_that_is_cut_within_a_character_stops_nothing(acme: Seller, written: str, read: str) -> None:
    body = in_json(request(signal(**{"metadata.a": "HERE"}))).replace(b"HERE", written.encode())

    answer = export(body, key=acme.tenant.secret, media=JSON)
    acme.world.work()

    assert (answer.status, answer.rejected) == (200, 0)
    (entry,) = entries(acme)
    assert entry.data
    assert entry.data["metadata"] == {"a": read}


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
    assert (answer.status, answer.said.code, answer.headers["retry-after"]) == (503, UNAVAILABLE, "1")
    assert answer.sentence == "something went wrong on our side: send the same spans again, each counts once"

    assert export(request(signal()), key=acme.tenant.secret, media=media).status == 200


def test_a_key_in_the_url_is_refused_before_anything_is_done(acme: Seller) -> None:
    headers = [("Content-Type", PROTOBUF)]

    answer = answered(send(Request("POST", PATH, query=f"key={acme.tenant.secret}", headers=headers, body=b"")))

    assert (answer.status, answer.said.code) == (400, INVALID_ARGUMENT)
    assert acme.tenant.secret not in answer.sentence
