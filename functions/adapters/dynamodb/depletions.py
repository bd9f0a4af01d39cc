"""Depletions of credits, each written once: the stream tells webhooks of them."""

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import item_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.models.depletion import CreditsDepletion

KIND = "credits_depletion"


class DynamoDepletions:
    """Fulfils `Depletions`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add(self, organization_id: str, depletion: CreditsDepletion) -> bool:
        """Looks first: while credits are used up every signal asks, and a refused write costs as another."""
        key = keys.thing(organization_id, KIND, depletion.id)
        if self._records.get(key) is not None:
            return False
        try:
            self._records.put(item_of(key, depletion, revision=1), replaces=0)
        except ConditionsFailedError:
            return False
        return True
