"""A test clock goes forward over a billing day, disturbed at each AWS call: the same call again ends what it began."""

from datetime import date
from typing import Any

import pytest

from functions.wiring import identity
from tests.exactly_once.conftest import CLOCK
from tests.exactly_once.environment import Environment
from tests.exactly_once.memory import saved
from tests.exactly_once.scene import FEE, JULY, Scene
from tests.faults import CRASHES, Crash, Fault, answer_is_lost, watched

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
            assert clock(scene) in (CLOCK, JULY, TARGET)
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


def clock(scene: Scene) -> date | None:
    return identity.organizations().get(scene.organization_id).clock


def outcome(scene: Scene) -> dict[str, Any]:
    invoices = scene.invoices()
    return {
        "clock": clock(scene),
        "invoices": [(invoice.issue_date, invoice.total_minor) for invoice in invoices],
        "made on": [invoice.created_at.date() for invoice in invoices],
    }
