"""Customers' aliases: an alias is an external id more, in the same name space."""

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.items import item_of, value_of
from functions.adapters.dynamodb.kinds import CUSTOMER
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Conflict, NotFound
from functions.billing.models.customer import CustomerAlias


class DynamoAliases:
    """Aliases by customer; the pointer that resolves one is the pointer of an external id."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def of(self, organization_id: str, customer_id: str) -> list[CustomerAlias]:
        """The customer's aliases in alphabetical order."""
        partition = keys.aliases(organization_id, customer_id)
        return [value_of(item, CustomerAlias) for item in self._records.query(partition)]

    def insert(self, organization_id: str, alias: CustomerAlias) -> None:
        """Raises Conflict (the contract's 409) when the name leads to a customer already, NotFound without customer."""
        table = self._records.table
        customer = keys.thing(organization_id, CUSTOMER.name, alias.customer_id)
        pointer = keys.external(organization_id, CUSTOMER.name, alias.alias)
        item = item_of(keys.alias(organization_id, alias.customer_id, alias.alias), alias, revision=1)
        transaction = [
            writes.touch(table, customer),
            writes.claim_pointer(table, pointer, to=alias.customer_id),
            writes.put_new(table, item),
        ]
        try:
            self._records.transact(transaction)
        except ConditionsFailedError as error:
            if 0 in error.failed:
                raise NotFound("customer", alias.customer_id) from None
            sentence = f"alias {alias.alias!r} is already an external id or alias of a customer"
            raise Conflict(sentence, code="ALIAS_EXISTS") from None

    def delete(self, organization_id: str, customer_id: str, alias: str) -> None:
        """Raises NotFound."""
        key = keys.alias(organization_id, customer_id, alias)
        if self._records.get(key) is None:
            raise NotFound("alias", alias)
        pointer = keys.external(organization_id, CUSTOMER.name, alias)
        try:
            self._records.transact(
                [
                    writes.delete(self._records.table, key),
                    writes.release_pointer(self._records.table, pointer, to=customer_id),
                ]
            )
        except ConditionsFailedError:
            raise NotFound("alias", alias) from None
