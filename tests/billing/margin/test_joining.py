"""Which signal a cost belongs to."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.billing.margin.calls import Call, calls_in
from functions.billing.margin.joining import CLOCKS, WINDOW, Asking, Claims, asking_in
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import Entry, LogId, Segment, SignalPosition, hash_key
from functions.billing.usecases.read_signal_cost import ReadSignalCost
from tests.billing.strategies import law
from tests.builders import NOW
from tests.fakes.cost_history import FakeCostHistory
from tests.fakes.shop import ORG, Shop

INSTANT = timedelta(microseconds=1)


def signal(key: str = "s", **data: Any) -> Entry:
    return Entry(key_hash=hash_key(key), event_name="email_sent", occurred_at=NOW, data=data)


def traced(trace_id: str, **paid: Any) -> Entry:
    return signal(paid={"trace_id": trace_id, "span_id": "1", "enable_cost_tracing": True, **paid})


def scoped(scope_id: int) -> Entry:
    return signal(paid={"paid_scope_id": scope_id})


def cost(**data: Any) -> Entry:
    said = {"amount": "1", "currency": "USD", **data}
    return Entry(key_hash=hash_key("c"), event_name=COST_EVENT, occurred_at=NOW, data=said)


def in_trace(trace_id: str, **paid: Any) -> Entry:
    return cost(paid={"trace_id": trace_id, "span_id": "2", **paid})


def segment(*entries: Entry, number: int = 1, later: timedelta = timedelta(), customer: str = "cus_1") -> Segment:
    log = LogId(ORG, customer)
    return Segment(log=log, number=number, cumulative=0, logged_at=NOW + later, entries=entries)


def only_call(entry: Entry, **fields: Any) -> Call:
    (call,) = calls_in(segment(entry, **fields))
    return call


def asking(*segments: Segment) -> list[Asking]:
    return [each for one in segments for each in asking_in(one)]


@pytest.mark.parametrize(
    ("later", "is_near"),
    [(-WINDOW - INSTANT, False), (-WINDOW, True), (timedelta(), True), (WINDOW, True), (WINDOW + INSTANT, False)],
)
def test_a_cost_belongs_to_a_signal_within_the_window_either_way(later: timedelta, *, is_near: bool) -> None:
    call = only_call(in_trace("t"), later=later)
    (signal,) = asking(segment(traced("t")))

    assert signal.concerns(call) is is_near
    assert Claims([signal]).owner(call) == (signal if is_near else None)


@pytest.mark.parametrize("slow", [timedelta(), INSTANT, timedelta(seconds=30)])
def test_the_first_in_the_log_has_it_whatever_the_clocks_of_those_who_appended(slow: timedelta) -> None:
    """A worker with a slow clock appended the second: its segment is older than the one before it."""
    first, second = asking(segment(traced("t"), number=1), segment(traced("t"), number=2, later=-slow))

    for claims in (Claims([first, second]), Claims([second, first])):
        assert claims.owner(only_call(in_trace("t"))) == first


def test_between_shards_the_time_decides_and_within_one_its_order_still_does() -> None:
    """Shard 1 had 2 seconds past noon before its second segment, of noon; shard 2 asks in the second between them."""
    seconds = [timedelta(seconds=number) for number in (2, 0, 1)]
    places = [(1, 1), (1, 2), (2, 1)]
    fast, slow, other = (
        replace(one, position=replace(one.position, log=replace(one.position.log, shard=shard), segment=number))
        for (shard, number), later in zip(places, seconds, strict=True)
        for one in asking(segment(traced("t"), later=later))
    )
    call = only_call(in_trace("t"))

    assert Claims([fast, slow, other]).owner(call) == other
    assert Claims([fast, slow]).owner(call) == fast


def test_a_signal_that_was_too_early_by_its_own_clock_hides_none_that_is_near() -> None:
    """Both stand behind one of a fast clock: the first is too far from the cost by an instant, the second is near."""
    fast = segment(traced("u"), number=1, later=-WINDOW + timedelta(seconds=1))
    far = segment(traced("t"), number=2, later=-WINDOW - INSTANT)
    near = segment(traced("t"), number=3, later=-WINDOW)

    claims = Claims(asking(fast, far, near))

    assert claims.owner(only_call(in_trace("t"))) == asking(near)[0]


def test_the_first_that_is_near_has_it() -> None:
    far, near = asking(segment(traced("t"), later=-WINDOW - INSTANT), segment(traced("t"), number=2))

    assert Claims([far, near]).owner(only_call(in_trace("t"))) == near


def test_whether_by_scope_or_by_trace_the_first_has_it_but_for_what_came_with_a_signal() -> None:
    by_trace, by_scope, by_key = asking(segment(traced("t"), scoped(7), signal("own", costData={})))

    for claims, first in ((Claims([by_trace, by_scope]), by_trace), (Claims([by_scope, by_key]), by_scope)):
        assert claims.owner(only_call(in_trace("t", paid_scope_id=7))) == first
    claims = Claims([by_trace, by_scope, by_key])
    assert claims.owner(only_call(cost(signal_key=hash_key("own").hex()))) == by_key
    assert claims.owner(only_call(cost(signal_key=hash_key("other").hex(), paid={"trace_id": "t"}))) is None


def test_another_customers_cost_is_nobodys() -> None:
    (signal,) = asking(segment(traced("t")))

    assert Claims([signal]).owner(only_call(in_trace("t"), customer="cus_2")) is None


ids = st.sampled_from("ab")
numbers = st.sampled_from((1, 2))
keys = st.sampled_from(("1 0", "1 1", "2 0"))
"""By which the log knows the first signals: each has one of its own."""

signals = st.one_of(
    ids.map(traced),
    numbers.map(scoped),
    st.builds(lambda trace, scope: traced(trace, paid_scope_id=scope), ids, numbers),
    st.just(signal(costData={}, paid={"paid_scope_id": 1})),
    st.just(signal()),
)
costs = st.one_of(
    ids.map(in_trace),
    st.builds(lambda trace, scope: in_trace(trace, paid_scope_id=scope), ids, numbers),
    keys.map(lambda key: cost(signal_key=hash_key(key).hex())),
    st.just(cost()),
)
shards = st.sampled_from((1, 2))
minutes = st.integers(0, 200).map(lambda minute: timedelta(minutes=minute))
late = st.integers(0, 60).map(lambda seconds: timedelta(seconds=seconds))
"""By which the clock of whoever appends is behind."""


@law
@given(
    st.lists(st.tuples(minutes, late, shards, st.lists(st.one_of(signals, costs), min_size=1, max_size=4)), max_size=8)
)
def test_whoever_asks_each_cost_is_counted_once(
    blocks: list[tuple[timedelta, timedelta, int, list[Entry]]],
) -> None:
    """Every signal is asked what it took: no cost comes twice, and each that somebody near asks for comes."""
    log = list[Segment]()
    for at, behind, shard, entries in sorted(blocks, key=lambda block: block[0]):
        number = 1 + sum(one.log.shard == shard for one in log)
        log.append(_in_shard(shard, number, at - behind, entries))

    taken = [position for _, _, positions in _taken(log) for position in positions]

    wanted = {
        call.position for one in log for call in calls_in(one) if any(each.concerns(call) for each in asking(*log))
    }
    assert len(taken) == len(set(taken))
    assert set(taken) == wanted


@pytest.mark.parametrize("slow", [timedelta(milliseconds=50), CLOCKS])
def test_what_two_askers_see_of_another_shard_is_in_one_order(slow: timedelta) -> None:
    """Shard 1 had the time `slow` before its second segment; its first is of no interest to who asks for the trace."""
    of_scope = _in_shard(1, 1, slow, [scoped(5)])
    of_both = _in_shard(1, 2, timedelta(), [signal(paid={**ASKING_FOR_T, "paid_scope_id": 5})])
    of_trace = _in_shard(2, 1, slow / 2, [signal(paid=ASKING_FOR_T)])
    spent = _in_shard(2, 2, slow, [in_trace("t"), cost(paid={"paid_scope_id": 5})])

    taken = {(shard, number): positions for shard, number, positions in _taken([of_scope, of_both, of_trace, spent])}

    assert taken[2, 1] == [SignalPosition(spent.log, 2, 0)]
    assert taken[1, 1] == [SignalPosition(spent.log, 2, 1)]


@pytest.mark.parametrize("ahead", [CLOCKS + INSTANT, 2 * CLOCKS, 2 * CLOCKS + INSTANT])
def test_who_asks_knows_of_all_that_may_stand_before_it_or_behind(ahead: timedelta) -> None:
    """Both shards have a clock ahead, then one that is `CLOCKS` behind it; shard 2 asks at noon and is the first.

    It stands at noon + CLOCKS, and the signal of shard 1 at noon + ahead: by its own clock at noon + ahead - CLOCKS.
    """
    fast = [_in_shard(1, 1, ahead, [signal()]), _in_shard(2, 1, CLOCKS, [signal()])]
    later = _in_shard(1, 2, ahead - CLOCKS, [signal(paid=ASKING_FOR_T)])
    first = _in_shard(2, 2, timedelta(), [signal(paid=ASKING_FOR_T)])
    spent = _in_shard(2, 3, timedelta(), [in_trace("t")])

    taken = {(shard, number): len(positions) for shard, number, positions in _taken([*fast, later, first, spent])}

    assert (taken[2, 2], taken[1, 2]) == (1, 0)


ASKING_FOR_T = {"trace_id": "t", "enable_cost_tracing": True}


def _in_shard(shard: int, number: int, later: timedelta, entries: list[Entry]) -> Segment:
    """With keys that are each its own."""
    distinct = tuple(
        replace(entry, key_hash=hash_key(f"{number} {place}" if shard == 1 else f"{shard} {number} {place}"))
        for place, entry in enumerate(entries)
    )
    return Segment(LogId(ORG, "cus_1", shard), number, cumulative=0, logged_at=NOW + later, entries=distinct)


def _taken(log: Sequence[Segment]) -> Iterator[tuple[int, int, list[SignalPosition]]]:
    """Of each signal its shard and segment, and where the costs lie that it took."""
    shop = Shop()
    for one in log:
        shop.log.append(one)
    read = ReadSignalCost(
        log=shop.log,
        keys=lambda: shop.log,
        orders=shop.orders,
        costs=FakeCostHistory(shop.log),
        rated=shop.peek.with_plan,
    )
    for one in log:
        for index, entry in enumerate(one.entries):
            if entry.event_name != COST_EVENT:
                calls = read(ORG, one.signal_id(index)).calls
                yield one.log.shard, one.number, [call.position for call in calls]
