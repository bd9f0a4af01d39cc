"""`SignalLog` when a shard is split: its children hold its keys, for whoever saw it happen and for whoever did not."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.adapters.dynamodb import shard_keys
from functions.adapters.key_snapshots import KeySnapshots
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import Entry, Fence, LogId, Segment, hash_key
from functions.billing.models.shard import child_for
from functions.billing.ports import SignalLog
from local.resources import physical_name
from tests.builders import NOW
from tests.contracts.back_ends import BackEnd

KEYS = [str(number) for number in range(40)]


@pytest.fixture(autouse=True)
def _frequent_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_keys, "SNAPSHOT_EVERY", 4)


class Writer:
    """Puts segments one after the other into a shard."""

    def __init__(self, log: SignalLog, shard: LogId) -> None:
        self._log, self._shard, self._number = log, shard, 0

    def put(self, *keys: str, fence: Fence | None = None, splits: bool = False) -> None:
        self._number += 1
        entries = tuple(Entry(key_hash=hash_key(key), event_name="call", occurred_at=NOW) for key in keys)
        self._log.append(Segment(self._shard, self._number, self._number, NOW, entries, fence=fence, splits=splits))


def snapshots_of(back_end: BackEnd, log: LogId) -> list[str]:
    """The names of the objects; the fakes write none."""
    if back_end.clients is None:
        return []
    prefix = f"keys/{physical_name('signals')}/{log.organization_id}/"
    listed = back_end.clients.s3.list_objects_v2(Bucket=physical_name("snapshots"), Prefix=prefix)
    return [each["Key"].removeprefix(prefix) for each in listed.get("Contents", [])]


def keys_in(known: KnownKeys) -> set[str]:
    return {key for key in (*KEYS, "new") if known.find(hash_key(key)) is not None}


def observers(back_end: BackEnd, remembering: SignalLog) -> Iterator[SignalLog]:
    """One who has seen it all, and one who sees the log for the first time."""
    yield remembering
    yield back_end.log()


@pytest.mark.parametrize("segments", [1, 3, 4, 5, 8, 11])
def test_keys_are_known_whatever_part_of_them_a_snapshot_holds(
    back_end: BackEnd, organization_id: str, segments: int
) -> None:
    """A snapshot is written at every fourth segment."""
    log, remembering = LogId(organization_id, "cus_1"), back_end.log()
    writer = Writer(back_end.log(), log)
    remembering.known_keys(log)
    for number in range(segments):
        writer.put(KEYS[2 * number], KEYS[2 * number + 1])
    assert snapshots_of(back_end, log) == (["cus_1/0"] if back_end.clients and segments >= 4 else [])

    for reader in observers(back_end, remembering):
        known = reader.known_keys(log)
        assert keys_in(known) == set(KEYS[: 2 * segments])
        assert (known.last_segment, len(known.keys)) == (segments, 2 * segments)
        last = known.find(hash_key(KEYS[2 * segments - 1]))
        assert last is not None
        assert known.position(last.place) == (0, segments)


@pytest.mark.parametrize("segments", [1, 5])
@pytest.mark.parametrize("later", [0, 1, 6])
def test_the_children_of_a_split_shard_hold_its_keys_and_their_own(
    back_end: BackEnd, organization_id: str, segments: int, later: int
) -> None:
    log, remembering = LogId(organization_id, "cus_1"), back_end.log()
    writer = Writer(back_end.log(), log)
    remembering.known_keys(log)
    for number in range(segments):
        writer.put(*KEYS[5 * number : 5 * number + 5])
    writer.put(fence=Fence("acme", 3))
    writer.put(splits=True)
    inherited = set(KEYS[: 5 * segments])
    side = child_for(0, hash_key("new"))
    child = Writer(back_end.log(), replace(log, shard=side))
    for number in range(later):
        child.put("new" if number == 0 else f"later {number}")

    for reader in observers(back_end, remembering):
        assert reader.known_keys(log).is_split
        found: set[str] = set()
        for shard in (1, 2):
            known = reader.known_keys(replace(log, shard=shard))
            assert not known.is_split
            assert known.last_segment == (later if shard == side else 0)
            assert known.fenced_at("acme") == 3
            mine = keys_in(known)
            assert all(child_for(0, hash_key(key)) == shard for key in mine)
            assert {key for key in mine if known.has_before_fence(hash_key(key), "acme")} == mine - {"new"}
            found |= mine
        assert found == inherited | ({"new"} if later else set())
        assert reader.known_keys(log).is_split


def test_a_child_may_be_split_before_anything_came_to_it(back_end: BackEnd, organization_id: str) -> None:
    log, remembering = LogId(organization_id, "cus_1"), back_end.log()
    Writer(back_end.log(), log).put(*KEYS)
    remembering.known_keys(log)
    remembering.append(Segment(log, 2, 40, NOW, (), splits=True))
    for shard in (1, 2):
        Writer(back_end.log(), replace(log, shard=shard)).put(splits=True)

    for reader in observers(back_end, remembering):
        assert [reader.known_keys(replace(log, shard=shard)).is_split for shard in (0, 1, 2)] == [True, True, True]
        grandchildren = [reader.known_keys(replace(log, shard=shard)) for shard in (3, 4, 5, 6)]
        assert [keys_in(known) for known in grandchildren] == [
            {key for key in KEYS if hash_key(key)[0] >> 6 == quarter} for quarter in range(4)
        ]


def test_the_mark_of_a_split_is_read_back_and_takes_a_number_like_signals_do(
    back_end: BackEnd, organization_id: str
) -> None:
    log = LogId(organization_id, "cus_1")
    mark = Segment(log, 1, 0, NOW, (), splits=True)

    back_end.log().append(mark)

    assert back_end.log().read(log, after=0, limit=10) == [mark]
    assert back_end.log().grown({log: 0}) == {log}


def test_a_snapshot_that_is_newer_than_what_was_read_before_it_says_no_less_than_the_log(
    back_end: BackEnd, organization_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two reads of a cold start the shard goes on, is split, and is snapshotted."""
    log = LogId(organization_id, "cus_1")
    writer = Writer(back_end.log(), log)
    for number in range(5):
        writer.put(KEYS[number])
    load = KeySnapshots.load

    def meanwhile(snapshots: KeySnapshots, asked: LogId) -> KnownKeys | None:
        if asked == log and not back_end.log().grown({log: 5}):
            writer.put(KEYS[5])
            writer.put(splits=True)
        return load(snapshots, asked)

    monkeypatch.setattr(KeySnapshots, "load", meanwhile)

    known = back_end.log().known_keys(log)

    assert known.is_split == (back_end.clients is not None)


def test_snapshots_of_what_is_not_in_the_log_are_passed_over(back_end: BackEnd, organization_id: str) -> None:
    """As after the table was put back to an earlier moment, or where somebody has mixed up objects."""
    if back_end.clients is None:
        pytest.skip("the fakes have no snapshots")
    log, other = LogId(organization_id, "cus_1"), LogId(organization_id, "cus_2")
    ahead, behind = Writer(back_end.log(), other), Writer(back_end.log(), log)
    for number in range(12):
        ahead.put(KEYS[number])
    for number in range(6):
        behind.put(KEYS[20 + number])
    s3, bucket, prefix = back_end.clients.s3, physical_name("snapshots"), f"keys/{physical_name('signals')}"
    foreign = s3.get_object(Bucket=bucket, Key=f"{prefix}/{organization_id}/cus_2/0")["Body"].read()

    for content in (foreign, foreign[:-1], b"", b"garbage"):
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{organization_id}/cus_1/0", Body=content)
        assert keys_in(back_end.log().known_keys(log)) == set(KEYS[20:26])
