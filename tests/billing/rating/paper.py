"""Credits on paper: every single credit is a thing, which is free, taken or gone. Slow, and plain to see."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from functions.billing.models.credit import CreditGrant
from functions.billing.periods import ALWAYS, day_of, last_moment_of, midnight
from functions.billing.rating.burn_down import Need

FIRST = date(2025, 6, 1)


def june(day: int) -> date:
    """Of the days around June: 0 is the last of May, 31 the first of July."""
    return FIRST + timedelta(days=day - 1)


def at(day: int, hour: int) -> datetime:
    return midnight(june(day)) + timedelta(hours=hour)


@dataclass
class Paper:
    """The credits of each grant, one by one: still free, expired before it was gone, and gone.

    `charged` has a need for each credit that nothing met in time.
    """

    free: dict[str, int]
    lapsed: dict[str, int]
    gone: dict[str, int]
    taken: dict[str, int]
    charged: list[Need] = field(default_factory=list)

    def has_any(self, grant: CreditGrant, day: date) -> bool:
        lapsed = self.lapsed[grant.id] if grant.expires_on is None or day < grant.expires_on else 0
        return grant.holds_on(day) and (grant.is_infinite or self.free[grant.id] + self.gone[grant.id] + lapsed > 0)

    def take_one(self, grant: CreditGrant, day: date) -> None:
        self.taken[grant.id] += 1
        if grant.is_infinite:
            return
        is_early = grant.expires_on is None or day < grant.expires_on
        for kept in (self.lapsed, self.gone, self.free) if is_early else (self.gone, self.free):
            if kept[grant.id]:
                kept[grant.id] -= 1
                return

    def lapse(self, grants: Iterable[CreditGrant], day: date) -> None:
        for each in grants:
            if each.gone_on == day:
                self.gone[each.id] += self.free[each.id]
                self.free[each.id] = 0
            elif each.expires_on == day and each.rollover:
                kept = min(self.free[each.id], each.rollover.amount_micro)
                self.lapsed[each.id] += self.free[each.id] - kept
                self.free[each.id] = kept


def on_paper(grants: Sequence[CreditGrant], needs: Sequence[Need], last: date) -> Paper:
    """At each instant every credit still wanted asks all grants, from the first day on."""
    nothing = {grant.id: 0 for grant in grants}
    amounts = {grant.id: 0 if grant.is_infinite else grant.amount_micro for grant in grants}
    paper = Paper(amounts, nothing.copy(), nothing.copy(), nothing.copy())
    wanted: list[Need] = []
    before = ALWAYS
    for now in _instants(last):
        if now > last_moment_of(last):
            break
        today = day_of(now)
        paper.charged += [one for one in wanted if one.billed_at is not None and one.billed_at <= now]
        wanted = [one for one in wanted if one.billed_at is None or one.billed_at > now]
        if now == midnight(today):
            paper.lapse([each for each in grants if each.opens_at < now], today)
        opened = [each for each in grants if before < each.opens_at <= now]
        arrived = [one for one in needs if before < one.known_at <= now for _ in range(one.micro)]
        wanted += arrived
        if opened or arrived:
            wanted = _asked(wanted, [each for each in grants if each.opens_at <= now], opened, paper, today)
        before = now
    return paper


def _instants(last: date) -> Iterator[datetime]:
    for day in range((last - june(0)).days + 1):
        yield from (at(day, 0), at(day, 9), at(day, 15), last_moment_of(june(day)))


def _asked(
    wanted: Sequence[Need], known: Sequence[CreditGrant], opened: Sequence[CreditGrant], paper: Paper, today: date
) -> list[Need]:
    still = sorted(wanted, key=lambda one: one.day)
    for day in (june(number) for number in range((today - june(0)).days + 1)):
        paper.lapse(opened, day)
        for one in [one for one in still if one.day <= day and _asks_on(day, one)]:
            usable = [
                each
                for each in known
                if (each.seat_id is None or each.seat_id in one.seat_ids) and paper.has_any(each, day)
            ]
            if usable:
                best = min(usable, key=lambda g: (g.seat_id is None, g.lasts_until or date.max, g.starts_on, g.id))
                paper.take_one(best, day)
                still.remove(one)
    return still


def _asks_on(day: date, one: Need) -> bool:
    """On the day of its charge only where its end was set on that day, after midnight."""
    return one.charged_on is None or one.charged_on > day or (one.charged_on == day and one.ended_at > midnight(day))
