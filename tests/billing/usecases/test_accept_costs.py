from collections.abc import Sequence
from datetime import timedelta

import pytest

from functions.billing.errors import BillingError, InvalidInput, TooLarge
from functions.billing.models.cost import COST_EVENT, cost_key
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId
from functions.billing.models.sender import MAX_AHEAD, Sender
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.usecases.accept_costs import MAX_CUSTOMERS, AcceptCosts, Accepted
from tests.builders import NOW, make_customer
from tests.fakes.queues import FakeCostQueue
from tests.fakes.shop import ORG, Shop, make_signal
from tests.fakes.signal_log import FakeSignalLog

LIVE = Sender(ORG, received_at=NOW, is_test=False)
TEST = Sender(ORG, received_at=NOW, is_test=True)


def make_cost(key: str = "1", **fields: object) -> Signal:
    data = {"amount": "1", "currency": "USD"}
    return make_signal(cost_key(key), **{"event_name": COST_EVENT, "data": data, **fields})


def make_costs(keys: str, **fields: object) -> list[Signal]:
    return [make_cost(key, **fields) for key in keys]


def accepted(
    shop: Shop, costs: Sequence[Signal], sender: Sender = LIVE, *, queue: FakeCostQueue | None = None
) -> Accepted:
    queue = FakeCostQueue() if queue is None else queue
    return AcceptCosts(customers=shop.customers, log=shop.log, queue=queue)(sender, costs)


def test_what_is_new_goes_out_as_one_batch() -> None:
    queue = FakeCostQueue()

    answer = accepted(Shop(), make_costs("12"), queue=queue)

    assert answer == Accepted(ingested=2, duplicates=0)
    assert queue.sent == [SignalBatch(organization_id=ORG, received_at=NOW, signals=tuple(make_costs("12")))]


def test_no_costs_are_fine_and_send_nothing() -> None:
    queue = FakeCostQueue()

    assert accepted(Shop(), [], queue=queue) == Accepted(0, 0)
    assert queue.sent == []


def test_a_repeat_in_the_request_or_in_the_log_is_told_and_not_sent() -> None:
    shop, queue = Shop(), FakeCostQueue()
    shop.receive(*make_costs("12"))

    answer = accepted(shop, make_costs("2331"), queue=queue)

    assert answer == Accepted(ingested=1, duplicates=3)
    assert [batch.signals for batch in queue.sent] == [(make_cost("3"),)]


def test_a_signal_of_the_same_key_is_no_repeat() -> None:
    shop = Shop()
    shop.receive(make_signal("1"), make_signal("cost:1"))

    assert accepted(shop, make_costs("1")).ingested == 1


def test_by_both_ids_of_a_customer_a_cost_is_sent_twice_for_an_id_may_move_until_it_is_logged() -> None:
    costs = [make_cost("1"), make_cost("1", customer_id="cus_1")]

    assert accepted(Shop(), costs) == Accepted(ingested=2, duplicates=0)


def test_the_same_key_of_two_customers_is_no_repeat() -> None:
    """Of two that nobody has yet, too, and of one whose own id another calls itself by."""
    shop = Shop()
    names = ("acme", "new", "newer", "cus_1")

    assert accepted(shop, [make_cost("1", external_customer_id=name) for name in names]).ingested == 4


def test_a_name_that_moved_makes_no_repeat_of_what_its_new_owner_never_sent() -> None:
    shop = Shop()
    shop.receive(make_cost("1"))
    shop.customers.modify(ORG, "cus_1", lambda customer: customer.model_copy(update={"external_id": "old"}))
    shop.customers.insert(ORG, make_customer(id="cus_2", external_id="acme"))

    assert accepted(shop, [make_cost("1")]).ingested == 1
    assert accepted(shop, [make_cost("1", external_customer_id="old")]).duplicates == 1


def test_a_log_is_read_once_a_request() -> None:
    class CountingLog(FakeSignalLog):
        reads = 0

        def known_keys(self, log: LogId) -> KnownKeys:
            self.reads += 1
            return super().known_keys(log)

    log = CountingLog()

    accepted(Shop(log=log), make_costs("123456789"))

    assert log.reads == 1


# ---- all or nothing


def refusal(shop: Shop, costs: Sequence[Signal], sender: Sender = LIVE) -> BillingError:
    """Why nothing was sent."""
    queue = FakeCostQueue()
    with pytest.raises(BillingError) as refused:
        accepted(shop, costs, sender, queue=queue)
    assert queue.sent == []
    return refused.value


def test_a_customer_id_that_nobody_has_refuses_all() -> None:
    error = refusal(Shop(), [make_cost("1"), make_cost("2", customer_id="cus_9")])

    assert isinstance(error, InvalidInput)
    assert error.code == "UNKNOWN_CUSTOMER"
    assert error.sentence == "costs[1].customer.customerId is 'cus_9', expected the id of an existing customer"


@pytest.mark.parametrize("ahead", [timedelta(days=-20_000), MAX_AHEAD])
def test_a_moment_may_lie_a_day_ahead_and_as_far_back_as_it_likes(ahead: timedelta) -> None:
    assert accepted(Shop(), [make_cost(occurred_at=NOW + ahead)]).ingested == 1


def test_a_moment_further_ahead_refuses_all_but_in_a_test_organization() -> None:
    costs = [make_cost("1"), make_cost("2", occurred_at=NOW + MAX_AHEAD + timedelta(microseconds=1))]

    error = refusal(Shop(), costs)

    assert error.code == "TIMESTAMP_IN_FUTURE"
    assert error.sentence.startswith(
        "costs[1].timestamp is 2025-06-02T12:00:00.000001+00:00, expected at most 24 hours"
    )
    assert accepted(Shop(), costs, TEST).ingested == 2


def test_a_request_is_of_at_most_a_thousand_customers() -> None:
    costs = [make_cost(external_customer_id=str(number)) for number in range(MAX_CUSTOMERS + 1)]

    assert accepted(Shop(), costs[1:]).ingested == MAX_CUSTOMERS
    assert refusal(Shop(), costs).sentence == "costs are of 1001 customers, expected at most 1000 in one request"


def test_what_the_queue_does_not_take_is_an_error_and_nothing_is_sent() -> None:
    class FullQueue(FakeCostQueue):
        def send(self, batch: SignalBatch) -> None:
            raise TooLarge(f"{len(batch.signals)} are too many")

    with pytest.raises(TooLarge):
        accepted(Shop(), make_costs("12"), queue=FullQueue())
