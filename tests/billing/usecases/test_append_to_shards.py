"""A log that holds very many keys splits, and splits again; here 'very many' is ten."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.billing.leaves import KeyFinder, leaves
from functions.billing.models.segment import Entry, Segment, hash_key
from functions.billing.models.shard import child_for
from functions.billing.ports import OutdatedError
from functions.billing.usecases import append_signals
from tests.billing.usecases.test_append_by_moved_names import move
from tests.builders import NOW
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signals
from tests.fakes.signal_log import FakeSignalLog

SPLIT_AT = 10


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_signals, "SPLIT_AT", SPLIT_AT)


def receive(shop: Shop, keys: str | range) -> append_signals.Appended:
    return shop.append.append(LOG, delivered(make_signals(keys)), now=NOW)


def entries(log: FakeSignalLog) -> list[Entry]:
    return [entry for segments in log.segments.values() for segment in segments for entry in segment.entries]


def test_a_shard_is_split_when_something_new_comes_to_its_tenth_key_and_not_before() -> None:
    shop = Shop()
    receive(shop, range(SPLIT_AT))
    receive(shop, range(SPLIT_AT))  # nothing new
    assert [segment.splits for segment in shop.log.segments[LOG]] == [False]

    done = receive(shop, range(SPLIT_AT + 1))

    assert (done.appended, done.duplicates) == (1, SPLIT_AT)
    assert [(segment.splits, len(segment.entries)) for segment in shop.log.segments[LOG]] == [(False, 10), (True, 0)]
    child = replace(LOG, shard=child_for(0, hash_key("10")))
    (segment,) = shop.log.segments[child]
    assert (segment.number, [entry.key_hash for entry in segment.entries]) == (1, [hash_key("10")])


def test_keys_from_before_a_split_are_repeats_ever_after() -> None:
    shop = Shop()
    for number in range(100):
        receive(shop, range(number, number + 1))

    done = receive(shop, range(101))

    assert (done.appended, done.duplicates) == (1, 100)
    assert len(shop.log.segments) > 2 * 100 // SPLIT_AT  # leaves, and what they were split from
    assert sorted(entry.key_hash for entry in entries(shop.log)) == sorted(hash_key(str(n)) for n in range(101))


def test_every_key_lies_on_the_way_of_its_hash() -> None:
    shop = Shop()
    for number in range(0, 200, 5):
        receive(shop, range(number, number + 5))

    finder = KeyFinder(shop.log)
    for number in range(200):
        known = finder.leaf(LOG, hash_key(str(number)))
        found = known.find(hash_key(str(number)))
        assert found is not None
        shard, segment = known.position(found.place)
        there = shop.log.segments[replace(LOG, shard=shard)][segment - 1]
        assert hash_key(str(number)) in {entry.key_hash for entry in there.entries}
    assert sum(len(leaf.keys) for leaf in leaves(shop.log, LOG)) == 200


class Splitting(FakeSignalLog):
    """Somebody else splits the root right before the next segment is put."""

    def append(self, segment: Segment) -> None:
        if segment.log == LOG and not any(each.splits for each in self.segments.get(LOG, [])):
            super().append(Segment(LOG, segment.number, segment.cumulative, NOW, (), splits=True))
            raise OutdatedError
        super().append(segment)


def test_whoever_loses_the_race_against_a_split_goes_on_in_the_children() -> None:
    shop = Shop(log=Splitting())

    done = receive(shop, range(8))

    assert (done.appended, done.duplicates) == (8, 0)
    assert {log.shard for log, segments in shop.log.segments.items() if segments[0].entries} == {1, 2}
    assert len(entries(shop.log)) == 8


def test_usage_is_counted_in_all_shards_once_and_again_when_terms_change() -> None:
    shop = Shop()
    for number in range(0, 60, 6):
        receive(shop, range(number, number + 6))

    rated = shop.rate(ORG, LOG.customer_id)

    assert sum(point.counted + point.unattributed for point in rated.values()) == 60
    assert set(rated) == {log.shard for log in shop.log.segments} | {leaf.log.shard for leaf in leaves(shop.log, LOG)}
    assert {shard: point.is_split for shard, point in rated.items()} == {
        shard: any(segment.splits for segment in shop.log.segments.get(replace(LOG, shard=shard), []))
        for shard in rated
    }
    assert shop.peek(ORG, [LOG.customer_id])[LOG.customer_id] == rated


def test_what_came_by_a_name_before_it_moved_away_from_a_split_log_is_a_repeat() -> None:
    """Every leaf of the earlier holder is fenced, wherever a key lies."""
    shop = Shop()
    for number in range(0, 60, 6):
        receive(shop, range(number, number + 6))
    move(shop, to="cus_2")

    done = shop.append.append(replace(LOG, customer_id="cus_2"), delivered(make_signals(range(70))), now=NOW)

    assert (done.appended, done.duplicates) == (10, 60)
    assert {leaf.fenced_at("acme") for leaf in leaves(shop.log, LOG)} == {1}


@given(batches=st.lists(st.lists(st.integers(0, 120), max_size=25), max_size=25))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_kept_once(batches: list[list[int]]) -> None:
    shop, sent, appended, repeats = Shop(), set[int](), 0, 0
    for batch in batches:
        done = shop.append.append(LOG, delivered(make_signals(batch)), now=NOW)
        sent |= set(batch)
        appended, repeats = appended + done.appended, repeats + done.duplicates

    assert sorted(entry.key_hash for entry in entries(shop.log)) == sorted(hash_key(str(key)) for key in sent)
    assert appended == len(sent)
    assert appended + repeats == sum(map(len, batches))
