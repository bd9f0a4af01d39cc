"""Costs without a price, listed and priced again; apart from the handler, so that no sender waits for it to load."""

from functions.billing.models.sender import Sender
from functions.costs.unpriced_schemas import (
    RepricedOut,
    RepriceRequest,
    UnpricedListing,
    UnpricedQuery,
    repriced_out,
    unpriced_listing,
)
from functions.runtime.api import Request
from functions.runtime.metrics import Metric, count
from functions.runtime.naming import asked_customer
from functions.wiring import costing, entities


def listed(request: Request) -> UnpricedListing:
    query = request.query_as(UnpricedQuery)
    page = costing.reprice_costs().page(
        request.organization_id, customer_id=_customer(request, query), before=query.place(), limit=query.limit
    )
    return unpriced_listing(page)


def repriced(request: Request) -> RepricedOut:
    asked = request.body_as(RepriceRequest)
    sender = Sender(request.organization_id, received_at=request.now, is_test=request.principal.test)
    done = costing.reprice_costs()(
        sender, customer_id=_customer(request, asked), before=asked.place(), limit=asked.limit
    )
    accepted = {Metric.SIGNALS_ACCEPTED: done.priced}
    count(accepted, organization_id=request.organization_id, request_id=request.request_id)
    return repriced_out(done)


def _customer(request: Request, asked: UnpricedQuery) -> str | None:
    return asked_customer(
        request, entities.customers(), customer_id=asked.customer_id, named=asked.external_customer_id
    )
