"""The kinds of things there are: what `DynamoCollection` needs to know of each."""

from functions.adapters.dynamodb.collection import Kind
from functions.billing.models.customer import Customer
from functions.billing.models.order import Order

CUSTOMER = Kind("customer", Customer)
ORDER = Kind(
    "order",
    Order,
    owner_kind="customer",
    owner=lambda order: order.customer_id,
    also_needs=lambda order: () if order.billing_customer_id is None else (order.billing_customer_id,),
    holds_owner=True,
    stamp=lambda order, revision: order.model_copy(update={"version": revision}),
)
