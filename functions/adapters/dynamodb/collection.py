"""The things of one kind: a row of data (`Kind`) makes a collection of customers, products, orders or contacts."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.items import SCHEMAS, Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy, Conflict, ExternalIdExists, InvalidInput, NotFound
from functions.billing.models.entity import Entity
from functions.billing.ports import Holders, Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

E = TypeVar("E", bound=Entity)

_MAX_TRIES = 20


@dataclass(frozen=True, slots=True)
class Kind(Generic[E]):
    """What is particular about one kind of thing.

    `owner` gives the id of the thing of `owner_kind` that it belongs to, `also_needs` those of further ones. They must
    exist when it is written; where it `holds_owner`, none of them can be deleted before it. `stamp` lets an entity
    carry its own revision.
    """

    name: str
    model: type[E]
    owner_kind: str = ""
    owner: Callable[[E], str] | None = None
    also_needs: Callable[[E], Iterable[str]] = lambda _: ()
    holds_owner: bool = False
    stamp: Callable[[E, int], E] | None = None


class DynamoCollection(Generic[E]):
    """Fulfils `Collection`: uniqueness is a pointer item, size a sharded counter, both in the same transaction.

    A pointer is never deleted: let go of, it leads nowhere, and knows whom it led to.
    """

    def __init__(self, records: Records, kind: Kind[E]) -> None:
        self._records = records
        self._kind = kind

    def get(self, organization_id: str, entity_id: str) -> E:
        return self._value(self._item(organization_id, entity_id))

    def get_many(self, organization_id: str, entity_ids: Iterable[str], *, fresh: bool = True) -> dict[str, E]:
        wanted = [keys.thing(organization_id, self._kind.name, entity_id) for entity_id in entity_ids]
        values = [self._value(item) for item in self._records.get_many(wanted, fresh=fresh)]
        return {value.id: value for value in values}

    def resolve(self, organization_id: str, external_id: str) -> str | None:
        return self.holders(organization_id, external_id).present

    def holders(self, organization_id: str, external_id: str) -> Holders:
        item = self._records.get(keys.external(organization_id, self._kind.name, external_id)) or {}
        SCHEMAS.number(writes.POINTER, item)
        return Holders(
            present=item["id"]["S"] if "id" in item else None,
            past=frozenset(item["previous"]["SS"]) if "previous" in item else frozenset(),
            moves=int(item["moves"]["N"]) if "moves" in item else 0,
        )

    def page(
        self,
        organization_id: str,
        *,
        limit: int,
        offset: int,
        owner: str | None = None,
        where: Callable[[E], bool] | None = None,
    ) -> Page[E]:
        items = self._all(organization_id, owner)
        if where is None and owner is None:
            window = itertools.islice(items, offset, offset + limit)
            return Page([self._value(item) for item in window], self._size(organization_id))
        values = [self._value(item) for item in items]
        matching = values if where is None else [value for value in values if where(value)]
        return Page(matching[offset : offset + limit], len(matching))

    def insert(self, organization_id: str, entity: E) -> None:
        table = self._records.table
        transaction = [
            writes.put_new(table, self._new_item(organization_id, entity, revision=1)),
            *self._pointer_moves(organization_id, None, entity),
            self._count(organization_id, entity.id, 1),
            *self._owner_writes(organization_id, None, entity),
        ]
        try:
            self._records.transact(transaction)
        except ConditionsFailedError as error:
            self._refuse(organization_id, entity, error)

    def modify(self, organization_id: str, entity_id: str, change: Callable[[E], E]) -> E:
        for _ in range(_MAX_TRIES):
            item = self._item(organization_id, entity_id)
            before = self._value(item)
            after = change(before)
            if after == before:
                return before
            try:
                return self._replace(organization_id, before, after, replaces=revision_of(item))
            except ConditionsFailedError as error:
                if 0 not in error.failed:  # not outrun, but refused
                    self._refuse(organization_id, after, error)
        raise Busy(f"{self._kind.name} {entity_id} is being changed by others, try again")

    def delete(self, organization_id: str, entity_id: str, *, check: Callable[[E], None] | None = None) -> None:
        for _ in range(_MAX_TRIES):
            item = self._item(organization_id, entity_id)
            entity = self._value(item)
            if check is not None:
                check(entity)
            try:
                self._records.transact(self._deletion(organization_id, entity, replaces=revision_of(item)))
            except ConditionsFailedError:
                if self.is_in_use(organization_id, entity_id):
                    sentence = f"{self._kind.name} {entity_id} is still in use and cannot be deleted"
                    raise Conflict(sentence, code="IN_USE") from None
                continue  # changed meanwhile, so that the check must be made again
            return
        raise Busy(f"{self._kind.name} {entity_id} is being changed by others, try again")

    def is_in_use(self, organization_id: str, entity_id: str) -> bool:
        """Whether other things depend on it, so that `delete` would refuse. Raises NotFound."""
        item = self._item(organization_id, entity_id)
        return "dependants" in item and int(item["dependants"]["N"]) > 0

    def _deletion(self, organization_id: str, entity: E, *, replaces: int) -> "list[TransactWriteItemTypeDef]":
        key = keys.thing(organization_id, self._kind.name, entity.id)
        return [
            writes.delete_unused(self._records.table, key, replaces=replaces),
            *self._pointer_moves(organization_id, entity, None),
            self._count(organization_id, entity.id, -1),
            *self._owner_writes(organization_id, entity, None),
        ]

    def _replace(self, organization_id: str, before: E, after: E, *, replaces: int) -> E:
        revision = replaces + 1
        stamped = after if self._kind.stamp is None else self._kind.stamp(after, revision)
        item = self._new_item(organization_id, stamped, revision=revision)
        self._records.transact(
            [
                writes.set_revision(self._records.table, item, replaces=replaces),
                *self._pointer_moves(organization_id, before, stamped),
                *self._owner_writes(organization_id, before, stamped),
            ]
        )
        return stamped

    def _pointer_moves(
        self, organization_id: str, before: E | None, after: E | None
    ) -> "list[TransactWriteItemTypeDef]":
        """The writes by which the external id leads to the entity, and the old one no longer."""
        old = before.external_id if before else None
        new = after.external_id if after else None
        moves: list[TransactWriteItemTypeDef] = []
        if old == new:
            return moves
        if new is not None and after is not None:
            key = keys.external(organization_id, self._kind.name, new)
            moves.append(writes.claim_pointer(self._records.table, key, to=after.id))
        if old is not None and before is not None:
            key = keys.external(organization_id, self._kind.name, old)
            moves.append(writes.release_pointer(self._records.table, key, to=before.id))
        return moves

    def _owner_writes(
        self, organization_id: str, before: E | None, after: E | None
    ) -> "list[TransactWriteItemTypeDef]":
        """The writes that ask for the things needed from now on, and let go of those no longer needed."""
        old, new = self._needed(before), self._needed(after)
        table, key = self._records.table, partial(keys.thing, organization_id, self._kind.owner_kind)
        if not self._kind.holds_owner:
            return [writes.touch(table, key(owner_id)) for owner_id in sorted(new - old)]
        return [
            *(writes.add_dependant(table, key(owner_id), 1) for owner_id in sorted(new - old)),
            *(writes.add_dependant(table, key(owner_id), -1) for owner_id in sorted(old - new)),
        ]

    def _needed(self, entity: E | None) -> set[str]:
        if entity is None or self._kind.owner is None:
            return set()
        return {self._kind.owner(entity), *self._kind.also_needs(entity)}

    def _refuse(self, organization_id: str, entity: E, error: ConditionsFailedError) -> NoReturn:
        """Says which rule a refused write broke."""
        kind = self._kind.owner_kind
        for owner_id in sorted(self._needed(entity)):
            if self._records.get(keys.thing(organization_id, kind, owner_id)) is None:
                raise InvalidInput(f"{kind}Id is {owner_id!r}, expected the id of an existing {kind}") from error
        raise ExternalIdExists(self._kind.name, entity.external_id or entity.id) from error

    def _count(self, organization_id: str, entity_id: str, step: int) -> "TransactWriteItemTypeDef":
        key = keys.count(organization_id, self._kind.name, entity_id)
        return writes.add(self._records.table, key, "things", step)

    def _size(self, organization_id: str) -> int:
        things = 0
        for counter in self._records.query(keys.count_partition(organization_id, self._kind.name)):
            SCHEMAS.number(writes.COUNTER, counter)
            things += int(counter["things"]["N"])
        return things

    def _all(self, organization_id: str, owner: str | None) -> Iterator[Item]:
        if owner is not None:
            return self._records.query_owner(keys.owned_by(organization_id, self._kind.name, owner))
        return self._records.query(keys.kind_partition(organization_id, self._kind.name))

    def _item(self, organization_id: str, entity_id: str) -> Item:
        item = self._records.get(keys.thing(organization_id, self._kind.name, entity_id))
        if item is None:
            raise NotFound(self._kind.name, entity_id)
        return item

    def _new_item(self, organization_id: str, entity: E, *, revision: int) -> Item:
        owner_id = self._owner_id(entity)
        return item_of(
            keys.thing(organization_id, self._kind.name, entity.id),
            entity,
            revision=revision,
            owner=owner_id and keys.owned_by(organization_id, self._kind.name, owner_id),
        )

    def _owner_id(self, entity: E) -> str | None:
        return self._kind.owner(entity) if self._kind.owner is not None else None

    def _value(self, item: Item) -> E:
        return value_of(item, self._kind.model)
