"""Whether the billing run of a day is finished: what fell due is billed, and what that promised is there.

Asked of the schedules and of the invoices themselves, not of queues, whose lengths SQS only estimates. An order that is
activated during the look is not billed for some seconds either. So nobody is told of what a second look finds done.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from functions.billing.ports import InvoiceRegister, Organizations, Schedules

LOOKS_BACK = timedelta(days=7)
"""How old a promise is at most whose invoice is looked for: as far back as the billing run itself looks."""

_SCHEDULES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An order that is due and not billed, or whose promised invoice is missing."""

    organization_id: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBillingRun:
    """`pause` is what lies between the two looks, where the first one finds something."""

    organizations: Organizations
    schedules: Schedules
    register: InvoiceRegister
    pause: Callable[[], None]

    def __call__(self, *, as_of: date) -> list[Unfinished]:
        """What was due on or before `as_of`. Organizations on a clock of their own are run by it, and left out."""
        suspects: dict[str, list[str]] = {}
        for organization in self.organizations.all():
            if organization.clock is None:
                suspects[organization.id] = list(self._suspects(organization.id, as_of))
        if any(suspects.values()):
            self.pause()
        return [
            Unfinished(organization_id, order_id)
            for organization_id, order_ids in suspects.items()
            for order_id in self._left(organization_id, order_ids, as_of)
        ]

    def _suspects(self, organization_id: str, as_of: date) -> Iterator[str]:
        """By a look that may miss what is a moment old."""
        schedules = self.schedules.all(organization_id)
        while block := list(islice(schedules, _SCHEDULES_AT_ONCE)):
            promised = {
                each.order_id: each.promised.invoice_id
                for each in block
                if each.promised is not None and each.promised.promised_on >= as_of - LOOKS_BACK
            }
            made = self.register.get_many(organization_id, promised.values(), fresh=False) if promised else {}
            for each in block:
                if each.is_due(as_of) or (each.order_id in promised and promised[each.order_id] not in made):
                    yield each.order_id

    def _left(self, organization_id: str, order_ids: list[str], as_of: date) -> Iterator[str]:
        stored = self.schedules.get_many(organization_id, order_ids) if order_ids else {}
        for order_id, found in stored.items():
            if found.value.is_due(as_of) or not self.schedules.is_kept(organization_id, found.value):
                yield order_id
