"""API keys: what they open and until when, that their use is noted, and where they must not stand."""

from datetime import UTC, datetime

import pytest

from functions.billing.models.organization import Scope
from functions.runtime.chance import real_now
from functions.wiring import aws, identity
from local.messages import Request
from tests.faults import never_arrives, watched
from tests.functions.accounts import own_clients
from tests.functions.api_keys import DAY, ask, forget_keys, listed, made, moment, opens
from tests.functions.routes import ROUTES, Known, filled
from tests.world import PREFIX, Tenant, World, invoke, send

ONE_OF_EACH = {known.function: known for known in ROUTES if known.scope is not None}.values()
"""A route of each function that takes keys."""

LOOKS_LIKE_A_KEY = "owed_live_" + "k" * 43


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
