"""A test organization's clock goes forward, and what falls due on the way is billed on its day (design: test clock)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from functions.billing.errors import InvalidInput
from functions.billing.models.invoice import Invoice
from functions.billing.models.organization import Organization
from functions.billing.periods import midnight
from functions.billing.ports import Organizations, Schedules

NEAR = timedelta(days=731)
"""How far a clock goes unless more is meant: two years, one of them a leap year."""


class Bill(Protocol):
    """Bills orders up to a day: see `bill_orders`."""

    def __call__(
        self, organization_id: str, order_ids: Sequence[str], *, as_of: date, now: datetime
    ) -> list[Invoice]: ...


class Drain(Protocol):
    """Returns when everything that was accepted before is done, or raises Busy."""

    def __call__(self) -> None: ...


class AdvanceClock:
    """Steps from due day to due day; a crash leaves the clock on one of them, and the same call goes on from there."""

    def __init__(self, *, organizations: Organizations, schedules: Schedules, bill: Bill, drain: Drain) -> None:
        self._organizations = organizations
        self._schedules = schedules
        self._bill = bill
        self._drain = drain

    def __call__(
        self, organization_id: str, day: date, *, now: datetime, at_most: timedelta = timedelta.max, far: bool = False
    ) -> tuple[Organization, list[Invoice]]:
        """The organization with its clock at `day`, and the invoices that were made on the way.

        A clock that would go further than `at_most` stops there, for the same call to go on. One that was never set
        follows `now`, and goes from there. Signals sent before the call are counted first: an invoice takes what its
        period held.

        Raises:
            NotFound: there is no such organization.
            InvalidInput: it is a live one, the clock would go backwards, or further than NEAR without `far`.
            Busy: the queues did not run empty in time; the same call goes on from where this one stopped.
        """
        organization = self._organizations.get(organization_id)
        today = organization.now(now).date()
        _check(organization, day, today, far=far)
        day = min(day, today + min(at_most, date.max - today))
        self._drain()
        invoices = [] if organization.clock is None else self._bill_due(organization_id, organization.clock)
        while (due_on := self._next_due_day(organization_id, day)) is not None:
            step = due_on if organization.clock is None else max(due_on, organization.clock)
            organization = self._organizations.set_clock(organization_id, step, now=now)
            invoices += self._bill_due(organization_id, step)
        organization = self._organizations.set_clock(organization_id, day, now=now)
        self._drain()
        return organization, invoices

    def next_due_day(self, organization_id: str) -> date | None:
        """The first day on which an order falls due that is not billed yet; None where none ever does."""
        days = (schedule.next_billing_on for schedule in self._schedules.all(organization_id))
        return min((due for due in days if due is not None), default=None)

    def _next_due_day(self, organization_id: str, day: date) -> date | None:
        """As `next_due_day`, up to `day`."""
        due_on = self.next_due_day(organization_id)
        return due_on if due_on is not None and due_on <= day else None

    def _bill_due(self, organization_id: str, day: date) -> list[Invoice]:
        """Bills what is due, and looks again at what was billed that day: a crash may have left it unfinished."""
        schedules = self._schedules.all(organization_id)
        order_ids = [s.order_id for s in schedules if s.is_due(day) or s.was_billed_on(day)]
        return self._bill(organization_id, order_ids, as_of=day, now=midnight(day)) if order_ids else []


def _check(organization: Organization, day: date, today: date, *, far: bool) -> None:
    if not organization.test:
        raise InvalidInput(f"organization {organization.id} is live, expected a test organization: only it has a clock")
    if organization.clock is not None and day < organization.clock:
        raise InvalidInput(f"date is {day}, before the clock's {organization.clock}; a clock only goes forward")
    if day - today > NEAR and not far:
        raise InvalidInput(
            f"date is {day}, {(day - today).days:,} days after {today}, where the organization is: expected at most "
            f"{NEAR.days}, for a clock never goes back; with far (owed clock --far) it goes as far as you say"
        )
