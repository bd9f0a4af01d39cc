"""The front door of signals against logs that split and names that move, and what it tells of keys used again."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId, hash_key
from functions.billing.models.sender import Sender
from functions.billing.models.shard import child_for
from functions.billing.models.signal import Signal
from functions.billing.usecases import append_signals
from functions.billing.usecases.accept_signals import MAX_CONFLICTS, Accepted
from tests.builders import NOW, make_customer
from tests.fakes.sent_signals import FakeSentSignals
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal, make_signals
from tests.fakes.signal_log import FakeSignalLog

LIVE = Sender(ORG, received_at=NOW, is_test=False)


def accepted(shop: Shop, signals: Iterable[Signal]) -> Accepted:
    return shop.accept(LIVE, FakeSentSignals(ORG, NOW, list(signals)))


def conflicts(answer: Accepted) -> list[int]:
    assert {conflict.error.code for conflict in answer.conflicts} <= {"IDEMPOTENCY_KEY_REUSED"}
    return [conflict.index for conflict in answer.conflicts]


@pytest.mark.parametrize("count", [10, 11, 100])
def test_keys_are_found_in_every_piece_of_a_log(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """A log of ten keys splits when the next one comes."""
    monkeypatch.setattr(append_signals, "SPLIT_AT", 10)
    shop = Shop()
    for number in range(count):
        shop.append.append(LOG, delivered(make_signals([number])), now=NOW)

    answer = accepted(shop, make_signals(range(count + 5)))

    assert (answer.ingested, answer.duplicates, conflicts(answer)) == (5, count, [])


class AskedLog(FakeSignalLog):
    """Remembers which shards were asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[int] = set()

    def known_keys(self, log: LogId) -> KnownKeys:
        self.asked.add(log.shard)
        return super().known_keys(log)


def test_of_a_log_in_pieces_no_more_is_read_than_a_request_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The root, which says that it is split, and the one leaf of two in which the key would be."""
    monkeypatch.setattr(append_signals, "SPLIT_AT", 10)
    log = AskedLog()
    shop = Shop(log=log)
    for keys in (range(10), [10]):
        shop.append.append(LOG, delivered(make_signals(keys)), now=NOW)
    log.asked.clear()

    accepted(shop, make_signals(["new"]))

    assert log.asked == {0, child_for(0, hash_key("new"))}


def test_the_same_signal_again_is_no_conflict_and_another_one_is() -> None:
    shop = Shop()
    shop.receive(make_signal("1"))
    other = make_signal("1", event_name="meeting_booked")

    answer = accepted(shop, [make_signal("1"), other, make_signal("2"), make_signal("2"), make_signal("2", data={})])

    assert (answer.ingested, answer.duplicates, conflicts(answer)) == (1, 4, [1, 4])


def test_the_first_of_a_request_decides_what_its_key_stands_for() -> None:
    shop = Shop()

    answer = accepted(shop, [make_signal("1"), make_signal("1", data={}), make_signal("1", data={})])

    assert conflicts(answer) == [1, 2]
    assert [signal.data for batch in shop.signal_queue.sent for signal in batch.signals] == [None]


def test_a_time_that_nobody_gave_is_no_difference_and_one_that_was_given_is() -> None:
    shop = Shop()
    shop.receive(make_signal("1", has_own_time=False), make_signal("2"))
    later = NOW + timedelta(seconds=1)

    again = [make_signal(key, occurred_at=later, has_own_time=key == "2") for key in ("1", "2")]

    assert conflicts(accepted(shop, again)) == [1]


def test_a_name_that_moved_brings_no_conflict_with_its_earlier_owner() -> None:
    shop = Shop()
    shop.receive(make_signal("1"))
    assert accepted(shop, [make_signal("1")]).duplicates == 1
    shop.customers.modify(ORG, "cus_1", lambda customer: customer.model_copy(update={"external_id": "old"}))
    shop.customers.insert(ORG, make_customer(id="cus_2", external_id="acme"))

    answer = accepted(shop, [make_signal("1", data={}), make_signal("1", data={})])

    assert (answer.ingested, answer.duplicates, conflicts(answer)) == (1, 1, [])


def test_a_customer_that_is_gone_fails_with_its_first_repeat_and_from_there_on() -> None:
    """What was new before it is on its way already; the worker keeps it under the id that it came with."""
    shop = Shop()
    by_id = [make_signal(key, customer_id="cus_1") for key in ("1", "2", "1", "3")]
    shop.append.append(LOG, delivered(by_id[:1]), now=NOW)
    assert accepted(shop, by_id[:1]).duplicates == 1
    shop.customers.delete(ORG, "cus_1")

    answer = accepted(shop, by_id[1:])

    assert answer.ingested == 1
    assert [(failure.index, failure.error.code) for failure in answer.failures] == [
        (1, "UNKNOWN_CUSTOMER"),
        (2, "UNKNOWN_CUSTOMER"),
    ]


def test_no_more_conflicts_are_told_than_anybody_reads() -> None:
    signals = [make_signal("1", data={"n": number}) for number in range(MAX_CONFLICTS + 2)]

    answer = accepted(Shop(), signals)

    assert answer.duplicates == MAX_CONFLICTS + 1
    assert conflicts(answer) == list(range(1, MAX_CONFLICTS + 1))
