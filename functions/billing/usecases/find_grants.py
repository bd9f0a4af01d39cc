"""Everything that was granted to a customer: by hand, and with what it bought."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.models.credit import CreditGrant
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import CreditBooks
from functions.billing.rating.benefits import Awaited, awaited, benefit_grants, waiting_grants

Given = Callable[[str, Set[Awaited]], Mapping[Awaited, datetime]]
"""When an organization's credits were given that wait for an invoice: see `find_given`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindGrants:
    """Asks about invoices only where credits wait for one."""

    books: CreditBooks
    given: Given

    def __call__(self, organization_id: str, customer_id: str, plan: RatingPlan, *, through: date) -> list[CreditGrant]:
        """Those of the plan through that day, and all that were given by hand."""
        by_hand = [each.grant for each in self.books.get(organization_id, customer_id).grants]
        given = self._given(organization_id, plan, through=through)
        return [*by_hand, *benefit_grants(plan, through=through, given=given)]

    def waiting(self, organization_id: str, plan: RatingPlan, *, through: date) -> list[CreditGrant]:
        """Those of periods begun by then that wait for their invoice still."""
        given = self._given(organization_id, plan, through=through)
        return list(waiting_grants(plan, through=through, given=given))

    def _given(self, organization_id: str, plan: RatingPlan, *, through: date) -> Mapping[Awaited, datetime]:
        waits = awaited(plan, through=through)
        return self.given(organization_id, waits) if waits else {}
