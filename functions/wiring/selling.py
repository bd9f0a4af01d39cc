"""Products and their prices change."""

from functools import cache

from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.credit_books import CREDIT_CURRENCY
from functions.billing.usecases.check_currencies import CheckCurrencies
from functions.billing.usecases.edit_product import EditProduct
from functions.wiring import aws, entities


@cache
def edit_product() -> EditProduct:
    return EditProduct(products=entities.products(), check_currencies=check_currencies())


@cache
def check_currencies() -> CheckCurrencies:
    return CheckCurrencies(currencies=DynamoCollection(aws.records(), CREDIT_CURRENCY))
