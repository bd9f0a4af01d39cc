"""What the replay of a customer finds in books that are as they must be: nothing, whatever has happened."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.models.audit import Allowance, LogTooLong
from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import CreditBenefit, PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.models.usage import Checkpoint
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from functions.billing.rating.usage import rate_forward
from functions.billing.usecases.replay_log import SEGMENTS_PER_READ
from tests.builders import NOW, START, USAGE, make_attribute, make_entry, make_order, make_price, make_pricing
from tests.fakes.audit import ALL_THE_TIME, found, replay_log, replayed
from tests.fakes.schedules import FakeSchedules
from tests.fakes.shop import LOG, ORG, Shop, make_signals
from tests.fakes.signal_log import FakeSignalLog
from tests.fakes.taxes import FakeTaxes

JULY, AUGUST, SEPTEMBER, OCTOBER = (date(2025, month, 1) for month in (7, 8, 9, 10))
FEE = make_attribute(make_pricing(price_points=(make_price(500_00),)))
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
MARGIN = make_attribute(
    make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier=2, price_points=(), event_name=None), id="ola_margin"
)
PERCENT = make_attribute(
    make_pricing(model=PricingModel.PERCENT_OF_TOTAL, percentage=10, price_points=()), id="ola_percent"
)
VAT = TaxDecision(rate=Decimal("7.7"), category=TaxCategory.STANDARD, country="CH")


def sold(*attributes: OrderLineAttribute, **fields: object) -> Shop:
    """E-mails, unless something else is said; invoices post themselves."""
    shop = Shop(taxes=FakeTaxes(VAT))
    shop.sell(make_order(*(attributes or (EMAILS,)), auto_post_invoices=True).model_copy(update=fields))
    return shop


def invoices(shop: Shop, status: InvoiceStatus) -> list[Invoice]:
    return [invoice for invoice in shop.register.of(ORG) if invoice.status is status]


def log_costs(shop: Shop, *amounts: int) -> None:
    entries = tuple(make_entry(START, COST_EVENT, data=Cost(Decimal(amount), "USD").to_data()) for amount in amounts)
    last = len(shop.log.segments.get(LOG, []))
    shop.log.append(Segment(log=LOG, number=last + 1, cumulative=0, logged_at=NOW, entries=entries))
    shop.rate(ORG, LOG.customer_id)


# ---- no difference


def test_late_usage_costs_percentages_and_tax_are_replayed() -> None:
    shop = sold(FEE, EMAILS, PERCENT, MARGIN)
    shop.receive(*make_signals("12"))
    log_costs(shop, 3, 4)
    shop.bill_until(JULY)
    shop.receive(
        *make_signals("34"), *make_signals("5", occurred_at=midnight(JULY)), *make_signals("6", event_name="x")
    )
    shop.bill_until(AUGUST)
    log_costs(shop, 5)
    shop.bill_until(SEPTEMBER)

    done = replayed(shop)

    assert done.findings == ()
    assert (done.customers, done.segments, done.signals, done.invoices) == (1, 4, 2 + 2 + 4 + 1, 4)
    assert [line.is_late for invoice in shop.register.of(ORG) for line in invoice.lines].count(True) == 2


def test_drafts_and_what_was_posted_by_hand_in_any_order_are_replayed() -> None:
    """August's draft has late usage of June, and September's goes on from it: posting the first keeps its line."""
    shop = sold(FEE, EMAILS, auto_post_invoices=False)
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.post(ORG, invoices(shop, InvoiceStatus.DRAFT)[1].id, now=midnight(JULY))
    for key, day in (("3", AUGUST), ("4", SEPTEMBER), ("5", OCTOBER)):
        shop.receive(*make_signals(key))
        shop.bill_until(day)
    shop.receive(*make_signals("6"))
    june, august, *_, october = invoices(shop, InvoiceStatus.DRAFT)
    for draft in (october, august, june):
        shop.post(ORG, draft.id, now=midnight(OCTOBER))

    assert found(shop) == []
    assert [invoice.issue_date for invoice in invoices(shop, InvoiceStatus.DRAFT)] == [SEPTEMBER]


def test_what_was_voided_and_billed_again_is_replayed_with_the_tax_of_another_day() -> None:
    shop = sold(FEE, EMAILS)
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    first = shop.void(ORG, shop.register.of(ORG)[1].id, now=midnight(JULY))
    shop.taxes = FakeTaxes(VAT.model_copy(update={"rate": Decimal(19)}))
    second = shop.post(ORG, shop.rebill(ORG, first.id, now=midnight(AUGUST)).id, now=midnight(AUGUST))
    shop.receive(*make_signals("3"))
    shop.void(ORG, second.id, now=midnight(AUGUST))
    third = shop.rebill(ORG, second.id, now=midnight(AUGUST))

    done = replayed(shop)

    assert done.findings == ()
    assert done.invoices == 4
    assert [i.taxes[0].rate for i in (first, second, third)] == [Decimal("7.7"), Decimal(19), Decimal(19)]


def test_a_customer_of_whom_nothing_is_stored_has_nothing_to_differ() -> None:
    assert replayed(Shop()).findings == ()
    assert replayed(Shop(), "cus_nobody").findings == ()


def test_a_draft_order_and_signals_of_no_order_are_no_difference() -> None:
    shop = Shop()
    shop.orders.insert(ORG, make_order(EMAILS))
    shop.receive(*make_signals("12"))

    assert replayed(shop).findings == ()


def test_signals_that_are_not_rated_yet_are_no_difference() -> None:
    shop = sold()
    shop.receive(*make_signals("1"))
    shop.log.append(Segment(log=LOG, number=2, cumulative=2, logged_at=NOW, entries=(make_entry(),)))

    done = replayed(shop)

    assert (done.findings, done.signals) == ((), 1)


class CountedReads(FakeSignalLog):
    """Remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[tuple[int, int]] = []

    def read(self, log: LogId, *, after: int, limit: int) -> list[Segment]:
        self.reads.append((after, limit))
        return super().read(log, after=after, limit=limit)


@pytest.mark.parametrize("count", [SEGMENTS_PER_READ - 1, SEGMENTS_PER_READ, SEGMENTS_PER_READ + 1, 250])
def test_a_long_log_is_read_once_whatever_the_number_of_invoices(count: int) -> None:
    log = CountedReads()
    shop = Shop(log=log)
    shop.sell(make_order(EMAILS, auto_post_invoices=True))
    for number in range(1, count + 1):
        log.append(Segment(log=LOG, number=number, cumulative=number, logged_at=NOW, entries=(make_entry(),)))
        if number % 40 == 0:
            shop.bill_until(START + timedelta(days=number))
    shop.rate(ORG, LOG.customer_id)
    log.reads.clear()

    done = replayed(shop)

    assert (done.findings, done.segments) == ((), count)
    assert [after for after, _ in log.reads] == list(range(0, count, SEGMENTS_PER_READ))


def test_the_shards_of_a_log_are_replayed_each_and_an_invoice_is_of_all_it_was_counted_through() -> None:
    """July is billed before the log is split, August after."""
    shop = sold()
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    split = Segment(log=LOG, number=2, cumulative=2, logged_at=NOW, entries=(), splits=True)
    shop.log.append(split)
    for shard, count in ((1, 3), (2, 4)):
        log = LogId(ORG, LOG.customer_id, shard)
        entries = (make_entry(midnight(JULY)),) * count
        shop.log.append(Segment(log=log, number=1, cumulative=2 + count, logged_at=NOW, entries=entries))
    shop.rate(ORG, LOG.customer_id)
    shop.bill_until(AUGUST)

    done = replayed(shop)

    august = shop.register.of(ORG)[-1]
    assert (august.lines[0].quantity, august.log_positions) == (3 + 4, {0: 2, 1: 1, 2: 1})
    assert (done.findings, done.segments, done.signals) == ((), 4, 9)


# ---- remarks


def test_an_end_that_moves_leaves_alone_what_an_order_with_credits_charged_in_advance() -> None:
    """June was charged in full on its first day, and its credits came; today the order ends on the 11th."""
    brings = FEE.pricing.model_copy(update={"benefits": (CreditBenefit(currency_id="cc_1", amount_micro=10**6),)})
    shop = sold(FEE.model_copy(update={"pricing": brings}), EMAILS)
    shop.bill_until(START)
    shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 6, 11))}, state=None, now=NOW + timedelta(hours=1))

    assert found(shop) == []


def test_an_end_that_has_moved_since_is_said_of_what_was_charged_in_advance() -> None:
    shop = sold(FEE, EMAILS)
    shop.bill_until(START)
    shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 6, 11))}, state=None, now=NOW + timedelta(hours=1))

    (remark,) = replayed(shop).findings

    assert not replayed(shop).differs
    assert "INV-000001): the end of order ord_1 has moved since; without one the invoice is the same" in remark.sentence


def test_an_earlier_end_in_the_place_of_another_is_found_by_the_period_that_it_cut_off() -> None:
    shop = sold(FEE, end_date=midnight(date(2025, 6, 21)))
    shop.bill_until(START)
    shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 6, 11))}, state=None, now=NOW + timedelta(hours=1))

    assert "with the end 2025-06-21 the invoice is the same" in found(shop)[0]


def test_a_moved_end_excuses_no_other_amount() -> None:
    shop = sold(FEE, EMAILS)
    shop.bill_until(START)
    shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 6, 11))}, state=None, now=NOW + timedelta(hours=1))
    stored = shop.register.load(ORG, shop.register.of(ORG)[0].id)
    line = stored.value.lines[0].model_copy(update={"amount_minor": 499_99})
    damaged = stored.value.model_copy(update={"lines": (line,)})
    shop.register.stored[ORG, damaged.id] = Stored(damaged, stored.revision)

    assert replayed(shop).differs


def test_usage_that_another_order_left_to_this_one_cannot_be_counted_as_it_was() -> None:
    """The first order counts the e-mails of 20 June until its end moves to the 10th: then they are the second's."""
    shop = sold(make_attribute(make_pricing(USAGE, make_price(10), frequency="quarterly")))
    second = make_order(make_attribute(EMAILS.pricing, id="ola_second"), FEE, id="ord_2", auto_post_invoices=True)
    shop.sell(second)
    shop.receive(*make_signals("12", occurred_at=midnight(date(2025, 6, 20))))
    shop.bill_until(JULY, "ord_2")
    shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 6, 10))}, state=None, now=midnight(JULY))
    shop.rate(ORG, LOG.customer_id)

    (remark,) = found(shop)

    assert "ola_second of 2025-06-01 cannot be counted as it was: 0 are billed and 2 found today" in remark
    assert not replayed(shop).differs


def test_usage_of_an_earlier_plan_is_said_to_be_counted_anew() -> None:
    shop = sold()
    shop.receive(*make_signals("12"))
    shop.sell(make_order(make_attribute(EMAILS.pricing, id="ola_second"), id="ord_2"))

    assert found(shop) == [
        "usage cus_1: shard 0 is rated by plan 1 of 2: all of it is counted anew when the customer is rated next"
    ]


def test_usage_that_a_newer_plan_leaves_as_it_is_is_compared_all_the_same() -> None:
    """The second order begins after all signals there are."""
    shop = sold()
    shop.receive(*make_signals("12"))
    shop.sell(make_order(make_attribute(EMAILS.pricing, id="ola_second"), id="ord_2", start=AUGUST))

    honest = found(shop)
    shop.checkpoints.stored[LOG] = Stored(
        shop.checkpoints.stored[LOG].value.model_copy(update={"usage": {EMAILS.id: {START: 3}}}), 1
    )

    only_the_version = "usage cus_1: shard 0 is rated by plan 1 of 2: only its version is out of date"
    assert honest == [f"{only_the_version} when the customer is rated next"]
    assert found(shop)[1:] == [
        "usage cus_1, shard 0 usage ola_email_sent 2025-06-01: 3 is stored, 2 is replayed",
    ]


def test_usage_after_the_last_look_at_an_ended_order_is_said_to_be_never_billed() -> None:
    shop = sold(EMAILS, end_date=midnight(JULY))
    shop.receive(*make_signals("12"))
    shop.bill_until(SEPTEMBER)  # a month after the end the last look is taken
    shop.receive(*make_signals("345"))

    (remark,) = found(shop)
    assert remark.startswith("schedule ord_1: ola_email_sent of 2025-06-01 came to 5 after the last look at the ended")
    assert remark.endswith("which billed 2: 0.30 USD will not be billed")


def test_usage_that_the_next_look_bills_is_not_worth_a_word() -> None:
    shop = sold(EMAILS, end_date=midnight(JULY))
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("345"))

    assert found(shop) == []


def test_an_invoice_that_is_promised_and_missing_is_said_to_come() -> None:
    shop = sold()
    shop.receive(*make_signals("12"))
    (invoice,) = shop.bill_until(JULY)
    del shop.register.stored[ORG, invoice.id]

    promised = f"schedule ord_1: invoice {invoice.id} is promised and not made yet; the next billing run makes it"
    assert found(shop) == [promised]
    shop.bill_until(JULY)
    assert found(shop) == []


# ---- others write meanwhile


class Overtaken(FakeSchedules):
    """Somebody bills and posts right after schedules are read."""

    shop: Shop | None = None

    def get_many(
        self, organization_id: str, order_ids: Iterable[str], *, fresh: bool = True
    ) -> dict[str, Stored[BillingSchedule]]:
        read = super().get_many(organization_id, order_ids, fresh=fresh)
        shop, self.shop = self.shop, None
        if shop is not None:
            shop.post(ORG, invoices(shop, InvoiceStatus.DRAFT)[0].id, now=midnight(JULY))
        return read


def test_books_that_change_while_they_are_read_are_read_again() -> None:
    schedules = Overtaken()
    shop = Shop(schedules=schedules)
    shop.sell(make_order(EMAILS))
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.receive(*make_signals("3"))
    schedules.shop = shop

    assert replayed(shop).findings == ()
    assert [invoice.status for invoice in shop.register.of(ORG)] == ["posted"]


def test_a_log_that_takes_too_long_is_named() -> None:
    shop = sold()
    shop.receive(*make_signals("12"))

    with pytest.raises(LogTooLong, match="the log of customer cus_1 is too long"):
        replay_log(shop)(ORG, "cus_1", Allowance(may_begin=lambda: True, may_go_on=lambda: False))


def test_nothing_is_written() -> None:
    shop = sold()
    shop.receive(*make_signals("12"))
    shop.bill_until(JULY)
    shop.log.append(Segment(log=LOG, number=2, cumulative=3, logged_at=NOW, entries=(make_entry(),)))
    before = [dict(each.stored) for each in (shop.checkpoints, shop.schedules, shop.register, shop.orders)]

    replay_log(shop)(ORG, "cus_1", ALL_THE_TIME)

    assert before == [each.stored for each in (shop.checkpoints, shop.schedules, shop.register, shop.orders)]


def test_the_replayed_checkpoint_is_that_of_the_rating() -> None:
    """The arithmetic of the comparison itself: two e-mails counted, one of another event not."""
    shop = sold()
    shop.receive(*make_signals("12"), *make_signals("3", event_name="other"))

    stored = shop.checkpoints.stored[LOG].value

    plan = shop.checkpoints.plan(ORG, "cus_1").value
    assert stored == rate_forward(Checkpoint(), plan, shop.log.segments[LOG])
    assert (stored.usage, stored.counted, stored.unattributed) == ({EMAILS.id: {START: 2}}, 2, 1)
