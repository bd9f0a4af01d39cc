"""All that an organization has of a kind, in the order of its keys and from any of them on: what an audit goes through.

Nothing here is a scan: each is a query of one partition.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.depletions import KIND as DEPLETION
from functions.adapters.dynamodb.invoices import KIND as INVOICE
from functions.adapters.dynamodb.items import value_of
from functions.adapters.dynamodb.kinds import CUSTOMER
from functions.adapters.dynamodb.numbers import numbers_of
from functions.adapters.dynamodb.payments import KIND as PAYMENT
from functions.adapters.dynamodb.segments import log_of
from functions.adapters.dynamodb.table import Records
from functions.billing.models.audit import Appended, Given
from functions.billing.models.depletion import CreditsDepletion
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef

T = TypeVar("T")

_AT_A_TIME = 100


class DynamoInventory:
    """Fulfils what each stage of an audit asks for."""

    def __init__(self, records: Records, client: "DynamoDBClient", signals_table: str) -> None:
        self._records = records
        self._client = client
        self._signals_table = signals_table

    def customer_ids(self, organization_id: str, *, after: str) -> Iterator[str]:
        partition = keys.kind_partition(organization_id, CUSTOMER.name)
        return (item["sk"]["S"] for item in self._records.query(partition, after=after or None))

    def segments(self, organization_id: str, *, after: str) -> Iterator[list[Appended]]:
        query: QueryInputPaginateTypeDef = {
            "TableName": self._signals_table,
            "IndexName": "by_time",
            "KeyConditionExpression": "organization = :organization AND appended > :after",
            "ExpressionAttributeValues": {":organization": {"S": organization_id}, ":after": {"S": after or " "}},
            "ProjectionExpression": "pk, sk, appended",
        }
        for page in self._client.get_paginator("query").paginate(**query):
            found = [Appended(item["appended"]["S"], log_of(item), int(item["sk"]["N"])) for item in page["Items"]]
            if found:
                yield found

    def invoices(self, organization_id: str, *, after: str) -> Iterator[list[Invoice]]:
        partition = keys.kind_partition(organization_id, INVOICE)
        items = self._records.query(partition, after=after or None)
        return _some_at_a_time(value_of(item, Invoice) for item in items)

    def payments(self, organization_id: str, *, after: str) -> Iterator[list[Payment]]:
        partition = keys.kind_partition(organization_id, PAYMENT)
        items = self._records.query(partition, after=after or None)
        return _some_at_a_time(value_of(item, Payment) for item in items)

    def depletions(self, organization_id: str, *, after: str) -> Iterator[list[CreditsDepletion]]:
        partition = keys.kind_partition(organization_id, DEPLETION)
        items = self._records.query(partition, after=after or None)
        return _some_at_a_time(value_of(item, CreditsDepletion) for item in items)

    def numbers(self, organization_id: str, *, after: int) -> Iterator[list[Given]]:
        """Whole blocks, so that the next one begins after the last number of each answer."""
        some: list[Given] = []
        for block in self._records.query(keys.numbers_partition(organization_id), after=keys.number_key(after)):
            some += (Given(number, invoice_id) for invoice_id, number in numbers_of(block))
            if len(some) >= _AT_A_TIME:
                yield some
                some = []
        if some:
            yield some


def _some_at_a_time(things: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(things)
    while some := list(islice(remaining, _AT_A_TIME)):
        yield some
