"""Usage moves from the checkpoint to pages, disturbed at each AWS call: all of it is there once, on pages or not.

Here a checkpoint holds three months of one price, and two pages of one size become one: what takes years elsewhere
happens with every few signals.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.table import Records
from functions.billing.models.segment import LogId
from functions.billing.models.signal import Signal
from functions.billing.models.usage import Usage
from functions.billing.rating import paging
from functions.billing.usecases import advance_rating
from functions.wiring import counting, entities
from infra.resources import INVOICE_QUEUE, SIGNAL_QUEUE
from local.resources import physical_name
from tests.builders import USAGE, make_attribute, make_order, make_price, make_pricing
from tests.exactly_once.environment import Environment
from tests.exactly_once.racing import Act, at_each_call
from tests.exactly_once.scene import (
    CUSTOMER,
    EMAIL,
    EMAIL_ID,
    FEE,
    Scene,
    deliver_until_done,
    delivered,
    email,
    is_whole,
    recounted,
)
from tests.faults import (
    CRASHES,
    Crash,
    Fault,
    answer_is_lost,
    is_sent_twice,
    meets_a_transaction,
    never_arrives,
    watched,
)
from tests.memory import saved
from tests.world import invoke

START = date(2023, 1, 1)


@pytest.fixture(autouse=True)
def small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FULL": 24 * 3 + 40, "FAN": 2, "LARGEST": 24 * 9, "PART": 24 * 3 * 2}.items():
            patch.setattr(paging, name, value)
        yield


@pytest.fixture
def sold(scene: Scene) -> Scene:
    """With seven months of e-mails, as many in each as its number: the first four are on a page."""
    scene.order(start=START, auto_post_invoices=True)
    scene.activate(now=datetime(2023, 1, 1, tzinfo=UTC))
    for month in range(1, 8):
        deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(*emails(month))])
    assert [(page.after, page.through) for page in scene.checkpoint().pages] == [(0, 4)]
    return scene


def emails(month: int, count: int = 0, *, prefix: str = "") -> list[Signal]:
    at = datetime(2023, month, 10, tzinfo=UTC)
    return [email(f"{prefix}{month}-{number}", at) for number in range(count or month)]


def august(scene: Scene) -> list[str]:
    """The eighth month, one of the first that comes late, and one that is there already: the page becomes a new one."""
    return [scene.batch(*emails(8), *emails(2, 1, prefix="late "), *emails(3, 1))]


def usage(scene: Scene) -> Usage:
    """All of it."""
    log, stored = LogId(scene.organization_id, CUSTOMER), scene.checkpoint()
    return counting.checkpoints().whole({log: stored})[log].usage


def page_items(scene: Scene) -> list[str]:
    """The keys of all items of pages that there are."""
    partition = keys.usage_page(LogId(scene.organization_id, CUSTOMER), "").pk
    return [
        item["sk"]["S"] for item in Records(scene.world.clients.dynamodb, physical_name("records")).query(partition)
    ]


def named(scene: Scene) -> list[str]:
    return [f"0/{key}" for key in scene.checkpoint().page_keys]


def assert_counted(scene: Scene, *, late: int = 1) -> None:
    """Months 1 to 8 have as many as their number, and February what came late."""
    months = {date(2023, month, 1): month + (late if month == 2 else 0) for month in range(1, 9)}
    assert usage(scene) == {EMAIL_ID: months} == recounted(scene.entries(), scene.orders())
    assert is_whole(scene.log())
    assert scene.checkpoint().rated_through == len(scene.log())
    assert scene.checkpoint().counted == len(scene.entries()) == sum(range(1, 9)) + late
    assert set(named(scene)) <= set(page_items(scene))


def differences(scene: Scene) -> Any:
    replay = {"operation": "replay", "organization": scene.organization_id, "customer": CUSTOMER}
    return invoke("admin", replay)["differences"]


def test_undisturbed_what_lay_on_a_page_is_on_the_next(sold: Scene) -> None:
    """Eight months lie in items of three; the page of the first four stays, and nobody asks for it."""
    assert delivered(sold.environment(), SIGNAL_QUEUE, august(sold)) == []

    assert_counted(sold)
    assert [(page.after, page.through, page.parts) for page in sold.checkpoint().pages] == [(0, 8, 3)]
    assert sold.checkpoint().usage == {}
    assert page_items(sold) == ["0/1/0-4/0", *named(sold)]
    assert differences(sold) == []


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_at_any_call_of_an_advance_that_writes_a_page_changes_nothing(
    sold: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    bodies, put_back = august(sold), saved()
    with watched(sold.world.clients) as watch:
        assert delivered(sold.environment(), SIGNAL_QUEUE, bodies) == []
    expected = usage(sold)
    assert watch.calls[-4:] == ["PutItem"] * 4, "three items of the page, and the checkpoint"

    for position, operation in enumerate(watch.calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(sold.world.clients, crash, at=position), pytest.raises(Crash):
                delivered(sold.environment(), SIGNAL_QUEUE, bodies)
            deliver_until_done(sold.environment(), SIGNAL_QUEUE, bodies)

            assert usage(sold) == expected
            assert_counted(sold)
            assert len(page_items(sold)) == 1 + 3, "whoever made it again made the same"


@pytest.mark.parametrize("crash", CRASHES)
def test_after_a_crash_between_page_and_checkpoint_more_may_come_before_it_is_made_again(
    sold: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    """The page that nobody names ends at another segment."""
    bodies, put_back = august(sold), saved()
    with watched(sold.world.clients) as watch:
        assert delivered(sold.environment(), SIGNAL_QUEUE, bodies) == []

    for position in range(len(watch.calls) - 4, len(watch.calls)):
        put_back()
        with subtests.test(position=position):
            with watched(sold.world.clients, crash, at=position), pytest.raises(Crash):
                delivered(sold.environment(), SIGNAL_QUEUE, bodies)
            late = [sold.batch(*emails(2, 1, prefix="later "))]
            deliver_until_done(sold.environment(), SIGNAL_QUEUE, late)
            deliver_until_done(sold.environment(), SIGNAL_QUEUE, bodies)

            assert_counted(sold, late=2)


@pytest.mark.parametrize("error", [never_arrives, answer_is_lost, meets_a_transaction, is_sent_twice])
def test_an_error_at_any_call_of_an_advance_that_writes_a_page_changes_nothing(
    sold: Scene, error: Fault, subtests: pytest.Subtests
) -> None:
    bodies, put_back = august(sold), saved()
    with watched(sold.world.clients) as watch:
        assert delivered(sold.environment(), SIGNAL_QUEUE, bodies) == []

    for position, operation in enumerate(watch.calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = sold.environment()
            with watched(sold.world.clients, error, at=position):
                failed = delivered(environment, SIGNAL_QUEUE, bodies)
            deliver_until_done(environment, SIGNAL_QUEUE, failed)

            assert_counted(sold)


def worker(bodies: Sequence[str]) -> Act:
    return lambda environment: deliver_until_done(environment, SIGNAL_QUEUE, bodies)


def test_two_workers_that_write_pages_at_once_lose_and_repeat_nothing(sold: Scene, subtests: pytest.Subtests) -> None:
    mine, theirs = [sold.batch(*emails(8))], [sold.batch(*emails(2, 1, prefix="late "), *emails(8, 3))]

    for position, operation in at_each_call(sold, worker(mine), worker(theirs)):
        with subtests.test(position=position, operation=operation):
            assert_counted(sold)


def test_a_billing_run_between_any_two_calls_of_a_worker_charges_all_that_is_there_then(
    sold: Scene, subtests: pytest.Subtests
) -> None:
    """What it missed is late usage on the next invoice: by September everything is charged once."""

    def bills(environment: Environment) -> None:
        deliver_until_done(environment, INVOICE_QUEUE, [sold.bill(date(2023, 9, 1))])

    for position, operation in at_each_call(sold, worker(august(sold)), bills):
        with subtests.test(position=position, operation=operation):
            assert_counted(sold)
            deliver_until_done(sold.environment(), INVOICE_QUEUE, [sold.bill(date(2023, 10, 1))])

            charged = sum(line.amount_minor for invoice in sold.invoices() for line in invoice.lines)
            assert charged == 10 * FEE + (sum(range(1, 9)) + 1) * EMAIL


def test_a_worker_between_any_two_calls_of_a_billing_run_changes_no_sum(sold: Scene, subtests: pytest.Subtests) -> None:
    def bills(environment: Environment) -> None:
        deliver_until_done(environment, INVOICE_QUEUE, [sold.bill(date(2023, 9, 1))])

    for position, operation in at_each_call(sold, bills, worker(august(sold))):
        with subtests.test(position=position, operation=operation):
            assert_counted(sold)
            deliver_until_done(sold.environment(), INVOICE_QUEUE, [sold.bill(date(2023, 10, 1))])

            charged = sum(line.amount_minor for invoice in sold.invoices() for line in invoice.lines)
            assert charged == 10 * FEE + (sum(range(1, 9)) + 1) * EMAIL


def test_a_late_signal_after_a_page_adds_to_the_checkpoint_alone(sold: Scene) -> None:
    deliver_until_done(sold.environment(), SIGNAL_QUEUE, august(sold))
    before, pages = page_items(sold), sold.checkpoint().pages

    deliver_until_done(sold.environment(), SIGNAL_QUEUE, [sold.batch(*emails(2, 1, prefix="later "))])

    assert_counted(sold, late=2)
    assert sold.checkpoint().usage == {EMAIL_ID: {date(2023, 2, 1): 1}}
    assert (page_items(sold), sold.checkpoint().pages) == (before, pages)


def test_a_recount_under_a_new_plan_writes_pages_of_its_own(sold: Scene) -> None:
    """Another order of the same customer counts another event from the beginning: the log is counted anew."""
    before = page_items(sold)
    attribute = make_attribute(make_pricing(USAGE, make_price(EMAIL), event_name="call_made"))
    entities.orders().insert(sold.organization_id, make_order(attribute, id="ord_2", start=START))
    sold.activate("ord_2")

    deliver_until_done(sold.environment(), SIGNAL_QUEUE, august(sold))

    assert_counted(sold)
    assert [page.plan_version for page in sold.checkpoint().pages] == [2]
    assert page_items(sold) == [*before, *named(sold)]
    assert differences(sold) == []


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_at_any_call_of_a_recount_in_steps_changes_nothing(
    sold: Scene, crash: Fault, subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two segments a step: it writes pages on its way."""
    monkeypatch.setattr(advance_rating, "SEGMENTS_PER_STEP", 2)
    attribute = make_attribute(make_pricing(USAGE, make_price(EMAIL), event_name="call_made"))
    entities.orders().insert(sold.organization_id, make_order(attribute, id="ord_2", start=START))
    sold.activate("ord_2")
    bodies, put_back = august(sold), saved()
    with watched(sold.world.clients) as watch:
        assert delivered(sold.environment(), SIGNAL_QUEUE, bodies) == []
    assert [page.plan_version for page in sold.checkpoint().pages] == [2]

    for position, operation in enumerate(watch.calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(sold.world.clients, crash, at=position), pytest.raises(Crash):
                delivered(sold.environment(), SIGNAL_QUEUE, bodies)
            deliver_until_done(sold.environment(), SIGNAL_QUEUE, bodies)

            assert_counted(sold)


def test_a_page_that_is_gone_is_found_by_the_replay_and_billed_by_nobody(sold: Scene) -> None:
    (key, *_) = page_items(sold)
    partition = keys.usage_page(LogId(sold.organization_id, CUSTOMER), "").pk
    sold.world.clients.dynamodb.delete_item(
        TableName=physical_name("records"), Key={"pk": {"S": partition}, "sk": {"S": key}}
    )

    found = differences(sold)
    with pytest.raises(AssertionError, match="dead-letter"):
        deliver_until_done(sold.environment(), INVOICE_QUEUE, [sold.bill(date(2023, 9, 1))])

    assert [each["field"] for each in found] == ["shard 0 pages"]
    assert sold.invoices() == []
