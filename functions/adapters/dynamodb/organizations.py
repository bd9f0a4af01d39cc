"""Tenants and their API keys."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.organization import ApiKey, Organization


class DynamoOrganizations:
    """Fulfils `Organizations`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, organization_id: str) -> Organization:
        item = self._records.get(keys.organization(organization_id))
        if item is None:
            raise NotFound("organization", organization_id)
        return value_of(item, Organization)

    def all(self) -> Iterator[Organization]:
        for item in self._records.query(keys.ORGANIZATIONS):
            yield value_of(item, Organization)

    def insert(self, organization: Organization) -> None:
        key = keys.organization(organization.id)
        self._records.put(item_of(key, organization, revision=1), replaces=0)

    def set_clock(self, organization_id: str, day: date, *, now: datetime) -> Organization:
        def moved(organization: Organization) -> Organization:
            if organization.clock == day:
                return organization
            if organization.clock is not None and organization.clock > day:
                raise InvalidInput(f"date is {day}, before the clock's {organization.clock}; a clock only goes forward")
            return organization.model_copy(update={"clock": day, "updated_at": now})

        return self.modify(organization_id, moved)

    def modify(self, organization_id: str, change: Callable[[Organization], Organization]) -> Organization:
        """Applies `change` to the newest version, again if somebody else was faster. Raises what `change` raises."""
        key = keys.organization(organization_id)
        while True:
            item = self._records.get(key)
            if item is None:
                raise NotFound("organization", organization_id)
            before, revision = value_of(item, Organization), revision_of(item)
            after = change(before)
            if after == before:
                return before
            try:
                self._records.put(item_of(key, after, revision=revision + 1), replaces=revision)
            except ConditionsFailedError:
                continue
            return after


class DynamoApiKeys:
    """Keys by their hash: the one read of authentication, and the only look-up that precedes an organization."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def find(self, sha256: str) -> ApiKey | None:
        item = self._records.get(keys.api_key(sha256))
        return None if item is None else value_of(item, ApiKey)

    def of(self, organization_id: str) -> list[ApiKey]:
        items = self._records.query_owner(keys.keys_of(organization_id))
        found = [value_of(item, ApiKey) for item in items]
        return sorted(found, key=lambda key: key.id)

    def insert(self, key: ApiKey) -> None:
        self._records.put(self._item(key, revision=1), replaces=0)

    def revoke(self, organization_id: str, key_id: str, *, now: datetime) -> ApiKey:
        """Revokes once; a second time the first moment stays. Raises NotFound."""
        for item in self._records.query_owner(keys.keys_of(organization_id)):
            key = value_of(item, ApiKey)
            if key.id != key_id:
                continue
            if key.revoked_at is not None:
                return key
            revoked = key.model_copy(update={"revoked_at": now})
            revision = revision_of(item)
            self._records.put(self._item(revoked, revision=revision + 1), replaces=revision)
            return revoked
        raise NotFound("key", key_id)

    @staticmethod
    def _item(key: ApiKey, *, revision: int) -> Item:
        owner = keys.keys_of(key.organization_id)
        return item_of(keys.api_key(key.sha256), key, revision=revision, owner=owner)
