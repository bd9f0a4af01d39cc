"""Random changes against a model that knows nothing of orders: days have prices, and some of them are paid."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from functions.billing.invoicing.dues import due_on
from functions.billing.invoicing.lines import charge_line
from functions.billing.models.amendment import Treatment, UpdatePricing
from functions.billing.models.pricing import BillingTiming
from functions.billing.periods import midnight
from functions.billing.usecases.amend_order import Wanted
from tests.billing.amending.selling import NONE, PRORATE, amend, billed, fee, latest, order_of, running
from tests.billing.strategies import law
from tests.builders import ADVANCE, ARREARS
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

DAY = timedelta(days=1)


@dataclass(slots=True)
class Piece:
    """Some days of a month at one price a month; `paid` when they were charged.

    What is cut off and charged in arrears falls to the run after the day of the change, and so does what is charged in
    advance from a day on that is billed already: it `waits`, and another change of that day finds it unpaid.
    """

    start: date
    end: date
    minor: int
    in_advance: bool
    paid: bool = False
    is_cut_off: bool = False
    waits: bool = False

    @property
    def due_on(self) -> date:
        return self.start if self.in_advance else self.end

    @property
    def billed_on(self) -> date:
        return self.due_on + DAY if self.is_cut_off or self.waits else self.due_on


@dataclass
class Naive:
    """A price by the month from `start` on, whose day is below 29; what it costs is a list of amounts."""

    start: date
    minor: int
    in_advance: bool
    pieces: list[Piece] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)
    later: tuple[int, bool] | None = None
    """The price from the next month on, and whether it is charged in advance."""
    billed_on: date | None = None
    """The last day that is billed."""

    def month_of(self, day: date) -> tuple[date, date]:
        begin = self.start
        while self.after(begin) <= day:
            begin = self.after(begin)
        return begin, self.after(begin)

    def after(self, day: date) -> date:
        return date(day.year + day.month // 12, day.month % 12 + 1, self.start.day)

    def part(self, piece: Piece, start: date) -> int:
        """What the days of a piece from `start` on cost, rounded half up."""
        begin, end = self.month_of(piece.start)
        exact = Decimal(piece.minor * (piece.end - start).days) / (end - begin).days
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))

    def reach(self, day: date) -> None:
        """The months up to that of `day` begin."""
        if not self.pieces:
            self.pieces.append(Piece(*self.month_of(self.start), self.minor, self.in_advance))
        while self.pieces[-1].end <= day:
            (self.minor, self.in_advance), self.later = self.later or (self.minor, self.in_advance), None
            begin = self.pieces[-1].end
            self.pieces.append(Piece(begin, self.after(begin), self.minor, self.in_advance))

    def bill(self, day: date) -> None:
        self.reach(day)
        self.billed_on = day
        for piece in self.pieces:
            if not piece.paid and piece.billed_on <= day:
                piece.paid = True
                self.amounts.append(self.part(piece, piece.start))

    def owed(self, day: date) -> int:
        """What was charged, and what is to be by then."""
        to_come = [piece for piece in self.pieces if not piece.paid and piece.due_on <= day]
        return sum(self.amounts) + sum(self.part(piece, piece.start) for piece in to_come)

    def change(self, day: date, minor: int, *, in_advance: bool, settles_now: bool) -> None:
        self.reach(day)
        # What becomes what it is goes on.
        if (minor, in_advance) == (self.minor, self.in_advance):
            return
        last = self.pieces[-1]
        if not settles_now and not (last.start == day and self.month_of(day)[0] == day and not last.paid):
            self.later = minor, in_advance
            return
        self.minor, self.in_advance, self.later = minor, in_advance, None
        end = last.end
        if last.paid:
            self.amounts.append(-self.part(last, day))
        if last.paid or last.start == day:
            self.pieces.remove(last)
        else:
            last.end, last.is_cut_off = day, True
        taken_back = [piece for piece in self.pieces if piece.is_cut_off and piece.end == day and not piece.paid]
        if [(piece.minor, False) for piece in taken_back] == [(minor, in_advance)]:
            (piece,) = taken_back
            piece.end, piece.is_cut_off = end, False
        else:
            waits = in_advance and self.billed_on == day
            self.pieces.append(Piece(day, end, minor, in_advance, waits=waits))


class Amended(RuleBasedStateMachine):
    """An order with one price in advance and one in arrears, each changed on its own, also to the other timing."""

    shop: Shop
    today: date
    models: dict[BillingTiming, Naive]

    @initialize(start=st.dates(date(2025, 1, 1), date(2025, 12, 31)), prices=st.tuples(*[st.integers(0, 999_99)] * 2))
    def sell(self, start: date, prices: tuple[int, int]) -> None:
        start = start.replace(day=min(start.day, 28))
        sold = [fee(price, timing=timing) for price, timing in zip(prices, (ADVANCE, ARREARS), strict=True)]
        named = [each.model_copy(update={"id": each.pricing.timing}) for each in sold]
        self.shop, self.today = running(*named, start=start), start
        self.models = {
            each.pricing.timing: Naive(start, price, each.pricing.timing is ADVANCE)
            for each, price in zip(sold, prices, strict=True)
        }
        self.bill()

    @rule(days=st.sampled_from([1, 1, 2, 7, 30, 31, 60]))
    def wait(self, days: int) -> None:
        """As the daily run does; the days between may go unbilled until the end of them."""
        for _ in range(days):
            self.today += DAY
            self.bill()

    @rule(days=st.integers(1, 20))
    def oversleep(self, days: int) -> None:
        """The day begins, and its run has not come yet."""
        self.wait(days - 1)
        self.today += DAY

    @rule()
    def bill(self) -> None:
        self.shop.bill_until(self.today)
        for model in self.models.values():
            model.bill(self.today)

    @rule(
        sold=st.sampled_from([ADVANCE, ARREARS]),
        minor=st.integers(0, 999_99),
        timing=st.sampled_from([ADVANCE, ARREARS]),
        treatment=st.sampled_from([PRORATE, PRORATE, NONE]),
    )
    def change(self, sold: BillingTiming, minor: int, timing: BillingTiming, treatment: Treatment) -> None:
        order, model = order_of(self.shop), self.models[sold]
        lineage = [each for _, each in order.attributes() if each.lineage == sold]
        pricing = fee(minor, timing=timing).pricing
        intent = UpdatePricing(attribute_id=lineage[-1].id, pricing=pricing, treatment=treatment)
        if model.later is not None:
            return  # another price waits for the next month: that one could be changed, and not this one's
        self.shop.amend.execute(
            ORG,
            order.id,
            Wanted(order_version=order.version, intents=[intent], digest=str(order.version)),
            now=midnight(self.today),
        )
        model.change(self.today, minor, in_advance=timing is ADVANCE, settles_now=treatment is PRORATE)

    @rule(
        sold=st.sampled_from([ADVANCE, ARREARS]),
        minor=st.integers(0, 999_99),
        timing=st.sampled_from([ADVANCE, ARREARS]),
    )
    def change_and_reverse(self, sold: BillingTiming, minor: int, timing: BillingTiming) -> None:
        """Whatever it was, in the end it costs what it would have cost."""
        model = self.models[sold]
        if model.later is not None:
            return
        before = model.minor, ADVANCE if model.in_advance else ARREARS
        self.change(sold, minor, timing, PRORATE)
        self.change(sold, *before, PRORATE)

    @rule(sold=st.sampled_from([ADVANCE, ARREARS]), treatment=st.sampled_from([PRORATE, NONE]))
    def change_nothing(self, sold: BillingTiming, treatment: Treatment) -> None:
        """What becomes what it is goes on, with its one rounding."""
        model = self.models[sold]
        self.change(sold, model.minor, ADVANCE if model.in_advance else ARREARS, treatment)

    @invariant()
    def all_that_is_billed_is_what_the_model_charges(self) -> None:
        schedule = self.shop.schedules.get(ORG, "ord_1")
        if schedule is None or schedule.value.is_due(self.today):
            return
        billed = [line.amount_minor for invoice in self.shop.register.of(ORG) for line in invoice.lines]
        assert sum(billed) + self.to_come() == sum(model.owed(self.today) for model in self.models.values())

    def to_come(self) -> int:
        """What is settled tomorrow, because today is billed."""
        order = order_of(self.shop)
        tomorrow = self.today + DAY
        lines = [
            charge_line(order, due, {})
            for due in due_on(order, tomorrow)
            if (due.period.start if due.attribute.pricing.timing is ADVANCE else due.period.end) <= self.today
        ]
        return sum(line.amount_minor for line in lines if line is not None)

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            assert found(self.shop) == []


TestAmended = Amended.TestCase
TestAmended.settings = settings(law, max_examples=60, stateful_step_count=25)


def test_of_two_changes_on_the_first_day_of_a_month_the_later_is_charged_for_all_of_it_also_with_none() -> None:
    """100.00 are billed on 1 January; 200.00 would be charged on the 2nd, and never are: 300.00 came before that."""
    new_year, february = date(2025, 1, 1), date(2025, 2, 1)
    shop = running(fee(100_00), start=new_year)

    for minor, treatment in ((200_00, PRORATE), (300_00, NONE)):
        changed = UpdatePricing(attribute_id=latest(shop).id, pricing=fee(minor).pricing, treatment=treatment)
        amend(shop, new_year, changed)

    assert billed(shop, february) == {new_year: [100_00], new_year + DAY: [-100_00, 300_00], february: [300_00]}
    assert found(shop) == []
