from datetime import UTC, datetime

import pytest

from functions.billing.invoicing.happenings import InvoiceChange, happened_so_far, happenings, last_change
from functions.billing.models.invoice import Allocation, Invoice
from functions.billing.models.webhook import WebhookEvent
from tests.builders import NOW, make_invoice, make_invoice_line

CREATED, POSTED, PAID = WebhookEvent.INVOICE_CREATED, WebhookEvent.INVOICE_POSTED, WebhookEvent.INVOICE_PAID
LATER, MUCH_LATER = datetime(2025, 6, 2, 9, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC)

DRAFT = make_invoice(make_invoice_line(100))
POSTED_INVOICE = DRAFT.posted(number=1, now=LATER)
FREE = make_invoice(make_invoice_line(0))


def told(before: Invoice | None, after: Invoice) -> list[tuple[WebhookEvent, datetime]]:
    return [(each.event, each.at) for each in happenings(InvoiceChange("org_1", before, after))]


def test_a_new_draft_is_created() -> None:
    assert told(None, DRAFT) == [(CREATED, DRAFT.created_at)]


def test_a_new_invoice_that_is_posted_already_is_both_in_that_order() -> None:
    assert told(None, POSTED_INVOICE) == [(CREATED, DRAFT.created_at), (POSTED, LATER)]


def test_a_draft_that_is_posted_is_posted() -> None:
    assert told(DRAFT, POSTED_INVOICE) == [(POSTED, LATER)]


def test_what_changes_nothing_of_these_is_not_told() -> None:
    renamed = POSTED_INVOICE.model_copy(update={"metadata": {"a": 1}})

    assert told(POSTED_INVOICE, renamed) == []
    assert told(POSTED_INVOICE, POSTED_INVOICE.voided(now=NOW)) == []
    assert told(DRAFT, DRAFT) == []


def test_an_invoice_of_nothing_is_paid_when_it_is_posted_and_not_before() -> None:
    assert told(None, FREE) == [(CREATED, FREE.created_at)]
    assert told(FREE, FREE.posted(number=1, now=LATER)) == [(POSTED, LATER), (PAID, LATER)]
    assert told(FREE.posted(number=1, now=LATER), FREE.posted(number=1, now=LATER)) == []


def test_an_invoice_below_zero_is_posted_and_paid_by_nobody() -> None:
    credit = make_invoice(make_invoice_line(-1))

    assert told(credit, credit.posted(number=1, now=LATER)) == [(POSTED, LATER)]


def test_an_invoice_that_was_paid_says_so_also_after_it_was_voided() -> None:
    allocation = Allocation(id="pal_1", payment_id="pay_1", line_id="line_1", amount_minor=100, allocated_at=LATER)
    paid = POSTED_INVOICE.with_allocation(allocation)
    voided = paid.voided(now=MUCH_LATER)

    assert told(POSTED_INVOICE, paid) == [(PAID, LATER)]
    assert told(paid, voided) == []
    assert [(each.event, each.at) for each in happened_so_far("org_1", voided)][-1] == (PAID, LATER)


def test_an_id_is_made_of_organization_event_and_invoice_and_of_nothing_else() -> None:
    def ids(organization_id: str, invoice: Invoice) -> list[str]:
        return [each.announcement_id for each in happenings(InvoiceChange(organization_id, None, invoice))]

    other = POSTED_INVOICE.model_copy(update={"metadata": {"a": 1}})
    assert ids("org_1", POSTED_INVOICE) == ids("org_1", other)
    named = {*ids("org_1", POSTED_INVOICE), *ids("org_2", POSTED_INVOICE)}
    named |= set(ids("org_1", POSTED_INVOICE.model_copy(update={"id": "inv_2"})))
    assert len(named) == 6


def test_what_an_invoice_says_later_are_the_events_that_it_was_told_by_then() -> None:
    paid = FREE.posted(number=1, now=LATER)
    renamed = paid.model_copy(update={"metadata": {"a": 1}, "updated_at": MUCH_LATER})

    def named(*changes: InvoiceChange) -> list[tuple[str, WebhookEvent, datetime]]:
        return [(each.announcement_id, each.event, each.at) for change in changes for each in happenings(change)]

    at_the_time = named(
        InvoiceChange("org_1", None, FREE), InvoiceChange("org_1", FREE, paid), InvoiceChange("org_1", paid, renamed)
    )

    assert [(e.announcement_id, e.event, e.at) for e in happened_so_far("org_1", renamed)] == at_the_time
    assert [event for _, event, _ in at_the_time] == [CREATED, POSTED, PAID]


def test_the_last_change_of_an_invoice_is_the_latest_that_it_tells_of() -> None:
    assert last_change(DRAFT) == DRAFT.created_at
    assert last_change(POSTED_INVOICE.model_copy(update={"updated_at": DRAFT.updated_at})) == LATER
    assert last_change(POSTED_INVOICE.voided(now=MUCH_LATER)) == MUCH_LATER


def beyond(quantity: int, *, billed_before: int = 0, **fields: object) -> Invoice:
    return make_invoice(
        make_invoice_line(100),
        make_invoice_line(7, id="over", credits_currency_id="cc_1", quantity=quantity, billed_before=billed_before),
        **fields,
    )


OVERAGE = WebhookEvent.OVERAGE_INCURRED


def test_credits_beyond_those_granted_are_incurred_when_their_invoice_is_posted() -> None:
    draft = beyond(5)

    assert told(None, draft) == [(CREATED, draft.created_at)]
    assert told(draft, draft.posted(number=1, now=LATER)) == [(POSTED, LATER), (OVERAGE, LATER)]
    assert told(draft.posted(number=1, now=LATER), draft.posted(number=1, now=LATER)) == []


@pytest.mark.parametrize(("quantity", "billed_before", "more"), [(5, 4, True), (5, 5, False), (4, 5, False)])
def test_of_late_ones_only_more_than_was_billed_before_is_incurred(
    quantity: int, billed_before: int, *, more: bool
) -> None:
    draft = beyond(quantity, billed_before=billed_before)

    assert ((OVERAGE, LATER) in told(draft, draft.posted(number=1, now=LATER))) is more


def test_what_bills_a_voided_invoice_again_incurs_nothing_again() -> None:
    again = beyond(5, rebills="inv_0")

    assert told(again, again.posted(number=1, now=LATER)) == [(POSTED, LATER)]
