"""Products and their prices change."""

from functools import cache

from functions.billing.usecases.edit_product import EditProduct
from functions.wiring import entities


@cache
def edit_product() -> EditProduct:
    return EditProduct(products=entities.products())
