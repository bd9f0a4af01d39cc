"""Recorded calls, listed."""

from functions.billing.usecases.list_calls import CallFilter
from functions.margins.trace_schemas import CostQuery, TraceQuery, TracesOut, traces_out
from functions.runtime.api import Request
from functions.runtime.naming import asked_customer, named_id
from functions.wiring import cost_history, entities


def traces(request: Request) -> TracesOut:
    query = request.query_as(TraceQuery)
    customers, named = entities.customers(), query.external_customer_id
    customer_id = asked_customer(request, customers, customer_id=query.customer_id, named=named)
    return _page(request, query, query.wanted_of(customer_id, _product_id(request, query)))


def traces_of_customer(request: Request) -> TracesOut:
    query = request.query_as(CostQuery)
    return _page(request, query, query.wanted(named_id(request, entities.customers(), "customer")))


def _page(request: Request, query: CostQuery, wanted: CallFilter) -> TracesOut:
    page = cost_history.list_calls()(
        request.organization_id, wanted, limit=query.limit, offset=query.offset, is_test=request.principal.test
    )
    return traces_out(page, query)


def _product_id(request: Request, query: TraceQuery) -> str | None:
    named = query.product_name
    return None if named is None else entities.products().resolve(request.organization_id, named)
