"""The laws of amendments: what was billed stays, whatever is amended; and what was shown is what is done."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.errors import BillingError
from functions.billing.invoicing.dues import due_through
from functions.billing.models.amendment import (
    AddNew,
    Asked,
    EndAttribute,
    MoneyEffectKind,
    Treatment,
    UpdateLineTerm,
    UpdateOrderTerm,
    UpdatePricing,
    UpdateQuantity,
)
from functions.billing.models.order import FirstPart, Order
from functions.billing.periods import midnight
from functions.billing.usecases.amend_order import Wanted
from tests.billing.strategies import law, orders, pricings
from tests.billing.test_replay_properties import History, places
from tests.billing.test_replay_properties import steps as other_steps
from tests.fakes.audit import audited
from tests.fakes.shop import ORG

treatments = st.none() | st.sampled_from(Treatment)


@dataclass
class Amending(History):
    """A history in which the order is amended too; what is not possible is refused, and changes nothing."""

    amended: int = 0

    def change(self, drawn: tuple[int, int, Treatment | None]) -> None:
        place, quantity, treatment = drawn
        self.amend(UpdateQuantity(attribute_id=self.attribute_id(place), quantity=quantity, treatment=treatment))

    def reprice(self, drawn: tuple[int, Any, Treatment | None]) -> None:
        place, price, treatment = drawn
        attribute_id = self.attribute_id(place)
        if isinstance(price, int):
            intent = UpdatePricing(attribute_id=attribute_id, unit_price_minor=price, treatment=treatment)
        else:
            intent = UpdatePricing(attribute_id=attribute_id, pricing=price, treatment=treatment)
        self.amend(intent)

    def close(self, drawn: tuple[int, Treatment | None]) -> None:
        place, treatment = drawn
        self.amend(EndAttribute(attribute_id=self.attribute_id(place), treatment=treatment))

    def add(self, drawn: tuple[Any, int, FirstPart | None]) -> None:
        pricing, quantity, first_part = drawn
        name = f"More {self.amended}"
        if pricing.event_name:
            pricing = pricing.model_copy(update={"event_name": name})
        self.amend(
            AddNew(product_id="prod_1", line_name=name, pricing=pricing, quantity=quantity, first_part=first_part)
        )

    def move(self, drawn: tuple[int, int, Treatment | None]) -> None:
        """The order's end for a negative place, for -2 with all lines where it moves on; else a line's."""
        place, days, treatment = drawn
        end = midnight(self.today + timedelta(days=days))
        lines = self.order.lines
        if place < 0:
            extended = tuple(line.id for line in lines) if place == -2 else None
            self.amend(UpdateOrderTerm(new_end=end, extend_line_ids=extended, treatment=treatment))
        else:
            self.amend(UpdateLineTerm(line_id=lines[place % len(lines)].id, new_end=end, treatment=treatment))

    @property
    def order(self) -> Order:
        return self.shop.orders.get(ORG, "ord_1")

    def attribute_id(self, place: int) -> str:
        attributes = [attribute.id for _, attribute in self.order.attributes()]
        return attributes[-1 - place % len(attributes)] if attributes else "none is left"

    def amend(self, intent: Asked) -> None:
        before, schedule = self.order, self.shop.schedules.get(ORG, "ord_1")
        wanted = Wanted(order_version=before.version, intents=[intent], digest=str(self.amended))
        now = midnight(self.today)
        try:
            shown = self.shop.amend.preview(ORG, "ord_1", wanted, now=now)
        except BillingError:
            with pytest.raises(BillingError):
                self.shop.amend.execute(ORG, "ord_1", wanted, now=now)
            assert self.order == before
            return
        done = self.shop.amend.execute(ORG, "ord_1", wanted, now=now)
        self.amended += 1

        assert done.plan == shown
        if done.plan.operations.order_term is not None:
            assert_none_outlives(self.order)
        assert schedule is not None
        billed_until = schedule.value.billed_until
        if billed_until is not None:
            assert charges(before, billed_until) == charges(self.order, billed_until)
        self.shop.bill_until(self.today)
        self.check_effects(done.plan.money_effects)

    def check_effects(self, effects: Any) -> None:
        """What was to be settled today is on the invoice of today."""
        lines = [
            line
            for invoice in self.shop.register.of(ORG)
            if invoice.issue_date == self.today and invoice.order_id == "ord_1"
            for line in invoice.lines
        ]
        found = {(line.order_line_attribute_id, line.period_start, line.amount_minor) for line in lines}
        amounts = {(attribute_id, amount) for attribute_id, _, amount in found}
        for effect in effects:
            sign = -1 if effect.kind is MoneyEffectKind.CREDIT else 1
            if effect.due_on == self.today:
                assert (effect.attribute_id, sign * effect.amount_minor) in amounts


def assert_none_outlives(order: Order) -> None:
    """Once an amendment has moved the order's end, no line has one of its own behind it."""
    ends = [line.end_date for line in order.lines if line.end_date is not None]
    assert order.end_date is None or all(end <= order.end_date for end in ends)


def charges(order: Order, through: Any) -> Any:
    return [
        (due.due_on, due.line.id, due.attribute.id, due.attribute.quantity, due.period, due.is_repayment)
        for due in sorted(due_through(order, through), key=lambda due: (due.due_on, due.attribute.id, due.is_repayment))
    ]


amendments = st.one_of(
    st.tuples(st.just(Amending.change), st.tuples(places, st.integers(0, 50), treatments)),
    st.tuples(st.just(Amending.reprice), st.tuples(places, st.integers(0, 9_000) | pricings(), treatments)),
    st.tuples(st.just(Amending.close), st.tuples(places, treatments)),
    st.tuples(st.just(Amending.add), st.tuples(pricings(), st.integers(0, 50), st.none() | st.sampled_from(FirstPart))),
    st.tuples(
        st.just(Amending.move),
        st.tuples(st.integers(-2, 2), st.integers(-3, 200), st.sampled_from([None, Treatment.NONE, Treatment.PRORATE])),
    ),
)
histories = st.lists(st.one_of(amendments, amendments, other_steps), min_size=4, max_size=14)


@settings(law, max_examples=100)
@given(orders(), histories, st.booleans())
def test_after_any_history_the_replay_of_all_invoices_finds_no_difference(
    order: Order,
    told: list[tuple[Any, Any]],
    auto_post: bool,  # noqa: FBT001 - hypothesis hands it over by position
) -> None:
    history = Amending()
    history.begin(order, auto_post=auto_post)

    for step, argument in told:
        step(history, argument)
        done, _ = audited(history.shop)
        assert not done.differs, [finding.sentence for finding in done.findings]
    history.bill(31)

    done, _ = audited(history.shop)
    assert not done.differs, [finding.sentence for finding in done.findings]
    check_repaid(history)


def check_repaid(history: Amending) -> None:
    """No line is given back twice, nor more of it than it charged."""
    lines = {line.id: line for invoice in history.shop.register.of(ORG) for line in invoice.lines}
    repaid: dict[str, list[int]] = defaultdict(list)
    for invoice in history.shop.register.of(ORG):
        for line in invoice.lines:
            if line.repays is not None and invoice.rebills is None:
                repaid[line.repays].append(-line.amount_minor)
    for charged_id, given_back in repaid.items():
        (credit_minor,) = given_back
        assert 0 < credit_minor <= lines[charged_id].amount_minor
