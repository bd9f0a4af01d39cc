"""The things that have an id and an external id."""

from functools import cache

from functions.adapters.dynamodb import kinds
from functions.adapters.dynamodb.collection import DynamoCollection
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Customer
from functions.billing.models.order import Order
from functions.billing.models.product import Product
from functions.wiring import aws


@cache
def products() -> DynamoCollection[Product]:
    return DynamoCollection(aws.records(), kinds.PRODUCT)


@cache
def customers() -> DynamoCollection[Customer]:
    return DynamoCollection(aws.records(), kinds.CUSTOMER)


@cache
def contacts() -> DynamoCollection[Contact]:
    return DynamoCollection(aws.records(), kinds.CONTACT)


@cache
def orders() -> DynamoCollection[Order]:
    return DynamoCollection(aws.records(), kinds.ORDER)
