"""Numbers that people count things by and in which gaps do not matter (orders); invoices' are in their register."""

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.table import Records


class DynamoSequences:
    def __init__(self, records: Records) -> None:
        self._records = records

    def next(self, organization_id: str, kind: str) -> int:
        """The next number of the organization's things of that kind, from 1."""
        return self._records.next_number(keys.sequence(organization_id, kind))
