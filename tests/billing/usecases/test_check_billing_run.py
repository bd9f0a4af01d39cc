from collections.abc import Callable
from datetime import date, timedelta

import pytest

from functions.billing.models.schedule import BillingSchedule, Promise
from functions.billing.ports import Stored
from functions.billing.usecases.check_billing_run import LOOKS_BACK, CheckBillingRun, Unfinished
from functions.billing.usecases.start_billing_run import LOOKS
from tests.builders import make_invoice, make_organization
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.organizations import FakeOrganizations
from tests.fakes.schedules import FakeSchedules

TODAY = date(2025, 7, 1)
DAY = timedelta(days=1)


class Books:
    """Of the organizations `org_1` and, on a clock of its own, `org_2`; `meanwhile` happens between the two looks."""

    meanwhile: Callable[[], object] = list

    def __init__(self) -> None:
        self.organizations = FakeOrganizations(
            make_organization(id="org_1"), make_organization(id="org_2", test=True, clock=date(2020, 1, 1))
        )
        self.schedules = FakeSchedules()
        self.register = FakeInvoiceRegister(self.schedules)
        self.pauses = 0

    def order(self, order_id: str, due: date | None, *, promised: Promise | None = None, of: str = "org_1") -> None:
        schedule = BillingSchedule(order_id=order_id, customer_id="cus_1", next_billing_on=due, promised=promised)
        known = self.schedules.get(of, order_id)
        self.schedules.move(of, [Stored(schedule, 0 if known is None else known.revision)])

    def invoice(self, invoice_id: str) -> None:
        self.register.insert("org_1", [make_invoice(id=invoice_id)])

    def check(self, as_of: date = TODAY) -> list[str]:
        """The orders of `org_1` that are not finished."""

        def pause() -> None:
            self.pauses += 1
            self.meanwhile()

        look = CheckBillingRun(
            organizations=self.organizations, schedules=self.schedules, register=self.register, pause=pause
        )
        found = look(as_of=as_of)
        assert found == [Unfinished("org_1", each.order_id) for each in found]
        return [each.order_id for each in found]


def promise(invoice_id: str, *, on: date = TODAY) -> Promise:
    return Promise(invoice_id=invoice_id, issue_date=on, promised_on=on)


def test_what_is_due_by_the_day_and_not_billed_is_named() -> None:
    books = Books()
    for order_id, due in (("before", TODAY - DAY), ("today", TODAY), ("tomorrow", TODAY + DAY), ("ended", None)):
        books.order(order_id, due)

    assert books.check() == ["before", "today"]


def test_a_run_that_is_finished_is_looked_at_once() -> None:
    books = Books()
    books.order("ord_1", TODAY + DAY, promised=promise("inv_1"))
    books.invoice("inv_1")

    assert books.check() == []
    assert books.pauses == 0


def test_what_is_billed_while_it_waits_is_finished() -> None:
    books = Books()
    books.order("ord_1", TODAY)
    books.order("ord_2", TODAY)
    books.meanwhile = lambda: books.order("ord_1", TODAY + DAY)

    assert books.check() == ["ord_2"]
    assert books.pauses == 1


@pytest.mark.parametrize("age", [timedelta(), DAY, LOOKS_BACK])
def test_an_order_whose_promised_invoice_is_missing_is_not_finished(age: timedelta) -> None:
    """It was moved, and the crash came before the invoice was put."""
    books = Books()
    books.order("ord_1", TODAY + DAY, promised=promise("inv_1", on=TODAY - age))
    books.order("ord_2", TODAY + DAY, promised=promise("inv_2", on=TODAY - age))
    books.invoice("inv_2")

    assert books.check() == ["ord_1"]


def test_an_invoice_that_is_made_while_it_waits_is_there() -> None:
    books = Books()
    books.order("ord_1", TODAY + DAY, promised=promise("inv_1"))
    books.meanwhile = lambda: books.invoice("inv_1")

    assert books.check() == []
    assert books.pauses == 1


def test_promises_are_looked_for_as_far_back_as_the_run_itself_looks() -> None:
    assert max(LOOKS) == LOOKS_BACK


def test_an_order_that_is_deleted_while_it_waits_is_not_named() -> None:
    books = Books()
    books.order("ord_1", TODAY)
    books.meanwhile = books.schedules.stored.clear

    assert books.check() == []


def test_an_organization_on_a_clock_of_its_own_is_left_to_it() -> None:
    books = Books()
    books.order("ord_1", TODAY, of="org_2")

    assert books.check() == []


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_orders_are_all_looked_at_however_many_they_are(count: int) -> None:
    """A hundred at a time: the last of them has lost its invoice."""
    books = Books()
    for number in range(count):
        books.order(f"ord_{number:03}", TODAY + DAY, promised=promise(f"inv_{number:03}"))
        books.invoice(f"inv_{number:03}")
    books.order(f"ord_{count:03}", TODAY + DAY, promised=promise("inv_lost"))

    assert books.check() == [f"ord_{count:03}"]
