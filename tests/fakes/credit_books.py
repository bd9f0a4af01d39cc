"""What was granted by hand, in memory."""

from functions.billing.models.credit import CreditBook, ManualGrant


class FakeCreditBooks:
    """Fulfils `CreditBooks`."""

    def __init__(self) -> None:
        self._books: dict[tuple[str, str], CreditBook] = {}

    def get(self, organization_id: str, customer_id: str) -> CreditBook:
        return self._books.get((organization_id, customer_id), CreditBook())

    def open(self, organization_id: str, customer_id: str) -> None:
        self._books.setdefault((organization_id, customer_id), CreditBook())

    def holders(self, organization_id: str, *, limit: int) -> list[str]:
        found = sorted(customer for organization, customer in self._books if organization == organization_id)
        return found[:limit]

    def add(self, organization_id: str, customer_id: str, grant: ManualGrant) -> ManualGrant | None:
        book = self.get(organization_id, customer_id)
        before = book.repeated(grant)
        if before is None:
            self._books[organization_id, customer_id] = book.with_grant(grant)
        return before
