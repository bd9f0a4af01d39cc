"""How credits are taken: a pure function of what was granted and what signals took, whoever computes it, and when.

A day's needs are met by the grants that hold on that day: a seat's own before the customer's, then what is gone
soonest, then the oldest. What nothing holds for waits, first come first served, for the next grant of its currency; or
until its period is billed, where it is charged as overage. Days come in their order, not signals in the order of their
arrival: so it does not matter which worker logged what first, and a late signal takes what it would have taken in time.

For each grant at every instant: granted = available + used + expired.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from functions.billing.models.credit import CreditGrant

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Need:
    """What the signals of one price took on one day, in millionths.

    `seat_ids` are those of whoever sent them, as far as they have credits of their own. `charged_on` is the day whose
    charges what was not met belongs to; None where it waits for a grant for ever. `billed_on` is when they are made,
    which is later for an order that is activated for the past.
    """

    source: str
    day: date
    micro: int
    seat_ids: frozenset[str] = frozenset()
    charged_on: date | None = None
    billed_on: date | None = None

    def can_be_met_by(self, grant: CreditGrant) -> bool:
        return self.billed_on is None or grant.given_on <= self.billed_on


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


@dataclass(frozen=True, slots=True)
class Taking:
    """What one need was given of one grant on a day."""

    grant: CreditGrant
    need: Need
    day: date
    micro: int


@dataclass(slots=True)
class BurnDown:
    """Where all grants of one currency stand on a day, what was taken of them, and which needs are not met.

    `pending` waits for a grant, the oldest first; `overage` is no longer waiting, for it is charged.
    """

    pots: list[Pot] = field(default_factory=list[Pot])
    takings: list[Taking] = field(default_factory=list[Taking])
    pending: list[Waiting] = field(default_factory=list[Waiting])
    overage: list[Waiting] = field(default_factory=list[Waiting])


Holding = dict[str | None, list[Pot]]
"""The pots that hold on a day by the seat whose they are, None for the customer's, each in the order of taking."""


def burn_down(grants: Iterable[CreditGrant], needs: Iterable[Need], *, through: date) -> BurnDown:
    """As it stands at the end of the day `through`; what is granted or needed later is left out."""
    granted = sorted((grant for grant in grants if grant.starts_on <= through), key=lambda grant: grant.starts_on)
    needed = sorted((need for need in needs if need.day <= through), key=lambda need: need.day)
    turns = {day for grant in granted for day in (grant.starts_on, grant.expires_on, grant.gone_on) if day is not None}
    days = turns | {need.day for need in needed} | {need.charged_on for need in needed if need.charged_on is not None}
    state, waiting, holding = BurnDown(), list[Waiting](), Holding()
    coming, arriving = deque(granted), deque(needed)
    for day in sorted(day for day in days if day <= through):
        if day in turns:
            _expire(state.pots, day)
            state.pots += [_pot(grant) for grant in _until(coming, day, lambda grant: grant.starts_on)]
            holding = _holding(state.pots, day)
        waiting = list(_not_charged(waiting, day, state))
        waiting += [Waiting(need, need.micro) for need in _until(arriving, day, lambda need: need.day)]
        for each in waiting:
            state.takings += _meet(each, holding, day)
        waiting = [each for each in waiting if each.unmet]
    state.pending = waiting
    return state


def _until(coming: deque[T], day: date, day_of: Callable[[T], date]) -> Iterator[T]:
    """Takes from the front what comes on the day or before."""
    while coming and day_of(coming[0]) <= day:
        yield coming.popleft()


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


def _holding(pots: Iterable[Pot], day: date) -> Holding:
    found: Holding = {}
    for pot in sorted((pot for pot in pots if pot.grant.holds_on(day)), key=_turn):
        found.setdefault(pot.grant.seat_id, []).append(pot)
    return found


def _turn(pot: Pot) -> tuple[bool, date, date, str]:
    grant = pot.grant
    return grant.is_infinite, grant.lasts_until or date.max, grant.starts_on, grant.id


def _meet(waiting: Waiting, holding: Holding, day: date) -> Iterator[Taking]:
    """From the seats' own first."""
    own = sorted((pot for seat_id in waiting.need.seat_ids for pot in holding.get(seat_id, ())), key=_turn)
    for pot in (*own, *holding.get(None, ())):
        if waiting.unmet and waiting.need.can_be_met_by(pot.grant):
            taken = pot.take(waiting.unmet)
            waiting.unmet -= taken
            yield Taking(pot.grant, waiting.need, day, taken)
