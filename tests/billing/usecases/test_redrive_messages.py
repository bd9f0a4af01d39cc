"""What was refused is sent again, message by message, within the time there is."""

from collections.abc import Callable

import pytest

from functions.billing.errors import Conflict, NotFound
from functions.billing.models.settlement import Message, Outcome, Rejection, Settlement
from functions.billing.models.signal import Source
from functions.billing.usecases.redrive_messages import RedriveMessages
from functions.billing.usecases.settle_message import MAX_CONFLICTING_KEYS, SettleMessage
from functions.billing.usecases.shelve_message import ShelveMessage
from tests.fakes.settlements import FakeReturns, FakeSettlements, FakeShelf

ORG = "org_1"


class Kept:
    """What was given up, refused and done: messages 1 to 3 are dead, 4 is refused in part, 5 is done."""

    def __init__(self) -> None:
        self.settlements, self.shelf, self.returns = FakeSettlements(), FakeShelf(), FakeReturns()
        for sequence in (1, 2, 3):
            self.shelve(message(sequence))
        self.settle(message(4), [Rejection(code="NO", sentence="no", places=(0,))])
        self.settle(message(5), [])

    @property
    def redrive(self) -> RedriveMessages:
        return RedriveMessages(settlements=self.settlements, shelf=self.shelf, returns=self.returns)

    def shelve(self, message: Message) -> Settlement:
        return ShelveMessage(settlements=self.settlements, shelf=self.shelf)(message, reason="given up")

    def settle(self, message: Message, rejected: list[Rejection], *, keys: tuple[str, ...] = ()) -> None:
        SettleMessage(settlements=self.settlements, shelf=self.shelf)(message, rejected, conflicting_keys=keys)

    def outcomes(self) -> list[Outcome]:
        return [stored.value.outcome for stored in self.settlements.all(ORG)]


def message(sequence: int) -> Message:
    return Message(f"body {sequence}", organization_id=ORG, source=Source("p", sequence, 0, 2, "2025-06-01"), signals=2)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def always() -> bool:
    return True


def times(count: int) -> Callable[[], bool]:
    """True so many times."""
    left = [True] * count
    return lambda: bool(left) and left.pop()


def test_all_that_was_refused_is_sent_again_as_it_was_and_once(kept: Kept) -> None:
    done = kept.redrive(ORG, after="", has_time=always)
    again = kept.redrive(ORG, after="", has_time=always)

    assert (done.sent, done.gone, done.after) == (4, (), None)
    assert kept.returns.sent == ["body 1", "body 2", "body 3", "body 4"]
    assert kept.outcomes() == [Outcome.REDRIVEN] * 4 + [Outcome.SETTLED]
    assert again.sent == 0


def test_what_there_is_no_time_for_is_left_for_the_next_call(kept: Kept) -> None:
    first = kept.redrive(ORG, after="", has_time=times(1))
    second = kept.redrive(ORG, after=first.after or "", has_time=always)

    assert (first.sent, first.after) == (2, message(2).id)
    assert (second.sent, second.after) == (2, None)
    assert kept.returns.sent == ["body 1", "body 2", "body 3", "body 4"]


def test_a_worker_that_is_faster_than_the_word_that_it_was_sent_has_the_last_one(kept: Kept) -> None:
    class Fast(FakeReturns):
        def send(self, body: str) -> None:
            self.sent.append(body)
            kept.settle(message(1), [])

    redrive = RedriveMessages(settlements=kept.settlements, shelf=kept.shelf, returns=Fast())

    assert redrive.one(ORG, message(1).id).sent == 1

    assert kept.outcomes()[0] is Outcome.SETTLED


def test_a_message_that_was_not_kept_or_is_not_known_cannot_be_sent_again(kept: Kept) -> None:
    with pytest.raises(Conflict, match="was not kept: none of its signals was refused"):
        kept.redrive.one(ORG, message(5).id)
    with pytest.raises(NotFound):
        kept.redrive.one("org_2", message(1).id)


def test_a_body_that_is_gone_is_named_and_its_settlement_stays(kept: Kept) -> None:
    del kept.shelf.bodies[message(2).shelf_key]

    done = kept.redrive(ORG, after="", has_time=always)

    assert (done.sent, done.gone) == (3, (message(2).id,))
    assert kept.outcomes()[1] is Outcome.DEAD


def test_of_many_keys_with_another_payload_some_are_kept_and_all_are_counted(kept: Kept) -> None:
    kept.settle(message(6), [], keys=tuple(map(str, range(150))))

    settlement = kept.settlements.get(ORG, message(6).id).value
    assert settlement.conflicts == 150
    assert settlement.conflicting_keys == tuple(map(str, range(MAX_CONFLICTING_KEYS)))
    assert settlement.kept_at is None
