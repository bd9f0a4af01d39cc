"""The laws of the replay: whatever has happened it finds nothing, and whatever was changed afterwards it finds."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.replay import billing_days, is_billing_day
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.order import Order
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from tests.billing.strategies import DAY, EVENTS, HORIZON, law, orders
from tests.builders import USAGE, activated, make_attribute, make_order, make_price, make_pricing
from tests.fakes.audit import ONE_THING, audited, replayed
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal
from tests.fakes.taxes import FakeTaxes

FIRST = date(2025, 1, 1)
RIVAL = "ord_2"
"""Counts e-mails that the other order does not count, from the day on which that has ended."""


@dataclass
class History:
    """A shop and the day on which it stands; what makes no sense in a step is left out."""

    shop: Shop = field(default_factory=Shop)
    today: date = FIRST
    signals: int = 0

    def begin(self, order: Order, *, auto_post: bool) -> None:
        self.shop.sell(order.model_copy(update={"auto_post_invoices": auto_post}), on=midnight(self.today))
        emails = make_attribute(make_pricing(USAGE, make_price(7)), id="ola_rival")
        fee = make_attribute(make_pricing(price_points=(make_price(5_00),)), id="ola_fee")
        self.shop.sell(make_order(emails, fee, id=RIVAL, start=FIRST), on=midnight(self.today))

    def use(self, days_ago: list[int]) -> None:
        new = [
            make_signal(
                str(self.signals + place),
                event_name=EVENTS[place % len(EVENTS)],
                occurred_at=midnight(self.today - timedelta(days=days)),
            )
            for place, days in enumerate(days_ago)
        ]
        self.signals += len(new)
        self.shop.append.append(LOG, delivered(new), now=midnight(self.today))

    def bill(self, days: int) -> None:
        self.today = min(self.today + timedelta(days=days), HORIZON)
        for order_id in ("ord_1", RIVAL):
            self.shop.bill_until(self.today, order_id)

    def post(self, place: int) -> None:
        self._act(InvoiceStatus.DRAFT, place, self.shop.post)

    def void(self, place: int) -> None:
        self._act(InvoiceStatus.POSTED, place, self.shop.void)

    def rebill(self, place: int) -> None:
        with suppress(InvalidInput):  # one that was billed again already, and voided again
            self._act(InvoiceStatus.VOIDED, place, self.shop.rebill)

    def end(self, days: int) -> None:
        with suppress(InvalidInput):
            end = {"end_date": midnight(self.today + timedelta(days=days))}
            self.shop.update(ORG, "ord_1", end, state=None, now=midnight(self.today))

    def tax(self, percent: int) -> None:
        decision = TaxDecision(rate=Decimal(percent) / 4, category=TaxCategory.STANDARD, country="DE")
        self.shop.taxes = FakeTaxes(decision if percent else None)

    def _act(self, status: InvoiceStatus, place: int, act: Callable[..., object]) -> None:
        found = [invoice for invoice in self.shop.register.of(ORG) if invoice.status is status]
        if found:
            act(ORG, found[place % len(found)].id, now=midnight(self.today))


places = st.integers(0, 20)
steps = st.one_of(
    st.tuples(st.just(History.use), st.lists(st.integers(-3, 90), min_size=1, max_size=4)),
    st.tuples(st.just(History.bill), st.sampled_from([1, 10, 31, 62])),
    st.tuples(st.just(History.post), places),
    st.tuples(st.just(History.void), places),
    st.tuples(st.just(History.rebill), places),
    st.tuples(st.just(History.end), st.integers(-40, 60)),
    st.tuples(st.just(History.tax), st.integers(0, 100)),
)
histories = st.lists(steps, min_size=4, max_size=14)


def lived(order: Order, told: list[tuple[Any, Any]], *, auto_post: bool) -> Shop:
    history = History()
    history.begin(order, auto_post=auto_post)
    for step, argument in told:
        step(history, argument)
    history.bill(31)
    return history.shop


@settings(law, max_examples=60)
@given(orders(), histories, st.booleans())
def test_after_any_history_the_replay_of_all_invoices_finds_no_difference(
    order: Order,
    told: list[tuple[Any, Any]],
    auto_post: bool,  # noqa: FBT001 - hypothesis hands it over by position
) -> None:
    shop = lived(order, told, auto_post=auto_post)

    done, _ = audited(shop)

    assert not done.differs, [finding.sentence for finding in done.findings]
    assert done.invoices == len(shop.register.of(ORG))
    assert audited(shop, ONE_THING)[0] == done


@law
@given(orders(), histories, st.data())
def test_after_any_history_a_line_that_is_changed_is_found(
    order: Order, told: list[tuple[Any, Any]], data: st.DataObject
) -> None:
    shop = lived(order, told, auto_post=True)
    invoice = data.draw(st.sampled_from(shop.register.of(ORG)))
    number = data.draw(st.integers(0, len(invoice.lines) - 1))
    name = data.draw(st.sampled_from(["quantity", "billed_quantity", "amount_minor", "tax_minor", "billed_before"]))

    damage(shop, invoice, number, name)

    assert replayed(shop).differs


def damage(shop: Shop, invoice: Invoice, number: int, name: str) -> None:
    """One more of whatever it is."""
    lines = [*invoice.lines]
    lines[number] = lines[number].model_copy(update={name: getattr(lines[number], name) + 1})
    stored = shop.register.load(ORG, invoice.id)
    damaged = invoice.model_copy(update={"lines": tuple(lines)})
    shop.register.stored[ORG, invoice.id] = Stored(damaged, stored.revision)


@settings(law, max_examples=12)
@given(orders(), st.dates(FIRST, HORIZON))
def test_a_day_of_billing_is_told_from_another_as_if_all_were_gone_through(order: Order, activated_on: date) -> None:
    active = activated(order, on=activated_on)

    named = set(billing_days(active, through=HORIZON))

    since = FIRST + 200 * DAY
    assert set(billing_days(active, through=HORIZON, since=since)) == {day for day in named if day >= since}
    assert {day for day in named if not is_billing_day(active, day)} == set()
    every_day = (FIRST + place * DAY for place in range(600))
    assert {day for day in every_day if is_billing_day(active, day)} == {
        day for day in named if day < FIRST + 600 * DAY
    }
