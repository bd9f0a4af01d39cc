"""How a customer stands with its credits, of one currency after the other: computed from the log, and never stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from functions.billing.invoicing.overage import needs
from functions.billing.models.credit import CreditGrant
from functions.billing.models.usage import RatingPlan, Usage
from functions.billing.ports import Granted
from functions.billing.rating.burn_down import BurnDown, burn_down


class Usages(Protocol):
    def __call__(self, organization_id: str, customer_id: str) -> tuple[RatingPlan, Usage]:
        """The customer's plan, and what its signals took by it up to now."""
        ...


class Waiting(Protocol):
    def __call__(self, organization_id: str, plan: RatingPlan, *, through: date) -> Sequence[CreditGrant]:
        """What orders grant as soon as their invoices are posted, or paid."""
        ...


@dataclass(frozen=True, slots=True)
class Credits:
    """`burnt` is by currency; `waiting` is what was not given yet."""

    plan: RatingPlan
    burnt: Mapping[str, BurnDown]
    waiting: Sequence[CreditGrant]

    @property
    def currency_ids(self) -> set[str]:
        return self.burnt.keys() | {grant.currency_id for grant in self.waiting}


class ReadCredits:
    """Reads, and writes nothing."""

    def __init__(self, *, usage: Usages, granted: Granted, waiting: Waiting) -> None:
        self._usage = usage
        self._granted = granted
        self._waiting = waiting

    def __call__(self, organization_id: str, customer_id: str, *, today: date) -> Credits:
        """As of the end of the day."""
        plan, usage = self._usage(organization_id, customer_id)
        grants = self._granted(organization_id, customer_id, plan, through=today)
        needed = needs(plan, usage, through=today)
        return Credits(
            plan=plan,
            waiting=self._waiting(organization_id, plan, through=today),
            burnt={
                currency_id: burn_down(
                    [grant for grant in grants if grant.currency_id == currency_id],
                    needed.get(currency_id, ()),
                    through=today,
                )
                for currency_id in sorted({grant.currency_id for grant in grants} | needed.keys())
            },
        )
