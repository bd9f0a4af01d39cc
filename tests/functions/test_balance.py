"""`owed balance` through the admin function: each accepted signal ends as one thing, or is said to be missing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint
from functions.wiring import counting, settling
from infra.resources import SIGNAL_QUEUE
from local.functions import imported_handler
from tests.faults import watched
from tests.functions.accounts import Account, account, log_of, own_clients, rate, refused, taken
from tests.functions.sales import Seller
from tests.world import BY_NAME, World

COST = {
    "customer": {"externalCustomerId": "acme"},
    "amount": 1.5,
    "currency": "USD",
    "timestamp": "2025-06-01T12:00:00Z",
}


@pytest.fixture
def acme(empty_world: World) -> Account:
    return account(empty_world)


def log(acme: Account, customer_id: str | None = None) -> LogId:
    return LogId(acme.id, customer_id or acme.seller.customer_id)


# ---- what adds up


def test_an_organization_that_sent_nothing_adds_up(acme: Account) -> None:
    assert acme.ends() == (0, 0, 0, 0, 0, 0)


def test_each_signal_ends_as_one_thing_and_the_others_say_why(acme: Account) -> None:
    acme.send("1", "2", "3")
    acme.send("4", "5", event="demo")
    acme.send("6", customer="beta")
    acme.send("1b")
    acme.send("1b", data={"other": True})

    acme.world.work()

    balance = acme.balance()
    assert balance == {
        "accepted": 3 + 2 + 1 + 1 + 1,
        "counted": 3 + 1,
        "unattributed": 3,
        "unattributedBecause": [
            {"signals": 2, "what": "no order counts 'demo'"},
            {"signals": 1, "what": "of customers without an active order that has a usage price"},
        ],
        "duplicates": 1,
        "conflicts": 1,
        "conflictingKeys": ["1b"],
        "rejected": 0,
        "rejectedBecause": [],
        "inFlight": 0,
        "missing": [],
        "suspects": [],
        "redriven": 0,
        "unaccounted": 0,
        "queued": 0,
        "unreadable": 0,
        "addsUp": True,
        "faults": [],
    }


def test_messages_whose_signals_are_all_new_cost_nothing_but_a_segment_and_a_checkpoint_for_each_log(
    acme: Account,
) -> None:
    acme.send("0")
    acme.send("0", customer="beta")
    acme.world.work()
    acme.send("1", "2")
    acme.send("3", customer="beta")
    messages = taken(acme.world, SIGNAL_QUEUE)

    with watched(own_clients()) as watch:
        assert rate(messages) == []

    writes = [call for call in watch.calls if call not in {"GetItem", "Query"}]
    assert writes == ["PutItem"] * (2 + 2)
    assert list(settling.settlements().all(acme.id)) == []
    assert acme.ends() == (1 + 1 + 3, 1 + 2, 1 + 1, 0, 0, 0)


def test_copies_in_flight_are_duplicates(acme: Account) -> None:
    for _ in range(3):
        acme.send("1", "2")

    acme.world.work()

    assert acme.ends() == (6, 2, 0, 4, 0, 0)


def test_a_message_that_sqs_delivers_twice_is_no_duplicate(acme: Account) -> None:
    acme.send("1", "2")
    messages = taken(acme.world, SIGNAL_QUEUE)

    for _ in range(3):
        assert rate(messages) == []

    assert acme.ends() == (2, 2, 0, 0, 0, 0)


def test_a_message_that_sqs_delivers_twice_at_once_is_no_duplicate(acme: Account) -> None:
    acme.send("1", "2")
    (message,) = taken(acme.world, SIGNAL_QUEUE)

    assert rate([message, replace(message, id="copy")]) == []

    assert acme.ends() == (2, 2, 0, 0, 0, 0)


def test_while_one_log_of_a_message_fails_its_signals_are_in_flight(acme: Account) -> None:
    acme.world.work()
    beta = acme.seller.tenant.create("/customers/", name="Beta", externalId="beta")["id"]
    acme.send_all([acme.signal("1"), acme.signal("2", customer="beta"), acme.signal("3", customer="beta")])

    with refused(log_of(beta)):
        acme.world.work()
        balance = acme.balance()
        assert (balance["accepted"], balance["counted"], balance["inFlight"]) == (3, 1, 2)
        assert (balance["addsUp"], balance["queued"]) == (True, 1)
    acme.world.work()

    assert acme.ends() == (3, 1, 2, 0, 0, 0)


def test_costs_are_accounted_for_beside_signals(acme: Account) -> None:
    acme.send("1")
    sent = acme.seller.tenant.call("POST", "/costs/bulk", {"costs": [{**COST, "idempotencyKey": "1"}, COST]})
    assert sent.body["ingested"] == 2, sent

    acme.world.work()

    assert acme.ends() == (3, 1, 2, 0, 0, 0)
    assert acme.balance()["unattributedBecause"] == [{"signals": 2, "what": "costs that no order sums up"}]


def test_another_organization_has_a_balance_of_its_own(acme: Account) -> None:
    other = account(acme.world)
    acme.send("1", "2")
    other.send("1")

    acme.world.work()

    assert acme.ends() == (2, 2, 0, 0, 0, 0)
    assert other.ends() == (1, 1, 0, 0, 0, 0)


def test_the_rating_is_brought_to_its_end_first(acme: Account) -> None:
    acme.send("1", event="demo")
    acme.world.work()
    before = counting.checkpoints().load(acme.id, acme.seller.customer_id).checkpoints[0]
    counting.checkpoints().save(log(acme), Checkpoint(), replaces=before.revision)

    assert acme.ends() == (1, 0, 1, 0, 0, 0)


# ---- of one day


def test_each_day_has_a_balance_and_together_they_are_the_whole(acme: Account) -> None:
    acme.send("1", "2")
    acme.send("3", event="demo")
    acme.world.advance_clock(acme.seller.tenant, date(2025, 6, 2))
    acme.send("1b", "3b")
    acme.send("1b", "4", event="demo")
    acme.world.work()

    assert acme.ends(day="2025-06-01") == (3, 2, 1, 0, 0, 0)
    assert acme.ends(day="2025-06-02") == (4, 2, 1, 1, 0, 0)
    assert acme.ends(day="2025-05-31") == (0, 0, 0, 0, 0, 0)
    assert acme.ends() == (7, 4, 2, 1, 0, 0)


def test_a_day_that_is_still_to_come_has_no_balance(acme: Account) -> None:
    answer = acme.ask("balance", day="2999-01-01")

    assert answer["code"] == "INVALID_INPUT"
    assert answer["error"].startswith("day is 2999-01-01, expected one that has begun: it is 20")


def test_a_day_of_a_live_organization_is_found_without_reading_the_log_before_it(empty_world: World) -> None:
    """It begins with what the log got on that day; a backfill of last June is of the day on which it came."""
    tenant = empty_world.tenant(test=False)
    customer = tenant.create("/customers/", name="Acme", externalId="acme")
    acme = Account(Seller(empty_world, tenant, customer["id"]), product_id="prod_1")
    acme.send("1", "2", "3")
    acme.world.work()
    (segment,) = counting.signal_log().read(log(acme), after=0, limit=10)
    ((source, _),) = segment.sources

    assert acme.ends(day=source.received_on) == (3, 0, 3, 0, 0, 0)
    assert acme.ends(day="2025-06-01") == (0, 0, 0, 0, 0, 0)


# ---- in parts


def test_a_long_balance_is_answered_in_parts(acme: Account) -> None:
    for number in range(5):
        acme.send("1", "2", customer=f"customer {number}")
    acme.send_all([acme.signal("all", customer=f"customer {number}") for number in range(5)])
    acme.send("2", customer="customer 3")
    acme.world.work()

    parts = list(_parts(acme))

    assert [part["customers"] for part in parts] == [1, 2, 3, 4, 5]
    assert {part["knownCustomers"] for part in parts} == {5}
    assert [part["balance"] for part in parts[:-1]] == [None] * 4
    assert parts[-1]["balance"] == acme.balance()
    assert parts[-1]["balance"]["accepted"] == 5 * 2 + 5 + 1


def test_a_part_that_was_not_answered_is_refused_with_a_sentence(acme: Account) -> None:
    for damaged in ("", "!", "AAAA", "eJyrrgUAAXUA+Q=="):
        answered = acme.ask("balance", after={"after": "cus_1", "tally": damaged})
        assert answered == {
            "error": "after is damaged, expected the `next` of an answer as it was",
            "code": "INVALID_INPUT",
        }


def _parts(acme: Account) -> Iterator[Any]:
    """Of calls that have time for one customer each."""
    admin = imported_handler(BY_NAME["admin"])
    after: object = None
    while True:
        event = {"operation": "balance", "organization": acme.id, "after": after}
        part: Any = admin(event, HurriedContext())  # type: ignore[arg-type]  # all that the function asks of it
        yield part
        after = part["next"]
        if after is None:
            return


class HurriedContext:
    """Of a minute each time that somebody looks."""

    def __init__(self) -> None:
        self._left = 900_000

    def get_remaining_time_in_millis(self) -> int:
        self._left -= 30_001
        return self._left


# ---- what does not add up


def test_a_message_that_is_gone_between_two_others_is_lost(acme: Account) -> None:
    acme.send("1", "2")
    acme.world.work()
    acme.send("3", "4", "5")
    assert len(taken(acme.world, SIGNAL_QUEUE)) == 1
    acme.send("6")
    acme.world.work()

    first = acme.balance()
    balance = acme.balance(suspects=first["suspects"])

    assert (first["addsUp"], len(first["suspects"])) == (True, 1)
    assert (balance["accepted"], balance["counted"], balance["inFlight"]) == (2 + 3 + 1, 2 + 1, 3)
    assert not balance["addsUp"]
    assert [fault["code"] for fault in balance["faults"]] == ["LOST"]
    assert balance["faults"][0]["sentence"].startswith(
        "accepted signals are neither in the log nor in a queue, 3 in all: "
    )


def test_a_segment_that_somebody_copied_into_another_log_counts_twice(acme: Account) -> None:
    acme.send("1", "2")
    acme.world.work()
    (segment,) = counting.signal_log().read(log(acme), after=0, limit=10)

    counting.signal_log().append(replace(segment, log=log(acme, "cus_copied")))

    balance = acme.balance()
    assert not balance["addsUp"]
    assert [fault["code"] for fault in balance["faults"]] == ["COUNTED_TWICE"]
    assert "brought 2 signals and 4 are in the log by it" in balance["faults"][0]["sentence"]


def test_a_usage_that_says_something_else_than_its_log_does_not_add_up(acme: Account) -> None:
    acme.send("1", "2")
    acme.world.work()
    stored = counting.checkpoints().load(acme.id, acme.seller.customer_id).checkpoints[0]

    forged = stored.value.model_copy(update={"counted": 3})
    counting.checkpoints().save(log(acme), forged, replaces=stored.revision)

    balance = acme.balance()
    assert (balance["accepted"], balance["counted"], balance["addsUp"]) == (2, 3, False)
    (fault,) = balance["faults"]
    assert fault["code"] == "RATING_DIFFERS"
    assert "is of 3 counted and 0 unattributed signals, but its log holds 2 and 0" in fault["sentence"]


def test_a_usage_that_cannot_be_brought_to_the_end_of_its_log_is_told(acme: Account) -> None:
    acme.send("1", "2")
    acme.world.work()
    acme.send("3")

    def is_checkpoint(operation: str, body: str) -> bool:
        return operation == "PutItem" and "#rating" in body

    with refused(is_checkpoint, code="ConditionalCheckFailedException"):
        acme.world.work()
        balance = acme.balance()

    assert (balance["accepted"], balance["counted"], balance["inFlight"]) == (2, 2, 0)
    (fault,) = balance["faults"]
    assert fault["code"] == "RATING_BEHIND"
    assert acme.seller.customer_id in fault["sentence"]


def test_an_unknown_organization_is_refused_with_a_sentence(acme: Account) -> None:
    assert acme.ask("balance", organization="org_other")["code"] == "NOT_FOUND"


def test_two_copies_of_a_message_in_one_delivery_tell_its_conflicts_once(acme: Account) -> None:
    acme.send("1", data={"text": "first"})
    acme.send("1", data={"text": "second"})
    first, second = taken(acme.world, SIGNAL_QUEUE)

    assert rate([first, second, replace(second, id="another")]) == []

    assert acme.ends() == (2, 1, 0, 1, 0, 0)
    assert acme.balance()["conflicts"] == 1
