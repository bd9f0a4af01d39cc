"""What became of messages: an item for each that needs one, which are few."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy, NotFound
from functions.billing.models.settlement import Settlement
from functions.billing.ports import OutdatedError, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_MAX_LOST_RACES = 20


class DynamoSettlements:
    """Fulfils `Settlements`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def record(self, organization_id: str, settlement: Settlement) -> None:
        """One write where there is none yet, which is the rule; a read and a write more where there is."""
        written, replaces = settlement, 0
        for _ in range(_MAX_LOST_RACES):
            try:
                self.replace(organization_id, written, replaces=replaces)
            except OutdatedError:
                stored = self.get(organization_id, settlement.message)
                written, replaces = settlement.after(stored.value), stored.revision
                if written == stored.value:
                    return
            else:
                return
        raise Busy(f"what became of message {settlement.message} is being written by too many others, try again")

    def replace(self, organization_id: str, settlement: Settlement, *, replaces: int) -> None:
        key = keys.settlement(organization_id, settlement.message)
        try:
            self._records.put(item_of(key, settlement, revision=replaces + 1), replaces=replaces)
        except ConditionsFailedError:
            raise OutdatedError from None

    def get(self, organization_id: str, message: str) -> Stored[Settlement]:
        item = self._records.get(keys.settlement(organization_id, message))
        if item is None:
            raise NotFound("message", message)
        return _stored(item)

    def all(self, organization_id: str, *, after: str = "") -> Iterator[Stored[Settlement]]:
        return map(_stored, self._records.query(keys.settlements_partition(organization_id), after=after or None))


def _stored(item: "Mapping[str, AttributeValueTypeDef]") -> Stored[Settlement]:
    return Stored(value_of(item, Settlement), revision_of(item))
