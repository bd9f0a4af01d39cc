"""All customers of an organization are replayed, as many in a call as there is time for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from functions.billing.models.audit import Allowance, Audited, Cursor, LogTooLong, Replayed, Stage

MAX_CUSTOMERS = 100
"""Of one call, so that whoever waits sees it go on."""


class Customers(Protocol):
    def customer_ids(self, organization_id: str, *, after: str) -> Iterator[str]:
        """Those that follow, in the order of their making."""
        ...


class Replay(Protocol):
    """Replays one customer: see `replay_log`."""

    def __call__(self, organization_id: str, customer_id: str, allowance: Allowance) -> Replayed: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCustomers:
    """The first stage of an audit."""

    inventory: Customers
    replay: Replay

    def __call__(self, organization_id: str, cursor: Cursor, allowance: Allowance) -> Audited:
        """At least one customer, if there is one. Raises LogTooLong when there is not the time for a single one."""
        done = Replayed()
        for customer_id in self.inventory.customer_ids(organization_id, after=cursor.after):
            if not _has_room(done, allowance):
                return Audited(done, cursor)
            try:
                done += self.replay(organization_id, customer_id, allowance)
            except LogTooLong:
                if done.customers == 0:
                    raise
                return Audited(done, cursor)  # alone it has the whole time of the next call
            cursor = cursor.model_copy(update={"after": customer_id})
        return Audited(done, Cursor(stage=Stage.LOGS))


def _has_room(done: Replayed, allowance: Allowance) -> bool:
    if done.customers == 0:
        return True
    return done.customers < MAX_CUSTOMERS and not done.is_full and allowance.may_begin()
