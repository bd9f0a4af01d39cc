"""A test clock goes forward over a billing day, disturbed at each AWS call: the same call again ends what it began."""

from datetime import date
from typing import Any

import pytest

from functions.billing.usecases.advance_clock import AdvanceClock
from functions.wiring import identity
from infra.resources import DOCUMENT_QUEUE
from tests.builders import NOW
from tests.exactly_once.conftest import CLOCK
from tests.exactly_once.environment import Environment
from tests.exactly_once.scene import FEE, JULY, Scene
from tests.faults import CRASHES, Crash, Fault, answer_is_lost, crashes_after, watched
from tests.memory import saved

TARGET = date(2025, 7, 20)


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_at_any_call_stops_on_a_billing_day_and_the_same_call_goes_on(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    an_order_from_july(scene)
    put_back = saved()
    expected, calls = undisturbed(scene)

    for position, operation in enumerate(calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                set_clock(scene, scene.environment())
            stopped_on = clock(scene)
            assert stopped_on in (CLOCK, JULY, TARGET)
            assert all(invoice.issue_date <= stopped_on for invoice in scene.invoices())
            set_clock(scene, scene.environment())

            assert outcome(scene) == expected


def test_a_lost_answer_at_any_call_is_told_unless_all_is_done(scene: Scene, subtests: pytest.Subtests) -> None:
    an_order_from_july(scene)
    put_back = saved()
    expected, calls = undisturbed(scene)

    for position, operation in enumerate(calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, answer_is_lost, at=position) as watch:
                try:
                    set_clock(scene, environment)
                except Exception:  # noqa: BLE001 - Lambda reports whatever it is to the caller
                    set_clock(scene, environment)

            assert watch.has_struck
            assert outcome(scene) == expected


def test_a_crash_after_any_call_for_an_order_that_posts_itself_loses_no_document_and_no_day(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    scene.order(start=JULY, auto_post_invoices=True)
    scene.activate()
    put_back = saved()
    with watched(scene.world.clients) as watch:
        advance(scene)

    for position, operation in enumerate(watch.calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crashes_after, at=position), pytest.raises(Crash):
                advance(scene)
            assert clock(scene) in (CLOCK, JULY, TARGET)
            advance(scene)

            (invoice,) = scene.invoices()
            assert (invoice.number, invoice.issue_date, clock(scene)) == (1, JULY, TARGET)
            assert invoice.id in {message["invoice"] for message in scene.take(DOCUMENT_QUEUE)}


def test_the_same_date_again_changes_nothing(scene: Scene) -> None:
    an_order_from_july(scene)
    expected, _ = undisturbed(scene)

    assert set_clock(scene, scene.environment())["invoices"] == 0

    assert outcome(scene) == expected


def an_order_from_july(scene: Scene) -> None:
    """Its invoices stay drafts, so that no document keeps the clock waiting."""
    scene.order(start=JULY)
    scene.activate()


def undisturbed(scene: Scene) -> tuple[dict[str, Any], list[str]]:
    with watched(scene.world.clients) as watch:
        assert set_clock(scene, scene.environment())["invoices"] == 1
    assert outcome(scene) == {
        "clock": TARGET,
        "invoices": [(JULY, FEE)],
        "made on": [JULY],
    }
    return outcome(scene), watch.calls


def set_clock(scene: Scene, environment: Environment) -> Any:
    operation = {"operation": "set_clock", "organization": scene.organization_id, "date": str(TARGET)}
    answer = environment.invoke("admin", operation)
    assert "error" not in answer, answer
    return answer


def advance(scene: Scene) -> None:
    """As the admin function does, but that nobody waits for the queues."""
    wiring = scene.environment().wiring
    run = AdvanceClock(
        organizations=wiring.organizations(),
        schedules=wiring.schedules(),
        bill=wiring.bill_orders(),
        drain=lambda: None,
    )
    run(scene.organization_id, TARGET, now=NOW)


def clock(scene: Scene) -> date:
    clock = identity.organizations().get(scene.organization_id).clock
    assert clock is not None
    return clock


def outcome(scene: Scene) -> dict[str, Any]:
    invoices = scene.invoices()
    return {
        "clock": clock(scene),
        "invoices": [(invoice.issue_date, invoice.total_minor) for invoice in invoices],
        "made on": [invoice.created_at.date() for invoice in invoices],
    }
