"""How credits are taken: a pure function of what was granted and what signals took, whoever computes it, and when.

A day's needs are met by the grants that hold on that day: a seat's own before the customer's, then what is gone
soonest, then the oldest. What nothing holds for waits, first come first served, for the next grant of its currency; or
until its period is billed, where it is charged as overage. Days come in their order, not signals in the order of their
arrival: so it does not matter which worker logged what first, and a late signal takes what it would have taken in time.

For each grant at every instant: granted = available + used + expired.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from functions.billing.models.credit import CreditGrant


@dataclass(frozen=True, slots=True)
class Need:
    """What the signals of one price took on one day, in millionths.

    `charged_on` is the day whose charges what was not met belongs to; None where it waits for a grant for ever.
    `billed_on` is when they are made, which is later for an order that is activated for the past.
    """

    source: str
    day: date
    micro: int
    seat_id: str | None = None
    charged_on: date | None = None
    billed_on: date | None = None

    def can_be_met_by(self, grant: CreditGrant) -> bool:
        is_in_time = self.billed_on is None or grant.given_on <= self.billed_on
        return is_in_time and grant.seat_id in {None, self.seat_id}


@dataclass(slots=True)
class Pot:
    """What became of a grant, in millionths."""

    grant: CreditGrant
    available: int
    used: int = 0
    expired: int = 0

    @property
    def granted(self) -> int:
        return self.available + self.used + self.expired

    def take(self, wanted: int) -> int:
        """How much of it there is, which is then used."""
        taken = wanted if self.grant.is_infinite else min(wanted, self.available)
        self.available -= 0 if self.grant.is_infinite else taken
        self.used += taken
        return taken

    def expire(self, *, but: int) -> None:
        gone = max(self.available - but, 0)
        self.available -= gone
        self.expired += gone


@dataclass(slots=True)
class Waiting:
    """A need, and what of it is not met."""

    need: Need
    unmet: int


@dataclass(slots=True)
class BurnDown:
    """Where all grants of one currency stand on a day, and which needs are not met.

    `pending` waits for a grant, the oldest first; `overage` is no longer waiting, for it is charged.
    """

    pots: list[Pot] = field(default_factory=list)
    pending: list[Waiting] = field(default_factory=list)
    overage: list[Waiting] = field(default_factory=list)


def burn_down(grants: Iterable[CreditGrant], needs: Iterable[Need], *, through: date) -> BurnDown:
    """As it stands at the end of the day `through`; what is granted or needed later is left out."""
    granted = sorted((grant for grant in grants if grant.starts_on <= through), key=lambda grant: grant.starts_on)
    needed = sorted((need for need in needs if need.day <= through), key=lambda need: need.day)
    days = {need.day for need in needed} | {need.charged_on for need in needed if need.charged_on is not None}
    for grant in granted:
        days |= {day for day in (grant.starts_on, grant.expires_on, grant.gone_on) if day is not None}
    state, waiting = BurnDown(), list[Waiting]()
    for day in sorted(day for day in days if day <= through):
        _expire(state.pots, day)
        state.pots += [_pot(grant) for grant in granted if grant.starts_on == day]
        waiting = list(_not_charged(waiting, day, state))
        waiting += [Waiting(need, need.micro) for need in needed if need.day == day]
        _meet(waiting, _in_turn(state.pots, day))
        waiting = [each for each in waiting if each.unmet]
    state.pending = waiting
    return state


def _pot(grant: CreditGrant) -> Pot:
    return Pot(grant, available=0 if grant.is_infinite else grant.amount_micro)


def _expire(pots: Iterable[Pot], day: date) -> None:
    for pot in pots:
        if pot.grant.gone_on == day:
            pot.expire(but=0)
        elif pot.grant.expires_on == day and pot.grant.rollover is not None:
            pot.expire(but=pot.grant.rollover.amount_micro)


def _not_charged(waiting: Iterable[Waiting], day: date, state: BurnDown) -> Iterator[Waiting]:
    for each in waiting:
        if each.need.charged_on is not None and each.need.charged_on <= day:
            state.overage.append(each)
        else:
            yield each


def _in_turn(pots: Iterable[Pot], day: date) -> Sequence[Pot]:
    """The pots that hold on the day, in the order in which they are taken from."""
    holding = [pot for pot in pots if pot.grant.holds_on(day)]
    return sorted(
        holding,
        key=lambda pot: (
            pot.grant.seat_id is None,
            pot.grant.is_infinite,
            pot.grant.gone_on or date.max,
            pot.grant.starts_on,
            pot.grant.id,
        ),
    )


def _meet(waiting: Iterable[Waiting], pots: Sequence[Pot]) -> None:
    for each in waiting:
        for pot in pots:
            if each.unmet and each.need.can_be_met_by(pot.grant):
                each.unmet -= pot.take(each.unmet)
