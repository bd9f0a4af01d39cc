"""`InvoiceRegister`: an invoice is made once, and posted ones are numbered without a gap."""

from datetime import datetime
from functools import partial

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import OutdatedError, Stored
from tests.builders import NOW, billed, make_invoice, make_invoice_line
from tests.contracts.back_ends import BackEnd
from tests.faults import meanwhile, watched

SCHEDULE = BillingSchedule(order_id="ord_1", customer_id="cus_1")


def post(back_end: BackEnd, organization_id: str, invoice_id: str, now: datetime = NOW) -> Invoice:
    """As somebody does by hand, on a schedule of its own."""
    stored = back_end.register.load(organization_id, invoice_id)
    order_id = f"posting of {invoice_id}"
    schedule = back_end.schedules.get(organization_id, order_id)
    value = SCHEDULE.model_copy(update={"order_id": order_id})
    revision = 0 if schedule is None else schedule.revision
    return back_end.register.write(organization_id, stored, Stored(value, revision), posted_at=now)


def test_an_unknown_invoice_is_not_found(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(NotFound):
        back_end.register.get(organization_id, "inv_1")
    with pytest.raises(NotFound):
        back_end.register.load(organization_id, "inv_1")
    with pytest.raises(NotFound):
        back_end.register.modify(organization_id, "inv_1", lambda invoice: invoice)
    assert back_end.register.get_many(organization_id, ["inv_1"]) == {}


def test_of_two_invoices_with_one_id_the_first_stays(back_end: BackEnd, organization_id: str) -> None:
    first, second = make_invoice(make_invoice_line(100)), make_invoice(make_invoice_line(999))

    assert billed(back_end.register, organization_id, first) == first
    with pytest.raises(OutdatedError):
        billed(back_end.register, organization_id, second)
    back_end.register.insert(organization_id, [second, make_invoice(id="inv_2")])

    assert back_end.register.get(organization_id, "inv_1") == first
    assert back_end.register.get_many(organization_id, ["inv_1", "inv_2", "inv_3"]).keys() == {"inv_1", "inv_2"}


def test_an_invoice_and_its_schedule_are_written_together_or_not_at_all(
    back_end: BackEnd, organization_id: str
) -> None:
    first, second, third = (make_invoice(id=f"inv_{number}") for number in (1, 2, 3))
    made = back_end.register.write(organization_id, Stored(first, 0), Stored(SCHEDULE, 0), posted_at=NOW)

    with pytest.raises(OutdatedError):
        back_end.register.write(organization_id, Stored(second, 0), Stored(SCHEDULE, 0), posted_at=NOW)
    with pytest.raises(OutdatedError):
        back_end.register.write(organization_id, Stored(made, 7), Stored(SCHEDULE, 1))

    assert (made.number, made.status, made.posted_at) == (1, InvoiceStatus.POSTED, NOW)
    assert back_end.schedules.get(organization_id, "ord_1") == Stored(SCHEDULE, 1)
    with pytest.raises(NotFound):
        back_end.register.get(organization_id, "inv_2")
    last = back_end.register.write(organization_id, Stored(third, 0), Stored(SCHEDULE, 1), posted_at=NOW)
    assert last.number == 2
    assert back_end.register.load(organization_id, "inv_3") == Stored(last, 1)


def test_numbers_follow_each_other_in_each_organization(back_end: BackEnd, organization_id: str) -> None:
    other = f"{organization_id}x"
    for owner, invoice_id in ((organization_id, "inv_a"), (organization_id, "inv_b"), (other, "inv_a")):
        billed(back_end.register, owner, make_invoice(id=invoice_id))
    assert back_end.register.latest_number(organization_id) == 0

    posted = [post(back_end, organization_id, i).number for i in ("inv_b", "inv_a")]

    assert posted == [1, 2]
    assert post(back_end, other, "inv_a").number == 1
    assert [back_end.register.latest_number(owner) for owner in (organization_id, other)] == [2, 1]


def test_an_invoice_is_given_one_number_however_often_and_in_whatever_company_it_asks(
    back_end: BackEnd, organization_id: str
) -> None:
    take = back_end.register.take_numbers
    assert take(organization_id, [], after=0) == {}
    assert take(organization_id, ["a", "b"], after=0) == {"a": 1, "b": 2}
    assert take(organization_id, ["c"], after=2) == {"c": 3}

    assert take(organization_id, ["b", "d", "a"], after=0) == {"b": 2, "d": 4, "a": 1}

    assert take(organization_id, ["d", "e"], after=3) == {"d": 4, "e": 5}
    assert back_end.register.latest_number(organization_id) == 5


def test_two_who_number_the_same_invoices_at_once_agree(back_end: BackEnd, organization_id: str) -> None:
    """The second takes its numbers right before the first puts its block."""
    if back_end.clients is None:
        pytest.skip("a fake makes no calls")
    theirs = partial(back_end.register.take_numbers, organization_id, ["b", "c", "more"], after=0)

    with watched(back_end.clients, meanwhile(theirs), at=0) as watch:
        mine = back_end.register.take_numbers(organization_id, ["a", "b", "c"], after=0)

    assert watch.calls == ["PutItem", "Query", "PutItem"]
    assert {**theirs(), **mine} == {"b": 1, "c": 2, "more": 3, "a": 4}
    assert back_end.register.latest_number(organization_id) == 4


def test_posters_at_once_leave_no_gap(back_end: BackEnd, organization_id: str, subtests: pytest.Subtests) -> None:
    """The second posts right before each call of the first; of a fake there are none, and they follow each other."""
    for position in range(4):
        with subtests.test(position=position):
            mine, theirs = f"inv_{position}_mine", f"inv_{position}_theirs"
            for invoice_id in (mine, theirs):
                billed(back_end.register, organization_id, make_invoice(id=invoice_id))

            post_at(back_end, organization_id, mine, position, theirs)
            if back_end.register.get(organization_id, theirs).number is None:
                post(back_end, organization_id, theirs)

            numbers = {back_end.register.get(organization_id, i).number for i in (mine, theirs)}
            assert numbers == {2 * position + 1, 2 * position + 2}


def test_a_change_is_made_again_when_somebody_was_faster(back_end: BackEnd, organization_id: str) -> None:
    billed(back_end.register, organization_id, make_invoice())
    seen: list[InvoiceStatus] = []

    def note(invoice: Invoice) -> Invoice:
        seen.append(invoice.status)
        if len(seen) == 1:
            post(back_end, organization_id, "inv_1")
        return invoice.model_copy(update={"metadata": {"seen": True}})

    back_end.register.modify(organization_id, "inv_1", note)

    changed = back_end.register.get(organization_id, "inv_1")
    assert seen == [InvoiceStatus.DRAFT, InvoiceStatus.POSTED]
    assert (changed.number, changed.status, changed.metadata) == (1, InvoiceStatus.POSTED, {"seen": True})


def test_what_a_change_raises_is_raised_and_nothing_is_written(back_end: BackEnd, organization_id: str) -> None:
    billed(back_end.register, organization_id, make_invoice())

    def refuse(_: Invoice) -> Invoice:
        raise InvalidInput("no")

    with pytest.raises(InvalidInput, match="no"):
        back_end.register.modify(organization_id, "inv_1", refuse)

    assert back_end.register.get(organization_id, "inv_1") == make_invoice()


def post_at(back_end: BackEnd, organization_id: str, mine: str, position: int, theirs: str) -> None:
    """Posts `mine`, and `theirs` right before the call at `position`."""
    if back_end.clients is None:
        post(back_end, organization_id, mine)
        return
    other = meanwhile(lambda: post(back_end, organization_id, theirs))
    with watched(back_end.clients, other, at=position) as watch:
        post(back_end, organization_id, mine)
    assert watch.has_struck
