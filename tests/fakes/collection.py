"""Things of one kind, in memory."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from functions.adapters.dynamodb.collection import Kind
from functions.adapters.dynamodb.contacts import CONTACT
from functions.adapters.dynamodb.kinds import CUSTOMER, ORDER
from functions.adapters.dynamodb.products import PRODUCT
from functions.billing.errors import Conflict, ExternalIdExists, InvalidInput, NotFound
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Customer
from functions.billing.models.entity import Entity
from functions.billing.models.order import Order
from functions.billing.models.product import Product
from functions.billing.ports import Holders, Page, Stored

E = TypeVar("E", bound=Entity)


class FakeCollection(Generic[E]):
    """Fulfils `Collection` by the same row of data as the adapter."""

    def __init__(self, kind: Kind[E], *, owners: "FakeCollection[Any] | None" = None) -> None:
        self.stored: dict[tuple[str, str], Stored[E]] = {}
        self._kind = kind
        self._owners = owners
        self._held_by: list[FakeCollection[Any]] = []
        self._past: dict[tuple[str, str], list[str]] = {}
        if owners is not None and kind.holds_owner:
            owners._held_by.append(self)

    def get(self, organization_id: str, entity_id: str) -> E:
        return self._get(organization_id, entity_id).value

    def get_many(self, organization_id: str, entity_ids: Iterable[str], *, fresh: bool = True) -> dict[str, E]:
        del fresh
        found = (self.stored.get((organization_id, entity_id)) for entity_id in entity_ids)
        return {stored.value.id: stored.value for stored in found if stored is not None}

    def resolve(self, organization_id: str, external_id: str) -> str | None:
        return next((e.id for e in self._all(organization_id) if e.external_id == external_id), None)

    def holders(self, organization_id: str, external_id: str) -> Holders:
        past = self._past.get((organization_id, external_id), [])
        return Holders(self.resolve(organization_id, external_id), frozenset(past), len(past))

    def page(
        self,
        organization_id: str,
        *,
        limit: int,
        offset: int,
        owner: str | None = None,
        where: Callable[[E], bool] | None = None,
    ) -> Page[E]:
        found = [
            entity
            for entity in self._all(organization_id)
            if (where is None or where(entity)) and (owner is None or self._owner(entity) == owner)
        ]
        return Page(found[offset : offset + limit], len(found))

    def insert(self, organization_id: str, entity: E) -> None:
        if (organization_id, entity.id) in self.stored:
            raise ExternalIdExists(self._kind.name, entity.id)
        self._check(organization_id, entity)
        self.stored[organization_id, entity.id] = Stored(entity, 1)

    def modify(self, organization_id: str, entity_id: str, change: Callable[[E], E]) -> E:
        while True:
            before = self._get(organization_id, entity_id)
            after = change(before.value)
            if after == before.value:
                return after
            if self._get(organization_id, entity_id) == before:
                replaced = self._replace(organization_id, after, before.revision + 1)
                if after.external_id != before.value.external_id:
                    self._let_go(organization_id, before.value)
                return replaced

    def delete(self, organization_id: str, entity_id: str, *, check: Callable[[E], None] | None = None) -> None:
        while True:
            before = self._get(organization_id, entity_id)
            if check is not None:
                check(before.value)
            if self._get(organization_id, entity_id) == before:
                break
        if self.is_in_use(organization_id, entity_id):
            raise Conflict(f"{self._kind.name} {entity_id} is still in use and cannot be deleted", code="IN_USE")
        del self.stored[organization_id, entity_id]
        self._let_go(organization_id, before.value)

    def is_in_use(self, organization_id: str, entity_id: str) -> bool:
        self._get(organization_id, entity_id)
        return any(entity_id in held._needed(entity) for held in self._held_by for entity in held._all(organization_id))

    def _let_go(self, organization_id: str, entity: E) -> None:
        if entity.external_id is not None:
            self._past.setdefault((organization_id, entity.external_id), []).append(entity.id)

    def _replace(self, organization_id: str, after: E, revision: int) -> E:
        self._check(organization_id, after)
        stamped = after if self._kind.stamp is None else self._kind.stamp(after, revision)
        self.stored[organization_id, after.id] = Stored(stamped, revision)
        return stamped

    def _check(self, organization_id: str, entity: E) -> None:
        for owner_id in self._needed(entity):
            if self._owners is not None and (organization_id, owner_id) not in self._owners.stored:
                raise InvalidInput(f"{self._kind.owner_kind}Id is {owner_id!r}, expected an existing one")
        if entity.external_id and self.resolve(organization_id, entity.external_id) not in {None, entity.id}:
            raise ExternalIdExists(self._kind.name, entity.external_id)

    def _get(self, organization_id: str, entity_id: str) -> Stored[E]:
        try:
            return self.stored[organization_id, entity_id]
        except KeyError:
            raise NotFound(self._kind.name, entity_id) from None

    def _all(self, organization_id: str) -> list[E]:
        found = [stored.value for (owner, _), stored in self.stored.items() if owner == organization_id]
        return sorted(found, key=lambda entity: entity.id)

    def _owner(self, entity: E) -> str | None:
        return None if self._kind.owner is None else self._kind.owner(entity)

    def _needed(self, entity: E) -> set[str]:
        owner = self._owner(entity)
        return set() if owner is None else {owner, *self._kind.also_needs(entity)}


def fake_customers() -> FakeCollection[Customer]:
    return FakeCollection(CUSTOMER)


def fake_products() -> FakeCollection[Product]:
    return FakeCollection(PRODUCT)


def fake_orders(customers: FakeCollection[Customer]) -> FakeCollection[Order]:
    return FakeCollection(ORDER, owners=customers)


def fake_contacts(customers: FakeCollection[Customer]) -> FakeCollection[Contact]:
    return FakeCollection(CONTACT, owners=customers)
