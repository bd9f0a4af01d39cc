"""`SignalLog`: append-only, one segment per number, and whoever reads sees all of it."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.billing.ports import OutdatedError
from tests.builders import NOW
from tests.contracts.back_ends import BackEnd


def test_an_empty_log_has_no_segments_and_no_keys(back_end: BackEnd, organization_id: str) -> None:
    log = LogId(organization_id, "cus_1")

    assert back_end.log().read(log, after=0, limit=10) == []
    known = back_end.log().known_keys(log)
    assert (known.hashes, known.last_segment, known.cumulative) == (set(), 0, 0)


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
        assert known.hashes == {hash_key("a"), hash_key("b"), hash_key("c")}
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
        assert back_end.log().known_keys(log).hashes == set()


def segment_of(log: LogId, number: int, *keys: str, before: int = 0) -> Segment:
    """The segment after `before` signals, with one signal per key."""
    entries = tuple(Entry(key_hash=hash_key(key), event_name="email_sent", occurred_at=NOW) for key in keys)
    return Segment(log=log, number=number, cumulative=before + len(keys), logged_at=NOW, entries=entries)
