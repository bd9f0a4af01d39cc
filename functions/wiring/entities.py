"""The things that have an id and an external id."""

from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import kinds
from functions.adapters.dynamodb.collection import DynamoCollection
from functions.billing.models.customer import Customer
from functions.billing.models.order import Order
from functions.wiring import aws

if TYPE_CHECKING:
    from functions.billing.models.contact import Contact
    from functions.billing.models.product import Product


@cache
def products() -> "DynamoCollection[Product]":
    from functions.adapters.dynamodb.products import PRODUCT  # noqa: PLC0415 - who bills what was sold asks for none

    return DynamoCollection(aws.records(), PRODUCT)


@cache
def customers() -> DynamoCollection[Customer]:
    return DynamoCollection(aws.records(), kinds.CUSTOMER)


@cache
def contacts() -> "DynamoCollection[Contact]":
    from functions.adapters.dynamodb.contacts import CONTACT  # noqa: PLC0415 - most who sell and bill ask for none

    return DynamoCollection(aws.records(), CONTACT)


@cache
def orders() -> DynamoCollection[Order]:
    return DynamoCollection(aws.records(), kinds.ORDER)
