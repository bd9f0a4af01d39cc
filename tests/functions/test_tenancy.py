"""Tenants do not see each other (law 6): every route, called by one organization with the ids of another in its path.

A route that nobody told this file about fails it: what changes a thing of one's own is not guessed. The ids that stand
in queries and bodies are in test_tenancy_references.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from tests.functions.business import (
    CLOSED,
    NAMES_ALIKE,
    NOBODY,
    THEIRS,
    Ids,
    Two,
    names_somebody,
    nothing_of,
    others_unharmed,
    path_with,
    query_of,
    short,
)
from tests.functions.routes import Known
from tests.world import Answer, fresh_world


def each(routes: Iterable[Known]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in routes])


STOLEN = {"name": "stolen"}
FEE = {
    "pricingType": "RecurringPerUnit",
    "billingFrequency": "Monthly",
    "pricePoints": [{"currency": "USD", "unitPrice": 1}],
}


def amendment(ids: Ids) -> object:
    intent = {"type": "updateQuantity", "orderLineAttributeId": ids["fee"], "newQuantity": 7}
    return {"orderVersion": 2, "intents": [intent]}


BODIES: Mapping[str, Callable[[Ids], object]] = {
    "PUT /products/{id}": lambda _: STOLEN,
    "PUT /products/external/{external_id}": lambda _: STOLEN,
    "PUT /pricing/{id}": lambda _: {"pricing": FEE},
    "PUT /plans/{id}": lambda _: STOLEN,
    "PUT /plans/external/{external_id}": lambda _: STOLEN,
    "PUT /customers/{id}": lambda _: STOLEN,
    "PUT /customers/external/{external_id}": lambda _: STOLEN,
    "POST /customers/{id}/aliases": lambda _: {"alias": "stolen"},
    "POST /customers/external/{external_id}/aliases": lambda _: {"alias": "stolen too"},
    "PUT /customers/{customer_external_id}/users/{user_external_id}": lambda _: STOLEN,
    "PUT /credits/currencies/{id}": lambda _: {"status": "archived"},
    "POST /customers/{id}/credits/grants": lambda ids: {"creditCurrencyKey": ids["currency key"], "amount": 1},
    "POST /customers/external/{external_id}/credits/grants": lambda ids: {
        "creditCurrencyKey": ids["currency key"],
        "amount": 1,
    },
    "PUT /contacts/{id}": lambda _: {"firstName": "stolen"},
    "PUT /contacts/external/{external_id}": lambda _: {"firstName": "stolen"},
    "PUT /orders/{id}": lambda _: STOLEN,
    "POST /orders/{id}/activate": lambda _: None,
    "PUT /orders/{id}/seats/{seat_id}": lambda _: {"userExternalId": None},
    "POST /orders/{id}/seat-assignments": lambda ids: {"assignments": [{"seatId": ids["seat"]}]},
    "POST /orders/{id}/amendments/preview": amendment,
    "POST /orders/{id}/amendments": amendment,
    "PUT /invoices/{id}": lambda _: {"metadata": STOLEN},
    "POST /invoices/{id}/post": lambda _: None,
    "POST /invoices/{id}/void": lambda _: None,
    "POST /invoices/{id}/rebill": lambda _: None,
    "PATCH /webhooks/{name}": lambda _: {"url": f"{NOBODY}/stolen"},
    "POST /webhooks/{name}/test": lambda _: {},
}
"""What changes a thing of one's own, for every route that has an id in its path and takes a body."""

MAKES_WHAT_IS_UNKNOWN = "PUT /customers/{customer_external_id}/users/{user_external_id}"


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with fresh_world() as world:
        yield from others_unharmed(world)


@pytest.fixture
def unharmed(two: Two) -> Iterator[None]:
    """Nothing is written afterwards, nor taken away, that is not ours."""
    before = two.first_not_ours
    yield
    assert two.not_ours() == before


def body_for(route: Known, ids: Ids) -> object:
    return BODIES[short(route)](ids) if route.method in {"PUT", "POST", "PATCH"} else None


def words(answer: Answer, ids: Ids) -> tuple[int, str]:
    """Status and sentence, without the ids that the caller gave."""
    sentence = answer.sentence
    for thing in sorted(ids, key=lambda thing: -len(ids[thing])):
        sentence = sentence.replace(ids[thing], f"<{thing}>")
    return answer.status, sentence


@each(known for known in CLOSED if names_somebody(known))
@pytest.mark.usefixtures("unharmed")
def test_their_ids_in_a_path_are_answered_as_ids_that_nobody_has(two: Two, route: Known) -> None:
    unknown = nothing_of(two.their_ids)

    refused = two.ours.call(route.method, path_with(route, two.their_ids), body_for(route, two.their_ids))
    absent = two.ours.call(route.method, path_with(route, unknown), body_for(route, unknown))

    assert refused.status == 404, refused
    assert words(refused, two.their_ids) == words(absent, unknown)


@each(known for known in CLOSED if len(known.parameters) > 1 and short(known) != MAKES_WHAT_IS_UNKNOWN)
@pytest.mark.usefixtures("unharmed")
def test_their_id_behind_one_of_ours_is_answered_as_one_that_nobody_has(two: Two, route: Known) -> None:
    unknown = nothing_of(two.their_ids)

    refused = two.ours.call(route.method, path_with(route, two.our_ids, two.their_ids), body_for(route, two.their_ids))
    absent = two.ours.call(route.method, path_with(route, two.our_ids, unknown), body_for(route, unknown))

    assert refused.status == 404, refused
    assert words(refused, two.their_ids) == words(absent, unknown)


@each(known for known in CLOSED if short(known) == MAKES_WHAT_IS_UNKNOWN)
@pytest.mark.usefixtures("unharmed")
def test_a_user_called_as_one_of_theirs_is_a_new_one_of_ours(two: Two, route: Known) -> None:
    made = two.ours.call(route.method, path_with(route, two.our_ids, two.their_ids), {})

    assert (made.status, made.body["created"], made.body["name"]) == (200, True, None)


@each(known for known in CLOSED if known.parameters and not names_somebody(known))
@pytest.mark.usefixtures("unharmed")
def test_what_is_called_the_same_everywhere_is_ones_own(two: Two, route: Known) -> None:
    answer = two.ours.call(route.method, path_with(route, two.their_ids), body_for(route, two.their_ids))

    assert answer.status == 200, answer


@each(known for known in CLOSED if known.method == "GET")
def test_nothing_of_theirs_is_in_an_answer_to_us(two: Two, route: Known) -> None:
    answer = two.ours.call("GET", path_with(route, two.our_ids), query=query_of(route, two.our_ids))

    assert answer.status == 200, answer
    assert THEIRS not in str(answer.body)
    theirs_alone = {thing: name for thing, name in two.their_ids.items() if thing not in NAMES_ALIKE}
    assert not [thing for thing, name in theirs_alone.items() if name in str(answer.body)]


def test_the_same_requests_with_ids_of_ones_own_succeed(two: Two) -> None:
    """What is deleted is so in the end, and only what was voided is billed again."""
    for route in sorted(CLOSED, key=lambda known: (known.method == "DELETE", "rebill" in known.path, -len(known.path))):
        if not names_somebody(route):
            continue
        answer = two.ours.call(route.method, path_with(route, two.our_ids), body_for(route, two.our_ids))

        gone_by_its_other_name = route.method == "DELETE" and answer.status == 404
        assert answer.status in {200, 201} or gone_by_its_other_name, (str(route), answer)
