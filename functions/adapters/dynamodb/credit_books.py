"""What was granted to each customer: one item, so that whoever counts credits reads it in one call. And in what."""

from collections.abc import Callable
from itertools import islice

from functions.adapters.dynamodb import documents, keys, writes
from functions.adapters.dynamodb.collection import Kind
from functions.adapters.dynamodb.items import item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy
from functions.billing.models.credit import CreditBook, CreditCurrency, ManualGrant
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import Booked

_MAX_TRIES = 20

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

    def add(self, organization_id: str, customer_id: str, give: Callable[[RatingPlan], ManualGrant]) -> Booked:
        """The plan is at the moment of the write as `give` saw it: no activation comes between the two."""
        book_key, plan_key = (
            keys.credit_book(organization_id, customer_id),
            keys.rating_plan(organization_id, customer_id),
        )
        for _ in range(_MAX_TRIES):
            plan_item, item = self._records.get(plan_key), self._records.get(book_key)
            grant = give(RatingPlan() if plan_item is None else value_of(plan_item, RatingPlan))
            book = CreditBook() if item is None else value_of(item, CreditBook)
            before = book.repeated(grant)
            if before is not None:
                return Booked(before, is_new=False)
            replaced = 0 if item is None else revision_of(item)
            after = item_of(book_key, book.with_grant(grant), revision=replaced + 1)
            plan_stays = 0 if plan_item is None else revision_of(plan_item)
            try:
                self._records.transact(
                    [
                        writes.put_revision(self._records.table, after, replaces=replaced),
                        writes.check_revision(self._records.table, plan_key, stays=plan_stays),
                    ]
                )
            except ConditionsFailedError:
                continue
            return Booked(grant, is_new=True)
        raise Busy("the customer's credits or orders are being changed by others, try again")
