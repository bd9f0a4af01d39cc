"""Products, as a kind of things: see `contacts`."""

from functions.adapters.dynamodb.collection import Kind
from functions.billing.models.product import Product

PRODUCT = Kind("product", Product)
