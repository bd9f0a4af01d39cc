"""Every route of every handler: found with either slash, closed without a key of the right scope, and told apart."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from functions.billing.errors import shown
from functions.billing.models.organization import Scope
from functions.runtime.chance import real_now
from local.routes import match
from tests.functions.routes import ROUTES, Known, filled
from tests.world import PREFIX, World, call, fresh_world

KEYLESS = {("GET", "/health"), ("GET", "/openapi.json")}
"""What anybody may call."""

BY_END = {"preview": Scope.READ, "bulk": Scope.SIGNALS, "void": Scope.ADMIN, "rebill": Scope.ADMIN}
"""What changes nothing, what is sent by everybody's servers, and what takes back a posted invoice."""

EVERY = pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in ROUTES])
CLOSED = pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in ROUTES if known.scope])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Nothing here changes anything, so one is enough."""
    with fresh_world() as made:
        yield made


def test_only_what_is_meant_to_be_public_is() -> None:
    assert {(known.method, known.path) for known in ROUTES if known.scope is None} == KEYLESS


@EVERY
def test_a_path_with_or_without_a_slash_at_its_end_reaches_the_function_that_knows_it(route: Known) -> None:
    path = filled(route, "some id").rstrip("/")

    for form in (path, path + "/"):
        assert match(route.method, form).function == route.function


@EVERY
def test_both_forms_of_a_path_are_answered_alike(world: World, route: Known) -> None:
    key = f"Bearer {world.tenant(clock=date(2025, 6, 1)).secret}"
    path = filled(route, "some-id").removeprefix(PREFIX).rstrip("/")

    without, with_slash = (call(route.method, form, {}, authorization=key) for form in (path, path + "/"))

    assert without.status not in {405, 500}
    assert "UNKNOWN" not in str(without.body)
    assert (with_slash.status, words(with_slash.body)) == (without.status, words(without.body))


def words(body: Any) -> Any:
    """Of an answer what does not depend on the moment."""
    return body.get("error", body.keys()) if isinstance(body, dict) else body


@CLOSED
@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer owed_test_garbage", "Basic YWxhZGRpbjpvcGVu"]
)
def test_no_key_and_a_wrong_key_are_refused(route: Known, authorization: str | None) -> None:
    answer = call(route.method, filled(route, "some-id").removeprefix(PREFIX), {}, authorization=authorization)

    assert (answer.status, answer.body["code"]) == (403, "FORBIDDEN")
    assert answer.sentence.startswith("the API key is ")


@CLOSED
def test_a_key_without_the_scope_of_the_route_is_refused(world: World, route: Known) -> None:
    acme = world.tenant()
    others = tuple(scope for scope in Scope if scope not in {route.scope, Scope.ADMIN})
    secret = world.key(acme.organization_id, scopes=others, now=real_now())

    answer = call(route.method, filled(route, "some-id").removeprefix(PREFIX), {}, authorization=f"Bearer {secret}")

    assert (answer.status, answer.body["code"]) == (403, "FORBIDDEN")
    assert answer.sentence == f"the API key lacks the scope '{route.scope}'"


@CLOSED
def test_a_key_of_an_administrator_opens_every_route(world: World, route: Known) -> None:
    acme = world.tenant(scopes=(Scope.ADMIN,))

    assert acme.call(route.method, filled(route, "some-id").removeprefix(PREFIX), {}).status != 403


@CLOSED
def test_what_a_route_asks_for_follows_from_its_method_and_the_end_of_its_path(route: Known) -> None:
    by_method = Scope.READ if route.method == "GET" else Scope.WRITE

    assert route.scope is BY_END.get(route.path.rpartition("/")[2], by_method)


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/customers/a/b/c", "/products/a/b", "/orders/a/b", "/invoices/a/lines/b", "/signals/a/b"]
)
def test_an_unknown_path_is_answered_with_404_and_the_error_body(world: World, path: str) -> None:
    answer = world.tenant().call("GET", path)

    assert (answer.status, answer.body["code"]) == (404, "UNKNOWN_PATH")
    assert answer.sentence == f"there is no path {(PREFIX + path).rstrip('/')}"


@EVERY
def test_an_unknown_method_is_answered_with_405_and_those_that_are_known(world: World, route: Known) -> None:
    path = filled(route, "some-id")

    answer = world.tenant().call("TRACE", path.removeprefix(PREFIX))

    assert (answer.status, answer.body["code"]) == (405, "UNKNOWN_METHOD")
    assert answer.sentence.startswith(f"{shown(path.rstrip('/'))} does not know TRACE, expected one of ")
    assert route.method in answer.sentence.rpartition("one of ")[2].split(", ")


def test_of_two_routes_that_fit_the_longer_answers(world: World) -> None:
    acme = world.tenant()
    acme.create("/customers/", name="Acme Ltd", externalId="state")

    assert acme.get("/customers/external/state")["name"] == "Acme Ltd"
    assert acme.get("/customers/external/state/state")["customer"]["name"] == "Acme Ltd"


@pytest.mark.parametrize("external_id", ["a b", "a/b", "a%b", "a+b", "ü", "a?b", "a#b", "%2F", "a\nb", "a\x00b"])
def test_an_external_id_may_hold_any_character(world: World, external_id: str) -> None:
    acme = world.tenant()
    acme.create("/customers/", name="Acme Ltd", externalId=external_id)

    assert acme.get(f"/customers/external/{quote(external_id)}")["externalId"] == external_id
