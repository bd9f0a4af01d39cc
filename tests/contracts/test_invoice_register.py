"""`InvoiceRegister`: an invoice is made once, and posted ones are numbered without a gap."""

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import OutdatedError, Stored
from tests.builders import NOW, billed, make_invoice, make_invoice_line
from tests.contracts.back_ends import BackEnd
from tests.faults import meanwhile, watched


def test_an_unknown_invoice_is_not_found(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(NotFound):
        back_end.register.get(organization_id, "inv_1")
    with pytest.raises(NotFound):
        back_end.register.post(organization_id, "inv_1", now=NOW)
    with pytest.raises(NotFound):
        back_end.register.modify(organization_id, "inv_1", lambda invoice: invoice)


def test_of_two_invoices_with_one_id_the_first_stays(back_end: BackEnd, organization_id: str) -> None:
    first, second = make_invoice(make_invoice_line(100)), make_invoice(make_invoice_line(999))

    assert billed(back_end.register, organization_id, first) == first
    with pytest.raises(OutdatedError):
        billed(back_end.register, organization_id, second)

    assert back_end.register.get(organization_id, "inv_1") == first


def test_an_invoice_and_the_schedule_that_made_it_move_together_or_not_at_all(
    back_end: BackEnd, organization_id: str
) -> None:
    schedule = BillingSchedule(order_id="ord_1", customer_id="cus_1")
    first, second = make_invoice(auto_post=True), make_invoice(id="inv_2", auto_post=True)
    made = back_end.register.bill(organization_id, first, schedule=Stored(schedule, 0), now=NOW)

    with pytest.raises(OutdatedError):
        back_end.register.bill(organization_id, second, schedule=Stored(schedule, 0), now=NOW)

    assert (made.number, made.status, made.posted_at) == (1, InvoiceStatus.POSTED, NOW)
    with pytest.raises(NotFound):
        back_end.register.get(organization_id, "inv_2")
    third = make_invoice(id="inv_3", auto_post=True)
    assert back_end.register.bill(organization_id, third, schedule=Stored(schedule, 1), now=NOW).number == 2


def test_numbers_follow_each_other_in_each_organization(back_end: BackEnd, organization_id: str) -> None:
    other = f"{organization_id}x"
    for owner, invoice_id in ((organization_id, "inv_a"), (organization_id, "inv_b"), (other, "inv_a")):
        billed(back_end.register, owner, make_invoice(id=invoice_id))

    posted = [back_end.register.post(organization_id, i, now=NOW).number for i in ("inv_b", "inv_a")]

    assert posted == [1, 2]
    assert back_end.register.post(other, "inv_a", now=NOW).number == 1


def test_an_invoice_posted_twice_keeps_its_number(back_end: BackEnd, organization_id: str) -> None:
    for invoice_id in ("inv_1", "inv_2"):
        billed(back_end.register, organization_id, make_invoice(id=invoice_id))

    first = back_end.register.post(organization_id, "inv_1", now=NOW)
    again = back_end.register.post(organization_id, "inv_1", now=NOW.replace(year=2026))

    assert first == again == back_end.register.get(organization_id, "inv_1")
    assert (first.number, first.status, first.posted_at) == (1, InvoiceStatus.POSTED, NOW)
    assert back_end.register.post(organization_id, "inv_2", now=NOW).number == 2


def test_a_voided_invoice_is_not_posted_again_and_keeps_its_number(back_end: BackEnd, organization_id: str) -> None:
    billed(back_end.register, organization_id, make_invoice())
    back_end.register.post(organization_id, "inv_1", now=NOW)
    back_end.register.modify(organization_id, "inv_1", lambda invoice: invoice.voided(now=NOW))

    again = back_end.register.post(organization_id, "inv_1", now=NOW)

    assert (again.number, again.status) == (1, InvoiceStatus.VOIDED)


def test_posters_at_once_leave_no_gap(back_end: BackEnd, organization_id: str, subtests: pytest.Subtests) -> None:
    """The second posts right before each call of the first; of a fake there are none, and they follow each other."""
    for position in range(3):
        with subtests.test(position=position):
            mine, theirs = f"inv_{position}_mine", f"inv_{position}_theirs"
            for invoice_id in (mine, theirs):
                billed(back_end.register, organization_id, make_invoice(id=invoice_id))

            post_at(back_end, organization_id, mine, position, theirs)
            back_end.register.post(organization_id, theirs, now=NOW)

            numbers = {back_end.register.get(organization_id, i).number for i in (mine, theirs)}
            assert numbers == {2 * position + 1, 2 * position + 2}


def test_a_change_is_made_again_when_somebody_was_faster(back_end: BackEnd, organization_id: str) -> None:
    billed(back_end.register, organization_id, make_invoice())
    seen: list[InvoiceStatus] = []

    def note(invoice: Invoice) -> Invoice:
        seen.append(invoice.status)
        if len(seen) == 1:
            back_end.register.post(organization_id, "inv_1", now=NOW)
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
        back_end.register.post(organization_id, mine, now=NOW)
        return
    other = meanwhile(lambda: back_end.register.post(organization_id, theirs, now=NOW))
    with watched(back_end.clients, other, at=position) as watch:
        back_end.register.post(organization_id, mine, now=NOW)
    assert watch.has_struck
