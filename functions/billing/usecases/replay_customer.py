"""One customer is replayed by itself, also when only its log is left."""

from dataclasses import dataclass
from typing import Protocol

from functions.billing.errors import NotFound
from functions.billing.models.audit import Allowance, Replayed
from functions.billing.models.customer import Customer
from functions.billing.models.segment import LogId
from functions.billing.ports import Collection, SignalLog


class Replay(Protocol):
    """Replays a customer, whether there is one or not: see `replay_log`."""

    def __call__(self, organization_id: str, customer_id: str, allowance: Allowance) -> Replayed: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCustomer:
    """Asks first whether there is anything of that name."""

    customers: Collection[Customer]
    log: SignalLog
    replay: Replay

    def __call__(self, organization_id: str, customer_id: str, allowance: Allowance) -> Replayed:
        """Raises NotFound, and LogTooLong when there is not the time for it."""
        is_known = customer_id in self.customers.get_many(organization_id, [customer_id])
        if not is_known and not self.log.read(LogId(organization_id, customer_id), after=0, limit=1):
            raise NotFound("customer", customer_id)
        return self.replay(organization_id, customer_id, allowance)
