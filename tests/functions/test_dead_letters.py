"""What could not be worked on is kept, accounted for, and counted in the end when it is sent again (`owed redrive`)."""

import pytest

from functions.billing.models.settlement import UNKNOWN, Outcome
from functions.runtime.signal_envelope import read_message
from functions.wiring import settling
from infra.resources import DOCUMENTS, SIGNAL_QUEUE
from local.resources import physical_name
from tests.functions.accounts import (
    SIGNAL_DEAD_LETTERS,
    Account,
    account,
    deliver,
    depth,
    give_up,
    log_of,
    put,
    refused,
    taken,
)
from tests.world import World

GIVEN_UP = "each delivery of the message failed; the log of rate_signals says why"


@pytest.fixture
def acme(empty_world: World) -> Account:
    """With a second customer, `beta`, for whom nothing is counted."""
    made = account(empty_world)
    made.seller.tenant.create("/customers/", name="Beta", externalId="beta")
    return made


def beta(acme: Account) -> str:
    return str(acme.seller.tenant.get("/customers/", externalId="beta")["data"][0]["id"])


def kept(world: World, organization_id: str) -> list[str]:
    """The keys of the messages that are kept of an organization."""
    prefix = f"dead-letters/signals/{organization_id}/"
    listed = world.clients.s3.list_objects_v2(Bucket=physical_name(DOCUMENTS.name), Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", [])]


def outcomes(acme: Account) -> list[Outcome]:
    return [stored.value.outcome for stored in settling.settlements().all(acme.id)]


def redrive(acme: Account, **fields: object) -> tuple[int, int]:
    """How many messages were sent again, and moved back."""
    answered = acme.ask("redrive", **fields)
    assert (answered.get("gone"), answered.get("next", "missing")) == ([], None), answered
    return answered["sent"], answered["movedBack"]


def die(acme: Account) -> None:
    """One message with a signal of `acme` and two of `beta`, whose log cannot be written to until it is given up."""
    acme.send_all([acme.signal("1"), acme.signal("2", customer="beta"), acme.signal("3", customer="beta")])
    with refused(log_of(beta(acme))):
        give_up(acme.world)
    assert depth(acme.world, SIGNAL_DEAD_LETTERS) == 1


# ---- given up, kept, sent again


def test_what_was_given_up_is_rejected_and_counted_once_when_it_is_sent_again(acme: Account) -> None:
    die(acme)

    acme.world.work()
    assert acme.ends() == (3, 1, 0, 0, 2, 0)
    assert acme.balance()["rejectedBecause"] == [{"signals": 2, "what": GIVEN_UP}]
    assert redrive(acme) == (1, 0)
    balance = acme.balance()
    assert (balance["rejected"], balance["inFlight"], balance["redriven"], balance["queued"]) == (0, 2, 1, 1)
    acme.world.work()

    assert acme.ends() == (3, 1, 2, 0, 0, 0)
    assert outcomes(acme) == [Outcome.SETTLED]
    assert redrive(acme) == (0, 0)


def test_a_message_of_which_nothing_was_taken_needs_no_further_word_when_all_of_it_is(acme: Account) -> None:
    acme.send("1", "2", customer="beta")
    with refused(log_of(beta(acme))):
        give_up(acme.world)
    acme.world.work()
    assert acme.ends() == (2, 0, 0, 0, 2, 0)

    redrive(acme)
    acme.world.work()

    assert acme.ends() == (2, 0, 2, 0, 0, 0)
    assert outcomes(acme) == [Outcome.REDRIVEN]
    assert redrive(acme) == (0, 0)


def test_it_lies_among_the_dead_again_when_the_cause_is_not_mended(acme: Account) -> None:
    die(acme)
    acme.world.work()

    for _ in range(2):
        redrive(acme)
        with refused(log_of(beta(acme))):
            give_up(acme.world)
        acme.world.work()
        assert acme.ends() == (3, 1, 0, 0, 2, 0)

    assert outcomes(acme) == [Outcome.DEAD]
    assert len(kept(acme.world, acme.id)) == 1


def test_a_repeat_in_a_message_that_was_given_up_is_a_repeat_in_the_end(acme: Account) -> None:
    die(acme)
    acme.world.work()
    acme.send("2", customer="beta")
    acme.world.work()

    redrive(acme)
    acme.world.work()

    assert acme.ends() == (3 + 1, 1, 2, 1, 0, 0)


def test_a_message_that_was_done_and_only_not_taken_away_loses_nothing_among_the_dead(acme: Account) -> None:
    """Its worker ended, and each time was too late to say so."""
    acme.send("1", "2")
    acme.send("2", "3")
    first, second = taken(acme.world, SIGNAL_QUEUE)
    for _ in range(2):
        deliver("rate_signals", SIGNAL_QUEUE, [first, second])

    put(acme.world, SIGNAL_DEAD_LETTERS, first.body, second.body)
    acme.world.work()
    assert acme.ends() == (4, 3, 0, 1, 0, 0)

    redrive(acme)
    acme.world.work()
    assert acme.ends() == (4, 3, 0, 1, 0, 0)


def test_dead_letters_that_nobody_has_taken_are_moved_back(acme: Account) -> None:
    die(acme)

    assert redrive(acme) == (0, 1)
    assert depth(acme.world, SIGNAL_DEAD_LETTERS) == 0
    acme.world.work()

    assert acme.ends() == (3, 1, 2, 0, 0, 0)


def test_one_message_is_sent_again_by_its_id_however_often(acme: Account) -> None:
    die(acme)
    acme.world.work()
    (message,) = (stored.value.message for stored in settling.settlements().all(acme.id))

    for _ in range(2):
        assert redrive(acme, message=message) == (1, 0)
    acme.world.work()

    assert acme.ends() == (3, 1, 2, 0, 0, 0)
    assert acme.ask("redrive", message=message) == {
        "error": f"message {message} was not kept: none of its signals was refused",
        "code": "NOT_KEPT",
    }
    assert acme.ask("redrive", message="other")["code"] == "NOT_FOUND"


def test_a_body_that_is_gone_is_told_and_stops_no_other(acme: Account) -> None:
    die(acme)
    die_again = [acme.signal("5"), acme.signal("6", customer="beta")]
    acme.send_all(die_again)
    with refused(log_of(beta(acme))):
        give_up(acme.world)
    acme.world.work()
    first, _ = sorted(kept(acme.world, acme.id))
    acme.world.clients.s3.delete_object(Bucket=physical_name(DOCUMENTS.name), Key=first)

    answered = acme.ask("redrive")
    acme.world.work()

    assert (answered["sent"], len(answered["gone"])) == (1, 1)
    assert acme.ends() == (5, 2, 1, 0, 2, 0)


def test_what_another_organization_has_among_the_dead_stays_there(acme: Account) -> None:
    other = account(acme.world)
    other.seller.tenant.create("/customers/", name="Beta", externalId="beta")
    for each in (acme, other):
        die(each)
        each.world.work()

    redrive(acme)
    acme.world.work()

    assert acme.ends() == (3, 1, 2, 0, 0, 0)
    assert other.ends() == (3, 1, 0, 0, 2, 0)


def test_all_organizations_are_redriven_at_once(acme: Account) -> None:
    other = account(acme.world)
    other.seller.tenant.create("/customers/", name="Beta", externalId="beta")
    for each in (acme, other):
        die(each)
        each.world.work()

    assert redrive(acme, organization=None) == (2, 0)
    acme.world.work()

    for each in (acme, other):
        assert each.ends() == (3, 1, 2, 0, 0, 0)


# ---- what cannot be read


def test_what_nobody_can_read_is_kept_and_sent_again_with_all(acme: Account) -> None:
    for body in ("not a message", '{"schema": 2}\nAAAA', "AAAA"):
        put(acme.world, SIGNAL_QUEUE, body)
    give_up(acme.world)

    acme.world.work()

    assert len(kept(acme.world, UNKNOWN)) == 3
    assert acme.balance()["unreadable"] == 3
    assert {stored.value.reason for stored in settling.settlements().all(UNKNOWN)} == {"the message cannot be read"}
    assert redrive(acme) == (0, 0)
    assert redrive(acme, organization=None) == (3, 0)
    assert depth(acme.world, SIGNAL_QUEUE) == 3


def test_of_a_damaged_message_with_a_header_all_signals_are_accounted_for(acme: Account) -> None:
    acme.send("1", "2", "3")
    (message,) = taken(acme.world, SIGNAL_QUEUE)
    header, _, content = message.body.rpartition("\n")
    put(acme.world, SIGNAL_QUEUE, f"{header}\n{content[:20]}")
    give_up(acme.world)

    acme.world.work()

    assert acme.ends() == (3, 0, 0, 0, 3, 0)


def test_a_message_of_a_newer_schema_is_accounted_for_by_what_its_header_tells(acme: Account) -> None:
    acme.send("1", "2", "3")
    (message,) = taken(acme.world, SIGNAL_QUEUE)
    newer = message.body.replace('"schema":2', '"schema":3,"mode":"new"')
    assert newer != message.body

    read = read_message(newer)

    assert (read.organization_id, read.signals) == (acme.id, 3)
    assert read.source == read_message(message.body).source


# ---- refused for good


def test_signals_of_an_organization_that_is_not_there_are_rejected_and_count_when_it_is(acme: Account) -> None:
    acme.send("1", "2")
    key = {"pk": {"S": "organization"}, "sk": {"S": acme.id}}
    table = {"TableName": physical_name("records")}
    organization = acme.world.clients.dynamodb.get_item(**table, Key=key)["Item"]  # type: ignore[arg-type]
    acme.world.clients.dynamodb.delete_item(**table, Key=key)  # type: ignore[arg-type]
    acme.world.work()
    acme.world.clients.dynamodb.put_item(**table, Item=organization)  # type: ignore[arg-type]

    assert acme.ends() == (2, 0, 0, 0, 2, 0)
    assert acme.balance()["rejectedBecause"] == [{"signals": 2, "what": f"organization {acme.id} was not found"}]
    assert redrive(acme) == (1, 0)
    acme.world.work()

    assert acme.ends() == (2, 2, 0, 0, 0, 0)
