"""How credits are taken: a pure function of what was granted and what signals took, whoever computes it, and when.

Taking is causal: events come in the order in which they became known, and nothing that is known later frees what was
taken. A grant opens when it was given, and no sooner than it starts, one of an order no sooner than its first day ends;
the needs of a day come when the day ends, and those of an order that was activated later, with its activation. A grant
that opens meets what waits, the oldest first, on the first day that both lie on. A need that comes asks the grants that
hold on its day, also those that are gone by then: a seat's own before the customer's, then what is gone soonest, then
the oldest. What is charged waits until its invoice is counted, and no grant that opens later meets it; what has no
price waits for ever.

Days come in their order, not signals in the order of their arrival: so it does not matter which worker logged what
first, and a late signal takes what it would have taken in time. For each grant at every instant: granted = available
+ used + expired.
"""

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from functions.billing.models.credit import CreditGrant
from functions.billing.periods import ALWAYS, day_of, last_moment_of, midnight

T = TypeVar("T")
Time = TypeVar("Time", date, datetime)
_DAY = timedelta(days=1)

_ENDLESS_MICRO = 10**9 * 10**6
"""As much as any one grant may be."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the signals of one price took on one day, in millionths.

    `seat_ids` are those of whoever sent them, as far as they have credits of their own. `charged_on` is the day whose
    charges what was not met belongs to; None where it waits for a grant for ever. `activated_at` is the moment from
    which its order took anything: what it took before was known then, and charged then. `ended_at` is when somebody set
    the end that cut its period off: until then it waited, and what met it stays taken.
    """

    source: str
    day: date
    micro: int
    seat_ids: frozenset[str] = frozenset()
    charged_on: date | None = None
    activated_at: datetime = ALWAYS
    ended_at: datetime = ALWAYS

    @property
    def known_at(self) -> datetime:
        return max(last_moment_of(self.day), self.activated_at)

    @property
    def billed_at(self) -> datetime | None:
        """When what is not met by then is counted for its invoice, whenever the invoice is made."""
        return None if self.charged_on is None else max(midnight(self.charged_on), self.activated_at, self.ended_at)

    @property
    def asks_until(self) -> date:
        """The first day whose grants it asks no more: that of its charge, or the next if the end was set on it."""
        day = self.charged_on or date.max
        return day + _DAY if self.ended_at > midnight(day) else day


@dataclass(slots=True)
class Pot:
    """What became of a grant, in millionths: `lapsed` did not roll over, `gone` had, or could not.

    What has expired still serves the days on which it held, for those who come to it late.
    """

    grant: CreditGrant
    available: int
    used: int = 0
    lapsed: int = 0
    gone: int = 0

    @property
    def expired(self) -> int:
        return self.lapsed + self.gone

    @property
    def granted(self) -> int:
        return self.available + self.used + self.expired

    def available_on(self, day: date) -> int:
        """What of it can be taken that day; of an infinite one so much, whatever was taken of it."""
        return _ENDLESS_MICRO if self.grant.is_infinite and self.grant.holds_on(day) else self.available

    def take(self, wanted: int, day: date) -> int:
        """How much of it there is for that day, which is then used: first what serves no later day."""
        if not self.grant.holds_on(day):
            return 0
        if self.grant.is_infinite:
            self.used += wanted
            return wanted
        is_before_expiry = self.grant.expires_on is None or day < self.grant.expires_on
        lapsed = min(wanted, self.lapsed) if is_before_expiry else 0
        gone = min(wanted - lapsed, self.gone)
        available = min(wanted - lapsed - gone, self.available)
        self.lapsed -= lapsed
        self.gone -= gone
        self.available -= available
        self.used += lapsed + gone + available
        return lapsed + gone + available

    def expire(self, day: date) -> None:
        """What of it expires on that day."""
        if self.grant.gone_on == day:
            self.gone, self.available = self.gone + self.available, 0
        elif self.grant.expires_on == day and self.grant.rollover is not None:
            lapsed = max(self.available - self.grant.rollover.amount_micro, 0)
            self.lapsed, self.available = self.lapsed + lapsed, self.available - lapsed


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

    def charge(self, moment: datetime) -> None:
        """What was to be counted for an invoice by then waits no longer."""
        waiting, self.pending = self.pending, []
        for each in waiting:
            is_due = each.need.billed_at is not None and each.need.billed_at <= moment
            (self.overage if is_due else self.pending).append(each)


Holding = dict[str | None, list[Pot]]
"""The pots that are open by the seat whose they are, None for the customer's, each in the order of taking."""


def burn_down(grants: Iterable[CreditGrant], needs: Iterable[Need], *, through: date) -> BurnDown:
    """As it stands at the end of the day `through`; what is given or known later is left out."""
    end = last_moment_of(through)
    granted = sorted((grant for grant in grants if grant.opens_at <= end), key=lambda grant: grant.opens_at)
    needed = sorted((need for need in needs if need.known_at <= end), key=lambda need: (need.known_at, need.day))
    opening, arriving = deque(granted), deque(needed)
    due = deque(sorted({need.billed_at for need in needed if need.billed_at is not None}))
    book = _Book()
    for moment in _moments(granted, needed, end):
        today = day_of(moment)
        if list(_until(due, moment, lambda billed_at: billed_at)):
            book.state.charge(moment)
        if moment == midnight(today):
            book.expire(today)
        opened = book.open(_until(opening, moment, lambda grant: grant.opens_at))
        arrived = [Waiting(need, need.micro) for need in _until(arriving, moment, lambda need: need.known_at)]
        book.ask(arrived, opened, today)
        if _is_late(arrived, today):
            book.state.charge(moment)
    book.state.charge(end)
    book.state.pending.sort(key=_day_of)
    return book.state


@dataclass(slots=True)
class _Book:
    """Where all stand at a moment; the pots that are open and not empty, and on which days some will expire."""

    state: BurnDown = field(default_factory=BurnDown)
    holding: Holding = field(default_factory=Holding)
    ending: dict[date, list[Pot]] = field(default_factory=dict[date, list[Pot]])

    def expire(self, today: date) -> None:
        ending = self.ending.pop(today, [])
        for pot in ending:
            pot.expire(today)
        self._forget({pot.grant.seat_id for pot in ending}, today)

    def open(self, grants: Iterable[CreditGrant]) -> list[Pot]:
        opened = [Pot(grant, available=0 if grant.is_infinite else grant.amount_micro) for grant in grants]
        self.state.pots += opened
        for pot in opened:
            insort(self.holding.setdefault(pot.grant.seat_id, []), pot, key=_turn)
            for day in _ends(pot):
                self.ending.setdefault(day, []).append(pot)
        return opened

    def ask(self, arrived: Sequence[Waiting], opened: Sequence[Pot], today: date) -> None:
        """What waited has asked every pot but those that open now; what comes late asks those that are gone, too."""
        state, before = self.state, len(self.state.takings)
        asking = sorted([*state.pending, *arrived], key=_day_of) if opened else arrived
        if _is_late(arrived, today):
            state.takings += _taken(asking, state.pots, _by_seat(state.pots), opened, today)
        else:
            state.takings += _taken(asking, opened, self.holding, opened, today)
        if opened:
            state.pending = [each for each in state.pending if each.unmet]
            self._forget({pot.grant.seat_id for pot in opened if min(_ends(pot), default=date.max) <= today}, today)
        state.pending += [each for each in arrived if each.unmet]
        for taking in state.takings[before:]:
            self._drop_if_empty(taking.grant)

    def _drop_if_empty(self, grant: CreditGrant) -> None:
        """What is used up and never expires would else be asked by everybody for ever."""
        pots = self.holding[grant.seat_id]
        place = next((at for at, pot in enumerate(pots) if pot.grant is grant), None)
        if place is not None and not (grant.is_infinite or pots[place].available):
            del pots[place]

    def _forget(self, seat_ids: Iterable[str | None], today: date) -> None:
        for seat_id in seat_ids:
            self.holding[seat_id] = [
                pot
                for pot in self.holding[seat_id]
                if pot.grant.holds_on(today) and (pot.grant.is_infinite or pot.available)
            ]


def _is_late(arrived: Sequence[Waiting], today: date) -> bool:
    """Whether an activation brought them."""
    return bool(arrived) and arrived[0].need.day < today


def _ends(pot: Pot) -> set[date]:
    """On which something of it may expire."""
    return {day for day in (pot.grant.expires_on, pot.grant.gone_on) if day is not None}


def _moments(grants: Iterable[CreditGrant], needs: Iterable[Need], end: datetime) -> list[datetime]:
    """At which something opens, expires or comes. What is charged is so before the next of them."""
    moments = {need.known_at for need in needs}
    for grant in grants:
        moments |= {grant.opens_at, *(midnight(day) for day in (grant.expires_on, grant.gone_on) if day is not None)}
    return sorted(moment for moment in moments if moment <= end)


def _taken(
    asking: Sequence[Waiting], asked: Sequence[Pot], holding: Holding, opened: Sequence[Pot], today: date
) -> Iterator[Taking]:
    """Day after day: what opens or comes late brings days that are over, and each need asks what held on its own.

    `asked` are those that somebody who waits has not asked yet.
    """
    coming, reached = deque(asking), list[Waiting]()
    starts = {pot.grant.starts_on for pot in asked}
    ends = {day for pot in opened for day in _ends(pot)}
    for day in sorted(day for day in starts | ends | {each.need.day for each in asking} if day <= today):
        for pot in opened if day in ends else ():
            pot.expire(day)
        arrived = list(_until(coming, day, _day_of))
        reached += arrived
        for each in reached if day in starts else arrived:
            yield from _meet(each, holding, day, today)


def _day_of(waiting: Waiting) -> date:
    return waiting.need.day


def _until(coming: deque[T], end: Time, end_of: Callable[[T], Time]) -> Iterator[T]:
    """Takes from the front what comes then or before."""
    while coming and end_of(coming[0]) <= end:
        yield coming.popleft()


def _by_seat(pots: Iterable[Pot]) -> Holding:
    found: Holding = {}
    for pot in sorted(pots, key=_turn):
        found.setdefault(pot.grant.seat_id, []).append(pot)
    return found


def _turn(pot: Pot) -> tuple[date, date, str]:
    return pot.grant.turn


def _meet(waiting: Waiting, holding: Holding, day: date, today: date) -> Iterator[Taking]:
    """From the seats' own first. What was to be charged by that day asks nobody any more."""
    if waiting.need.asks_until <= day:
        return
    own = sorted((pot for seat_id in waiting.need.seat_ids for pot in holding.get(seat_id, ())), key=_turn)
    for pot in (*own, *holding.get(None, ())):
        if not waiting.unmet:
            return
        if taken := pot.take(waiting.unmet, day):
            waiting.unmet -= taken
            yield Taking(pot.grant, waiting.need, today, taken)
