"""A payment is recorded once under its id, and takes a number only if it is recorded."""

from itertools import count

import pytest

from functions.billing.errors import NotFound
from functions.billing.models.payment import Payment
from functions.billing.usecases.record_payment import RecordPayment
from tests.builders import make_customer, make_payment
from tests.fakes.collection import FakeCollection, fake_customers
from tests.fakes.payment_ledger import fake_payments

ORG = "org_1"


@pytest.fixture
def payments() -> FakeCollection[Payment]:
    customers = fake_customers()
    customers.insert(ORG, make_customer())
    return fake_payments(customers)


def recording(payments: FakeCollection[Payment]) -> RecordPayment:
    customers, numbers = fake_customers(), count(1)
    customers.insert(ORG, make_customer())
    return RecordPayment(payments=payments, customers=customers, next_number=lambda _: next(numbers))


def test_a_repeat_is_answered_with_the_first(payments: FakeCollection[Payment]) -> None:
    record = recording(payments)
    first = record(ORG, lambda number: make_payment(10, number=number))

    repeat = record(ORG, lambda number: make_payment(99, number=number))

    assert repeat == first == make_payment(10, number=1)
    assert record(ORG, lambda number: make_payment(id="pay_2", number=number)).number == 2


def test_a_repeat_that_was_faster_is_the_first(payments: FakeCollection[Payment]) -> None:
    """Both saw that there was none; the number of the slower is skipped."""
    customers = fake_customers()
    customers.insert(ORG, make_customer())

    def somebody_else(_: str) -> int:
        payments.insert(ORG, make_payment(10, number=1))
        return 2

    record = RecordPayment(payments=payments, customers=customers, next_number=somebody_else)

    assert record(ORG, lambda number: make_payment(10, number=number)) == make_payment(10, number=1)


def test_a_payment_of_nobody_takes_no_number(payments: FakeCollection[Payment]) -> None:
    record = recording(payments)

    with pytest.raises(NotFound):
        record(ORG, lambda number: make_payment(customer_id="cus_2", number=number))

    assert record(ORG, lambda number: make_payment(number=number)).number == 1
