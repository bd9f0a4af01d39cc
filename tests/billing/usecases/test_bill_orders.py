from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.invoicing.build import BillingFacts
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.ports import Stored
from tests.builders import (
    NOW,
    START,
    USAGE,
    make_attribute,
    make_contact,
    make_customer,
    make_order,
    make_price,
    make_pricing,
    moment,
)
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.schedules import FakeSchedules
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signals
from tests.fakes.taxes import FakeTaxes

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
FEE, EMAIL = 500_00, 10

VAT = TaxDecision(rate=Decimal(20), category=TaxCategory.STANDARD, country="FR")

DRAFT, POSTED = InvoiceStatus.DRAFT, InvoiceStatus.POSTED


def sold(*, on: datetime = NOW, shop: Shop | None = None, **fields: object) -> Shop:
    """A monthly fee in advance, and e-mails in arrears."""
    shop = shop or Shop()
    fee = make_attribute(make_pricing(price_points=(make_price(FEE),)))
    emails = make_attribute(make_pricing(USAGE, make_price(EMAIL)))
    shop.sell(make_order(fee, emails).model_copy(update=fields), on=on)
    return shop


def schedule(shop: Shop) -> BillingSchedule:
    stored = shop.schedules.get(ORG, "ord_1")
    assert stored is not None
    return stored.value


def test_each_due_day_up_to_the_given_one_becomes_an_invoice() -> None:
    shop = sold()
    shop.receive(*make_signals("123"))

    made = shop.bill_until(JULY)

    assert [invoice.issue_date for invoice in made] == [START, JULY]
    assert shop.totals() == {START: FEE, JULY: FEE + 3 * EMAIL}
    assert schedule(shop).next_billing_on == AUGUST
    assert schedule(shop).billed_until == JULY
    assert schedule(shop).billed_usage == {"ola_email_sent": {START: 3}}
    assert schedule(shop).billed_minor == 2 * FEE + 3 * EMAIL


def test_a_catch_up_answers_each_invoice_once_though_what_is_read_is_a_moment_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = sold()
    get_many = FakeInvoiceRegister.get_many

    def without_new(register: FakeInvoiceRegister, *asked: Any, fresh: bool = True) -> dict[str, Invoice]:
        return get_many(register, *asked) if fresh else {}

    monkeypatch.setattr(FakeInvoiceRegister, "get_many", without_new)

    assert [invoice.issue_date for invoice in shop.bill_until(SEPTEMBER)] == [START, JULY, AUGUST, SEPTEMBER]


@pytest.mark.parametrize(("day", "invoices"), [(date(2025, 6, 30), 1), (JULY, 2), (date(2025, 7, 2), 2)])
def test_a_day_is_due_from_its_beginning(day: date, invoices: int) -> None:
    assert len(sold().bill_until(day)) == invoices


def test_billing_again_makes_nothing() -> None:
    shop = sold(auto_post_invoices=True)
    shop.bill_until(JULY)
    before = dict(shop.register.stored), schedule(shop)

    assert shop.bill_until(JULY) == []

    assert (shop.register.stored, schedule(shop)) == before


def test_an_order_that_is_not_active_bills_nothing() -> None:
    shop = Shop()
    shop.orders.insert(ORG, make_order(make_attribute()))

    assert shop.bill_until(JULY) == []


def test_signals_that_nobody_rated_yet_are_on_the_invoice() -> None:
    """An invoice never waits for a dashboard: it brings the rating to the end of the log itself."""
    shop = sold()
    shop.append.append(LOG, delivered(make_signals("12")), now=NOW)

    shop.bill_until(JULY)

    assert shop.totals()[JULY] == FEE + 2 * EMAIL


def test_of_an_activation_in_the_past_only_the_latest_invoice_posts_itself() -> None:
    shop = sold(on=moment(date(2025, 8, 15)), auto_post_invoices=True)

    shop.bill_until(SEPTEMBER)

    assert [(i.issue_date, i.status, i.number) for i in shop.register.of(ORG)] == [
        (START, DRAFT, None),
        (JULY, DRAFT, None),
        (AUGUST, POSTED, 1),
        (SEPTEMBER, POSTED, 2),
    ]
    assert [invoice_id for _, invoice_id in shop.document_queue.sent] == [i.id for i in shop.register.of(ORG)[2:]]


def test_without_posting_by_itself_every_invoice_is_a_draft_and_no_document_is_asked_for() -> None:
    shop = sold()

    shop.bill_until(JULY)

    assert {invoice.status for invoice in shop.register.of(ORG)} == {DRAFT}
    assert shop.document_queue.sent == []


def test_an_order_that_ends_gets_its_last_invoice_and_no_more() -> None:
    shop = sold(end_date=moment(date(2025, 7, 16)))
    shop.receive(*make_signals("12", occurred_at=moment(date(2025, 7, 15))))
    shop.receive(*make_signals("3", occurred_at=moment(date(2025, 7, 16))))

    shop.bill_until(SEPTEMBER)

    half_july = round(FEE * 15 / 31)
    assert shop.totals() == {START: FEE, JULY: half_july, date(2025, 7, 16): 2 * EMAIL}
    assert schedule(shop).next_billing_on is None


def test_a_period_without_usage_makes_no_invoice_and_the_schedule_moves_on() -> None:
    shop = Shop()
    shop.sell(make_order(make_attribute(make_pricing(USAGE, make_price(EMAIL)))))

    assert shop.bill_until(AUGUST) == []

    assert shop.totals() == {}
    assert (schedule(shop).billed_until, schedule(shop).next_billing_on) == (AUGUST, SEPTEMBER)


def test_the_payer_and_its_contact_are_on_the_invoice() -> None:
    shop = Shop()
    shop.customers.insert(ORG, make_customer(id="cus_2", name="Acme Holding"))
    shop.contacts.insert(ORG, make_contact(id="con_2", customer_id="cus_2", email="ap@holding.example"))
    sold(shop=shop, billing_customer_id="cus_2", billing_contact_ids=("con_gone", "con_2"))

    (invoice,) = shop.bill_until(START)

    assert (invoice.customer_id, invoice.buyer.name) == ("cus_2", "Acme Holding")
    assert (invoice.billing_contact_id, invoice.buyer.email) == ("con_2", "ap@holding.example")


class Interrupted(FakeSchedules):
    """Somebody else acts right before, or with `after` right after, the schedule moves for the first time."""

    then: Callable[[], object] | None = None
    after = False

    def move(self, organization_id: str, schedules: Sequence[Stored[BillingSchedule]]) -> set[str]:
        then, self.then = self.then, None
        if then is not None and not self.after:
            then()
        moved = super().move(organization_id, schedules)
        if then is not None and self.after:
            then()
        return moved


def crash() -> None:
    raise OverflowError


def test_a_run_that_is_overtaken_makes_no_second_invoice() -> None:
    schedules = Interrupted()
    shop = sold(shop=Shop(schedules=schedules), auto_post_invoices=True)
    schedules.then = lambda: shop.bill_until(JULY)

    shop.bill_until(JULY)

    assert [(i.issue_date, i.number) for i in shop.register.of(ORG)] == [(START, 1), (JULY, 2)]
    assert schedule(shop).billed_minor == 2 * FEE


def test_a_crash_before_the_schedule_moves_is_healed_by_the_next_run() -> None:
    schedules = Interrupted()
    shop = sold(shop=Shop(schedules=schedules), auto_post_invoices=True)
    schedules.then = crash

    with pytest.raises(OverflowError):
        shop.bill_until(START)
    assert schedule(shop).next_billing_on == START

    (again,) = shop.bill_until(START)
    assert (again.issue_date, again.number) == (START, 1)
    assert len(shop.register.of(ORG)) == 1


def test_a_crash_before_the_move_leaves_nothing_and_the_next_run_bills_what_came_meanwhile() -> None:
    schedules = Interrupted()
    shop = sold(shop=Shop(schedules=schedules))
    shop.bill_until(START)
    shop.receive(*make_signals("1"))

    schedules.then = crash
    with pytest.raises(OverflowError):
        shop.bill_until(JULY)
    shop.receive(*make_signals("2"))
    shop.bill_until(JULY)

    assert shop.totals()[JULY] == FEE + 2 * EMAIL
    assert schedule(shop).billed_usage == {"ola_email_sent": {START: 2}}


def test_what_a_crash_after_the_move_left_promised_is_made_as_it_was_promised() -> None:
    """With the usage of the moment of the move: what came since is late, and stands on the next invoice."""
    schedules = Interrupted()
    shop = sold(shop=Shop(schedules=schedules), auto_post_invoices=True)
    shop.bill_until(START)
    shop.receive(*make_signals("1"))
    schedules.then, schedules.after = crash, True

    with pytest.raises(OverflowError):
        shop.bill_until(JULY)
    assert not schedules.is_kept(ORG, schedule(shop))
    shop.receive(*make_signals("2"))
    (made,) = shop.bill_until(JULY)

    assert schedules.is_kept(ORG, schedule(shop))
    assert (made.issue_date, made.number, made.total_minor) == (JULY, 2, FEE + 1 * EMAIL)
    (august,) = shop.bill_until(AUGUST)
    assert [line.amount_minor for line in august.lines] == [FEE, 1 * EMAIL]
    assert august.lines[1].is_late


def test_an_invoice_that_was_promised_under_a_number_keeps_it() -> None:
    """Whoever finds the promise numbers what comes after it from there, not what is promised twice."""
    schedules = Interrupted()
    shop = sold(shop=Shop(schedules=schedules), auto_post_invoices=True)
    schedules.then, schedules.after = crash, True
    with pytest.raises(OverflowError):
        shop.bill_until(START)
    promised = schedule(shop).promised
    assert promised is not None
    shop.register.take_numbers(ORG, [promised.invoice_id, "inv_other"], after=0)

    assert [invoice.number for invoice in shop.bill_until(JULY)] == [1, 3]


def test_documents_that_nobody_asked_for_before_a_crash_are_asked_for_when_the_message_comes_again() -> None:
    shop = sold(auto_post_invoices=True)
    (invoice,) = shop.bill_until(START)
    shop.document_queue.sent.clear()

    assert shop.bill_until(START) == []

    assert shop.document_queue.sent == [(ORG, invoice.id)]


def test_some_orders_are_billed_in_one_call_each_with_its_own_number() -> None:
    shop = sold(auto_post_invoices=True)
    for number in (2, 3):
        fee = make_attribute(make_pricing(price_points=(make_price(FEE),)))
        shop.sell(make_order(fee, id=f"ord_{number}", auto_post_invoices=number == 3))

    made = shop.bill(ORG, ["ord_1", "ord_2", "ord_3", "ord_unknown"], as_of=JULY, now=moment(JULY))

    assert {(i.order_id, i.issue_date): i.number for i in made} == {
        ("ord_1", START): 1,
        ("ord_2", START): None,
        ("ord_3", START): 2,
        ("ord_1", JULY): 3,
        ("ord_2", JULY): None,
        ("ord_3", JULY): 4,
    }


def test_an_order_without_its_payer_holds_up_no_other() -> None:
    shop = sold(auto_post_invoices=True)
    shop.customers.insert(ORG, make_customer(id="cus_2"))
    fee = make_attribute(make_pricing(price_points=(make_price(FEE),)))
    shop.sell(make_order(fee, id="ord_2", billing_customer_id="cus_2"))
    del shop.customers.stored[ORG, "cus_2"]

    with pytest.raises(NotFound, match="ord_2"):
        shop.bill(ORG, ["ord_1", "ord_2"], as_of=START, now=NOW)

    assert shop.totals() == {START: FEE}


def test_an_order_whose_invoice_cannot_be_computed_holds_up_no_other() -> None:
    """Nobody can activate such an order; should there be one all the same, it alone comes back."""
    shop = sold(auto_post_invoices=True)
    wrong = make_attribute(make_pricing(price_points=(make_price(FEE, currency="EUR"),)))
    shop.sell(make_order(make_attribute(), id="ord_2"))
    shop.orders.modify(ORG, "ord_2", lambda order: order.model_copy(update={"lines": make_order(wrong).lines}))

    with pytest.raises(InvalidInput, match="no price point in USD") as raised:
        shop.bill(ORG, ["ord_2", "ord_1"], as_of=START, now=NOW)

    assert raised.value.__notes__ == ["order ord_2 is not billed"]
    assert [invoice.order_id for invoice in shop.register.of(ORG)] == ["ord_1"]


def wrong_order(shop: Shop, order_id: str, customer_id: str) -> None:
    """An active order that cannot be billed: its price is in no currency of its own."""
    wrong = make_attribute(make_pricing(price_points=(make_price(FEE, currency="EUR"),)))
    shop.sell(make_order(make_attribute(), id=order_id, customer_id=customer_id))
    shop.orders.modify(ORG, order_id, lambda order: order.model_copy(update={"lines": make_order(wrong).lines}))


@pytest.mark.parametrize(("customers", "billed"), [(1, ["ord_1"]), (2, ["ord_1"]), (3, [])])
def test_a_customer_whose_orders_cannot_be_billed_holds_up_no_other_and_three_hold_up_all(
    customers: int, billed: list[str]
) -> None:
    """Six orders that are wrong, of one customer, of two, or of three; where it is three, something else is wrong."""
    shop = sold(auto_post_invoices=True)
    for number in range(customers):
        shop.customers.insert(ORG, make_customer(id=f"cus_wrong_{number}"))
    for number in range(6):
        wrong_order(shop, f"ord_wrong_{number}", f"cus_wrong_{number % customers}")

    with pytest.raises(InvalidInput, match="no price point in USD") as raised:
        shop.bill(ORG, [*(f"ord_wrong_{number}" for number in range(6)), "ord_1"], as_of=START, now=NOW)

    assert raised.value.__notes__ == ["order ord_wrong_0 is not billed"]
    assert [invoice.order_id for invoice in shop.register.of(ORG)] == billed


def test_usage_after_the_last_invoice_of_an_ended_order_is_billed_on_its_closing_day() -> None:
    """And where some came that late, there is another look a month later, until none comes."""
    shop = sold(end_date=moment(date(2025, 7, 16)), auto_post_invoices=True)
    shop.bill_until(date(2025, 7, 16))
    closing = date(2025, 8, 16)
    assert schedule(shop).next_billing_on == closing
    shop.receive(*make_signals("12", occurred_at=moment(date(2025, 7, 15))))

    shop.bill_until(SEPTEMBER)
    shop.receive(*make_signals("3", occurred_at=moment(date(2025, 7, 15))))
    shop.bill_until(date(2026, 1, 1))

    late = {day: total for day, total in shop.totals().items() if day >= closing}
    assert late == {closing: 2 * EMAIL, date(2025, 9, 16): 1 * EMAIL}
    assert schedule(shop).next_billing_on is None


def test_an_order_activated_long_after_its_end_waits_a_month_for_its_backfill() -> None:
    shop = sold(end_date=moment(date(2025, 6, 16)), auto_post_invoices=True, on=moment(date(2025, 12, 1)))
    shop.bill_until(date(2025, 12, 1))
    shop.receive(*make_signals("123"))

    shop.bill_until(date(2026, 3, 1))

    assert shop.totals()[date(2026, 1, 1)] == 3 * EMAIL


def test_the_tax_of_a_promised_invoice_is_that_of_the_promise() -> None:
    schedules = Interrupted()
    shop = sold(shop=Shop(schedules=schedules, taxes=FakeTaxes(VAT)), auto_post_invoices=True)
    schedules.then, schedules.after = crash, True
    with pytest.raises(OverflowError):
        shop.bill_until(START)
    shop.taxes = FakeTaxes()

    (made,) = shop.bill_until(START)

    assert (made.tax_minor, schedule(shop).billed_tax_minor) == (FEE // 5, FEE // 5)


def test_a_promise_is_looked_for_by_the_day_it_was_made_and_not_by_its_date() -> None:
    """Else what a crash leaves of a backdated order would be nobody's."""
    on = moment(date(2025, 12, 1))
    shop = sold(end_date=moment(date(2025, 6, 16)), auto_post_invoices=True, on=on)
    shop.receive(*make_signals("1"))
    shop.bill(ORG, ["ord_1"], as_of=on.date(), now=on)

    assert schedule(shop).was_billed_on(on.date())
    assert not schedule(shop).was_billed_on(START)


def test_a_payer_who_is_gone_stops_the_order_and_not_the_numbers() -> None:
    """Orders keep their customers; should one go all the same, nothing may be half made."""
    shop = sold(auto_post_invoices=True)
    del shop.customers.stored[ORG, "cus_1"]

    with pytest.raises(NotFound):
        shop.bill_until(START)

    assert shop.register.of(ORG) == []
    assert schedule(shop).next_billing_on == START


def test_where_nothing_can_be_billed_not_every_order_is_tried_alone() -> None:
    """As while the database refuses: a thousand orders would be a thousand calls more, of one customer or of many."""
    shop = sold()
    for number in (2, 3):
        shop.customers.insert(ORG, make_customer(id=f"cus_{number}"))
    for number in range(2, 10):
        customer_id = f"cus_{max(number - 6, 1)}"  # all but the last two are of one
        shop.sell(make_order(make_attribute(), id=f"ord_{number}", customer_id=customer_id))
    tried: list[int] = []

    def refuse(_: str, schedules: Sequence[BillingSchedule]) -> dict[str, BillingFacts]:
        tried.append(len(schedules))
        raise OverflowError

    with pytest.raises(OverflowError):
        replace(shop.bill, gather_facts=refuse)(ORG, [f"ord_{n}" for n in range(1, 10)], as_of=START, now=NOW)

    assert tried == [9, *[1, 1, 1], 1, 1], "three of the first customer, and one of each of the next two"
