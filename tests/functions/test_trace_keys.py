"""Whose spans they are: the key in the header, or as of old in the resource or the span; it is kept nowhere."""

from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from functions.billing.models.organization import Scope
from functions.billing.models.segment import LogId
from functions.runtime.chance import real_now
from functions.traces.handler import MAX_KEYS
from functions.wiring import counting, entities
from infra.resources import SIGNAL_QUEUE
from tests.functions.accounts import taken
from tests.functions.telemetry import JSON, PROTOBUF, call, export, request, signal
from tests.hostile.evidence import everything_stored
from tests.world import Tenant, World

WRONG = "owed_test_" + "x" * 43


def events_of(tenant: Tenant) -> list[str]:
    """The names of what is in the log of their customer `acme`."""
    customer_id = entities.customers().resolve(tenant.organization_id, "acme")
    if customer_id is None:
        return []
    segments = counting.signal_log().read(LogId(tenant.organization_id, customer_id), after=0, limit=100)
    return [entry.event_name for segment in segments for entry in segment.entries]


def joined(*parts: ExportTraceServiceRequest) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest(resource_spans=[each for part in parts for each in part.resource_spans])


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
def test_a_key_may_come_in_the_resource_or_in_the_span(world: World, media: str) -> None:
    acme = world.tenant()

    first = export(request(signal("of the resource"), api__key=acme.secret), media=media)
    second = export(request(signal("of the span", token=acme.secret)), media=media)
    world.work()

    assert (first.status, second.status) == (200, 200)
    assert sorted(events_of(acme)) == ["of the resource", "of the span"]


def test_the_header_counts_before_the_span_and_the_span_before_the_resource(world: World) -> None:
    header, inner, outer = world.tenant(), world.tenant(), world.tenant()

    export(request(signal("first", token=inner.secret), api__key=outer.secret), key=header.secret)
    export(request(signal("second", token=inner.secret), api__key=outer.secret))
    world.work()

    assert (events_of(header), events_of(inner), events_of(outer)) == (["first"], ["second"], [])


@pytest.mark.parametrize("token", ["", None, 7])
def test_a_token_that_is_no_text_hides_no_key_of_the_resource(world: World, token: object) -> None:
    acme = world.tenant()

    answer = export(request(signal("sent", token=token), api__key=acme.secret))
    world.work()

    assert (answer.status, events_of(acme)) == (200, ["sent"])


def test_spans_of_several_keys_go_each_to_its_own_organization(world: World) -> None:
    ours, theirs = world.tenant(), world.tenant()
    sent = joined(
        request(signal("ours"), api__key=ours.secret),
        request(signal("theirs"), signal("ours too", token=ours.secret), api__key=theirs.secret),
    )

    assert export(sent).status == 200
    world.work()

    assert (sorted(events_of(ours)), events_of(theirs)) == (["ours", "ours too"], ["theirs"])


def test_a_call_repeats_no_call_of_another_organization(world: World) -> None:
    ours, theirs = world.tenant(), world.tenant()
    outer = call(token=ours.secret)

    export(request(outer, call(token=theirs.secret, parent=outer)))
    world.work()

    assert (events_of(ours), events_of(theirs)) == ([""], [""])


def test_a_call_that_is_told_by_two_keys_of_one_organization_counts_once(world: World) -> None:
    """As while a key is replaced by another: the wrapper's span has the old one, the library's the new one."""
    acme = world.tenant()
    new = world.key(acme.organization_id, scopes=(Scope.SIGNALS,), now=real_now())
    outer = call(token=acme.secret)

    export(request(outer, call(token=new, parent=outer)))
    world.work()

    assert events_of(acme) == [""]


def test_of_several_keys_those_that_are_nobodys_stop_no_others(world: World) -> None:
    acme = world.tenant()

    answer = export(joined(request(signal(), api__key=acme.secret), request(signal(), signal(), api__key=WRONG)))
    world.work()

    assert (answer.status, answer.rejected) == (200, 2)
    assert answer.sentence == "2 of 3 spans were refused, such as the API key is not valid"
    assert events_of(acme) == ["email_sent"]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (request(signal()), "the API key is missing, expected the header 'Authorization: Bearer <key>'"),
        (request(), "the API key is missing, expected the header 'Authorization: Bearer <key>'"),
        (request(signal(), api__key=""), "the API key is missing, expected the header 'Authorization: Bearer <key>'"),
        (request(signal(), api__key=7), "the API key is missing, expected the header 'Authorization: Bearer <key>'"),
        (request(signal(), api__key=WRONG), "the API key is not valid"),
        (request(signal(), api__key="x" * 10_000), "the API key is not valid"),
        (joined(request(signal(), api__key=WRONG), request(signal())), "the API key is not valid"),
    ],
)
def test_spans_of_nobodys_key_alone_are_refused_and_change_nothing(
    world: World, sent: ExportTraceServiceRequest, sentence: str
) -> None:
    world.tenant()
    before = everything_stored()

    answer = export(sent)

    assert (answer.status, answer.sentence) == (403, sentence)
    assert everything_stored() == before


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer ", "Bearer owed_test_garbage", "Basic YWxhZGRpbjpvcGVu"])
def test_a_wrong_header_is_refused_even_beside_an_old_key(world: World, authorization: str) -> None:
    acme = world.tenant()

    answer = export(request(signal(), api__key=acme.secret), headers=[("Authorization", authorization)])

    assert answer.status == 403
    assert answer.sentence.startswith("the API key is ")


def test_a_key_without_the_scope_of_signals_is_refused(world: World) -> None:
    acme = world.tenant()
    others = tuple(scope for scope in Scope if scope not in {Scope.SIGNALS, Scope.ADMIN})
    secret = world.key(acme.organization_id, scopes=others, now=real_now())

    for answer in (export(request(signal()), key=secret), export(request(signal(), api__key=secret))):
        assert (answer.status, answer.sentence) == (403, "the API key lacks the scope 'signals'")


@pytest.mark.parametrize("scope", [Scope.SIGNALS, Scope.ADMIN])
def test_a_key_of_signals_or_of_an_administrator_opens(world: World, scope: Scope) -> None:
    assert export(request(signal()), key=world.tenant(scopes=(scope,)).secret).status == 200


@pytest.mark.parametrize("count", [MAX_KEYS, MAX_KEYS + 1])
def test_so_many_keys_may_come_in_one_request(world: World, count: int) -> None:
    acme = world.tenant()
    keys = [world.key(acme.organization_id, scopes=(Scope.SIGNALS,), now=real_now()) for _ in range(count)]

    answer = export(request(*(signal(token=key) for key in keys)))

    assert answer.status == (200 if count == MAX_KEYS else 400)
    assert (len(taken(world, SIGNAL_QUEUE)) > 0) is (count == MAX_KEYS)


def test_a_key_is_kept_nowhere(world: World) -> None:
    """Nor in any log: `tests.logs` reads every line that is written."""
    acme = world.tenant()
    sent: dict[str, Any] = {"token": acme.secret, "api.key": acme.secret}

    export(request(signal(**sent), call(**sent), signal(data="{", **sent), api__key=acme.secret))
    world.work()

    segments = counting.signal_log().read(_log(acme), after=0, limit=10)
    assert sum(len(segment.entries) for segment in segments) == 2
    assert acme.secret not in repr(segments)


def test_a_customers_name_is_one_of_the_key_s_organization(world: World) -> None:
    ours, theirs = world.tenant(), world.tenant()
    made = theirs.create("/customers/", name="Theirs", externalId="acme")

    export(request(signal()), key=ours.secret)
    world.work()

    assert theirs.get("/signals/")["data"] == []
    (logged,) = ours.get("/signals/")["data"]
    assert logged["customerId"] != made["id"]


def _log(tenant: Tenant) -> LogId:
    return LogId(tenant.organization_id, str(entities.customers().resolve(tenant.organization_id, "acme")))
