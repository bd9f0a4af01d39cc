from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.ports import Stored
from tests.builders import NOW, START, USAGE, make_attribute, make_order, make_price, make_pricing, moment
from tests.fakes.schedules import FakeSchedules
from tests.fakes.shop import ORG, Shop, make_signals
from tests.fakes.taxes import FakeTaxes

LATER = NOW + timedelta(days=90)
JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
FEE, EMAIL = 500_00, 10


def sold(*, shop: Shop | None = None, **fields: object) -> Shop:
    """A monthly fee in advance, and e-mails in arrears; invoices are drafts unless they post themselves."""
    shop = shop or Shop()
    fee = make_attribute(make_pricing(price_points=(make_price(FEE),)))
    emails = make_attribute(make_pricing(USAGE, make_price(EMAIL)))
    shop.sell(make_order(fee, emails).model_copy(update=fields))
    return shop


def of(shop: Shop, day: date) -> Invoice:
    """The invoice of that day."""
    (invoice,) = (invoice for invoice in shop.register.of(ORG) if invoice.issue_date == day)
    return invoice


def amounts(invoice: Invoice) -> list[int]:
    return [line.amount_minor for line in invoice.lines]


def billed_minor(shop: Shop) -> int:
    stored = shop.schedules.get(ORG, "ord_1")
    assert stored is not None
    return stored.value.billed_minor


def test_a_posted_draft_has_a_number_and_its_documents_are_asked_for() -> None:
    shop = sold()
    shop.bill_until(START)

    invoice = shop.post(ORG, of(shop, START).id, now=NOW)

    assert (invoice.number, invoice.status, invoice.posted_at) == (1, InvoiceStatus.POSTED, NOW)
    assert shop.document_queue.sent == [(ORG, invoice.id)]
    assert shop.register.get(ORG, invoice.id) == invoice


def test_posting_again_changes_nothing_and_asks_again() -> None:
    shop = sold()
    shop.bill_until(START)
    first = shop.post(ORG, of(shop, START).id, now=NOW)

    assert shop.post(ORG, first.id, now=LATER) == first

    assert shop.document_queue.sent == [(ORG, first.id)] * 2
    assert billed_minor(shop) == FEE


def test_a_draft_takes_what_was_used_since_when_it_is_posted() -> None:
    shop = sold()
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("345"))
    draft = of(shop, JULY)

    posted = shop.post(ORG, draft.id, now=LATER)

    assert amounts(draft) == [FEE, 2 * EMAIL]
    assert amounts(posted) == [FEE, 5 * EMAIL]
    assert (posted.id, posted.issue_date, posted.created_at) == (draft.id, JULY, draft.created_at)
    assert billed_minor(shop) == 2 * FEE + 5 * EMAIL
    shop.bill_until(AUGUST)
    assert amounts(of(shop, AUGUST)) == [FEE]  # nothing of June is late: it was all on the posted invoice


def test_a_draft_that_had_no_usage_gets_its_line_when_it_is_posted() -> None:
    shop = sold()
    shop.bill_until(JULY)
    shop.receive(*make_signals("1"))

    assert amounts(shop.post(ORG, of(shop, JULY).id, now=LATER)) == [FEE, 1 * EMAIL]


def test_usage_after_the_invoice_was_posted_stands_on_the_next_one() -> None:
    shop = sold()
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.post(ORG, of(shop, JULY).id, now=NOW)
    shop.receive(*make_signals("345"))

    shop.bill_until(AUGUST)

    late = of(shop, AUGUST).lines[-1]
    assert (late.is_late, late.quantity, late.billed_before, late.amount_minor) == (True, 5, 2, 3 * EMAIL)
    assert (late.period_start, late.period_end) == (START, JULY)


def test_a_late_line_on_a_draft_is_extended_when_it_is_posted_and_charged_once() -> None:
    shop = sold(auto_post_invoices=True)
    shop.bill_until(JULY)
    shop.orders.modify(ORG, "ord_1", lambda order: order.model_copy(update={"auto_post_invoices": False}))
    shop.receive(*make_signals("1"))
    shop.bill_until(AUGUST)
    shop.receive(*make_signals("23"))

    posted = shop.post(ORG, of(shop, AUGUST).id, now=LATER)
    shop.bill_until(SEPTEMBER)

    assert amounts(posted) == [FEE, 3 * EMAIL]
    assert amounts(of(shop, SEPTEMBER)) == [FEE]


def test_drafts_posted_in_any_order_charge_every_signal_once() -> None:
    """June's and July's e-mails come before, between and after the drafts; August's draft is posted first."""
    shop = sold()
    july = moment(date(2025, 7, 10))
    shop.receive(*make_signals("1"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("2"), *make_signals("3", occurred_at=july))
    shop.bill_until(AUGUST)
    shop.receive(*make_signals("4"), *make_signals("5", occurred_at=july))

    assert amounts(shop.post(ORG, of(shop, AUGUST).id, now=LATER)) == [FEE, 2 * EMAIL]
    assert amounts(shop.post(ORG, of(shop, JULY).id, now=LATER)) == [FEE, 3 * EMAIL]
    shop.bill_until(SEPTEMBER)

    assert amounts(of(shop, SEPTEMBER)) == [FEE]
    assert sum(shop.totals().values()) == 4 * FEE + 5 * EMAIL == billed_minor(shop)


def test_a_posted_draft_keeps_its_metadata_and_carries_the_tax_of_the_day_it_is_posted() -> None:
    shop = sold()
    shop.bill_until(START)
    shop.register.modify(ORG, of(shop, START).id, lambda i: i.model_copy(update={"metadata": {"po": 1}}))
    shop.taxes = FakeTaxes(TaxDecision(rate=Decimal(20), category=TaxCategory.STANDARD, country="FR"))

    posted = shop.post(ORG, of(shop, START).id, now=LATER)

    assert (posted.metadata, posted.subtotal_minor, posted.tax_minor) == ({"po": 1}, 500_00, 100_00)


class Overtaken(FakeSchedules):
    """Somebody else posts the draft of `START` right after its schedule is read."""

    shop: Shop | None = None

    def get(self, organization_id: str, order_id: str) -> Stored[BillingSchedule] | None:
        stored = super().get(organization_id, order_id)
        shop, self.shop = self.shop, None
        if shop is not None:
            shop.post(ORG, of(shop, START).id, now=NOW)
        return stored


def test_whoever_is_overtaken_while_posting_posts_nothing_more() -> None:
    schedules = Overtaken()
    shop = sold(shop=Shop(schedules=schedules))
    shop.bill_until(START)
    schedules.shop = shop

    posted = shop.post(ORG, of(shop, START).id, now=LATER)

    assert (posted.number, posted.posted_at) == (1, NOW)
    assert shop.register.latest_number(ORG) == 1


def test_a_voided_invoice_keeps_its_number_and_is_not_posted_again() -> None:
    shop = sold(auto_post_invoices=True)
    shop.bill_until(START)
    invoice = of(shop, START)

    voided = shop.void(ORG, invoice.id, now=LATER)

    assert (voided.number, voided.status, voided.remaining_minor) == (1, InvoiceStatus.VOIDED, 0)
    with pytest.raises(InvalidInput, match="INV-000001"):
        shop.post(ORG, invoice.id, now=LATER)
    assert shop.register.get(ORG, invoice.id) == voided
    assert billed_minor(shop) == 0


def test_voiding_again_changes_nothing() -> None:
    shop = sold(auto_post_invoices=True)
    shop.bill_until(START)
    voided = shop.void(ORG, of(shop, START).id, now=NOW)

    assert shop.void(ORG, voided.id, now=LATER) == voided
    assert billed_minor(shop) == 0


def test_a_draft_is_not_voided() -> None:
    shop = sold()
    shop.bill_until(START)
    draft = of(shop, START)

    with pytest.raises(InvalidInput, match="draft"):
        shop.void(ORG, draft.id, now=NOW)

    assert shop.register.get(ORG, draft.id) == draft


def test_what_was_voided_is_charged_again_when_somebody_asks_and_only_then() -> None:
    shop = sold(auto_post_invoices=True)
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    voided = shop.void(ORG, of(shop, JULY).id, now=NOW)
    shop.bill_until(AUGUST)
    assert amounts(of(shop, AUGUST)) == [FEE]  # voiding alone charges nothing again

    draft = shop.rebill(ORG, voided.id, now=LATER)

    assert amounts(draft) == amounts(voided) == [FEE, 2 * EMAIL]
    assert (draft.status, draft.rebills, draft.number) == (InvoiceStatus.DRAFT, voided.id, None)
    assert (draft.issue_date, draft.lines[1].period_start) == (LATER.date(), START)
    assert not {line.id for line in draft.lines} & {line.id for line in voided.lines}
    assert billed_minor(shop) == 3 * FEE + 2 * EMAIL
    assert shop.post(ORG, draft.id, now=LATER).number == 4


def test_asking_twice_to_bill_again_makes_one_draft() -> None:
    shop = sold(auto_post_invoices=True)
    shop.bill_until(START)
    voided = shop.void(ORG, of(shop, START).id, now=NOW)
    draft = shop.rebill(ORG, voided.id, now=NOW)

    assert shop.rebill(ORG, voided.id, now=LATER) == draft

    assert (len(shop.register.of(ORG)), billed_minor(shop)) == (2, FEE)


def test_what_was_billed_again_may_be_voided_and_billed_again_too() -> None:
    shop = sold(auto_post_invoices=True)
    shop.bill_until(START)
    first = shop.void(ORG, of(shop, START).id, now=NOW)
    second = shop.post(ORG, shop.rebill(ORG, first.id, now=NOW).id, now=NOW)
    shop.void(ORG, second.id, now=NOW)

    with pytest.raises(InvalidInput, match=second.id):
        shop.rebill(ORG, first.id, now=LATER)
    third = shop.rebill(ORG, second.id, now=LATER)

    assert third.rebills == second.id
    assert amounts(third) == amounts(first)
    assert billed_minor(shop) == FEE


def test_usage_that_came_after_a_voided_invoice_is_late_and_not_on_what_bills_it_again() -> None:
    shop = sold(auto_post_invoices=True)
    shop.receive(*make_signals("1"))
    shop.bill_until(JULY)
    voided = shop.void(ORG, of(shop, JULY).id, now=NOW)
    shop.receive(*make_signals("23"))

    again = shop.post(ORG, shop.rebill(ORG, voided.id, now=NOW).id, now=NOW)
    shop.bill_until(AUGUST)

    assert amounts(again) == [FEE, 1 * EMAIL]
    assert amounts(of(shop, AUGUST)) == [FEE, 2 * EMAIL]


def test_an_end_that_moved_gives_nothing_back_of_a_draft() -> None:
    """What was charged in advance is given back by an amendment alone, posted or not."""
    shop = sold()
    shop.bill_until(START)
    shop.update(ORG, "ord_1", {"end_date": moment(date(2025, 6, 11))}, state=None, now=NOW)

    assert amounts(shop.post(ORG, of(shop, START).id, now=LATER)) == [FEE]


def test_only_a_voided_invoice_is_billed_again() -> None:
    shop = sold()
    shop.bill_until(START)

    with pytest.raises(InvalidInput, match="draft"):
        shop.rebill(ORG, of(shop, START).id, now=NOW)


def test_an_unknown_invoice_is_not_found() -> None:
    shop = sold()
    for act in (shop.post, shop.void, shop.rebill):
        with pytest.raises(NotFound):
            act(ORG, "inv_9", now=NOW)
