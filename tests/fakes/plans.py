"""Plans and the products that they are plans of, in memory."""

from collections.abc import Callable

from functions.adapters.dynamodb.plans import PLAN
from functions.billing.errors import NotFound
from functions.billing.models.plan import Plan, Variant
from functions.billing.models.product import Product
from functions.billing.ports import Stored
from tests.fakes.collection import FakeCollection


class FakePlans(FakeCollection[Plan]):
    """Fulfils `PlanShelf` too."""

    def __init__(self, products: FakeCollection[Product]) -> None:
        super().__init__(PLAN, owners=products)
        self._products = products

    def save(
        self, organization_id: str, product_id: str, plan_id: str, change: Callable[[Product, Plan | None], Variant]
    ) -> Variant:
        key = (organization_id, plan_id)
        while True:
            product, plan = self._products.stored.get((organization_id, product_id)), self.stored.get(key)
            if product is None:
                raise NotFound("product", product_id)
            after = change(product.value, None if plan is None else plan.value)
            is_still_so = self._products.stored.get((organization_id, product_id)) == product
            if is_still_so and self.stored.get(key) == plan:
                break
        if plan is None:
            self.insert(organization_id, after.plan)
        else:
            self._replace(organization_id, after.plan, plan.revision + 1)
            if after.plan.external_id != plan.value.external_id:
                self._let_go(organization_id, plan.value)
        self._products.stored[organization_id, product_id] = Stored(after.product, product.revision + 1)
        return after
