"""Plans are made and changed over HTTP, disturbed at each AWS call: a product never has two defaults, nor loses one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from functions.wiring import entities, planning
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.builders import make_product_attribute
from tests.exactly_once.environment import Environment
from tests.exactly_once.racing import at_each_call
from tests.exactly_once.scene import PRODUCT, Scene
from tests.faults import CRASHES, ERRORS, Crash, Fault, watched
from tests.memory import saved
from tests.world import PREFIX

FEE = {
    "pricingType": "RecurringPerUnit",
    "billingFrequency": "Monthly",
    "pricePoints": [{"currency": "USD", "unitPrice": 50_00}],
}

Send = Callable[[Environment], int]
"""What one execution environment is sent; it answers with the status."""


@dataclass(frozen=True)
class Shelf:
    """The product of the scene, with one component, and its plans by their external ids."""

    scene: Scene

    def __post_init__(self) -> None:
        attributes = (make_product_attribute(),)
        entities.products().modify(
            self.scene.organization_id, PRODUCT, lambda product: product.model_copy(update={"attributes": attributes})
        )

    def create(self, name: str, **fields: object) -> Send:
        attributes = [{"productAttributeId": "pa_1_1", "pricing": FEE}]
        body = {"productId": PRODUCT, "externalId": name, "attributes": attributes, **fields}
        return lambda environment: self._send(environment, "POST", "/plans/", body)

    def update(self, name: str, /, **fields: object) -> Send:
        return lambda environment: self._send(environment, "PUT", f"/plans/external/{name}", fields)

    def put(self, path: str, **fields: object) -> Send:
        return lambda environment: self._send(environment, "PUT", path, fields)

    def made(self, *names: str) -> None:
        """The first of them is the default."""
        for name in names:
            assert self.create(name, isDefault=name == names[0])(self.scene.environment()) == 201

    def id_of(self, name: str) -> str:
        found = planning.plans().resolve(self.scene.organization_id, name)
        assert found is not None
        return found

    def plans(self) -> dict[str | None, Any]:
        page = planning.plans().page(self.scene.organization_id, limit=99, offset=0)
        assert page.total == len(page.items)
        return {plan.external_id: plan for plan in page.items}

    def default(self) -> str | None:
        """The name of the plan that the product has as its default, which exists."""
        default_id = entities.products().get(self.scene.organization_id, PRODUCT).default_plan_id
        return next((name for name, plan in self.plans().items() if plan.id == default_id), None)

    def _send(self, environment: Environment, method: str, path: str, body: object) -> int:
        headers = [("Authorization", f"Bearer {self.scene.tenant.secret}")]
        request = Request(method, f"{PREFIX}{path}", headers=headers, body=json.dumps(body).encode())
        found = match(request.method, request.path)
        return int(environment.invoke(found.function, http_event(request, found))["statusCode"])


@pytest.fixture
def shelf(scene: Scene) -> Shelf:
    return Shelf(scene)


def calls_of(shelf: Shelf, act: Send) -> list[str]:
    with watched(shelf.scene.world.clients) as watch:
        assert act(shelf.scene.environment()) in {200, 201}
    return watch.calls


@pytest.mark.parametrize("crash", CRASHES)
def test_a_new_default_is_made_whole_or_not_at_all(shelf: Shelf, crash: Fault, subtests: pytest.Subtests) -> None:
    shelf.made("old")
    put_back, act = saved(), shelf.create("new", isDefault=True)

    for position, operation in enumerate(calls_of(shelf, act)):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(shelf.scene.world.clients, crash, at=position), pytest.raises(Crash):
                act(shelf.scene.environment())
            assert (set(shelf.plans()), shelf.default()) in (({"old"}, "old"), ({"old", "new"}, "new"))

            assert act(shelf.scene.environment()) in {201, 400}  # 400: its external id is taken, by itself
            assert (set(shelf.plans()), shelf.default()) == ({"old", "new"}, "new")


@pytest.mark.parametrize("crash", CRASHES)
def test_a_plan_becomes_the_default_with_all_else_that_is_said_of_it(
    shelf: Shelf, crash: Fault, subtests: pytest.Subtests
) -> None:
    shelf.made("old", "new")
    put_back, act = saved(), shelf.update("new", name="New", isDefault=True)

    for position, operation in enumerate(calls_of(shelf, act)):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(shelf.scene.world.clients, crash, at=position), pytest.raises(Crash):
                act(shelf.scene.environment())
            assert (shelf.plans()["new"].name, shelf.default()) in ((None, "old"), ("New", "new"))

            assert act(shelf.scene.environment()) == 200
            assert (shelf.plans()["new"].name, shelf.default()) == ("New", "new")


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_at_any_call_is_told_or_overcome(shelf: Shelf, error: Fault, subtests: pytest.Subtests) -> None:
    shelf.made("old", "new")
    put_back, act = saved(), shelf.update("new", isDefault=True)

    for position, operation in enumerate(calls_of(shelf, act)):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = shelf.scene.environment()
            with watched(shelf.scene.world.clients, error, at=position):
                status = act(environment)
            if status != 200:
                assert status >= 500  # clients try again
                assert act(environment) == 200

            assert shelf.default() == "new"


def test_of_two_first_plans_one_is_the_default(shelf: Shelf, subtests: pytest.Subtests) -> None:
    mine, theirs = (shelf.create(name, isDefault=True) for name in ("mine", "theirs"))

    for position, operation in at_each_call(shelf.scene, mine, theirs):
        with subtests.test(position=position, operation=operation):
            assert set(shelf.plans()) == {"mine", "theirs"}
            assert shelf.default() == "mine", "theirs was written before mine was"


def test_of_two_plans_made_the_default_at_once_the_last_one_is(shelf: Shelf, subtests: pytest.Subtests) -> None:
    shelf.made("old", "mine", "theirs")
    mine, theirs = (shelf.update(name, isDefault=True) for name in ("mine", "theirs"))

    for position, operation in at_each_call(shelf.scene, mine, theirs):
        with subtests.test(position=position, operation=operation):
            assert shelf.default() == "mine", "theirs was written before mine was"


def test_a_plan_that_is_archived_meanwhile_does_not_become_the_default(shelf: Shelf, subtests: pytest.Subtests) -> None:
    shelf.made("old", "new")
    statuses: list[object] = []

    def mine(environment: Environment) -> None:
        statuses.append(shelf.update("new", isDefault=True)(environment))

    for position, operation in at_each_call(shelf.scene, mine, shelf.update("new", status="archived")):
        with subtests.test(position=position, operation=operation):
            assert shelf.plans()["new"].archived_at is not None
            assert (statuses[-1], shelf.default()) == (400, "old")


def test_what_else_changes_of_the_product_meanwhile_is_kept(shelf: Shelf, subtests: pytest.Subtests) -> None:
    shelf.made("old", "new")
    new_id = shelf.id_of("new")
    path = shelf.put("/plans/upgrade-path", productId=PRODUCT, groups=[{"planIds": [new_id]}])
    renamed = shelf.put(f"/products/{PRODUCT}", name="Renamed")

    def others(environment: Environment) -> None:
        assert (path(environment), renamed(environment)) == (200, 200)

    for position, operation in at_each_call(shelf.scene, shelf.update("new", isDefault=True), others):
        with subtests.test(position=position, operation=operation):
            product = entities.products().get(shelf.scene.organization_id, PRODUCT)
            assert (product.name, shelf.default()) == ("Renamed", "new")
            assert [each.plan_ids for each in product.upgrade_paths] == [(new_id,)]
