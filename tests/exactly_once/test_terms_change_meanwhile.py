"""An order's terms change between any two AWS calls of whoever rates or bills it: each signal is billed once."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.periods import midnight
from functions.wiring import entities, terms
from functions.wiring.rating import advance_rating
from infra.resources import INVOICE_QUEUE, SIGNAL_QUEUE
from tests.builders import USAGE, make_attribute, make_order, make_price, make_pricing
from tests.exactly_once.environment import Environment
from tests.exactly_once.racing import Act, at_each_call
from tests.exactly_once.scene import (
    CUSTOMER,
    EMAIL,
    EMAIL_ID,
    FEE,
    JULY,
    JUNE,
    ORDER,
    Scene,
    deliver_until_done,
    email,
    recounted,
)
from tests.faults import Crash, crashes_after, meanwhile, watched
from tests.memory import saved

JUNE_16 = date(2025, 6, 16)
EARLY, LATE = datetime(2025, 6, 10, tzinfo=UTC), datetime(2025, 6, 20, tzinfo=UTC)
MAY = date(2025, 5, 1)
IN_MAY = datetime(2025, 5, 20, tzinfo=UTC)


def test_an_order_that_ends_while_signals_are_rated_counts_up_to_its_end(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    scene.order()
    scene.activate()

    for position, operation in at_each_call(scene, rating(scene), ending(scene, JUNE_16)):
        with subtests.test(position=position, operation=operation):
            assert usage(scene) == recounted(scene.entries(), scene.orders()) == {EMAIL_ID: {JUNE: 1}}


def test_an_order_that_is_activated_while_signals_are_rated_counts_them_all(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """Backdated to May: what was unattributed before is counted then."""
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("0", IN_MAY))])
    scene.order(start=MAY)

    def activate(environment: Environment) -> None:
        environment.wiring.activate_order()(scene.organization_id, ORDER, now=LATE)

    for position, operation in at_each_call(scene, rating(scene), activate):
        with subtests.test(position=position, operation=operation):
            assert usage(scene) == recounted(scene.entries(), scene.orders()) == {EMAIL_ID: {MAY: 1, JUNE: 2}}


def test_a_second_order_takes_nothing_from_the_first_whenever_it_is_activated(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    scene.order(end=JUNE_16)
    scene.activate(now=EARLY)
    second = make_attribute(make_pricing(USAGE, make_price(EMAIL)), id="ola_second")
    entities.orders().insert(scene.organization_id, make_order(second, id="ord_2"))

    def activate(environment: Environment) -> None:
        environment.wiring.activate_order()(scene.organization_id, "ord_2", now=LATE)

    for position, operation in at_each_call(scene, rating(scene), activate):
        with subtests.test(position=position, operation=operation):
            assert usage(scene) == recounted(scene.entries(), scene.orders())
            assert usage(scene) == {EMAIL_ID: {JUNE: 1}, "ola_second": {JUNE: 1}}


def test_an_end_that_is_set_while_the_order_is_activated_reaches_plan_and_schedule(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    scene.order()

    def activate(environment: Environment) -> None:
        environment.wiring.activate_order()(scene.organization_id, ORDER, now=EARLY)

    for position, operation in at_each_call(scene, ending(scene, JUNE_16), activate):
        with subtests.test(position=position, operation=operation):
            plan = terms.order_book().plan(scene.organization_id, CUSTOMER).value
            assert entities.orders().get(scene.organization_id, ORDER).end_day == JUNE_16
            assert [entry.end for entry in plan.entries] == [JUNE_16]


def test_an_end_that_is_set_while_the_order_is_billed_bills_each_signal_once(scene: Scene) -> None:
    """Else: the order ends on 16 June, yet July's fee is posted, and the e-mail of June stands on two invoices."""
    scene.order(auto_post_invoices=True)
    scene.activate()
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE)])
    rating(scene)(scene.environment())

    outcomes = set()
    for _ in at_each_call(scene, billing(scene), ending(scene, JUNE_16)):
        billing(scene)(scene.environment())
        end = entities.orders().get(scene.organization_id, ORDER).end_day
        outcomes.add((end, *((invoice.issue_date, invoice.total_minor) for invoice in scene.invoices())))

    assert outcomes == {
        (None, (JUNE, FEE), (JULY, FEE + 2 * EMAIL)),  # billed first, so that the end is refused
        (JUNE_16, (JUNE, FEE), (JUNE_16, EMAIL)),  # ended first
    }


def test_a_run_that_saw_no_usage_does_not_orphan_the_invoice_of_one_that_did(scene: Scene) -> None:
    """The slow run saw nothing; a late signal came; a fast run promised the invoice and crashed before making it.

    Else the slow run moves the schedule past a promise that nobody will keep.
    """
    usage_alone = make_attribute(make_pricing(USAGE, make_price(EMAIL)))
    entities.orders().insert(scene.organization_id, make_order(usage_alone, auto_post_invoices=True))
    scene.activate()
    put_back = saved()
    with watched(scene.world.clients) as slow:
        billing(scene)(scene.environment())
    assert scene.invoices() == []
    moving_the_schedule = max(n for n, operation in enumerate(slow.calls) if operation == "BatchExecuteStatement")

    def late_signal_and_crash() -> None:
        rating(scene)(scene.environment())
        with pytest.raises(Crash), watched(scene.world.clients, crashes_after, at="BatchExecuteStatement"):
            billing(scene)(scene.environment())

    put_back()
    with watched(scene.world.clients, meanwhile(late_signal_and_crash), at=moving_the_schedule):
        billing(scene)(scene.environment())
    billing(scene)(scene.environment())

    schedule = terms.schedules().get(scene.organization_id, ORDER)
    assert schedule is not None
    assert schedule.value.billed_minor == sum(invoice.total_minor for invoice in scene.invoices())
    assert [invoice for invoice in scene.invoices() if invoice.number is None] == []


def rating(scene: Scene) -> Act:
    """Two e-mails of June arrive, one before the 16th and one after."""
    body = scene.batch(email("1", EARLY), email("2", LATE))
    return lambda environment: deliver_until_done(environment, SIGNAL_QUEUE, [body])


def billing(scene: Scene) -> Act:
    return lambda environment: deliver_until_done(environment, INVOICE_QUEUE, [scene.bill(JULY)])


def ending(scene: Scene, day: date) -> Act:
    """The order's end is set, unless that would change what is billed."""

    def end(environment: Environment) -> None:
        update = {"end_date": midnight(day)}
        with suppress(InvalidInput):
            environment.wiring.update_order()(scene.organization_id, ORDER, update, state=None, now=LATE)

    return end


def usage(scene: Scene) -> dict[str, dict[date, int]]:
    """As an invoice would take it now: at the end of the log."""
    return advance_rating()(scene.organization_id, CUSTOMER)[0].usage
