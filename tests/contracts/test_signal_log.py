"""`SignalLog`: append-only, one segment per number, and whoever reads sees all of it."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.billing.models.segment import PAYLOAD_HASH_BYTES, Entry, Fence, LogId, Segment, hash_key
from functions.billing.ports import OutdatedError
from tests.builders import NOW
from tests.contracts.back_ends import BackEnd


def test_an_empty_log_has_no_segments_and_no_keys(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")

    assert back_end.log().read(log, after=0, limit=10) == []
    known = back_end.log().known_keys(log)
    assert (len(known.keys), known.last_segment, known.cumulative, known.fences) == (0, 0, 0, {})


def test_what_is_appended_is_read_back_to_the_last_detail(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")
    full = Entry(
        key_hash=hash_key("full"),
        event_name='e-mail "sent" 送信 😀',
        occurred_at=datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        product_id="prod_1",
        external_product_id="sdr",
        external_customer_id="acme#1",
        external_customer_unit_id="berlin",
        data={"nested": [None, True, 0.1, 10**20, {"ключ": "值"}], "nothing": None},
    )
    bare = Entry(key_hash=hash_key("bare"), event_name="call", occurred_at=NOW - timedelta(days=40_000))
    segment = Segment(log=log, number=1, cumulative=2, logged_at=NOW, entries=(full, bare))

    back_end.log().append(segment)

    assert back_end.log().read(log, after=0, limit=10) == [segment]


def test_a_taken_number_is_refused_and_what_took_it_stays(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")
    back_end.log().append(segment_of(log, 1, "first"))

    with pytest.raises(OutdatedError):
        back_end.log().append(segment_of(log, 1, "second"))

    assert back_end.log().read(log, after=0, limit=10) == [segment_of(log, 1, "first")]


def test_segments_are_read_in_order_after_a_number_and_up_to_a_limit(back_end: BackEnd, organization_id: str) -> None:
    """Eleven, so that numbers sorted as texts would be found out."""
    log = LogId(organization_id, "cus_1")
    for number in range(1, 12):
        back_end.log().append(segment_of(log, number, str(number)))

    read = back_end.log().read

    assert [segment.number for segment in read(log, after=0, limit=100)] == list(range(1, 12))
    assert [segment.number for segment in read(log, after=8, limit=2)] == [9, 10]
    assert read(log, after=11, limit=2) == []


def test_known_keys_grow_with_the_log_also_where_they_are_remembered(back_end: BackEnd, organization_id: str) -> None:
    log, remembering = LogId(organization_id, "cus_1"), back_end.log()
    back_end.log().append(segment_of(log, 1, "a", "b"))
    before = remembering.known_keys(log)
    assert (before.last_segment, before.cumulative) == (1, 2)

    back_end.log().append(segment_of(log, 2, "c", before=2))

    for reader in (remembering, back_end.log()):
        known = reader.known_keys(log)
        assert [known.find(hash_key(key)) for key in "abcd"] == [(PAYLOAD, 1), (PAYLOAD, 1), (PAYLOAD, 2), None]
        assert (known.last_segment, known.cumulative) == (2, 3)


def test_logs_are_apart_by_organization_customer_and_shard(back_end: BackEnd, organization_id: str) -> None:
    mine = LogId(organization_id, "cus_1")
    others = (
        LogId(f"{organization_id}x", "cus_1"),
        LogId(organization_id, "cus_2"),
        LogId(organization_id, "cus_1", shard=1),
    )

    back_end.log().append(segment_of(mine, 1, "a"))

    for log in others:
        assert back_end.log().read(log, after=0, limit=1) == []
    for log in others[:2]:
        assert len(back_end.log().known_keys(log).keys) == 0


def test_of_many_logs_those_that_have_grown_are_found(back_end: BackEnd, organization_id: str) -> None:
    """A hundred and ten: more than one call asks for."""
    logs = [LogId(organization_id, f"cus_{number}") for number in range(110)]
    entry = Entry(key_hash=hash_key("1"), event_name="call", occurred_at=NOW)
    for log in logs[::50]:
        back_end.log().append(Segment(log=log, number=1, cumulative=1, logged_at=NOW, entries=(entry,)))

    assert back_end.log().grown(dict.fromkeys(logs, 0)) == set(logs[::50])
    assert back_end.log().grown(dict.fromkeys(logs, 1)) == set()
    assert back_end.log().grown({}) == set()


def test_a_fence_takes_a_number_as_signals_do_and_is_read_back(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")
    segments = [fence_of(log, 1, moves=1), segment_of(log, 2, "a"), fence_of(log, 3, moves=2, before=1)]

    for segment in segments:
        back_end.log().append(segment)

    assert back_end.log().read(log, after=0, limit=10) == segments
    with pytest.raises(OutdatedError):
        back_end.log().append(fence_of(log, 3, moves=3, before=1))
    with pytest.raises(OutdatedError):
        back_end.log().append(segment_of(log, 3, "b", before=1))


def test_the_last_fence_of_each_name_is_known_also_where_it_is_remembered(
    back_end: BackEnd, organization_id: str
) -> None:
    log, remembering = LogId(organization_id, "cus_1"), back_end.log()
    back_end.log().append(segment_of(log, 1, "before"))
    assert (remembering.known_keys(log).fenced_at("acme"), remembering.known_keys(log).fenced_at("")) == (0, 0)
    back_end.log().append(fence_of(log, 2, moves=1, before=1))
    assert remembering.known_keys(log).fenced_at("acme") == 1

    back_end.log().append(segment_of(log, 3, "between", before=1))
    back_end.log().append(fence_of(log, 4, moves=3, before=2))
    back_end.log().append(fence_of(log, 5, moves=1, before=2, external_id="crm"))
    back_end.log().append(segment_of(log, 6, "after", before=2))

    for reader in (remembering, back_end.log()):
        known = reader.known_keys(log)
        assert (known.last_segment, known.cumulative) == (6, 3)
        assert [known.fenced_at(name) for name in ("acme", "crm", "other")] == [3, 1, 0]
        before_the_fence = [known.has_before_fence(hash_key(key), "acme") for key in ("before", "between", "after", "")]
        assert before_the_fence == [True, True, False, False]
        assert not known.has_before_fence(hash_key("before"), "other")


PAYLOAD = bytes(PAYLOAD_HASH_BYTES)


def fence_of(log: LogId, number: int, *, moves: int, before: int = 0, external_id: str = "acme") -> Segment:
    return Segment(
        log=log, number=number, cumulative=before, logged_at=NOW, entries=(), fence=Fence(external_id, moves)
    )


def segment_of(log: LogId, number: int, *keys: str, before: int = 0) -> Segment:
    """The segment after `before` signals, with one signal per key."""
    entries = tuple(Entry(key_hash=hash_key(key), event_name="email_sent", occurred_at=NOW) for key in keys)
    return Segment(log=log, number=number, cumulative=before + len(keys), logged_at=NOW, entries=entries)
