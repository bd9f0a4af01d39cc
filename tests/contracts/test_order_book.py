"""`OrderBook` and `Schedules`: order, plan and schedule change together or not at all."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from functions.billing.models.amendment import Amendment, AmendmentPlan, Operations
from functions.billing.models.order import SeatAssignments
from functions.billing.models.schedule import BillingSchedule, Promise
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import OutdatedError, Stored
from tests.builders import (
    NOW,
    START,
    USAGE,
    activated,
    make_attribute,
    make_customer,
    make_invoice,
    make_order,
    make_plan,
    make_pricing,
)
from tests.contracts.back_ends import BackEnd

DRAFT = make_order(make_attribute(make_pricing(USAGE)))
ACTIVE = activated(DRAFT, START).model_copy(update={"version": 2})
ENDED = ACTIVE.model_copy(update={"version": 3, "name": "ended"})
PLAN = make_plan(ACTIVE)
JUNE = BillingSchedule(order_id="ord_1", customer_id="cus_1", next_billing_on=date(2025, 6, 1))
AMENDMENT = Amendment(
    id="ame_1",
    order_id="ord_1",
    request="digest",
    version=2,
    executed_at=NOW,
    plan=AmendmentPlan(order_id="ord_1", order_version=1, effective_on=START, operations=Operations()),
)
SEATED = SeatAssignments(users={"seat": "usr_1"})
JULY = JUNE.model_copy(update={"next_billing_on": date(2025, 7, 1), "billed_minor": 5})


def test_a_commit_writes_all_three(back_end: BackEnd, organization_id: str) -> None:
    begin(back_end, organization_id)

    back_end.book.commit(organization_id, order=Stored(ACTIVE, 1), plan=Stored(PLAN, 0), schedule=Stored(JUNE, 0))
    back_end.book.commit(organization_id, order=Stored(ENDED, 2), plan=Stored(PLAN, 1), schedule=Stored(JULY, 1))

    assert back_end.orders.get(organization_id, "ord_1") == ENDED
    assert back_end.book.plan(organization_id, "cus_1") == Stored(PLAN, 2)
    assert back_end.checkpoints.load(organization_id, "cus_1").plan == PLAN
    assert back_end.schedules.get(organization_id, "ord_1") == Stored(JULY, 2)


@pytest.mark.parametrize("outdated", ["order", "plan", "schedule"])
@pytest.mark.parametrize("off_by", [-1, 1])
def test_a_commit_with_one_outdated_writes_nothing(
    back_end: BackEnd, organization_id: str, outdated: str, off_by: int
) -> None:
    begin(back_end, organization_id)
    back_end.book.commit(organization_id, order=Stored(ACTIVE, 1), plan=Stored(PLAN, 0), schedule=Stored(JUNE, 0))
    order, plan, schedule = Stored(ENDED, 2), Stored(RatingPlan(), 1), Stored(JULY, 1)

    with pytest.raises(OutdatedError):
        back_end.book.commit(
            organization_id,
            order=replace(order, revision=2 + off_by) if outdated == "order" else order,
            plan=replace(plan, revision=1 + off_by) if outdated == "plan" else plan,
            schedule=replace(schedule, revision=1 + off_by) if outdated == "schedule" else schedule,
        )

    assert back_end.orders.get(organization_id, "ord_1") == ACTIVE
    assert back_end.book.plan(organization_id, "cus_1") == Stored(PLAN, 1)
    assert back_end.schedules.get(organization_id, "ord_1") == Stored(JUNE, 1)


def test_an_amendment_is_recorded_with_the_order_and_once(back_end: BackEnd, organization_id: str) -> None:
    begin(back_end, organization_id)
    commit = partial(back_end.book.commit, organization_id, amendment=AMENDMENT)
    assert back_end.book.amendment(organization_id, AMENDMENT.id) is None

    commit(order=Stored(ACTIVE, 1), plan=Stored(PLAN, 0), schedule=Stored(JUNE, 0))
    with pytest.raises(OutdatedError):
        commit(order=Stored(ENDED, 2), plan=Stored(PLAN, 1), schedule=Stored(JULY, 1))

    assert back_end.book.amendment(organization_id, AMENDMENT.id) == AMENDMENT
    assert back_end.book.amendment(f"{organization_id}x", AMENDMENT.id) is None
    assert back_end.orders.get(organization_id, "ord_1") == ACTIVE


@pytest.mark.parametrize("seated_before", [False, True])
def test_a_commit_moves_the_seats_that_it_was_made_with_and_no_others(
    back_end: BackEnd, organization_id: str, *, seated_before: bool
) -> None:
    begin(back_end, organization_id)
    commit = partial(
        back_end.book.commit,
        organization_id,
        order=Stored(ACTIVE, 1),
        plan=Stored(PLAN, 1 if seated_before else 0),
        schedule=Stored(JUNE, 0),
    )
    revision = 1 if seated_before else 0
    if seated_before:
        back_end.book.commit_seats(organization_id, DRAFT, Stored(SEATED, 0), Stored(RatingPlan(), 0))

    with pytest.raises(OutdatedError):
        commit(seats=Stored(SEATED, revision + 1))
    assert back_end.orders.get(organization_id, "ord_1").version == 1

    commit(seats=Stored(SEATED, revision))
    assert back_end.book.seats(organization_id, "ord_1") == Stored(SEATED, revision + 1)


def test_an_order_changed_by_the_book_keeps_its_customer_and_is_changed_on(
    back_end: BackEnd, organization_id: str
) -> None:
    begin(back_end, organization_id)
    back_end.book.commit(organization_id, order=Stored(ACTIVE, 1), plan=Stored(PLAN, 0), schedule=Stored(JUNE, 0))

    changed = back_end.orders.modify(organization_id, "ord_1", lambda order: order.model_copy(update={"name": "new"}))

    assert changed.version == 3
    assert back_end.customers.is_in_use(organization_id, "cus_1")
    page = back_end.orders.page(organization_id, limit=9, offset=0, owner="cus_1")
    assert ([order.name for order in page.items], page.total) == (["new"], 1)


def test_an_order_that_somebody_deleted_is_not_committed(back_end: BackEnd, organization_id: str) -> None:
    begin(back_end, organization_id)
    back_end.orders.delete(organization_id, "ord_1")

    with pytest.raises(OutdatedError):
        back_end.book.commit(organization_id, order=Stored(ACTIVE, 1), plan=Stored(PLAN, 0), schedule=Stored(JUNE, 0))

    assert back_end.schedules.get(organization_id, "ord_1") is None


def test_a_schedule_moves_from_the_revision_it_was_read_at_and_no_other(
    back_end: BackEnd, organization_id: str
) -> None:
    assert back_end.schedules.move(organization_id, [Stored(JUNE, 0)]) == {"ord_1"}
    assert back_end.schedules.move(organization_id, [Stored(JULY, 1)]) == {"ord_1"}

    for outdated in (0, 1, 3):
        assert back_end.schedules.move(organization_id, [Stored(JUNE, outdated)]) == set()

    assert back_end.schedules.get(organization_id, "ord_1") == Stored(JULY, 2)


def test_schedules_are_listed_per_organization(back_end: BackEnd, organization_id: str) -> None:
    second = JUNE.model_copy(update={"order_id": "ord_2"})
    back_end.schedules.move(organization_id, [Stored(JUNE, 0), Stored(second, 0)])

    assert list(back_end.schedules.all(organization_id)) == [JUNE, second]
    assert list(back_end.schedules.all(f"{organization_id}x")) == []
    assert back_end.schedules.get_many(organization_id, ["ord_2", "ord_3"]) == {"ord_2": Stored(second, 1)}


def test_of_many_schedules_those_move_that_can(back_end: BackEnd, organization_id: str) -> None:
    """Sixty: more than one call takes, every third of them moved by somebody else before."""
    schedules = [JUNE.model_copy(update={"order_id": f"ord_{number:02}"}) for number in range(60)]
    back_end.schedules.move(organization_id, [Stored(schedule, 0) for schedule in schedules])
    back_end.schedules.move(organization_id, [Stored(schedule, 1) for schedule in schedules[::3]])

    moved = back_end.schedules.move(organization_id, [Stored(schedule, 1) for schedule in schedules])

    others = {schedule.order_id for schedule in schedules} - {schedule.order_id for schedule in schedules[::3]}
    assert moved == others
    assert {stored.revision for stored in back_end.schedules.get_many(organization_id, moved).values()} == {2}


def test_a_promise_is_kept_once_its_invoice_exists(back_end: BackEnd, organization_id: str) -> None:
    promising = JUNE.model_copy(update={"promised": Promise(invoice_id="inv_1", issue_date=START, promised_on=START)})

    assert back_end.schedules.is_kept(organization_id, JUNE)
    assert not back_end.schedules.is_kept(organization_id, promising)
    back_end.register.insert(organization_id, [make_invoice()])
    assert back_end.schedules.is_kept(organization_id, promising)


def begin(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer())
    back_end.orders.insert(organization_id, DRAFT)


SITTING = SeatAssignments(users={"seat_1": "usr_1"})


def test_who_sits_where_is_written_with_the_plan(back_end: BackEnd, organization_id: str) -> None:
    assert back_end.book.seats(organization_id, "ord_1") == Stored(SeatAssignments(), 0)

    back_end.book.commit_seats(organization_id, DRAFT, Stored(SITTING, 0), Stored(RatingPlan(), 0))
    back_end.book.commit_seats(organization_id, DRAFT, Stored(SITTING, 1), Stored(PLAN, 1))

    assert back_end.book.seats(organization_id, "ord_1") == Stored(SITTING, 2)
    assert back_end.book.plan(organization_id, "cus_1") == Stored(PLAN, 2)


@pytest.mark.parametrize(("seats", "plan"), [(0, 1), (2, 1), (1, 0), (1, 2)])
def test_of_seats_and_plan_none_is_written_when_one_is_outdated(
    back_end: BackEnd, organization_id: str, seats: int, plan: int
) -> None:
    back_end.book.commit_seats(organization_id, DRAFT, Stored(SITTING, 0), Stored(PLAN, 0))

    with pytest.raises(OutdatedError):
        back_end.book.commit_seats(organization_id, DRAFT, Stored(SeatAssignments(), seats), Stored(RatingPlan(), plan))

    assert back_end.book.seats(organization_id, "ord_1") == Stored(SITTING, 1)
    assert back_end.book.plan(organization_id, "cus_1") == Stored(PLAN, 1)
