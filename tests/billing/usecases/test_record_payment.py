"""A payment is recorded once under its id, and takes a number only if it is recorded."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from functions.adapters.dynamodb.payments import PAYMENT
from functions.billing.errors import InvalidInput, KeyReused, NotFound
from functions.billing.models.payment import Payment, RecordedStatus
from functions.billing.usecases.record_payment import MOST_AHEAD, REPEATED_WITHIN, Draft, RecordPayment
from tests.builders import NOW, make_customer, make_payment
from tests.fakes.collection import FakeCollection, fake_customers
from tests.fakes.payment_ledger import fake_payments

ORG = "org_1"
SECOND = timedelta(seconds=1)


class LostError(Exception):
    """The answer to a write never came."""


def is_lost(error: Exception) -> bool:
    return isinstance(error, LostError)


class LosingAnswers(FakeCollection[Payment]):
    """Whose writes are done, or not, and never answered."""

    def __init__(self, *, done: Sequence[bool]) -> None:
        customers = fake_customers()
        customers.insert(ORG, make_customer())
        super().__init__(PAYMENT, owners=customers)
        self._done = iter(done)

    def insert(self, organization_id: str, entity: Payment) -> None:
        if next(self._done):
            super().insert(organization_id, entity)
        raise LostError


@pytest.fixture
def payments() -> FakeCollection[Payment]:
    customers = fake_customers()
    customers.insert(ORG, make_customer())
    return fake_payments(customers)


Recording = Callable[[str, Draft], Payment]


def recording(payments: FakeCollection[Payment]) -> Recording:
    """Answers the payment; whether it is new other tests ask."""
    record = recorder(payments)
    return lambda organization_id, draft: record(organization_id, draft).payment


def recorder(payments: FakeCollection[Payment]) -> RecordPayment:
    customers, numbers = fake_customers(), count(1)
    customers.insert(ORG, make_customer())
    return RecordPayment(
        payments=payments, customers=customers, next_number=lambda _: next(numbers), is_uncertain=is_lost
    )


def test_a_repeat_is_answered_with_the_first(payments: FakeCollection[Payment]) -> None:
    record = recording(payments)
    first = record(ORG, lambda number, _: make_payment(10, number=number))

    repeat = record(ORG, lambda number, _: make_payment(99, number=number))

    assert repeat == first == make_payment(10, number=1)
    assert record(ORG, lambda number, _: make_payment(id="pay_2", number=number)).number == 2


def test_a_repeat_that_was_faster_is_the_first(payments: FakeCollection[Payment]) -> None:
    """Both saw that there was none; the number of the slower is skipped."""
    customers = fake_customers()
    customers.insert(ORG, make_customer())

    def somebody_else(_: str) -> int:
        payments.insert(ORG, make_payment(10, number=1))
        return 2

    record = RecordPayment(payments=payments, customers=customers, next_number=somebody_else, is_uncertain=is_lost)

    recorded = record(ORG, lambda number, _: make_payment(10, number=number))

    assert (recorded.payment, recorded.is_new) == (make_payment(10, number=1), False)


def test_only_the_request_that_recorded_a_payment_is_told_that_it_is_new(payments: FakeCollection[Payment]) -> None:
    """Within two minutes; what is said again later is another, and new."""
    record = recorder(payments)

    told = [record(ORG, at(NOW + late)).is_new for late in (timedelta(), timedelta(), REPEATED_WITHIN)]

    assert timedelta(minutes=2) == REPEATED_WITHIN
    assert told == [True, False, True]


def test_a_payment_of_nobody_takes_no_number(payments: FakeCollection[Payment]) -> None:
    record = recording(payments)

    with pytest.raises(NotFound):
        record(ORG, lambda number, _: make_payment(customer_id="cus_2", number=number))

    assert record(ORG, lambda number, _: make_payment(number=number)).number == 1


def at(now: datetime) -> Callable[[int, int], Payment]:
    """The same words at that moment, of a payment of noon."""
    return lambda number, alike: make_payment(id=f"pay_{alike}", number=number, created_at=now, paid_at=NOW)


@pytest.mark.parametrize(
    ("later", "recorded"),
    [(-SECOND, ["pay_0"]), (timedelta(), ["pay_0", "pay_1"]), (SECOND, ["pay_0", "pay_1"])],
)
def test_what_is_said_again_two_minutes_later_is_another_payment(
    payments: FakeCollection[Payment], later: timedelta, recorded: list[str]
) -> None:
    record, then = recording(payments), NOW + REPEATED_WITHIN + later
    record(ORG, at(NOW))

    second = record(ORG, at(then))

    assert second.id == recorded[-1]
    assert record(ORG, at(then)) == second  # which is repeated like the first
    assert [payment_id for _, payment_id in payments.stored] == recorded


@pytest.mark.parametrize("done", [[True], [False, True], [False, False, True]])
def test_a_payment_whose_answer_is_lost_is_recorded_once(done: list[bool]) -> None:
    payments = LosingAnswers(done=done)

    recorded = recorder(payments)(ORG, lambda number, _: make_payment(number=number))

    assert list(payments.stored) == [(ORG, recorded.payment.id)]
    assert (recorded.payment.number, recorded.is_new) == (1, True)


def test_a_payment_that_cannot_be_written_is_refused_with_what_hinders_it() -> None:
    payments = LosingAnswers(done=[False] * 3)

    with pytest.raises(LostError):
        recording(payments)(ORG, lambda number, _: make_payment(number=number))

    assert not payments.stored


def test_a_key_alone_names_the_payment_however_late_it_comes(payments: FakeCollection[Payment]) -> None:
    """Its id is another each time, as of one that says no date."""
    record = recording(payments)
    first = record(ORG, lambda number, _: make_payment(id="pay_a", number=number, external_id="k", paid_at=NOW))
    later: Any = {"created_at": NOW + 2 * REPEATED_WITHIN, "paid_at": NOW + 2 * REPEATED_WITHIN}

    repeat = record(ORG, lambda number, _: make_payment(id="pay_b", number=number, external_id="k", **later))

    assert repeat == first
    assert record(ORG, lambda n, _: make_payment(id="pay_c", number=n, external_id="l", **later)).number == 2


@pytest.mark.parametrize("other", [{"amount_minor": 11}, {"currency": "EUR"}, {"paid_at": NOW - SECOND}])
def test_a_key_that_comes_again_with_another_payment_is_refused(
    payments: FakeCollection[Payment], other: dict[str, Any]
) -> None:
    record = recording(payments)
    record(ORG, lambda number, _: make_payment(number=number, external_id="k"))

    with pytest.raises(KeyReused, match="idempotencyKey is 'k'"):
        record(ORG, lambda number, _: make_payment(number=number, external_id="k", **other))

    assert len(payments.stored) == 1


@pytest.mark.parametrize(
    ("status", "ahead", "taken"),
    [
        (RecordedStatus.POSTED, MOST_AHEAD, True),
        (RecordedStatus.POSTED, MOST_AHEAD + SECOND, False),
        (RecordedStatus.DRAFT, MOST_AHEAD + SECOND, True),
    ],
)
def test_money_that_came_in_came_in_by_now(
    payments: FakeCollection[Payment],
    status: RecordedStatus,
    ahead: timedelta,
    taken: bool,  # noqa: FBT001 - a table
) -> None:
    record = recording(payments)

    def draft(number: int, _: int) -> Payment:
        return make_payment(number=number, status=status, paid_at=NOW + ahead)

    if taken:
        assert record(ORG, draft).paid_at == NOW + ahead
        return
    with pytest.raises(InvalidInput, match=r"paymentDate is .*, expected at most a day after"):
        record(ORG, draft)
