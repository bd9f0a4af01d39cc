"""`/products`: what is sold, and at which prices."""

from functions.billing.models.organization import Scope
from functions.billing.models.product import Product
from functions.products.schemas import (
    CreateProduct,
    ProductDetailOut,
    ProductOut,
    ProductQuery,
    UpdateProduct,
    product_detail_out,
    product_out,
)
from functions.runtime.api import Api, Request
from functions.runtime.chance import new_id
from functions.runtime.naming import named_id
from functions.runtime.wire import Listing, changes, listing
from functions.wiring import entities, identity, selling

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/products/", scope=Scope.READ)
def list_products(request: Request) -> Listing[ProductOut]:
    query = request.query_as(ProductQuery)
    page = entities.products().page(
        request.organization_id,
        limit=query.limit,
        offset=query.offset,
        where=None if query.is_open else query.takes,
    )
    return listing([product_out(product) for product in page.items], page.total, query)


@api.route("POST", "/products/", scope=Scope.WRITE, status=201)
def create_product(request: Request) -> ProductOut:
    new = request.body_as(CreateProduct)
    product = Product(id=new_id("prod"), created_at=request.now, updated_at=request.now, **changes(new))
    entities.products().insert(request.organization_id, product)
    return product_out(product)


@api.route("GET", "/products/external/{external_id}", scope=Scope.READ)
@api.route("GET", "/products/{id}", scope=Scope.READ)
def get_product(request: Request) -> ProductDetailOut:
    return product_detail_out(entities.products().get(request.organization_id, _product_id(request)))


@api.route("PUT", "/products/external/{external_id}", scope=Scope.WRITE)
@api.route("PUT", "/products/{id}", scope=Scope.WRITE)
def update_product(request: Request) -> ProductDetailOut:
    update = request.body_as(UpdateProduct)
    product = selling.edit_product()(
        request.organization_id,
        _product_id(request),
        update.fields(),
        edits=[attribute.edit() for attribute in update.product_attributes],
        now=request.now,
    )
    return product_detail_out(product)


def _product_id(request: Request) -> str:
    return named_id(request, entities.products(), "product")
