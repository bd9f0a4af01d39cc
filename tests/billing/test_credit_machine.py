"""A ledger of credits that anything may happen to, against credits on paper: after each step both say the same.

The naive model knows none of the code that rates, grants and bills: its grants and seats are written down by hand, and
each credit is taken by itself. A step may be a grant, a signal of any day so far, somebody who takes a seat or leaves
it, time that goes on, or an invoice.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from functions.billing.models.credit import CreditGrant, ManualGrant, Rollover
from functions.billing.models.customer import CustomerUser
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.pricing import PricingModel
from functions.billing.models.seats import seat_ids
from functions.billing.models.usage import RatingPlan, Usage, total_usage
from functions.billing.periods import midnight
from functions.billing.rating import paging
from functions.billing.rating.burn_down import Need
from functions.billing.usecases.change_seats import ChangeSeats
from functions.billing.usecases.read_credits import ReadCredits
from tests.billing.rating.paper import Paper, on_paper
from tests.builders import NOW, RECURRING, SEATS, USAGE, make_attribute, make_order, make_pricing
from tests.fakes.shop import ORG, Shop, make_signal

MICRO = 10**6
MONTHS = (date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1), date(2025, 10, 1))
LAST = date(2025, 8, 20)
PAGES = "ola_email_sent"
OF_MONTH, BY_PARTS, OF_SEAT, KEPT = 5, 4, 3, 2
"""Credits of a month: with the fee, and what of them is kept for another; a third of a quarter's; and of a seat."""

USERS = ("ann", "bob")
SEAT_IDS = ("seat_1", "seat_2")
users = st.sampled_from((None, *USERS))
Key = tuple[str | None, date, date | None, bool]


def sold() -> Order:
    """Pages at a credit each, and at 0.10 beyond; and what brings credits."""

    def brings(amount: int, **fields: object) -> dict[str, Any]:
        return {"currency_id": "cc_1", "amount_micro": amount * MICRO, **fields}

    rolls = {"rollover_micro": KEPT * MICRO, "rollover_duration": 1, "rollover_unit": "months"}
    price = {"currency_id": "cc_1", "cost": "1", "quantity_path": "pages"}
    prepaid: dict[str, Any] = {"model": PricingModel.PREPAID_CREDITS, "price_points": (), "credits": price}
    pages = make_pricing(USAGE, overage_unit_minor=10, **prepaid)
    fee = make_pricing(RECURRING, benefits=(brings(OF_MONTH, **rolls),))
    quarter = make_pricing(RECURRING, frequency="quarterly", benefits=(brings(3 * BY_PARTS, cadence="monthly"),))
    team = make_pricing(SEATS, benefits=(brings(OF_SEAT, recipient="seat"),))
    return make_order(
        make_attribute(pages),
        make_attribute(fee, id="ola_fee"),
        make_attribute(quarter, id="ola_quarter"),
        make_attribute(team, id="ola_team", quantity=len(SEAT_IDS)),
        auto_post_invoices=True,
    )


class Ledger(RuleBasedStateMachine):
    """`grants` and `signals` are the model's; a credit there is one, not a million."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.shop = Shop()
        self.order = self.shop.sell(sold())
        self.today = MONTHS[0]
        self.grants: list[CreditGrant] = []
        self.signals: list[tuple[date, str | None, int]] = []
        self.moves: list[tuple[date, str, str | None]] = []
        for start, end, then in zip(MONTHS, MONTHS[1:], MONTHS[2:], strict=False):
            self._comes(OF_MONTH, start, end, rollover=Rollover(amount_micro=KEPT, until=then))
            self._comes(BY_PARTS, start, end)
            for seat_id in SEAT_IDS:
                self._comes(OF_SEAT, start, end, seat_id=seat_id)

    @initialize(size=st.sampled_from((60, 200, 12_000)))
    def on_pages_of(self, size: int) -> None:
        """What fills a checkpoint."""
        self.patch.setattr(paging, "FULL", size)
        self.patch.setattr(paging, "FAN", 2)

    def teardown(self) -> None:
        self.patch.undo()

    @rule(amount=st.integers(1, 9), since=st.integers(0, 20), lasts=st.none() | st.integers(1, 40))
    def grant_by_hand(self, amount: int, since: int, lasts: int | None) -> None:
        start = max(self.today - timedelta(days=since), MONTHS[0])
        expires_on = None if lasts is None else self.today + timedelta(days=lasts)
        now = midnight(self.today) + timedelta(hours=9)
        given = ManualGrant(
            id=f"by hand {len(self.grants)}",
            currency_id="cc_1",
            amount_micro=amount * MICRO,
            starts_at=midnight(start),
            expires_at=None if expires_on is None else midnight(expires_on),
            created_at=now,
        )
        self.shop.books.add(ORG, "cus_1", lambda _: given)
        self._comes(amount, start, expires_on, given_at=now)

    @rule(days_ago=st.sampled_from((0, 0, 1, 12, 40)), user=users, taken=st.integers(0, 15))
    def receive(self, days_ago: int, user: str | None, taken: int) -> None:
        day = max(self.today - timedelta(days=days_ago), MONTHS[0])
        self.signals.append((day, user, taken))
        data: dict[str, Any] = {"pages": taken, "external_user_id": user or "somebody"}
        self.shop.receive(
            make_signal(str(len(self.signals)), occurred_at=midnight(day) + timedelta(hours=8), data=data)
        )

    @rule(seat=st.integers(0, 1), user=users)
    def sit(self, seat: int, user: str | None) -> None:
        self.moves.append((self.today, SEAT_IDS[seat], user))
        sitting = self._sitting()
        taken = {self._stored_seat(seat_id): f"usr_{name}" for seat_id, name in sitting.items() if name is not None}
        people = [
            CustomerUser(id=f"usr_{name}", customer_id="cus_1", external_id=name, created_at=NOW, updated_at=NOW)
            for name in USERS
        ]
        ChangeSeats(book=self.shop.book)(
            ORG, self.order, lambda _: SeatAssignments(users=taken), users=people, now=midnight(self.today)
        )

    @precondition(lambda self: self.today < LAST)
    @rule(days=st.sampled_from((1, 12, 20)))
    def time_goes_on(self, days: int) -> None:
        self.today = min(self.today + timedelta(days=days), LAST)

    @rule()
    def bill(self) -> None:
        """What all invoices charge for each month is what nothing met in time; what comes late is on the next one."""
        if not self.shop.bill_until(self.today):
            return
        billed: Counter[date] = Counter()
        for invoice in self.shop.register.of(ORG):
            for line in invoice.lines:
                if line.order_line_attribute_id == PAGES:
                    billed[line.period_end] += line.quantity - line.billed_before
        charged = Counter(need.charged_on for need in self._paper().charged)
        assert {day: micro for day, micro in billed.items() if micro} == {
            day: count * MICRO for day, count in charged.items()
        }

    @invariant()
    def both_say_the_same(self) -> None:
        """Of grants that hold on the same days together: which of two equal ones gives is nobody's affair."""
        paper, names = self._paper(), dict(zip(self._stored_seats(), SEAT_IDS, strict=True))
        (burnt,) = self._read().burnt.values()
        assert all(pot.available + pot.used + pot.expired == pot.grant.amount_micro for pot in burnt.pots)
        assert all(min(pot.available, pot.used, pot.expired) >= 0 for pot in burnt.pots)
        found: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
        for pot in burnt.pots:
            sums = found[_key(pot.grant, names.get(pot.grant.seat_id or ""))]
            sums[:] = [sums[0] + pot.available, sums[1] + pot.used, sums[2] + pot.expired]
        expected: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
        for grant in self.grants:
            if grant.starts_on <= self.today:
                gone = paper.lapsed[grant.id] + paper.gone[grant.id]
                sums = expected[_key(grant, grant.seat_id)]
                more = (paper.free[grant.id], paper.taken[grant.id], gone)
                sums[:] = [one + other * MICRO for one, other in zip(sums, more, strict=True)]
        assert found == expected
        unmet = sum(each.unmet for each in (*burnt.pending, *burnt.overage))
        assert unmet + sum(sums[1] for sums in found.values()) == sum(taken for *_, taken in self.signals) * MICRO

    def _comes(self, amount: int, start: date, end: date | None, **fields: object) -> None:
        given: dict[str, object] = {"given_at": NOW, **fields}
        self.grants.append(
            CreditGrant.model_validate(
                {
                    "id": f"grant {len(self.grants)}",
                    "currency_id": "cc_1",
                    "amount_micro": amount,
                    "starts_on": start,
                    "expires_on": end,
                    **given,
                }
            )
        )

    def _paper(self) -> Paper:
        needs = [
            Need(PAGES, day, taken, seat_ids=self._seats_of(user, day), charged_on=_end_of_month(day), activated_at=NOW)
            for day, user, taken in self.signals
        ]
        return on_paper(self.grants, needs, self.today)

    def _sitting(self) -> dict[str, str | None]:
        return {seat_id: user for _, seat_id, user in self.moves}

    def _seats_of(self, user: str | None, day: date) -> frozenset[str]:
        """Where somebody sat who was there when the day began, or came on it."""
        return frozenset(seat_id for seat_id in SEAT_IDS if user is not None and user in self._sat_on(seat_id, day))

    def _sat_on(self, seat_id: str, day: date) -> list[str | None]:
        moves = [(moved_on, user) for moved_on, seat, user in self.moves if seat == seat_id]
        return [*[user for moved_on, user in moves if moved_on < day][-1:], *[u for on, u in moves if on == day]]

    def _stored_seats(self) -> list[str]:
        (team,) = [attribute for _, attribute in self.order.attributes() if attribute.id == "ola_team"]
        return seat_ids(self.order, team)

    def _stored_seat(self, seat_id: str) -> str:
        return self._stored_seats()[SEAT_IDS.index(seat_id)]

    def _read(self) -> Any:
        def usage(organization_id: str, customer_id: str) -> tuple[RatingPlan, Usage]:
            plan, rated = self.shop.peek.with_plan(organization_id, customer_id)
            return plan, total_usage(rated.values())

        read = ReadCredits(usage=usage, granted=self.shop.granted, waiting=lambda *_, **__: ())
        return read(ORG, "cus_1", today=self.today)


def _key(grant: CreditGrant, seat_id: str | None) -> Key:
    return seat_id, grant.starts_on, grant.expires_on, grant.rollover is not None


def _end_of_month(day: date) -> date:
    return min(month for month in MONTHS if month > day)


Ledger.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None, derandomize=True)
TestLedger = Ledger.TestCase
