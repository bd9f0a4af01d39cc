"""API keys, from the administrator's side and from that of whoever calls with them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.billing.models.organization import Scope
from functions.runtime.chance import real_now
from functions.wiring import aws, identity
from local.messages import Request
from tests.faults import Crash, crashes_after, crashes_before, never_arrives, watched
from tests.functions.accounts import own_clients
from tests.functions.routes import ROUTES, Known, filled
from tests.world import PREFIX, Tenant, World, invoke, send

DAY = timedelta(days=1)
ONE_OF_EACH = {known.function: known for known in ROUTES if known.scope is not None}.values()
"""A route of each function that takes keys."""

LOOKS_LIKE_A_KEY = "owed_live_" + "k" * 43


def ask(acme: Tenant, operation: str, **fields: object) -> Any:
    return invoke("admin", {"operation": operation, "organization": acme.organization_id, **fields})


def made(acme: Tenant, **fields: object) -> Any:
    return ask(acme, "create_key", name="server", **fields)["key"]


def listed(acme: Tenant) -> dict[str, Any]:
    return {key["id"]: key for key in ask(acme, "list_keys")["keys"]}


def opens(acme: Tenant, key: Any) -> bool:
    return Tenant(acme.organization_id, key["secret"]).call("GET", "/customers/").status == 200


def forget_keys() -> None:
    """As a cold start does: what is revoked is refused at once, and not after the time that keys are remembered."""
    identity._authenticator.cache_clear()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---- what a key opens


def test_the_first_key_of_an_organization_opens_everything(world: World) -> None:
    del world
    created = invoke("admin", {"operation": "create_organization", "name": "Acme AI"})

    assert set(created["key"]["scopes"]) == set(Scope)


def test_a_key_opens_what_is_not_dangerous_unless_it_is_said(world: World) -> None:
    assert made(world.tenant())["scopes"] == ["read", "write", "signals"]


def test_a_key_for_signals_sends_them_and_does_nothing_else(world: World) -> None:
    acme = world.tenant()
    sender = Tenant(acme.organization_id, made(acme, scopes=["signals"])["secret"])
    signal = {"eventName": "e", "customer": {"externalCustomerId": "acme"}}

    assert sender.call("POST", "/signals/bulk", {"signals": [signal]}).status == 200
    for method, path in (("GET", "/signals/"), ("GET", "/customers/"), ("POST", "/customers/")):
        refused = sender.call(method, path, {})
        assert (refused.status, refused.sentence) == (
            403,
            f"the API key lacks the scope '{'write' if method == 'POST' else 'read'}'",
        )


@pytest.mark.parametrize("verb", ["void", "rebill"])
def test_who_may_write_may_not_take_back_a_posted_invoice(world: World, verb: str) -> None:
    acme = world.tenant()
    server = Tenant(acme.organization_id, made(acme)["secret"])

    refused = server.call("POST", f"/invoices/inv_1/{verb}")

    assert (refused.status, refused.sentence) == (403, "the API key lacks the scope 'admin'")
    assert acme.call("POST", f"/invoices/inv_1/{verb}").status == 404


def test_a_scope_that_does_not_exist_is_refused(world: World) -> None:
    refused = ask(world.tenant(), "create_key", name="server", scopes=["reed"])

    assert refused["code"] == "INVALID_INPUT"
    assert "reed" in refused["error"]


# ---- expiry


def test_a_key_is_refused_from_the_moment_it_expires(world: World) -> None:
    acme = world.tenant()
    key = made(acme, expires_at=(real_now() + DAY).isoformat())
    assert opens(acme, key)

    identity.api_keys().modify(
        acme.organization_id, key["id"], lambda key: key.model_copy(update={"expires_at": real_now()})
    )
    forget_keys()

    assert not opens(acme, key)


def test_a_key_that_would_be_expired_already_is_refused(world: World) -> None:
    refused = ask(world.tenant(), "create_key", name="server", expires_at="2025-01-01T00:00:00Z")

    assert refused == {
        "error": "expires_at is 2025-01-01T00:00:00+00:00, expected a moment to come",
        "code": "INVALID_INPUT",
    }


# ---- rotation and revocation


def test_a_rotated_key_and_its_successor_both_open_until_the_grace_is_over(world: World) -> None:
    acme = world.tenant()
    old = made(acme, scopes=["read"])
    before = real_now()

    answer = ask(acme, "rotate_key", key=old["id"], grace_hours=48)

    new, replaced = answer["key"], answer["replaced"]
    assert (new["name"], new["scopes"], new["expiresAt"]) == ("server", ["read"], None)
    assert timedelta(0) <= moment(replaced["expiresAt"]) - (before + 2 * DAY) < timedelta(minutes=5)
    assert opens(acme, old)
    assert opens(acme, new)
    assert listed(acme)[old["id"]]["expiresAt"] == replaced["expiresAt"]


def test_without_grace_the_old_key_ends_at_once(world: World) -> None:
    acme = world.tenant()
    old = made(acme)

    new = ask(acme, "rotate_key", key=old["id"], grace_hours=0)["key"]
    forget_keys()

    assert (opens(acme, old), opens(acme, new)) == (False, True)


def test_the_successor_lives_as_long_as_the_key_was_made_for(world: World) -> None:
    acme = world.tenant()
    old = made(acme, expires_at=(real_now() + 90 * DAY).isoformat())
    before = real_now()

    first = ask(acme, "rotate_key", key=old["id"])["key"]
    second = ask(acme, "rotate_key", key=old["id"])["key"]

    for key in (first, second):
        assert abs(moment(key["expiresAt"]) - (before + 90 * DAY)) < timedelta(minutes=5)


def test_rotating_again_brings_the_end_nearer_and_never_puts_it_off(world: World) -> None:
    acme = world.tenant()
    old = made(acme)

    ends = [ask(acme, "rotate_key", key=old["id"], grace_hours=hours)["replaced"]["expiresAt"] for hours in (24, 48, 1)]

    assert ends[0] == ends[1] > ends[2]


@pytest.mark.parametrize("crash", [crashes_before, crashes_after])
def test_a_crash_at_any_call_of_a_rotation_leaves_the_old_key_open_and_it_can_be_repeated(
    world: World, crash: Any, subtests: pytest.Subtests
) -> None:
    acme = world.tenant()
    undisturbed = made(acme)["id"]
    with watched(own_clients()) as watch:
        ask(acme, "rotate_key", key=undisturbed)

    for position, operation in enumerate(watch.calls):
        with subtests.test(position=position, operation=operation):
            old = made(acme)
            with watched(own_clients(), crash, at=position), pytest.raises(Crash):
                ask(acme, "rotate_key", key=old["id"])
            assert opens(acme, old)

            new = ask(acme, "rotate_key", key=old["id"])["key"]

            assert opens(acme, new)
            assert listed(acme)[old["id"]]["expiresAt"] is not None


def test_a_key_that_has_ended_is_not_rotated(world: World) -> None:
    acme = world.tenant()
    old = made(acme)
    ask(acme, "revoke_key", key=old["id"])

    refused = ask(acme, "rotate_key", key=old["id"])

    assert refused["code"] == "CONFLICT"
    assert len(listed(acme)) == 2  # the tenant's own and this one


def test_a_revoked_key_keeps_the_moment_it_was_revoked_first(world: World) -> None:
    acme = world.tenant()
    key = made(acme)

    first = ask(acme, "revoke_key", key=key["id"])["key"]["revokedAt"]
    second = ask(acme, "revoke_key", key=key["id"])["key"]["revokedAt"]
    forget_keys()

    assert first == second
    assert not opens(acme, key)


@pytest.mark.parametrize("operation", ["rotate_key", "revoke_key"])
def test_another_organizations_key_is_not_found(world: World, operation: str) -> None:
    acme, other = world.tenant(), world.tenant()
    key = made(acme)

    assert ask(other, operation, key=key["id"]) == {"error": f"key {key['id']} was not found", "code": "NOT_FOUND"}
    assert opens(acme, key)


# ---- last use


def test_the_list_tells_when_a_key_was_last_used(world: World) -> None:
    acme = world.tenant()
    key, unused = made(acme), made(acme)

    before = real_now().replace(microsecond=0)
    opens(acme, key)

    told = listed(acme)
    assert before <= moment(told[key["id"]]["lastUsedAt"]) <= datetime.now(UTC)
    assert told[unused["id"]]["lastUsedAt"] is None


@pytest.mark.parametrize("route", ONE_OF_EACH, ids=str)
def test_every_function_notes_a_use_and_is_allowed_to(world: World, route: Known) -> None:
    acme = world.tenant()
    forget_keys()

    acme.call(route.method, filled(route, "some-id").removeprefix(PREFIX), {})

    assert len(identity.api_keys().last_uses(acme.organization_id)) == 1


def test_a_use_costs_one_write_and_the_next_none(world: World) -> None:
    acme = world.tenant()
    forget_keys()

    with watched(own_clients()) as first:
        acme.get("/customers/")
    with watched(own_clients()) as second:
        acme.get("/customers/")

    assert first.calls.count("UpdateItem") == 1
    assert "UpdateItem" not in second.calls


def test_a_use_that_cannot_be_noted_fails_no_request(world: World) -> None:
    acme = world.tenant()
    forget_keys()

    with watched(own_clients(), never_arrives, at="UpdateItem") as watch:
        acme.get("/customers/")

    assert watch.has_struck


# ---- keys where they do not belong


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/customers/", f"apiKey={LOOKS_LIKE_A_KEY}"),
        ("/customers/", f"owed%5Flive%5F{'k' * 43}"),
        ("/customers/", f"a=1&token=Bearer+{LOOKS_LIKE_A_KEY}"),
        (f"/customers/{LOOKS_LIKE_A_KEY}", ""),
        (f"/customers/external/owed%5Ftest%5F{'k' * 43}", ""),
        (f"/nothing/{LOOKS_LIKE_A_KEY}", ""),
        (f"/customers/{LOOKS_LIKE_A_KEY[:30]}", ""),
    ],
)
def test_a_key_in_the_url_is_refused_without_being_looked_up_or_repeated(world: World, path: str, query: str) -> None:
    headers = [("Authorization", f"Bearer {world.tenant().secret}")]

    with watched(own_clients()) as watch:
        answer = send(Request("GET", PREFIX + path, query=query, headers=headers, body=b""))

    assert (answer["statusCode"], watch.calls) == (400, [])
    assert '"code": "KEY_IN_URL"' in answer["body"]
    assert "revoke that key" in answer["body"]
    assert "kkk" not in answer["body"]


def test_what_only_begins_like_a_key_is_an_id_as_others(world: World) -> None:
    assert world.tenant().call("GET", "/customers/external/owed_test_customer").status == 404


def test_keys_are_stored_without_their_secrets(world: World) -> None:
    acme = world.tenant()
    secret = made(acme)["secret"]

    stored = str(aws.dynamodb().scan(TableName=aws.records().table)["Items"])

    assert secret not in stored
    assert secret.split("_", 2)[2] not in stored
