"""Margins, and what signals cost: what bills and rates, apart from the listings."""

from functions.billing.periods import day_of
from functions.billing.usecases.read_margin import Asked
from functions.margins.schemas import CustomerMarginOut, MarginQuery, ProductMarginOut, customer_margin_out, margin_out
from functions.margins.signal_schemas import SignalCostOut, signal_cost_out
from functions.runtime.api import Request
from functions.runtime.naming import named_id
from functions.wiring import entities, margins


def margin_of_customer(request: Request) -> CustomerMarginOut:
    asked = _asked(request, request.query_as(MarginQuery))
    customers = entities.customers()
    customer = customers.get(request.organization_id, named_id(request, customers, "customer"))
    found = margins.read_margin().of_customer(request.organization_id, customer.id, asked)
    return customer_margin_out(customer, asked.span, found)


def margin_of_product(request: Request) -> ProductMarginOut:
    asked = _asked(request, request.query_as(MarginQuery))
    product_id = named_id(request, entities.products(), "product")
    found = margins.read_margin().of_product(request.organization_id, product_id, asked)
    return ProductMarginOut(product_id=product_id, **dict(margin_out(asked.span, found)))


def cost_of_signal(request: Request) -> SignalCostOut:
    return signal_cost_out(margins.read_signal_cost()(request.organization_id, request.parameters["id"]))


def _asked(request: Request, query: MarginQuery) -> Asked:
    return Asked(query.span(day_of(request.now)), now=request.now, is_test=request.principal.test)
