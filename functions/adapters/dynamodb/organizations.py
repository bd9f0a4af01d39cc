"""Tenants and their API keys."""

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import SCHEMAS, Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.table import KEY_USE, ConditionsFailedError, Records
from functions.adapters.dynamodb.writes import put_revision
from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.organization import ApiKey, Organization

USE_IS_NOTED_EVERY = timedelta(hours=1)

logger = logging.getLogger(__name__)


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

    def get(self, organization_id: str, key_id: str) -> ApiKey:
        """Raises NotFound."""
        return value_of(self._newest(organization_id, key_id), ApiKey)

    def modify(self, organization_id: str, key_id: str, change: Callable[[ApiKey], ApiKey]) -> ApiKey:
        """Applies `change` to the newest version, again if somebody else was faster. Raises what `change` raises."""
        while True:
            item = self._newest(organization_id, key_id)
            before, revision = value_of(item, ApiKey), revision_of(item)
            after = change(before)
            if after == before:
                return before
            try:
                self._records.put(self._item(after, revision=revision + 1), replaces=revision)
            except ConditionsFailedError:
                continue
            return after

    def replace(self, organization_id: str, key_id: str, change: Callable[[ApiKey], ApiKey], *, new: ApiKey) -> ApiKey:
        """Inserts `new` and applies `change` to the key, both or neither; as `modify` otherwise."""
        while True:
            item = self._newest(organization_id, key_id)
            after, revision = change(value_of(item, ApiKey)), revision_of(item)
            table = self._records.table
            insert = put_revision(table, self._item(new, revision=1), replaces=0)
            update = put_revision(table, self._item(after, revision=revision + 1), replaces=revision)
            try:
                self._records.transact([insert, update])
            except ConditionsFailedError as error:
                if 0 not in error.failed:
                    continue
                # Nobody else can have inserted it: it was this very write, sent again after a lost answer.
            return after

    def note_use(self, key: ApiKey, *, now: datetime) -> None:
        """Remembers that the key opened something, unless that is known of the hour before `now`.

        Whatever goes wrong here is logged: a request that the key opens must not fail by it.
        """
        try:
            self._records.move_forward(
                keys.key_use(key.organization_id, key.id),
                "used_at",
                _second(now),
                from_below=_second(now - USE_IS_NOTED_EVERY),
            )
        except Exception:  # as above
            logger.exception("the use of a key cannot be noted", extra={"key_id": key.id})

    def last_uses(self, organization_id: str) -> dict[str, datetime]:
        """By key id, when each key was last seen, up to an hour too early; keys that were never used are not there."""
        uses: dict[str, datetime] = {}
        for item in self._records.query(keys.key_uses(organization_id)):
            SCHEMAS.number(KEY_USE, item)
            uses[item["sk"]["S"]] = datetime.fromisoformat(item["used_at"]["S"])
        return uses

    def _newest(self, organization_id: str, key_id: str) -> Item:
        """Raises NotFound."""
        for found in self._records.query_owner(keys.keys_of(organization_id)):  # may be a moment old
            key = value_of(found, ApiKey)
            item = self._records.get(keys.api_key(key.sha256)) if key.id == key_id else None
            if item is not None:
                return item
        raise NotFound("key", key_id)

    @staticmethod
    def _item(key: ApiKey, *, revision: int) -> Item:
        owner = keys.keys_of(key.organization_id)
        return item_of(keys.api_key(key.sha256), key, revision=revision, owner=owner)


def _second(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
