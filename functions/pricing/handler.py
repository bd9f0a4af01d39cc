"""`/pricing`: the prices of a product's attributes, one by one."""

from functions.billing.errors import NotFound
from functions.billing.models.organization import Scope
from functions.billing.models.product import Product, product_id_of
from functions.billing.usecases.edit_product import AttributeEdit
from functions.pricing.schemas import (
    AttributePricingOut,
    AttributePricingsOut,
    PricingQuery,
    UpdatePricing,
    attribute_pricing_out,
)
from functions.runtime.api import Api, Request
from functions.wiring import entities, identity, selling

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/pricing/", scope=Scope.READ)
def list_pricing(request: Request) -> AttributePricingsOut:
    product = entities.products().get(request.organization_id, request.query_as(PricingQuery).product_id)
    return AttributePricingsOut(data=[attribute_pricing_out(attribute) for attribute in product.attributes])


@api.route("GET", "/pricing/{id}", scope=Scope.READ)
def get_pricing(request: Request) -> AttributePricingOut:
    return _shown(request, _product(request))


@api.route("PUT", "/pricing/{id}", scope=Scope.WRITE)
def update_pricing(request: Request) -> AttributePricingOut:
    body = request.body_as(UpdatePricing)
    benefits = None if body.credit_benefits is None else tuple(each.entity() for each in body.credit_benefits)
    edit = AttributeEdit(
        attribute_id=request.parameters["id"], pricing=body.pricing.entity(), benefits=benefits, fields={}
    )
    product_id = _product(request).id
    product = selling.edit_product()(request.organization_id, product_id, {}, edits=[edit], now=request.now)
    return _shown(request, product)


def _product(request: Request) -> Product:
    """The product that has the attribute of the path. Raises NotFound."""
    attribute_id = request.parameters["id"]
    product_id = product_id_of(attribute_id)
    product = entities.products().get_many(request.organization_id, [product_id]).get(product_id)
    if product is None:
        raise NotFound("product attribute", attribute_id)
    product.attribute(attribute_id)
    return product


def _shown(request: Request, product: Product) -> AttributePricingOut:
    return attribute_pricing_out(product.attribute(request.parameters["id"]))
