"""The laws of receipts: in sum they say exactly what the rating counted, and what the invoices charge."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.invoicing.issue_days import issue_days
from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus
from functions.billing.models.order import Order
from functions.billing.models.pricing import Pricing
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.usage import total_usage
from functions.billing.periods import midnight
from functions.billing.rating.receipt import Receipt, SignalStatus
from functions.billing.usecases import append_signals
from functions.billing.usecases.read_receipts import ReadReceipts
from tests.billing.strategies import HORIZON, law, orders, usage_pricings
from tests.builders import NOW, RECURRING, USAGE, make_attribute, make_order, make_price, make_pricing
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal

MINUTE = timedelta(minutes=1)


class Story:
    """A shop in which a minute passes between any two things."""

    def __init__(self, order: Order) -> None:
        self.shop = Shop()
        self.now: datetime = NOW
        self.sent = 0
        self.shop.sell(order)

    def send(self, *days: date) -> None:
        signals = [make_signal(str(key), occurred_at=midnight(day)) for key, day in enumerate(days, start=self.sent)]
        self.sent += len(signals)
        self.shop.append.append(LOG, delivered(signals), now=self._next())

    def bill(self) -> None:
        """Until the first of the next month."""
        self.now = max(self.now, midnight((self.now.date().replace(day=1) + timedelta(days=32)).replace(day=1)))
        self.shop.bill(ORG, ["ord_1"], as_of=self.now.date(), now=self._next())

    def post(self, which: int) -> None:
        """Unless another has gone on from its late usage: such a draft posted names a neighbour (see InvoiceTrail)."""
        for invoice in self._any(InvoiceStatus.DRAFT, which):
            if not any(self._is_continued(line) for line in invoice.lines):
                self.shop.post(ORG, invoice.id, now=self._next())

    def void(self, which: int) -> None:
        for invoice in self._any(InvoiceStatus.POSTED, which):
            self.shop.void(ORG, invoice.id, now=self._next())

    def rebill(self, which: int) -> None:
        """Not one that was billed again and is voided once more: that is the other's affair."""
        replaced = {invoice.rebills for invoice in self.shop.register.of(ORG)}
        for invoice in self._any(InvoiceStatus.VOIDED, which):
            if invoice.id not in replaced:
                self.shop.rebill(ORG, invoice.id, now=self._next())

    def signals(self) -> list[LoggedSignal]:
        segments = (segment for log in self.shop.log.segments.values() for segment in log)
        return [segment.signal(index) for segment in segments for index in range(len(segment.entries))]

    def receipts(self) -> list[Receipt]:
        return reading(self.shop)(ORG, self.signals())

    def in_force(self) -> Iterator[Invoice]:
        """The invoices that no other has taken the place of."""
        invoices = self.shop.register.of(ORG)
        replaced = {invoice.rebills for invoice in invoices}
        return (invoice for invoice in invoices if invoice.id not in replaced)

    def _is_continued(self, line: InvoiceLine) -> bool:
        lines = (other for invoice in self.shop.register.of(ORG) for other in invoice.lines)
        return line.is_late and any(
            (other.period_start, other.billed_before) == (line.period_start, line.quantity) for other in lines
        )

    def _any(self, status: InvoiceStatus, which: int) -> list[Invoice]:
        found = [invoice for invoice in self.shop.register.of(ORG) if invoice.status is status]
        return [found[which % len(found)]] if found else []

    def _next(self) -> datetime:
        self.now += MINUTE
        return self.now


def reading(shop: Shop) -> ReadReceipts:
    return ReadReceipts(
        checkpoints=shop.checkpoints, schedules=shop.schedules, orders=shop.orders, register=shop.register
    )


sent_days = st.lists(st.dates(date(2025, 5, 28), date(2025, 9, 5)), min_size=1, max_size=6)
Told = list[tuple[str, list[date] | int]]
"""Steps of a story, each with the days of its signals or with a number that chooses an invoice."""

few_days = st.lists(st.sampled_from([date(2025, 6, 3), date(2025, 6, 30), date(2025, 7, 1)]), min_size=1, max_size=3)
steps = st.lists(
    st.tuples(st.just("send"), few_days)
    | st.tuples(st.sampled_from(["bill", "post", "void", "rebill"]), st.integers(0, 3)),
    min_size=6,
    max_size=40,
)
counted_pricings = usage_pricings().filter(lambda pricing: pricing.event_name is not None)


def played(order: Order, told: Told) -> Story:
    story = Story(order)
    for name, what in told:
        if isinstance(what, list):
            story.send(*what)
        elif name == "bill":
            story.bill()
        else:
            getattr(story, name)(what)
    return story


@settings(law, max_examples=200)
@given(pricing=counted_pricings, posts_itself=st.booleans(), split_at=st.sampled_from([3, 99]), told=steps)
def test_what_receipts_say_of_an_invoice_sums_up_to_the_quantities_of_its_lines(
    *, pricing: Pricing, posts_itself: bool, split_at: int, told: Told
) -> None:
    """However late they come, whichever drafts wait, whatever is voided and billed again, in any number of shards."""
    fee = make_attribute(make_pricing(RECURRING, make_price(5_00)))
    order = make_order(make_attribute(pricing, id="ola"), fee, auto_post_invoices=posts_itself)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(append_signals, "SPLIT_AT", split_at)
        story = played(order, told)
    receipts = story.receipts()

    charged = Counter(
        (count.invoice.id, count.period.start)
        for receipt in receipts
        for count in receipt.counts
        if count.invoice is not None
    )
    assert charged == {
        (invoice.id, line.period_start): line.quantity - line.billed_before
        for invoice in story.in_force()
        for line in invoice.lines
        if line.charge_type is USAGE and line.quantity > line.billed_before
    }


@law
@given(orders(), sent_days)
def test_what_receipts_say_of_the_log_sums_up_to_its_usage(order: Order, days: list[date]) -> None:
    story = Story(order)
    story.send(*days)
    rated = story.shop.rate(ORG, LOG.customer_id)

    receipts = story.receipts()

    counts = Counter(
        (count.entry.order_line_attribute_id, count.period.start) for receipt in receipts for count in receipt.counts
    )
    usage = total_usage(rated.values())
    assert counts == {(name, start): n for name, periods in usage.items() for start, n in periods.items()}
    statuses = Counter(receipt.status for receipt in receipts)
    assert statuses[SignalStatus.PENDING] == 0
    assert statuses[SignalStatus.COUNTED] == sum(checkpoint.counted for checkpoint in rated.values())
    assert statuses[SignalStatus.UNATTRIBUTED] == sum(checkpoint.unattributed for checkpoint in rated.values())
    assert all((receipt.reason is None) == bool(receipt.counts) for receipt in receipts)


@law
@given(orders(), st.dates(date(2025, 1, 1), date(2026, 6, 1)))
def test_every_invoice_is_of_a_day_that_is_known_beforehand(order: Order, activated_on: date) -> None:
    shop = Shop()
    shop.sell(order, on=midnight(activated_on))
    shop.bill_until(HORIZON)
    made = [invoice.issue_date for invoice in shop.register.of(ORG)]

    for first in made:
        known = set(issue_days(order, first, until=HORIZON))

        assert {day for day in made if day >= first} <= known
