"""An order's terms change between any two AWS calls of whoever rates or bills it: nothing is billed twice or wrongly."""

from datetime import UTC, date, datetime

import pytest

from functions import wiring
from functions.billing.errors import BillingError
from infra.resources import INVOICE_QUEUE, SIGNAL_QUEUE
from tests.builders import USAGE, make_attribute, make_order, make_price, make_pricing
from tests.exactly_once.environment import Environment
from tests.exactly_once.memory import saved
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
    delivered,
    email,
    recounted,
)
from tests.exactly_once.test_two_at_once import at_each_call

JUNE_16 = date(2025, 6, 16)
EARLY, LATE = datetime(2025, 6, 10, tzinfo=UTC), datetime(2025, 6, 20, tzinfo=UTC)


def end(scene: Scene, environment: Environment, day: date) -> None:
    environment.wiring.update_order()(
        scene.organization_id,
        ORDER,
        {"end_date": datetime(day.year, day.month, day.day, tzinfo=UTC)},
        state=None,
        now=LATE,
    )


def test_an_end_set_while_the_order_is_billed_bills_each_signal_once(scene: Scene, subtests: pytest.Subtests) -> None:
    scene.order(auto_post_invoices=True)
    scene.activate()
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE)])
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1", EARLY), email("2", LATE))])

    def bill(environment: Environment) -> None:
        deliver_until_done(environment, INVOICE_QUEUE, [scene.bill(JULY)])

    def cancel(environment: Environment) -> None:
        try:
            end(scene, environment, JUNE_16)
        except BillingError as e:
            print("refused", e)

    for position, operation in at_each_call(scene, bill, cancel):
        with subtests.test(position=position, operation=operation):
            deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JULY)])
            order = wiring.orders().get(scene.organization_id, ORDER)
            got = [(i.issue_date, i.total_minor) for i in scene.invoices()]
            print(position, operation, order.end_day, got)
            if order.end_day is None:
                assert got == [(JUNE, FEE), (JULY, FEE + 2 * EMAIL)]
            else:
                assert got == [(JUNE, FEE), (JUNE_16, EMAIL)]


def test_update_vs_activate(scene: Scene, subtests: pytest.Subtests) -> None:
    scene.order()

    def cancel(environment: Environment) -> None:
        end(scene, environment, JUNE_16)

    def act(environment: Environment) -> None:
        environment.wiring.activate_order()(scene.organization_id, ORDER, now=EARLY)

    for position, operation in at_each_call(scene, cancel, act):
        with subtests.test(position=position, operation=operation):
            order = wiring.orders().get(scene.organization_id, ORDER)
            plan = wiring.order_book().plan(scene.organization_id, CUSTOMER).value
            assert order.end_day == JUNE_16
            assert [e.end for e in plan.entries] == [JUNE_16]


def test_late_signal(scene: Scene, subtests: pytest.Subtests) -> None:
    wiring.orders().insert(scene.organization_id, make_order(make_attribute(make_pricing(USAGE, make_price(EMAIL))), auto_post_invoices=True))
    scene.activate()

    def bill(environment: Environment) -> None:
        deliver_until_done(environment, INVOICE_QUEUE, [scene.bill(JULY)])

    def late(environment: Environment) -> None:
        deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(email("1"))])
        bill(environment)

    for position, operation in at_each_call(scene, bill, late):
        with subtests.test(position=position, operation=operation):
            s = wiring.schedules().get(scene.organization_id, ORDER)
            assert s
            got = [(i.issue_date, i.total_minor, i.number) for i in scene.invoices()]
            print(position, operation, got, s.value.billed_usage, s.value.billed_minor)
            assert s.value.billed_minor == sum(t for _, t, _ in got)
