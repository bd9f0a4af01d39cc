"""The plans of a product are put in the order in which customers move up, by billing frequency."""

from collections.abc import Mapping, Sequence

from functions.billing.errors import InvalidInput
from functions.billing.models.plan import Plan, Variant
from functions.billing.models.product import Product, UpgradePath
from functions.billing.ports import Collection


class SetUpgradePath:
    """All of the paths that are given or none: they stand on the product, which is one item."""

    def __init__(self, *, products: Collection[Product], plans: Collection[Plan]) -> None:
        self._products = products
        self._plans = plans

    def __call__(self, organization_id: str, product_id: str, paths: Sequence[UpgradePath]) -> list[Variant]:
        """The plans that were named, in that order; paths of frequencies that are not named stay.

        Raises:
            NotFound: there is no such product.
            InvalidInput: a plan is not the product's, is not billed that often, or is named twice.
        """
        named = [plan_id for path in paths for plan_id in path.plan_ids]
        self._products.get(organization_id, product_id)
        plans = self._plans.get_many(organization_id, named)
        _check(product_id, paths, plans)
        product = self._products.modify(organization_id, product_id, lambda product: product.with_upgrade_paths(paths))
        return [Variant(product, plans[plan_id]) for plan_id in named]


def _check(product_id: str, paths: Sequence[UpgradePath], plans: Mapping[str, Plan]) -> None:
    frequencies = [path.frequency for path in paths]
    if len(set(frequencies)) < len(frequencies):
        raise InvalidInput(f"groups name a frequency twice: {', '.join(each or 'none' for each in frequencies)}")
    seen: set[str] = set()
    for number, path in enumerate(paths):
        for place, plan_id in enumerate(path.plan_ids):
            named = f"groups[{number}].planIds[{place}] is {plan_id!r}"
            plan = plans.get(plan_id)
            if plan is None or plan.product_id != product_id:
                raise InvalidInput(f"{named}, expected the id of a plan of product {product_id}")
            if plan_id in seen:
                raise InvalidInput(f"{named}, expected each plan once")
            if path.frequency is not None and not plan.recurs(path.frequency):
                raise InvalidInput(f"{named}, expected a plan with a component that is billed {path.frequency}")
            seen.add(plan_id)
