from collections.abc import Callable
from datetime import date

import pytest

from functions.billing.errors import Busy
from functions.billing.models.order import Order
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.usage import Checkpoint
from functions.billing.ports import OutdatedError
from functions.billing.usecases.advance_rating import SEGMENTS_PER_STEP
from tests.builders import NOW, START, USAGE, make_attribute, make_entry, make_order, make_pricing, moment
from tests.fakes.checkpoints import FakeCheckpoints
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signals
from tests.fakes.signal_log import FakeSignalLog

EMAILS, JUNE_16 = "ola_email_sent", date(2025, 6, 16)


class Interrupted(FakeCheckpoints):
    """Calls `then` right after the save number `after`."""

    then: Callable[[], object] = list

    def __init__(self) -> None:
        super().__init__()
        self.saves = 0
        self.after = 0

    def save(self, log: LogId, checkpoint: Checkpoint, *, replaces: int) -> None:
        super().save(log, checkpoint, replaces=replaces)
        self.saves += 1
        if self.saves == self.after:
            self.then()


class CrashError(Exception):
    pass


def order(order_id: str = "ord_1", **fields: object) -> Order:
    attribute = make_attribute(make_pricing(USAGE), id=EMAILS if order_id == "ord_1" else f"ola_{order_id}")
    return make_order(attribute, id=order_id).model_copy(update=fields)


def log_of(count: int) -> FakeSignalLog:
    """So many segments of one e-mail each, on 1 and 20 June in turn."""
    log = FakeSignalLog()
    for number in range(1, count + 1):
        entry = make_entry(START if number % 2 else date(2025, 6, 20))
        log.append(Segment(log=LOG, number=number, cumulative=number, logged_at=NOW, entries=(entry,)))
    return log


@pytest.mark.parametrize("count", [0, 1, SEGMENTS_PER_STEP - 1, SEGMENTS_PER_STEP, SEGMENTS_PER_STEP + 1, 250])
def test_a_log_is_rated_to_its_end_however_long(count: int) -> None:
    shop = Shop(log=log_of(count))
    shop.sell(order())

    checkpoint = shop.rate(ORG, "cus_1")[0]

    assert checkpoint.rated_through == count
    assert checkpoint.usage == ({EMAILS: {START: count}} if count else {})
    assert checkpoint.counted == count


def test_rating_again_saves_nothing() -> None:
    checkpoints = Interrupted()
    shop = Shop(log=log_of(3), checkpoints=checkpoints)
    shop.sell(order())
    shop.rate(ORG, "cus_1")
    saves = checkpoints.saves

    shop.rate(ORG, "cus_1")

    assert checkpoints.saves == saves


def test_a_crash_in_a_long_replay_loses_no_more_than_a_step_and_counts_nothing_twice() -> None:
    checkpoints = Interrupted()
    shop = Shop(log=log_of(2 * SEGMENTS_PER_STEP + 50), checkpoints=checkpoints)
    shop.sell(order())
    checkpoints.after, checkpoints.then = 2, crash

    with pytest.raises(CrashError):
        shop.rate(ORG, "cus_1")
    assert checkpoints.stored[LOG].value.rated_through == 2 * SEGMENTS_PER_STEP

    assert shop.rate(ORG, "cus_1")[0].usage == {EMAILS: {START: 250}}


def test_a_plan_that_changes_in_the_middle_of_a_long_replay_counts_from_the_beginning() -> None:
    """The order ends on 16 June after 100 of 250 segments are rated: the 125 of 1 June are left."""
    checkpoints = Interrupted()
    shop = Shop(log=log_of(250), checkpoints=checkpoints)
    shop.sell(order())
    checkpoints.after = 1
    checkpoints.then = lambda: end(shop)

    rated = shop.rate(ORG, "cus_1")[0]

    assert rated.usage == {EMAILS: {START: 125}}
    assert (rated.counted, rated.unattributed, rated.plan_version) == (125, 125, 2)


def test_a_plan_that_changes_twice_in_the_middle_of_a_replay_counts_by_the_newest() -> None:
    """Ended, and then a second order takes the 125 that are free."""
    checkpoints = Interrupted()
    shop = Shop(log=log_of(250), checkpoints=checkpoints)
    shop.sell(order())
    checkpoints.after = 1

    def end_then_sell() -> None:
        end(shop)
        checkpoints.after = checkpoints.saves + 1
        checkpoints.then = lambda: shop.sell(order("ord_2"))

    checkpoints.then = end_then_sell

    shop.rate(ORG, "cus_1")
    rated = shop.rate(ORG, "cus_1")[0]

    assert rated.usage == {EMAILS: {START: 125}, "ola_ord_2": {START: 125}}
    assert (rated.counted, rated.unattributed) == (250, 0)


def test_whoever_is_overtaken_goes_on_from_where_the_other_stands() -> None:
    checkpoints = Interrupted()
    shop = Shop(log=log_of(250), checkpoints=checkpoints)
    shop.sell(order())
    checkpoints.after = 1
    checkpoints.then = lambda: shop.rate(ORG, "cus_1")

    assert shop.rate(ORG, "cus_1")[0].usage == {EMAILS: {START: 250}}


def test_whoever_loses_every_race_gives_up() -> None:
    class Lost(FakeCheckpoints):
        def save(self, log: LogId, checkpoint: Checkpoint, *, replaces: int) -> None:
            del log, checkpoint, replaces
            raise OutdatedError

    shop = Shop(log=log_of(1), checkpoints=Lost())

    with pytest.raises(Busy):
        shop.rate(ORG, "cus_1")


def end(shop: Shop) -> None:
    shop.update(ORG, "ord_1", {"end_date": moment(JUNE_16)}, state=None, now=NOW)


def crash() -> None:
    raise CrashError


class CountingReads(FakeSignalLog):
    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def read(self, log: LogId, *, after: int, limit: int) -> list[Segment]:
        self.reads += 1
        return super().read(log, after=after, limit=limit)


def test_what_was_appended_just_now_is_rated_without_reading_it_again() -> None:
    log, shop = CountingReads(), Shop()
    shop.log = log
    done = shop.append.append(LOG, delivered(make_signals("12")), now=NOW)

    rated = shop.rate.after(ORG, LOG.customer_id, appended=done.segments).checkpoints

    assert log.reads == 0
    assert (rated[0].rated_through, rated[0].unattributed) == (1, 2)
    assert shop.rate(ORG, LOG.customer_id) == rated


def test_what_lies_between_the_checkpoint_and_what_was_appended_is_read() -> None:
    log, shop = CountingReads(), Shop()
    shop.log = log
    shop.append.append(LOG, delivered(make_signals("1")), now=NOW)
    done = shop.append.append(LOG, delivered(make_signals("23")), now=NOW)

    rated = shop.rate.after(ORG, LOG.customer_id, appended=done.segments).checkpoints

    assert log.reads == 1
    assert (rated[0].rated_through, rated[0].unattributed) == (2, 3)
