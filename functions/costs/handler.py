"""`/costs`: agents report what their work has cost, or the tokens that it took."""

from typing import TYPE_CHECKING

from functions.billing.models.organization import Scope
from functions.billing.models.sender import Sender
from functions.costs.schemas import BulkRequest, BulkResponse, bulk_response
from functions.runtime.api import Api, Request
from functions.runtime.exact_json import exact_json
from functions.runtime.metrics import Metric, count
from functions.wiring import costing, identity, token_prices

if TYPE_CHECKING:
    from functions.costs.unpriced_schemas import RepricedOut, UnpricedListing

api = Api(identity.authenticate)
handler = api.handle


@api.route("POST", "/costs/bulk", scope=Scope.SIGNALS)
def create_costs(request: Request) -> BulkResponse:
    sent = request.body_as(BulkRequest, parse=exact_json)
    costs = sent.entries(token_prices.token_prices, received_at=request.now, request_id=request.request_id)
    sender = Sender(request.organization_id, received_at=request.now, is_test=request.principal.test)
    accepted = costing.accept_costs()(sender, costs)
    values = {Metric.SIGNALS_ACCEPTED: accepted.ingested, Metric.SIGNALS_DUPLICATE: accepted.duplicates}
    count(values, organization_id=request.organization_id, request_id=request.request_id)
    return bulk_response(accepted)


@api.route("GET", "/costs/unpriced", scope=Scope.READ)
def list_unpriced_costs(request: Request) -> "UnpricedListing":
    from functions.costs.unpriced import listed  # noqa: PLC0415 - no cold start of a sender pays for it

    return listed(request)


@api.route("POST", "/costs/unpriced/reprice", scope=Scope.WRITE)
def reprice_costs(request: Request) -> "RepricedOut":
    from functions.costs.unpriced import repriced  # noqa: PLC0415 - as above

    return repriced(request)
