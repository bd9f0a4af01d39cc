"""What stands in the end when several deliveries of a message say what became of it, in any order."""

from hashlib import sha256
from itertools import permutations

import pytest

from functions.billing.models.settlement import Message, Outcome, Rejection, Settlement
from functions.billing.models.signal import Source

SOURCE = Source("aBc-_9", 7, 20, 10, "2025-06-01")


def settled(*places: int, outcome: Outcome = Outcome.SETTLED) -> Settlement:
    rejected = (Rejection(code="NO", sentence="no", places=places),) if places else ()
    return Settlement(message="m", outcome=outcome, source=SOURCE, signals=10, rejected=rejected)


DEAD = settled(outcome=Outcome.DEAD)


def refused(settlement: Settlement) -> list[int]:
    return [place for rejection in settlement.rejected for place in rejection.places]


def test_only_what_all_deliveries_refused_is_refused_whichever_ends_last() -> None:
    for first, second, third in permutations([settled(1, 2, 3), settled(2, 3), settled(2, 9)]):
        assert refused(third.after(second.after(first))) == [2]


def test_what_one_delivery_took_is_taken() -> None:
    assert refused(settled().after(settled(1, 2))) == []
    assert refused(settled(1, 2).after(settled())) == []


def test_a_message_that_somebody_was_done_with_is_not_dead() -> None:
    for settlement in (settled(), settled(1)):
        assert DEAD.after(settlement) == settlement
        assert settlement.after(DEAD) == settlement


def test_a_message_that_was_sent_again_is_what_is_said_of_it_next() -> None:
    again = settled(1).redriven()

    for settlement in (settled(2), DEAD):
        assert settlement.after(again) == settlement


def test_sent_again_nothing_of_a_message_is_refused() -> None:
    again = settled(1, 2).model_copy(update={"kept_at": "there"}).redriven()

    assert again.outcome is Outcome.REDRIVEN
    assert refused(again) == []
    assert again.kept_at == "there"
    assert not again.may_be_redriven


@pytest.mark.parametrize(
    ("settlement", "may"), [(DEAD, True), (settled(1), True), (settled(), False)], ids=["dead", "refused", "done"]
)
def test_what_was_refused_may_be_sent_again(settlement: Settlement, *, may: bool) -> None:
    assert settlement.may_be_redriven is may


def test_a_message_is_named_by_its_source_whatever_its_body_is() -> None:
    named = Message("body", organization_id="org_1", source=SOURCE, received_on="2025-06-02")

    assert named.id == "2025-06-01#aBc-_9#000000000007"
    assert named.shelf_key == "dead-letters/signals/org_1/2025-06-01/aBc-_9/000000000007"
    assert named._replace(body="other").shelf_key == named.shelf_key


def test_a_message_without_a_source_is_named_by_its_day_and_body() -> None:
    nameless = Message("body", organization_id="org_1", received_on="2025-06-02")

    assert nameless.id.startswith("2025-06-02##")
    assert nameless.id == nameless._replace(signals=3).id
    assert nameless.id != nameless._replace(body="other").id


def test_a_message_that_tells_nothing_lies_among_the_unknown() -> None:
    digest = sha256(b"body").hexdigest()

    assert Message("body").shelf_key == f"dead-letters/signals/unknown/unknown/{digest}"
    assert Message("body").shelf_key != Message("other").shelf_key
