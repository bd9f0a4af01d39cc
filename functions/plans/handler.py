"""`/plans`: products at other prices, and which of them customers buy and move up to."""

from functions.billing.models.organization import Scope
from functions.billing.models.plan import Variant
from functions.plans.schemas import (
    CreatePlan,
    PlanOut,
    PlanQuery,
    PlansOut,
    UpdatePlan,
    UpdateUpgradePath,
    plan_out,
    plans_out,
)
from functions.runtime.api import Api, Request
from functions.runtime.chance import new_id
from functions.runtime.naming import NOBODY, named_id, resolved_id
from functions.runtime.wire import Listing, listing
from functions.wiring import entities, identity, planning

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/plans/", scope=Scope.READ)
def list_plans(request: Request) -> Listing[PlanOut]:
    query = request.query_as(PlanQuery)
    page = planning.plans().page(
        request.organization_id,
        limit=query.limit,
        offset=query.offset,
        owner=_asked_product(request, query),
        where=None if query.include_archived else query.takes,
    )
    plans = list(page.items)
    products = entities.products().get_many(request.organization_id, [plan.product_id for plan in plans])
    return listing(plans_out(plans, products), page.total, query)


@api.route("POST", "/plans/", scope=Scope.WRITE, status=201)
def create_plan(request: Request) -> PlanOut:
    new = request.body_as(CreatePlan)
    made = planning.save_plan().create(
        request.organization_id, new.product_id, new_id("plan"), new.edit(), now=request.now
    )
    return plan_out(made)


@api.route("PUT", "/plans/upgrade-path", scope=Scope.WRITE)
def update_plan_upgrade_path(request: Request) -> PlansOut:
    body = request.body_as(UpdateUpgradePath)
    paths = [group.path() for group in body.groups]
    ordered = planning.set_upgrade_path()(request.organization_id, body.product_id, paths)
    return PlansOut(data=[plan_out(variant) for variant in ordered])


@api.route("GET", "/plans/external/{external_id}", scope=Scope.READ)
@api.route("GET", "/plans/{id}", scope=Scope.READ)
def get_plan(request: Request) -> PlanOut:
    plan = planning.plans().get(request.organization_id, _plan_id(request))
    return plan_out(Variant(entities.products().get(request.organization_id, plan.product_id), plan))


@api.route("PUT", "/plans/external/{external_id}", scope=Scope.WRITE)
@api.route("PUT", "/plans/{id}", scope=Scope.WRITE)
def update_plan(request: Request) -> PlanOut:
    update = request.body_as(UpdatePlan)
    changed = planning.save_plan().update(request.organization_id, _plan_id(request), update.edit(), now=request.now)
    return plan_out(changed)


def _plan_id(request: Request) -> str:
    return named_id(request, planning.plans(), "plan")


def _asked_product(request: Request, query: PlanQuery) -> str | None:
    """The product of the two filters, None for any. Raises NotFound for one that does not exist (contract: 404)."""
    product_id, named = query.product_id, query.external_product_id
    if product_id is not None:
        entities.products().get(request.organization_id, product_id)
    if named is None:
        return product_id
    led_to = resolved_id(request, entities.products(), "product", external_id=named)
    return led_to if product_id in {None, led_to} else NOBODY
