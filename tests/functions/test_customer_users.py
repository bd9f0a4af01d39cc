"""`PUT /customers/{customerExternalId}/users/{userExternalId}`; what it does to seats is in test_customer_state.py."""

from datetime import date

import pytest

from tests.world import Tenant, World

BOB = "/customers/acme/users/bob"


@pytest.fixture
def acme(world: World) -> Tenant:
    tenant = world.tenant(clock=date(2025, 6, 1))
    tenant.create("/customers/", name="Acme Ltd", externalId="acme")
    return tenant


def test_the_first_call_makes_the_user_and_the_next_changes_it(acme: Tenant) -> None:
    made = acme.call("PUT", BOB, {"name": "Bob", "email": "bob@acme.example", "metadata": {"team": 1}}).body
    changed = acme.call("PUT", BOB, {"email": None, "status": "deactivated"}).body

    assert made == {
        "id": made["id"],
        "externalId": "bob",
        "customerExternalId": "acme",
        "name": "Bob",
        "email": "bob@acme.example",
        "metadata": {"team": 1},
        "status": "active",
        "created": True,
        "createdAt": "2025-06-01T00:00:00.000Z",
        "updatedAt": "2025-06-01T00:00:00.000Z",
    }
    assert changed == {**made, "email": None, "status": "deactivated", "created": False}


def test_users_of_two_customers_may_have_the_same_external_id(acme: Tenant) -> None:
    acme.create("/customers/", name="Other Ltd", externalId="other")

    first = acme.call("PUT", BOB, {}).body
    second = acme.call("PUT", "/customers/other/users/bob", {}).body

    assert second["created"] is True
    assert first["id"] != second["id"]


def test_a_customer_may_be_named_by_its_alias(acme: Tenant) -> None:
    acme.create("/customers/external/acme/aliases", alias="crm-1")
    made = acme.call("PUT", BOB, {"name": "Bob"}).body

    same = acme.call("PUT", "/customers/crm-1/users/bob", {}).body

    assert same == {**made, "created": False, "customerExternalId": "crm-1"}


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        (BOB, {"status": "gone"}, "status is 'gone': expected 'active' or 'deactivated'"),
        (BOB, {"email": "bob"}, "email is 'bob': expected an email address such as ada@example.com"),
        (
            "/customers/acme/users/" + "b" * 256,
            {},
            f"userExternalId is '{'b' * 59}...: expected a text with at most 255 characters",
        ),
    ],
)
def test_a_bad_user_is_refused(acme: Tenant, path: str, body: object, sentence: str) -> None:
    answer = acme.call("PUT", path, body)

    assert (answer.status, answer.sentence) == (400, sentence)


def test_a_user_needs_a_customer_of_the_tenant(world: World, acme: Tenant) -> None:
    assert acme.call("PUT", "/customers/nobody/users/bob", {}).status == 404
    assert world.tenant("Other").call("PUT", BOB, {}).status == 404
    assert acme.call("PUT", BOB, {}).body["created"] is True
