"""An order is activated over HTTP, disturbed at each AWS call: all of it or nothing, and the same again is harmless."""

from typing import Any

import pytest

from functions.billing.models.customer import CreationState
from functions.wiring import entities, terms
from infra.resources import INVOICE_QUEUE
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.exactly_once.conftest import CLOCK
from tests.exactly_once.environment import Environment
from tests.exactly_once.scene import JUNE, ORDER, Scene
from tests.faults import CRASHES, ERRORS, Crash, Fault, watched
from tests.memory import saved
from tests.world import PREFIX


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_at_any_call_leaves_all_or_nothing_and_the_same_call_ends_it(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    scene.order()
    put_back = saved()

    for position, operation in enumerate(undisturbed(scene)):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                activate(scene, scene.environment())
            assert begun(scene) in ({"active": False}, {"active": True, "planned": True, "next": JUNE})

            assert activate(scene, scene.environment()) == 200
            assert begun(scene) == {"active": True, "planned": True, "next": JUNE}
            assert asks(scene)


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_at_any_call_is_told_unless_the_order_is_active(
    scene: Scene, error: Fault, subtests: pytest.Subtests
) -> None:
    """The request for its invoices alone may get lost: the daily run asks again, while a client told of it would order
    a second time."""
    scene.order()
    put_back = saved()

    for position, operation in enumerate(undisturbed(scene)):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, error, at=position) as watch:
                status = activate(scene, environment)
            if status != 200:
                assert status >= 500  # clients try again
                assert activate(scene, environment) == 200

            assert watch.has_struck
            assert begun(scene) == {"active": True, "planned": True, "next": JUNE}
            assert asks(scene) or operation == "SendMessageBatch"


def test_an_order_whose_request_was_lost_is_found_by_the_next_run(scene: Scene) -> None:
    scene.order()
    scene.activate()

    billed = scene.environment().invoke(
        "admin", {"operation": "set_clock", "organization": scene.organization_id, "date": str(CLOCK)}
    )

    assert billed["invoices"] == 1
    assert [invoice.issue_date for invoice in scene.invoices()] == [JUNE]


def undisturbed(scene: Scene) -> list[str]:
    with watched(scene.world.clients) as watch:
        assert activate(scene, scene.environment()) == 200
    assert asks(scene)
    return watch.calls


def activate(scene: Scene, environment: Environment) -> int:
    """The status that API Gateway would pass on."""
    request = Request(
        "POST", f"{PREFIX}/orders/{ORDER}/activate", headers=[("Authorization", f"Bearer {scene.tenant.secret}")]
    )
    found = match(request.method, request.path)
    return int(environment.invoke(found.function, http_event(request, found))["statusCode"])


def begun(scene: Scene) -> dict[str, Any]:
    """How far the order has come: it is a draft and nothing more, or active with all that belongs to it."""
    order = entities.orders().get(scene.organization_id, ORDER)
    plan = terms.order_book().plan(scene.organization_id, order.customer_id).value
    schedule = terms.schedules().get(scene.organization_id, ORDER)
    if order.creation_state is CreationState.DRAFT and not plan.entries and schedule is None:
        return {"active": False}
    return {
        "active": order.creation_state is CreationState.ACTIVE,
        "planned": [entry.order_id for entry in plan.entries] == [ORDER] and plan.version == 1,
        "next": schedule and schedule.value.next_billing_on,
    }


def asks(scene: Scene) -> bool:
    """Whether the order's invoices were asked for, once or more, and nothing else was."""
    messages = scene.take(INVOICE_QUEUE)
    return bool(messages) and {(*m["orders"], m["as_of"]) for m in messages} == {(ORDER, str(CLOCK))}
