"""What a signal cost is logged with that signal alone, however often and otherwise its key comes again."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.models.cost import COST_EVENT, signal_cost_key
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.billing.models.signal import Signal
from functions.billing.usecases import append_signals
from functions.billing.usecases.append_signals import Appended
from tests.billing.usecases.test_append_by_moved_names import move
from tests.builders import NOW
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal
from tests.fakes.signal_log import FakeSignalLog


def said(key: str, amount: str | None) -> list[Signal]:
    """A signal, and what it says that it cost."""
    if amount is None:
        return [make_signal(key)]
    signal = make_signal(key, data={"costData": amount})
    data = {"amount": amount, "currency": "USD", "signal_key": hash_key(key).hex()}
    cost = {"event_name": COST_EVENT, "data": data, "idempotency_key": signal_cost_key(key)}
    return [signal, signal.model_copy(update=cost)]


def receive(shop: Shop, *messages: tuple[str, str | None]) -> Appended:
    return shop.append.append(LOG, delivered(each for key, amount in messages for each in said(key, amount)), now=NOW)


def entries(log: FakeSignalLog) -> list[Entry]:
    return [entry for segments in log.segments.values() for segment in segments for entry in segment.entries]


def logged(log: FakeSignalLog) -> list[tuple[bytes, str | None]]:
    """Each signal with what the log says that it cost."""
    costs = {
        bytes.fromhex(str(entry.data["signal_key"])): str(entry.data["amount"])
        for entry in entries(log)
        if entry.event_name == COST_EVENT and entry.data is not None
    }
    return [(entry.key_hash, costs.pop(entry.key_hash, None)) for entry in entries(log) if entry.event_name] + [
        (key, f"{amount} of no signal") for key, amount in costs.items()
    ]


@pytest.mark.parametrize("first", [None, "1"])
@pytest.mark.parametrize("second", [None, "1", "2"])
def test_a_repeat_that_says_another_cost_brings_none(first: str | None, second: str | None) -> None:
    shop = Shop()
    receive(shop, ("k", first))

    done = receive(shop, ("k", second))

    assert logged(shop.log) == [(hash_key("k"), first)]
    assert (done.appended, done.duplicates) == (0, len(said("k", second)))
    assert {repeat.is_conflict for repeat in done.repeats} == {first != second}


@pytest.mark.parametrize("first", [None, "1"])
def test_it_is_the_same_within_one_delivery(first: str | None) -> None:
    shop = Shop()

    done = receive(shop, ("k", first), ("k", "2"), ("k", first))

    assert logged(shop.log) == [(hash_key("k"), first)]
    assert done.appended == len(said("k", first))


def test_what_a_crash_left_out_is_taken_when_the_same_comes_again() -> None:
    shop = Shop()
    receive(shop, ("k", "1"))
    (segment,) = shop.log.segments[LOG]
    signal, _ = segment.entries
    shop.log.segments[LOG] = [_with(segment, (signal,))]

    receive(shop, ("k", "2"))
    receive(shop, ("k", "1"))

    assert logged(shop.log) == [(hash_key("k"), "1")]


def _with(segment: Segment, kept: tuple[Entry, ...]) -> Segment:
    return Segment(segment.log, segment.number, len(kept), segment.logged_at, kept)


def test_a_repeat_at_the_next_holder_of_a_name_brings_no_cost() -> None:
    shop = Shop()
    receive(shop, ("k", None))
    move(shop, to="cus_2")

    done = shop.append.append(LogId(ORG, "cus_2"), delivered(said("k", "2")), now=NOW)

    assert logged(shop.log) == [(hash_key("k"), None)]
    assert (done.appended, done.duplicates) == (0, 2)


class _Failing(FakeSignalLog):
    """Fails at the appends whose numbers are given."""

    def __init__(self, failures: set[int]) -> None:
        super().__init__()
        self.failures = failures
        self.appends = 0

    def append(self, segment: Segment) -> None:
        self.appends += 1
        if self.appends in self.failures:
            raise ConnectionError("the table did not answer")
        super().append(segment)


Message = list[tuple[str, str | None]]
messages = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([None, "1", "2"])), min_size=1, max_size=6)


@pytest.mark.parametrize("split_at", [4, append_signals.SPLIT_AT])
@settings(deadline=None)
@given(sent=st.lists(messages, max_size=6), failures=st.sets(st.integers(1, 12)))
def test_each_signal_has_the_cost_that_its_first_said_whatever_fails(
    split_at: int, sent: list[Message], failures: set[int]
) -> None:
    """What failed is delivered again, after all others; of a log that splits the cost may go to another shard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(append_signals, "SPLIT_AT", split_at)
        log = _Failing(failures)
        shop = Shop(log=log)
        for message in sent:
            with suppress(ConnectionError):
                receive(shop, *message)
        log.failures = set()
        for message in sent:
            receive(shop, *message)

    found = logged(shop.log)
    assert len(dict(found)) == len(found) == len({key for message in sent for key, _ in message})
    for entry in entries(shop.log):
        if entry.event_name:
            assert dict(found)[entry.key_hash] == (entry.data or {}).get("costData")
