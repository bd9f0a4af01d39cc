"""What was granted by hand, in memory."""

from collections.abc import Callable

from functions.billing.models.credit import CreditBook, ManualGrant
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import Booked
from tests.fakes.checkpoints import FakeCheckpoints


class FakeCreditBooks:
    """Fulfils `CreditBooks`."""

    def __init__(self, checkpoints: FakeCheckpoints | None = None) -> None:
        """The plans are those of the checkpoints; without, nobody has one."""
        self._checkpoints = checkpoints or FakeCheckpoints()
        self._books: dict[tuple[str, str], CreditBook] = {}

    def get(self, organization_id: str, customer_id: str) -> CreditBook:
        return self._books.get((organization_id, customer_id), CreditBook())

    def open(self, organization_id: str, customer_id: str) -> None:
        self._books.setdefault((organization_id, customer_id), CreditBook())

    def holders(self, organization_id: str, *, limit: int) -> list[str]:
        found = sorted(customer for organization, customer in self._books if organization == organization_id)
        return found[:limit]

    def add(self, organization_id: str, customer_id: str, give: Callable[[RatingPlan], ManualGrant]) -> Booked:
        while True:
            book, plan = self.get(organization_id, customer_id), self._checkpoints.plan(organization_id, customer_id)
            grant = give(plan.value)
            before = book.repeated(grant)
            if before is not None:
                return Booked(before, is_new=False)
            if plan.revision != self._checkpoints.plan(organization_id, customer_id).revision:
                continue
            self._books[organization_id, customer_id] = book.with_grant(grant)
            return Booked(grant, is_new=True)
