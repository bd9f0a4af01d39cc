"""API keys that are rotated or revoked: whoever has one goes on while it is changed, and no longer."""

from datetime import timedelta
from typing import Any

import pytest

from functions.runtime.chance import real_now
from tests.faults import Call, Crash, crashes_after, crashes_before, meanwhile, watched
from tests.functions.accounts import own_clients
from tests.functions.api_keys import DAY, ask, forget_keys, listed, made, moment, opens
from tests.world import World


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


def test_two_rotations_at_once_make_a_key_each(world: World) -> None:
    acme = world.tenant()
    old = made(acme)
    others: list[Any] = []

    def rotate() -> None:
        others.append(ask(acme, "rotate_key", key=old["id"], grace_hours=1))

    with watched(own_clients(), meanwhile(rotate), at="TransactWriteItems"):
        ours = ask(acme, "rotate_key", key=old["id"], grace_hours=24)

    (theirs,) = others
    assert opens(acme, ours["key"])
    assert opens(acme, theirs["key"])
    assert ours["replaced"]["expiresAt"] == theirs["replaced"]["expiresAt"] == listed(acme)[old["id"]]["expiresAt"]


def test_a_key_that_is_revoked_meanwhile_is_not_rotated(world: World) -> None:
    acme = world.tenant()
    old = made(acme)

    with watched(
        own_clients(), meanwhile(lambda: ask(acme, "revoke_key", key=old["id"])), at="TransactWriteItems"
    ) as watch:
        refused = ask(acme, "rotate_key", key=old["id"])

    assert (watch.has_struck, refused["code"]) == (True, "CONFLICT")
    assert len(listed(acme)) == 2  # the tenant's own and this one


def test_a_rotation_whose_write_is_sent_again_makes_one_key(world: World) -> None:
    """DynamoDB knows the request by its token for ten minutes; here the second finds what the first has written."""
    acme = world.tenant()
    old = made(acme)

    with watched(own_clients(), is_sent_already, at="TransactWriteItems"):
        new = ask(acme, "rotate_key", key=old["id"])["key"]

    assert opens(acme, new)
    assert len(listed(acme)) == 3  # the tenant's own, this one and its successor


def is_sent_already(call: Call) -> None:
    call.send()


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
