from collections.abc import Iterable
from datetime import timedelta

import pytest

from functions.billing.models.customer import Customer
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId
from functions.billing.models.sender import MAX_AHEAD, Sender
from functions.billing.models.signal import Signal
from functions.billing.usecases.accept_signals import Accepted
from tests.builders import NOW, make_customer
from tests.fakes.collection import FakeCollection, fake_customers
from tests.fakes.sent_signals import FakeSentSignals
from tests.fakes.shop import ORG, Shop, delivered, make_signal, make_signals
from tests.fakes.signal_log import FakeSignalLog

LIVE = Sender(ORG, received_at=NOW, is_test=False)
TEST = Sender(ORG, received_at=NOW, is_test=True)


def accepted(shop: Shop, signals: Iterable[Signal], sender: Sender = LIVE) -> Accepted:
    return shop.accept(sender, FakeSentSignals(ORG, NOW, list(signals)))


def test_what_is_new_goes_out_as_one_batch() -> None:
    shop = Shop()

    answer = accepted(shop, make_signals("12"))

    (batch,) = shop.signal_queue.sent
    assert (answer.ingested, answer.duplicates, answer.failures) == (2, 0, [])
    assert batch.organization_id == ORG
    assert batch.received_at == NOW
    assert list(batch.signals) == make_signals("12")


def test_a_repeat_in_the_request_or_in_the_log_is_told_and_not_sent() -> None:
    shop = Shop()
    shop.receive(*make_signals("12"))

    answer = accepted(shop, make_signals("2331"))

    assert (answer.ingested, answer.duplicates) == (1, 3)
    assert [signal.idempotency_key for batch in shop.signal_queue.sent for signal in batch.signals] == ["3"]


def test_a_request_of_repeats_sends_nothing() -> None:
    shop = Shop()
    shop.receive(*make_signals("12"))

    assert accepted(shop, make_signals("12")).duplicates == 2

    assert shop.signal_queue.sent == []


def test_the_same_key_of_two_customers_is_no_repeat() -> None:
    shop = Shop()

    answer = accepted(shop, [make_signal("1"), make_signal("1", external_customer_id="other")])

    assert answer.ingested == 2


def test_by_both_ids_of_a_customer_a_signal_is_sent_twice_for_an_id_may_move_until_it_is_logged() -> None:
    shop = Shop()

    assert accepted(shop, [make_signal("1"), make_signal("1", customer_id="cus_1")]).ingested == 2


@pytest.mark.parametrize(
    ("ahead", "ingested"),
    [
        (MAX_AHEAD - timedelta(microseconds=1), 1),
        (MAX_AHEAD, 1),
        (MAX_AHEAD + timedelta(microseconds=1), 0),
        (timedelta(days=-20_000), 1),
    ],
)
def test_a_moment_may_lie_a_day_ahead_and_as_far_back_as_it_likes(ahead: timedelta, ingested: int) -> None:
    answer = accepted(Shop(), [make_signal(occurred_at=NOW + ahead)])

    assert answer.ingested == ingested
    assert [failure.error.code for failure in answer.failures] == ["TIMESTAMP_IN_FUTURE"] * (1 - ingested)


def test_a_test_organization_may_send_any_moment() -> None:
    assert accepted(Shop(), [make_signal(occurred_at=NOW + timedelta(days=400))], TEST).ingested == 1


def test_a_customer_id_that_nobody_has_fails_alone_and_keeps_its_index() -> None:
    shop = Shop()

    answer = accepted(shop, [make_signal("1"), make_signal("2", customer_id="cus_9"), make_signal("3")])

    (failure,) = answer.failures
    assert (failure.index, failure.error.code) == (1, "UNKNOWN_CUSTOMER")
    assert "cus_9" in failure.error.sentence
    assert answer.ingested == 2


class Counting(FakeCollection[Customer]):
    """Counts how often somebody looks."""

    looks = 0

    def get(self, organization_id: str, entity_id: str) -> Customer:
        self.looks += 1
        return super().get(organization_id, entity_id)

    def resolve(self, organization_id: str, external_id: str) -> str | None:
        self.looks += 1
        return super().resolve(organization_id, external_id)


@pytest.mark.parametrize(
    "customer",
    [
        {"external_customer_id": "acme"},
        {"external_customer_id": "nobody yet"},
        {"customer_id": "cus_1"},
        {"customer_id": "cus_9"},
    ],
)
def test_a_name_is_looked_up_once_a_request_whatever_it_leads_to(customer: dict[str, str]) -> None:
    customers = Counting(fake_customers()._kind)
    shop = Shop(customers=customers)
    before = customers.looks

    accepted(shop, make_signals(range(50), **customer))

    assert customers.looks == before + 1


def test_a_known_name_is_not_looked_up_again_by_the_next_request() -> None:
    customers = Counting(fake_customers()._kind)
    shop = Shop(customers=customers)
    accepted(shop, make_signals("1"))
    before = customers.looks

    accepted(shop, make_signals("23"))

    assert customers.looks == before


def test_a_log_is_read_once_a_request() -> None:
    class CountingLog(FakeSignalLog):
        reads = 0

        def known_keys(self, log: LogId) -> KnownKeys:
            self.reads += 1
            return super().known_keys(log)

    log = CountingLog()

    accepted(Shop(log=log), make_signals(range(50)))

    assert log.reads == 1


def test_a_name_that_moved_makes_no_repeat_of_what_its_new_owner_never_sent() -> None:
    shop = Shop()
    shop.receive(make_signal("1"))
    assert accepted(shop, [make_signal("1")]).duplicates == 1
    shop.customers.modify(ORG, "cus_1", lambda customer: customer.model_copy(update={"external_id": "old"}))
    shop.customers.insert(ORG, make_customer(id="cus_2", external_id="acme"))

    assert accepted(shop, [make_signal("1")]).ingested == 1
    assert accepted(shop, [make_signal("1", external_customer_id="old")]).duplicates == 1


def test_a_name_that_nobody_had_is_looked_up_again_by_the_next_request() -> None:
    shop = Shop()
    accepted(shop, [make_signal("1", external_customer_id="new")])
    shop.customers.insert(ORG, make_customer(id="cus_2", external_id="new"))
    shop.append.append(LogId(ORG, "cus_2"), delivered([make_signal("1", external_customer_id="new")]), now=NOW)

    assert accepted(shop, [make_signal("1", external_customer_id="new")]).duplicates == 1


def test_an_external_id_spelt_like_the_id_of_another_customer_is_not_taken_for_it() -> None:
    """Else the signal would be a repeat of the other's, and never sent."""
    shop = Shop()
    shop.receive(make_signal("1"))

    by_id = make_signal("1", customer_id="cus_1")
    by_name = make_signal("1", external_customer_id="cus_1")

    assert accepted(shop, [by_id, by_name], TEST) == Accepted(ingested=1, duplicates=1, failures=[])
