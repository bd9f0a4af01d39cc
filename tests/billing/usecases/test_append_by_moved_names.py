"""External ids move between customers: what came by one counts once, and what did not is not taken for a repeat."""

from dataclasses import replace

import pytest

from functions.adapters.dynamodb.kinds import CUSTOMER
from functions.billing.errors import Busy
from functions.billing.models.customer import Customer
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import Fence, LogId, Segment, hash_key
from functions.billing.models.signal import Signal
from functions.billing.ports import OutdatedError
from functions.billing.usecases.append_signals import Appended
from tests.builders import NOW, make_customer
from tests.fakes.collection import FakeCollection
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal, make_signals
from tests.fakes.signal_log import FakeSignalLog


def keys(shop: Shop) -> list[bytes]:
    return [entry.key_hash for segment in shop.log.read(LOG, after=0, limit=1000) for entry in segment.entries]


class CountingCustomers(FakeCollection[Customer]):
    """Writes down which names were looked up."""

    def __init__(self) -> None:
        super().__init__(CUSTOMER)
        self.looks: list[str] = []

    def resolve(self, organization_id: str, external_id: str) -> str | None:
        self.looks.append(external_id)
        return super().resolve(organization_id, external_id)


class CountingLog(FakeSignalLog):
    """Writes down which logs were read, and which segments appended."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.appends: list[tuple[str, int]] = []

    def known_keys(self, log: LogId) -> KnownKeys:
        self.reads.append(log.customer_id)
        return super().known_keys(log)

    def append(self, segment: Segment) -> None:
        self.appends.append((segment.log.customer_id, len(segment.entries)))
        super().append(segment)


def counting_shop() -> tuple[Shop, CountingCustomers, CountingLog]:
    customers, log = CountingCustomers(), CountingLog()
    shop = Shop(customers=customers, log=log)
    customers.looks.clear()
    return shop, customers, log


def deliver(shop: Shop, *signals: Signal) -> dict[str, Appended]:
    """As the worker does it: all are looked up, then appended log by log."""
    append = shop.append
    by_customer: dict[str, list[Signal]] = {}
    for signal in signals:
        by_customer.setdefault(append.customer_of(ORG, signal, now=NOW), []).append(signal)
    return {
        customer_id: append.append(LogId(ORG, customer_id), delivered(found), now=NOW)
        for customer_id, found in by_customer.items()
    }


def counts(done: dict[str, Appended]) -> dict[str, tuple[int, int]]:
    """Appended signals and duplicates, by customer."""
    return {customer_id: (made.appended, made.duplicates) for customer_id, made in done.items()}


def move(shop: Shop, *, to: str, name: str = "acme") -> None:
    """The name to another customer, who is made if need be."""
    holder = shop.customers.resolve(ORG, name)
    if holder is not None:
        shop.customers.modify(ORG, holder, lambda customer: customer.model_copy(update={"external_id": None}))
    if not shop.customers.get_many(ORG, [to]):
        shop.customers.insert(ORG, make_customer(id=to))
    shop.customers.modify(ORG, to, lambda customer: customer.model_copy(update={"external_id": name}))


def test_a_name_that_never_moved_costs_one_look_one_read_and_one_append() -> None:
    shop, customers, log = counting_shop()

    deliver(shop, *make_signals("123"))

    assert (customers.looks, log.reads, log.appends) == (["acme"], ["cus_1"], [("cus_1", 3)])


def test_a_name_that_moved_costs_a_fence_once_and_then_two_reads_of_each_earlier_log() -> None:
    shop, customers, log = counting_shop()
    move(shop, to="cus_2")
    deliver(shop, make_signal("1"))
    assert log.appends == [("cus_1", 0), ("cus_2", 1)]
    for made in (customers.looks, log.reads, log.appends):
        made.clear()

    deliver(shop, *make_signals("23"))

    assert customers.looks == ["acme"]
    assert sorted(log.reads) == ["cus_1", "cus_1", "cus_2"]
    assert log.appends == [("cus_2", 2)]


def test_a_key_that_came_by_the_name_before_it_moved_is_a_repeat() -> None:
    shop = Shop()
    deliver(shop, make_signal("1"))
    move(shop, to="cus_2")

    done = deliver(shop, *make_signals("12"))

    assert counts(done) == {"cus_2": (1, 1)}


def test_a_key_that_the_earlier_holder_had_from_elsewhere_before_the_move_is_a_repeat_too() -> None:
    """It would have been one then, and perhaps it was."""
    shop = Shop()
    deliver(shop, make_signal("1", customer_id="cus_1"))
    move(shop, to="cus_2")

    assert deliver(shop, make_signal("1"))["cus_2"].duplicates == 1


def test_a_key_that_the_earlier_holder_gets_after_its_fence_is_no_repeat() -> None:
    shop = Shop()
    move(shop, to="cus_2")
    deliver(shop, make_signal("1"))
    deliver(shop, make_signal("2", customer_id="cus_1"))

    assert deliver(shop, make_signal("2"))["cus_2"].appended == 1


def test_a_repeat_does_not_hide_a_new_signal_with_its_key_by_another_name() -> None:
    """The one counts at the earlier holder, the other at the present one."""
    shop = Shop()
    deliver(shop, make_signal("1"))
    move(shop, to="cus_2")

    done = deliver(shop, make_signal("1"), make_signal("1", customer_id="cus_2"))

    assert counts(done) == {"cus_2": (1, 1)}


def test_signals_by_the_customers_own_id_know_nothing_of_its_names() -> None:
    shop = Shop()
    deliver(shop, make_signal("1"))
    move(shop, to="cus_2")
    deliver(shop, make_signal("2"))

    done = deliver(shop, make_signal("1", customer_id="cus_2"), make_signal("3", customer_id="cus_1"))

    assert {customer_id: made.appended for customer_id, made in done.items()} == {"cus_2": 1, "cus_1": 1}


def test_another_name_of_the_same_customer_is_not_held_up_by_a_fence() -> None:
    shop = Shop()
    move(shop, to="cus_2")
    deliver(shop, make_signal("1"))
    shop.customers.modify(ORG, "cus_1", lambda customer: customer.model_copy(update={"external_id": "acme-2"}))

    assert deliver(shop, make_signal("2", external_customer_id="acme-2"))["cus_1"].appended == 1


def test_a_name_that_moved_after_it_was_looked_up_comes_again_and_nothing_is_appended() -> None:
    shop = Shop()
    slow = shop.append
    assert slow.customer_of(ORG, make_signal(), now=NOW) == "cus_1"
    move(shop, to="cus_2")
    deliver(shop, make_signal("1"))

    with pytest.raises(Busy, match="'acme' has moved"):
        slow.append(LOG, delivered([make_signal("1"), make_signal("2", customer_id="cus_1")]), now=NOW)

    assert keys(shop) == []
    assert deliver(shop, make_signal("1"))["cus_2"].duplicates == 1


def test_a_name_that_moved_and_that_nobody_used_since_is_appended_where_it_was_found() -> None:
    """The next by that name finds it there."""
    shop = Shop()
    slow = shop.append
    slow.customer_of(ORG, make_signal(), now=NOW)
    move(shop, to="cus_2")

    assert slow.append(LOG, delivered([make_signal("1")]), now=NOW).appended == 1

    assert deliver(shop, make_signal("1"))["cus_2"].duplicates == 1


class FencedMeanwhile(FakeSignalLog):
    """Takes the place of the first segment with a fence."""

    def append(self, segment: Segment) -> None:
        if segment.log == LOG and not self.segments.get(LOG):
            super().append(replace(segment, cumulative=0, entries=(), fence=Fence("acme", 1)))
        super().append(segment)


def test_a_race_lost_to_a_fence_is_not_run_again() -> None:
    shop = Shop(log=FencedMeanwhile())

    with pytest.raises(Busy, match="'acme' has moved"):
        deliver(shop, make_signal("1"))

    assert keys(shop) == []


def test_a_name_that_came_back_is_not_held_up_by_the_fence_of_its_absence() -> None:
    shop = Shop()
    for holder, key in (("cus_1", "1"), ("cus_2", "2"), ("cus_1", "3"), ("cus_2", "4")):
        if shop.customers.resolve(ORG, "acme") != holder:
            move(shop, to=holder)
        deliver(shop, *make_signals("1234"[: int(key)]))

    assert keys(shop) == [hash_key("1"), hash_key("3")]
    assert [len(segment.entries) for segment in shop.log.segments[LOG]] == [1, 0, 1, 0]


class Contested(FakeSignalLog):
    """Somebody else takes every number first."""

    def append(self, segment: Segment) -> None:
        raise OutdatedError(segment.number)


def test_whoever_never_gets_to_put_a_fence_gives_up_and_the_message_comes_again() -> None:
    shop = Shop(log=Contested())
    move(shop, to="cus_2")

    with pytest.raises(Busy):
        deliver(shop, make_signal("1"))

    assert shop.log.segments == {}
