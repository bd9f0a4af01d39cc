"""`Settlements` and `Shelf`: one settlement for each message, whoever writes it; and a body where its key says."""

import pytest

from functions.billing.errors import NotFound
from functions.billing.models.settlement import Message, Outcome, Rejection, Settlement
from functions.billing.models.signal import Source
from functions.billing.ports import OutdatedError, Stored
from tests.contracts.back_ends import BackEnd

SOURCE = Source("aBc-_9", 7, 20, 10, "2025-06-01")
MESSAGE = Message("body 送信 \n", organization_id="org_1", source=SOURCE, signals=10)


def settled(*places: int, message: str = MESSAGE.id, **fields: object) -> Settlement:
    rejected = (Rejection(code="NO", sentence="no", places=places),) if places else ()
    return Settlement.model_validate(
        {
            "message": message,
            "outcome": Outcome.SETTLED,
            "source": SOURCE,
            "signals": 10,
            "rejected": rejected,
            **fields,
        }
    )


def test_a_settlement_is_read_as_it_was_written(back_end: BackEnd, organization_id: str) -> None:
    long = settled(*range(10_000), conflicts=100, conflicting_keys=tuple(f"key {n}" for n in range(100)), kept_at="k")

    back_end.settlements.record(organization_id, long)

    assert back_end.settlements.get(organization_id, MESSAGE.id) == Stored(long, 1)


def test_a_message_without_a_settlement_was_not_found(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(NotFound):
        back_end.settlements.get(organization_id, MESSAGE.id)


def test_two_that_come_one_after_the_other_become_one(back_end: BackEnd, organization_id: str) -> None:
    back_end.settlements.record(organization_id, settled(1, 2))
    back_end.settlements.record(organization_id, settled(2, 3))

    assert back_end.settlements.get(organization_id, MESSAGE.id) == Stored(settled(2), 2)


def test_the_same_again_changes_nothing(back_end: BackEnd, organization_id: str) -> None:
    for _ in range(2):
        back_end.settlements.record(organization_id, settled(1))

    assert back_end.settlements.get(organization_id, MESSAGE.id).revision == 1


def test_one_that_was_read_at_another_revision_is_refused(back_end: BackEnd, organization_id: str) -> None:
    back_end.settlements.record(organization_id, settled(1))

    for replaces in (0, 2):
        with pytest.raises(OutdatedError):
            back_end.settlements.replace(organization_id, settled(1).redriven(), replaces=replaces)
    back_end.settlements.replace(organization_id, settled(1).redriven(), replaces=1)

    assert back_end.settlements.get(organization_id, MESSAGE.id) == Stored(settled(1).redriven(), 2)


def test_all_come_in_the_order_of_their_days_from_any_of_them_on(back_end: BackEnd, organization_id: str) -> None:
    ids = ["2025-06-01#p#000000000002", "2025-06-01#p#000000000010", "2025-06-02#a#000000000001", "unknown##00"]
    for message in reversed(ids):
        back_end.settlements.record(organization_id, settled(message=message))

    assert [each.value.message for each in back_end.settlements.all(organization_id)] == ids
    assert [each.value.message for each in back_end.settlements.all(organization_id, after=ids[1])] == ids[2:]
    assert [each.value.message for each in back_end.settlements.all(organization_id, after="2025-06-02")] == ids[2:]
    assert list(back_end.settlements.all("org_other")) == []


def test_a_body_lies_where_its_key_says_however_often_it_is_kept(back_end: BackEnd, organization_id: str) -> None:
    message = MESSAGE._replace(organization_id=organization_id)

    keys = {back_end.shelf.keep(message) for _ in range(2)}

    assert keys == {message.shelf_key}
    assert back_end.shelf.body(message.shelf_key) == message.body
    assert back_end.shelf.body(f"{message.shelf_key}0") is None
