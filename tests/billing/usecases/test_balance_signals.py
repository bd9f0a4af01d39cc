"""Logs are read customer by customer, within the time there is, and each by one plan."""

from dataclasses import replace
from typing import Any

import pytest

from functions.billing.accounting.balance import balance_of
from functions.billing.accounting.tally import FaultCode, Tally
from functions.billing.errors import Busy
from functions.billing.models.audit import Allowance, LogTooLong
from functions.billing.models.organization import Organization
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.signal import Delivered, Signal, Source
from functions.billing.models.usage import Checkpoint
from functions.billing.ports import Stored
from functions.billing.usecases import append_signals
from functions.billing.usecases.balance_signals import BalanceSignals, BalanceStep, Rating
from tests.builders import NOW, USAGE, make_attribute, make_order, make_organization, make_plan, make_pricing
from tests.fakes.audit import ALL_THE_TIME
from tests.fakes.inventory import FakeInventory
from tests.fakes.settlements import FakeSettlements
from tests.fakes.shop import LOG, ORG, Shop, make_signals
from tests.fakes.signal_log import FakeSignalLog

ACME, ACME_LIVE = make_organization(test=True), make_organization()
ONE_AT_A_TIME = Allowance(may_begin=lambda: False, may_go_on=lambda: True)
NO_TIME = Allowance(may_begin=lambda: True, may_go_on=lambda: False)
JUNE_1 = Source("p", 1, 0, 100, "2025-06-01")


@pytest.fixture
def shop() -> Shop:
    return Shop()


def balancing(shop: Shop, rating: Rating | None = None) -> BalanceSignals:
    return BalanceSignals(
        log=shop.log,
        checkpoints=shop.checkpoints,
        settlements=FakeSettlements(),
        inventory=FakeInventory(customers=shop.customers, log=shop.log, register=shop.register, payments=shop.payments),
        advance_rating=rating or shop.rate,
    )


def receive(shop: Shop, source: Source, *signals: Signal, customer_id: str = LOG.customer_id) -> None:
    delivered = [Delivered(signal, source) for signal in signals]
    shop.append.append(LogId(ORG, customer_id), delivered, now=NOW)


def tallied(shop: Shop, *, day: str | None = None, organization: Organization = ACME, **fields: Any) -> Tally:
    use_case = balancing(shop, **fields)
    step = use_case.go_on(organization, use_case.begin(ORG, day=day), ALL_THE_TIME)
    assert step.after is None
    return step.tally


def keys(first: int, count: int) -> list[Signal]:
    return make_signals(range(first, first + count))


def test_a_log_that_was_split_is_read_in_all_its_shards(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_signals, "SPLIT_AT", 40)
    for part in range(10):
        receive(shop, JUNE_1._replace(sequence=part + 1, before=part * 10, size=10), *keys(part * 10, 10))

    tally = tallied(shop)

    assert len({log.shard for log in shop.log.segments}) > 2
    assert (tally.signals, tally.unattributed, tally.faults) == (100, 100, [])
    assert balance_of(tally).adds_up


class NotingLog(FakeSignalLog):
    """Remembers after which segments it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_after: list[int] = []

    def read(self, log: LogId, *, after: int, limit: int) -> list[Segment]:
        self.read_after.append(after)
        return super().read(log, after=after, limit=limit)


def test_of_a_day_a_shard_is_read_from_its_first_segment_of_that_day_on() -> None:
    """The log got a message of 31 May on that day, and two messages on 1 June: one of each day."""
    log = NotingLog()
    shop = Shop(log=log)
    may = JUNE_1._replace(producer="q", received_on="2025-05-31")
    receive(shop, may, *keys(0, 1))
    first = shop.log.segments[LOG][0]
    shop.log.segments[LOG][0] = replace(first, logged_at=NOW.replace(month=5, day=31))
    receive(shop, may._replace(sequence=2, before=1), *keys(1, 2))
    receive(shop, JUNE_1, *keys(3, 3))
    shop.rate(ORG, LOG.customer_id)
    log.read_after.clear()

    live = tallied(shop, day="2025-06-01", organization=ACME_LIVE, rating=lambda _, __: {})
    of_a_clock = tallied(shop, day="2025-06-01", rating=lambda _, __: {})

    assert log.read_after == [1, 0]
    assert live.logged == of_a_clock.logged == {JUNE_1: 3}
    assert (live.unattributed, live.counted) == (3, 0)


def test_customers_are_taken_one_after_the_other_in_the_order_of_their_ids(shop: Shop) -> None:
    for customer_id in ("cus_3", "cus_1", "cus_2"):
        receive(shop, JUNE_1, *keys(0, 2), customer_id=customer_id)
    use_case = balancing(shop)

    step, places = use_case.begin(ORG, day=None), list[str | None]()
    while step.after is not None:
        step = use_case.go_on(ACME, step, ONE_AT_A_TIME)
        places.append(step.after)

    assert places == ["cus_1", "cus_2", None]
    assert (step.tally.customers, step.tally.logged) == (3, {JUNE_1: 6})


def test_a_log_too_long_for_what_is_left_of_a_call_has_the_whole_next_one(shop: Shop) -> None:
    for customer_id in ("cus_1", "cus_2"):
        receive(shop, JUNE_1, *keys(0, 2), customer_id=customer_id)
    left = [True, False]
    some_time = Allowance(may_begin=lambda: True, may_go_on=lambda: left.pop(0))
    use_case = balancing(shop)

    step = use_case.go_on(ACME, use_case.begin(ORG, day=None), some_time)

    assert (step.after, step.tally.customers, step.tally.signals) == ("cus_1", 1, 2)


def test_a_log_too_long_for_a_whole_call_is_told(shop: Shop) -> None:
    receive(shop, JUNE_1, *keys(0, 2))

    with pytest.raises(LogTooLong, match="the log of customer cus_1 is too long"):
        balancing(shop).go_on(ACME, BalanceStep(Tally()), NO_TIME)


def test_terms_that_change_between_two_reads_are_read_again(shop: Shop) -> None:
    """The first rating is by a plan that has changed when the plan is read."""
    receive(shop, JUNE_1, *keys(0, 2))
    order = make_order(make_attribute(make_pricing(USAGE)))
    times: list[int] = []

    def rate(organization_id: str, customer_id: str) -> dict[int, Checkpoint]:
        rated = shop.rate(organization_id, customer_id)
        if not times:
            shop.checkpoints.plans[ORG, LOG.customer_id] = Stored(make_plan(order), 1)
        times.append(len(times))
        return rated

    tally = tallied(shop, rating=rate)

    assert len(times) == 2
    assert (tally.counted, tally.unattributed, tally.faults) == (2, 0, [])


def test_terms_that_keep_changing_are_told(shop: Shop) -> None:
    receive(shop, JUNE_1, *keys(0, 2))
    shop.rate(ORG, LOG.customer_id)
    shop.checkpoints.plans[ORG, LOG.customer_id] = Stored(make_plan(make_order()), 1)

    with pytest.raises(Busy, match="the terms of customer cus_1 keep changing"):
        tallied(shop, rating=lambda _, __: {})


def test_a_usage_that_is_behind_is_told_with_its_reason_and_the_rest_goes_on(shop: Shop) -> None:
    for customer_id in ("cus_1", "cus_2"):
        receive(shop, JUNE_1, *keys(0, 2), customer_id=customer_id)

    def rate(organization_id: str, customer_id: str) -> dict[int, Checkpoint]:
        if customer_id == "cus_1":
            raise Busy("too many others")
        return shop.rate(organization_id, customer_id)

    tally = tallied(shop, rating=rate)

    assert [fault.code for fault in tally.faults] == [FaultCode.RATING_BEHIND]
    assert "cus_1 cannot be brought to the end of its log: too many others" in tally.faults[0].sentence
    assert (tally.customers, tally.signals) == (2, 2)
