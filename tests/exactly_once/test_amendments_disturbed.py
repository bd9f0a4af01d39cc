"""An order is amended over HTTP, disturbed at each AWS call, and raced: all of it once, or nothing."""

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest

from functions.billing.models.invoice import InvoiceStatus
from functions.wiring import entities, terms
from infra.resources import INVOICE_QUEUE
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.builders import SEATS, make_attribute, make_order, make_price, make_pricing
from tests.exactly_once.conftest import CLOCK
from tests.exactly_once.environment import Environment
from tests.exactly_once.racing import at_each_call
from tests.exactly_once.scene import FEE, FEE_ID, JULY, JUNE, ORDER, Scene, deliver_until_done
from tests.faults import CRASHES, ERRORS, Crash, Fault, watched
from tests.memory import saved
from tests.world import PREFIX

CREDIT, CHARGE = 266_67, 533_33
"""500.00 for 16 of 30 days from 15 June, given back; and twice as much, charged."""

JUNE_15 = CLOCK


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_at_any_call_leaves_all_or_nothing_and_the_same_call_ends_it(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    sell(scene)
    put_back = saved()

    for position, operation in enumerate(undisturbed(scene)):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), suppress(Crash):
                amend(scene, scene.environment())
            assert begun(scene) in ((2, [1], None), (3, [1, 2], JUNE_15))

            status, answer = amend(scene, scene.environment())

            assert (status, answer["version"]) == (200, 3)
            assert begun(scene) == (3, [1, 2], JUNE_15)
            assert settled(scene) == {JUNE: FEE, JUNE_15: CHARGE - CREDIT}


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_at_any_call_is_told_and_the_same_call_again_amends_once(
    scene: Scene, error: Fault, subtests: pytest.Subtests
) -> None:
    sell(scene)
    put_back = saved()

    for position, operation in enumerate(undisturbed(scene)):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, error, at=position):
                status, _ = amend(scene, scene.environment())
            if status != 200:
                assert status >= 500  # clients try again
                assert amend(scene, scene.environment())[0] == 200

            assert begun(scene)[:2] == (3, [1, 2])
            assert settled(scene) == {JUNE: FEE, JUNE_15: CHARGE - CREDIT}


def test_the_same_request_while_it_is_executed_is_answered_with_the_same_amendment(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    sell(scene)
    answers: list[Any] = []

    def act(environment: Environment) -> None:
        answers.append(amend(scene, environment))

    for position, operation in at_each_call(scene, act, act):
        with subtests.test(position=position, operation=operation):
            theirs, mine = answers[-2:]
            assert (mine[0], theirs[0]) == (200, 200)
            assert mine[1] == theirs[1]
            assert begun(scene) == (3, [1, 2], JUNE_15)


def test_of_two_different_requests_one_is_executed_and_the_other_meets_a_conflict(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    sell(scene)
    answers: list[Any] = []

    def asks_for(quantity: int) -> Any:
        return lambda environment: answers.append(amend(scene, environment, quantity=quantity))

    for position, operation in at_each_call(scene, asks_for(2), asks_for(3)):
        with subtests.test(position=position, operation=operation):
            theirs, mine = answers[-2:]
            winner, loser = (mine, theirs) if mine[0] == 200 else (theirs, mine)
            assert winner[0] == 200
            assert (loser[0], loser[1]["code"]) == (409, "PLAN_CONFLICT")
            assert begun(scene)[1] in ([1, 2], [1, 3])
            assert len(settled(scene)) == 2


def test_a_billing_run_between_any_two_calls_bills_each_day_once(scene: Scene, subtests: pytest.Subtests) -> None:
    """What the run takes with it is on the 15th; else the settlement is: both make the same sum."""
    sell(scene)

    def run(environment: Environment) -> None:
        deliver_until_done(environment, INVOICE_QUEUE, [scene.bill(JUNE_15)])

    def act(environment: Environment) -> None:
        assert amend(scene, environment)[0] == 200

    for position, operation in at_each_call(scene, act, run):
        with subtests.test(position=position, operation=operation):
            assert settled(scene) == {JUNE: FEE, JUNE_15: CHARGE - CREDIT}
    for position, operation in at_each_call(scene, run, act):
        with subtests.test(position=position, operation=operation):
            assert settled(scene) == {JUNE: FEE, JUNE_15: CHARGE - CREDIT}


def test_an_invoice_that_is_voided_meanwhile_is_not_given_back_from(scene: Scene, subtests: pytest.Subtests) -> None:
    """One of the two comes first: then the other is refused."""
    sell(scene)
    answers: list[int] = []

    def act(environment: Environment) -> None:
        answers.append(amend(scene, environment)[0])

    def void(environment: Environment) -> None:
        invoice = next(each for each in scene.invoices() if each.issue_date == JUNE)
        answers.append(call(scene, environment, "POST", f"/invoices/{invoice.id}/void")[0])

    for first, second in ((act, void), (void, act)):
        for position, operation in at_each_call(scene, first, second):
            with subtests.test(position=position, operation=operation):
                assert sorted(answers[-2:]) == [200, 400]
                voided = any(invoice.status is InvoiceStatus.VOIDED for invoice in scene.invoices())
                assert begun(scene)[1] == ([1] if voided else [1, 2])


@pytest.mark.parametrize(("treatment", "refused"), [("prorate", 404), ("none", 400)])
def test_of_taking_a_seat_away_and_sitting_down_on_it_one_is_refused(
    scene: Scene, treatment: str, refused: int, subtests: pytest.Subtests
) -> None:
    """Gone at once it is not found, and from July on it ends; where somebody sits on it already, it stays."""
    team = make_attribute(make_pricing(SEATS, make_price(10_00)), quantity=2)
    entities.orders().insert(scene.organization_id, make_order(team, auto_post_invoices=True))
    scene.activate()
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE)])
    assert call(scene, scene.environment(), "PUT", "/customers/acme/users/ada", {"name": "Ada"})[0] == 200
    last = seats(scene)[1]["id"]
    answers: dict[str, int] = {}

    def take_away(environment: Environment) -> None:
        fewer = {"orderLineAttributeId": team.id, "newQuantity": 1, "treatment": treatment}
        answers["amend"] = amend(scene, environment, intent=fewer)[0]

    def sit(environment: Environment) -> None:
        path = f"/orders/{ORDER}/seats/{last}"
        answers["sit"] = call(scene, environment, "PUT", path, {"userExternalId": "ada"})[0]

    for first, second in ((take_away, sit), (sit, take_away)):
        for position, operation in at_each_call(scene, first, second):
            with subtests.test(first=first.__name__, position=position, operation=operation):
                assert (answers["amend"], answers["sit"]) in {(200, refused), (400, 200)}
                seated = [seat["assignee"] is not None for seat in seats(scene)]
                if answers["amend"] == 400:
                    assert (begun(scene)[1], seated) == ([2], [False, True])
                else:
                    assert begun(scene)[1] == [2, 1]
                    assert not any(seated)


def seats(scene: Scene) -> list[Any]:
    found: list[Any] = call(scene, scene.environment(), "GET", f"/orders/{ORDER}/seats")[1]["data"]
    return found


def sell(scene: Scene) -> None:
    """The fee of June is charged, and posted."""
    scene.order(auto_post_invoices=True)
    scene.activate()
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE)])


def undisturbed(scene: Scene) -> list[str]:
    with watched(scene.world.clients) as watch:
        assert amend(scene, scene.environment())[0] == 200
    return watch.calls


def amend(
    scene: Scene, environment: Environment, *, quantity: int = 2, intent: dict[str, object] | None = None
) -> tuple[int, Any]:
    """Twice the fee from today on, unless the intent says something else; status and body."""
    intent = {
        "type": "updateQuantity",
        "orderLineAttributeId": FEE_ID,
        "newQuantity": quantity,
        "treatment": "prorate",
        **(intent or {}),
    }
    return call(scene, environment, "POST", f"/orders/{ORDER}/amendments", {"orderVersion": 2, "intents": [intent]})


def call(scene: Scene, environment: Environment, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    request = Request(
        method,
        f"{PREFIX}{path}",
        headers=[("Authorization", f"Bearer {scene.tenant.secret}")],
        body=json.dumps(body or {}).encode(),
    )
    found = match(request.method, request.path)
    answer = environment.invoke(found.function, http_event(request, found))
    return int(answer["statusCode"]), json.loads(answer["body"])


def begun(scene: Scene) -> tuple[int, list[int], date | None]:
    """The order's version, how many fees are sold one after the other, and the next day of billing if it is today."""
    order = entities.orders().get(scene.organization_id, ORDER)
    schedule = terms.schedules().get(scene.organization_id, ORDER)
    assert schedule is not None
    assert schedule.value.terms == order.version
    fees = [attribute.quantity for _, attribute in order.attributes() if not attribute.counts_signals]
    next_on = schedule.value.next_billing_on
    return order.version, fees, next_on if next_on == JUNE_15 else None


def settled(scene: Scene) -> dict[date, int]:
    """All invoices up to today, by day, once what was asked for is done; July's is not due."""
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE_15)])
    assert JULY > JUNE_15
    return {invoice.issue_date: invoice.total_minor for invoice in scene.invoices()}
