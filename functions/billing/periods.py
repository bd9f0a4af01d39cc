"""The billing calendar (design: "The billing calendar"): days in UTC, half-open, counted from the anchor.

start   anchor          anchor          anchor          end
  |-stub--|---- full -----|---- full -----|-- cut off ----|
"""

import calendar as gregorian
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from functions.billing.money import EXACT

_SHORTEST_MONTH = 28

ALWAYS = datetime.min.replace(tzinfo=UTC)
"""Before everything."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` up to, but not including, `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Calendar:
    """Tiles the life of a charge, `[start, end)`, into billing periods of `months` each.

    `end` is None while the charge has no known end. `anchor_day` (1 to 31) is clamped in short months and always
    counted anew from the anchor: 31 January, 28 February, 31 March. Periods are counted from the start, or from
    `counted_from`: what begins within another's year ends with that year.
    """

    start: date
    anchor_day: int
    months: int
    end: date | None = None
    counted_from: date | None = None

    def period_of(self, day: date) -> Period | None:
        """The period that holds `day`, or None when the charge does not run on that day."""
        if day < self.start or (self.end is not None and day >= self.end):
            return None
        full = self._full_period_of(day)
        return Period(max(full.start, self.start), self._clip(full.end))

    def last_period(self) -> Period | None:
        """The period that the end cuts off; None while there is no end, or when there is nothing before it."""
        return None if self.end is None else self.period_of(self.end - timedelta(days=1))

    def periods(self) -> Iterator[Period]:
        """Every period in order; endless while `end` is None."""
        day = self.start
        while period := self.period_of(day):
            yield period
            day = period.end

    def full_period(self, period: Period) -> Period:
        """The full period of which `period` is the whole or a part."""
        return self._full_period_of(period.start)

    def full_days(self, period: Period) -> int:
        return self.full_period(period).days

    def share(self, period: Period) -> tuple[int, int]:
        """How much of a full period is charged: days of `period`, days of the full one. Multiply first, divide last."""
        return period.days, self.full_days(period)

    def _clip(self, day: date) -> date:
        return day if self.end is None else min(day, self.end)

    def _full_period_of(self, day: date) -> Period:
        first = self._first_anchor
        count = ((day.year - first.year) * 12 + day.month - first.month) // self.months
        start = self._shift(first, count * self.months)
        if start > day:
            return Period(self._shift(first, (count - 1) * self.months), start)
        return Period(start, self._shift(first, (count + 1) * self.months))

    @property
    def _first_anchor(self) -> date:
        """The first anchor day on or after that; a start on a clamped anchor day makes no stub."""
        start = self.counted_from or self.start
        this_month = _clamped(start.year, start.month, self.anchor_day)
        return this_month if this_month >= start else self._shift(this_month, 1)

    def _shift(self, day: date, months: int) -> date:
        month_number = day.year * 12 + day.month - 1 + months
        return _clamped(month_number // 12, month_number % 12 + 1, self.anchor_day)


def _clamped(year: int, month: int, day: int) -> date:
    is_in_every_month = day <= _SHORTEST_MONTH  # of orders with many components nearly all the time goes here
    return date(year, month, day if is_in_every_month else min(day, gregorian.monthrange(year, month)[1]))


def months_after(day: date, months: int, *, anchor_day: int) -> date:
    """So many months after an anchor day, clamped anew from the anchor; after any other day, from that one."""
    is_anchor = day == _clamped(day.year, day.month, anchor_day)
    month_number = day.year * 12 + day.month - 1 + months
    return _clamped(month_number // 12, month_number % 12 + 1, anchor_day if is_anchor else day.day)


def midnight(day: date) -> datetime:
    """The instant at which `day` begins in UTC."""
    return datetime.combine(day, time(), UTC)


def last_moment_of(day: date) -> datetime:
    """The instant at which all of `day` is known in UTC."""
    return datetime.combine(day, time.max, UTC)


def day_of(moment: datetime) -> date:
    """The UTC day that `moment` falls on."""
    return moment.astimezone(UTC).date()


def end_day_of(moment: datetime) -> date:
    """The first day after an end given as a moment: midnight ends the day before it, any later moment its own day."""
    moment = moment.astimezone(UTC)
    return moment.date() if moment.time() == time() else moment.date() + timedelta(days=1)


def prorated(amount: Decimal, share: tuple[int, int]) -> Decimal:
    """`amount` times days over full days, unrounded."""
    days, full_days = share
    if days == full_days:
        return amount
    return EXACT.divide(EXACT.multiply(amount, Decimal(days)), Decimal(full_days))
