"""Plans, each written together with the product that says which of them is the default."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.collection import DynamoCollection, Kind
from functions.adapters.dynamodb.items import Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.products import PRODUCT
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy, ExternalIdExists, NotFound
from functions.billing.models.plan import Plan, Variant
from functions.billing.models.product import Product

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

PLAN = Kind("plan", Plan, owner_kind=PRODUCT.name, owner=lambda plan: plan.product_id)
"""Beside the other kinds it would be loaded by whoever knows one of them."""

_MAX_TRIES = 20

_PRODUCT, _PLAN = 0, 1
"""The positions of both in the transaction."""


class DynamoPlans(DynamoCollection[Plan]):
    """Fulfils `PlanShelf` too. Whoever moves the default names the revision of the product that it was decided by."""

    def __init__(self, records: Records) -> None:
        super().__init__(records, PLAN)

    def save(
        self, organization_id: str, product_id: str, plan_id: str, change: Callable[[Product, Plan | None], Variant]
    ) -> Variant:
        for _ in range(_MAX_TRIES):
            product = self._records.get(keys.thing(organization_id, PRODUCT.name, product_id))
            if product is None:
                raise NotFound(PRODUCT.name, product_id)
            plan = self._records.get(keys.thing(organization_id, PLAN.name, plan_id))
            before = None if plan is None else self._value(plan)
            after = change(value_of(product, Product), before)
            product_item = item_of(
                keys.thing(organization_id, PRODUCT.name, product_id), after.product, revision=revision_of(product) + 1
            )
            transaction = [
                writes.set_revision(self._records.table, product_item, replaces=revision_of(product)),
                *self._plan_writes(organization_id, before, after.plan, stored=plan),
            ]
            try:
                self._records.transact(transaction)
            except ConditionsFailedError as error:
                if not {_PRODUCT, _PLAN} & set(error.failed):
                    raise ExternalIdExists(PLAN.name, after.plan.external_id or plan_id) from error
                continue  # one of the two was changed meanwhile
            return after
        raise Busy(f"product {product_id} is being changed by others, try again")

    def _plan_writes(
        self, organization_id: str, before: Plan | None, after: Plan, *, stored: Item | None
    ) -> "list[TransactWriteItemTypeDef]":
        """The plan first, in the place of what is stored; the product that it needs is in the transaction anyhow."""
        table, pointers = self._records.table, self._pointer_moves(organization_id, before, after)
        if stored is None:
            item = self._new_item(organization_id, after, revision=1)
            return [writes.put_new(table, item), *pointers, self._count(organization_id, after.id, 1)]
        revision = revision_of(stored)
        item = self._new_item(organization_id, after, revision=revision + 1)
        return [writes.set_revision(table, item, replaces=revision), *pointers]
