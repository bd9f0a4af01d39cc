"""Secrets that are shown once, with a fault at each call on the way: they are shown, or nothing was written.

Only who is cut off in the very write, after it took effect, is left without; a new secret can be had then.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.faults import CRASHES, ERRORS, Crash, Fault, answer_is_lost, crashes_after, watched
from tests.functions.accounts import own_clients
from tests.functions.api_keys import ask, forget_keys, listed, made, opens
from tests.functions.hooks import CREATED, Listener
from tests.functions.sales import seller
from tests.receiver import receiving
from tests.world import World

FAULTS = pytest.mark.parametrize("fault", [*CRASHES, *ERRORS])
CUTS_OFF = {crashes_after, answer_is_lost}


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Callable[[], Listener]]:
    """Makes organizations that listen to nothing yet."""
    with receiving() as receiver:
        yield lambda: Listener(seller(empty_world), receiver)


def disturbed(call: Callable[[], Any], fault: Fault, at: int) -> Any:
    """What was answered; None if nothing was."""
    try:
        with watched(own_clients(), fault, at=at):
            return call()
    except (Crash, Exception):  # noqa: BLE001 - whichever it is, the caller has no answer
        return None


def set_up(listener: Listener) -> Any:
    """The secret that is answered, which is None if none was; what is known of keys is forgotten before."""
    forget_keys()
    answer = listener.patch(CREATED, enabled=True, url=listener.receiver.url)
    return answer.body["signingSecret"] if answer.status == 200 else None


@FAULTS
def test_the_first_secret_of_webhooks_is_shown_or_not_made(
    hooks: Callable[[], Listener], fault: Fault, subtests: pytest.Subtests
) -> None:
    undisturbed = hooks()
    with watched(own_clients()) as watch:
        assert set_up(undisturbed) is not None
    writes = [position for position, operation in enumerate(watch.calls) if operation == "PutItem"]
    assert writes == [len(watch.calls) - 1], "something is read after the secret is written"

    for position, operation in enumerate(watch.calls):
        with subtests.test(position=position, operation=operation):
            listener = hooks()

            secret = disturbed(partial(set_up, listener), fault, position)

            is_configured = listener.acme.tenant.get("/webhooks/")["signingSecretConfigured"]
            if is_configured and secret is None:
                assert (operation, fault in CUTS_OFF) == ("PutItem", True)
                rotated = listener.acme.tenant.call("POST", "/webhooks/rotate-secret", {})
                secret = rotated.body["signingSecret"]
            listener.receiver.received.clear()
            secret = secret or set_up(listener)
            assert listener.test(CREATED).body == {"success": True}
            assert listener.receiver.received[0].is_signed_with(secret)


@FAULTS
def test_a_rotated_key_is_shown_or_not_made(world: World, fault: Fault, subtests: pytest.Subtests) -> None:
    acme = world.tenant()
    undisturbed = made(acme)["id"]
    with watched(own_clients()) as watch:
        ask(acme, "rotate_key", key=undisturbed)
    assert watch.calls.index("TransactWriteItems") == len(watch.calls) - 1, "something follows the write"

    for position, operation in enumerate(watch.calls):
        with subtests.test(position=position, operation=operation):
            old = made(acme)
            before = listed(acme).keys()

            answer = disturbed(partial(ask, acme, "rotate_key", key=old["id"]), fault, position)

            if answer is None:
                is_cut_off = operation == "TransactWriteItems" and fault in CUTS_OFF
                assert len(listed(acme).keys() - before) == (1 if is_cut_off else 0)
                answer = ask(acme, "rotate_key", key=old["id"])
            assert opens(acme, answer["key"])
            assert opens(acme, old)
            assert listed(acme)[old["id"]]["expiresAt"] == answer["replaced"]["expiresAt"]
