"""What was granted to each customer: one item, so that whoever counts credits reads it in one call. And in what."""

from itertools import islice

from functions.adapters.dynamodb import documents, keys
from functions.adapters.dynamodb.collection import Kind
from functions.adapters.dynamodb.items import value_of
from functions.adapters.dynamodb.table import Records
from functions.billing.models.credit import CreditBook, CreditCurrency, ManualGrant

CREDIT_CURRENCY = Kind("credit_currency", CreditCurrency)
"""Beside the other kinds it would be loaded by whoever knows one of them."""


class DynamoCreditBooks:
    """Fulfils `CreditBooks`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, organization_id: str, customer_id: str) -> CreditBook:
        item = self._records.get(keys.credit_book(organization_id, customer_id))
        return CreditBook() if item is None else value_of(item, CreditBook)

    def open(self, organization_id: str, customer_id: str) -> None:
        key = keys.credit_book(organization_id, customer_id)
        documents.modify(self._records, key, CreditBook, lambda stored: stored or CreditBook())

    def holders(self, organization_id: str, *, limit: int) -> list[str]:
        items = self._records.query(keys.credit_books(organization_id))
        return [item["sk"]["S"] for item in islice(items, limit)]

    def add(self, organization_id: str, customer_id: str, grant: ManualGrant) -> ManualGrant | None:
        """The grant that this one repeats, if it does, which stays as it is. Raises InvalidInput for a full book."""
        before: ManualGrant | None = None

        def change(stored: CreditBook | None) -> CreditBook:
            nonlocal before
            book = stored or CreditBook()
            before = book.repeated(grant)
            return book if before is not None else book.with_grant(grant)

        documents.modify(self._records, keys.credit_book(organization_id, customer_id), CreditBook, change)
        return before
