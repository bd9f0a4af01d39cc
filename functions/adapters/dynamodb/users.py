"""Customers' users, by the external ids that the customer's own system gives them."""

from collections.abc import Callable

from functions.adapters.dynamodb import documents, keys, writes
from functions.adapters.dynamodb.items import value_of
from functions.adapters.dynamodb.table import Records
from functions.billing.models.customer import CustomerUser


class DynamoUsers:
    def __init__(self, records: Records) -> None:
        self._records = records

    def find(self, organization_id: str, customer_id: str, external_id: str) -> CustomerUser | None:
        item = self._records.get(keys.user(organization_id, customer_id, external_id))
        return None if item is None else value_of(item, CustomerUser)

    def of(self, organization_id: str, customer_id: str) -> list[CustomerUser]:
        partition = keys.users(organization_id, customer_id)
        return [value_of(item, CustomerUser) for item in self._records.query(partition)]

    def upsert(
        self,
        organization_id: str,
        customer_id: str,
        external_id: str,
        change: Callable[[CustomerUser | None], CustomerUser],
    ) -> CustomerUser:
        """The user after `change`, which receives None when there is none yet."""
        key = keys.user(organization_id, customer_id, external_id)
        return documents.modify(self._records, key, CustomerUser, change)

    def delete(self, organization_id: str, customer_id: str, external_id: str) -> None:
        key = keys.user(organization_id, customer_id, external_id)
        self._records.transact([writes.delete(self._records.table, key)])
