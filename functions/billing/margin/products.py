"""With which product a cost counts: the one that it names, else the one whose price bills it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from functions.billing.margin.calls import Call
from functions.billing.models.order import Order, OrderLine
from functions.billing.models.pricing import PricingModel
from functions.billing.models.product import Product
from functions.billing.models.usage import RatingPlan
from functions.billing.rating.usage import Matcher


class ProductsOfCosts:
    """Each cost is of one product at the most, whoever asks: so products, and what is of none, add up to the customer.

    `plans` are those of customers that pay for costs, by id; `resolved` says where an external id leads today.
    """

    def __init__(self, plans: Mapping[str, RatingPlan], resolved: Callable[[str], str | None]) -> None:
        self._matchers = {customer_id: Matcher(plan) for customer_id, plan in plans.items()}
        self._resolved = resolved

    def __call__(self, call: Call) -> str | None:
        named, name = call.entry.product_id, call.entry.external_product_id
        found = named or (None if name is None else self._resolved(name))
        return found or self._billed_by(call)

    def _billed_by(self, call: Call) -> str | None:
        """The product of the order line that the cost counts on, by the very rules of the rating."""
        matcher = self._matchers.get(call.customer_id)
        matches = [] if matcher is None else matcher.matches(call.entry, costs_in=call.cost.currency)
        return next((entry.product_id for entry, _ in matches), None)


@dataclass(frozen=True, slots=True)
class CostsOfProduct:
    """Tells by what a cost names whether it may count with a product; `payers` pay for costs by a price of it."""

    product: Product
    payers: frozenset[str]
    names: frozenset[str]
    """As the lines with such a price know it: what it was called when it was sold."""

    @classmethod
    def of(cls, product: Product, orders: Iterable[Order]) -> "CostsOfProduct":
        lines = [
            (order, line)
            for order in orders
            for line in order.lines
            if line.product_id == product.id and _bills_costs(line)
        ]
        return cls(
            product,
            frozenset(order.customer_id for order, _ in lines),
            frozenset(line.product_external_id for _, line in lines if line.product_external_id is not None),
        )

    def may_have(self, customer_id: str, product_id: str | None, external_id: str | None) -> bool:
        if product_id is not None:
            return product_id == self.product.id
        if external_id is not None and external_id == self.product.external_id:
            return True
        return customer_id in self.payers and (external_id is None or external_id in self.names)


def payers(orders: Iterable[Order]) -> frozenset[str]:
    """Customers with an order that bills costs."""
    return frozenset(order.customer_id for order in orders if any(map(_bills_costs, order.lines)))


def _bills_costs(line: OrderLine) -> bool:
    return any(attribute.pricing.model is PricingModel.COST_PLUS for attribute in line.attributes)
