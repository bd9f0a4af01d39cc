"""`/signals`: agents report what happened, and read back what was logged."""

from functions import wiring
from functions.billing.models.organization import Scope
from functions.billing.models.signal_filter import SignalFilter
from functions.billing.usecases.accept_signals import Sender
from functions.runtime.api import Api, Request
from functions.runtime.wire import Listing, listing
from functions.signals.schemas import (
    BulkRequest,
    BulkResponse,
    SignalOut,
    SignalQuery,
    bulk_response,
    signal_out,
)

api = Api(wiring.authenticate)
handler = api.handle


@api.route("POST", "/signals/bulk", scope=Scope.SIGNALS)
def create_signals(request: Request) -> BulkResponse:
    sent = request.body_as(BulkRequest).read(received_at=request.now, request_id=request.request_id)
    sender = Sender(request.organization_id, received_at=request.now, is_test=request.principal.test)
    return bulk_response(wiring.accept_signals()(sender, sent.signals), sent.failures)


@api.route("GET", "/signals/", scope=Scope.READ)
def list_signals(request: Request) -> Listing[SignalOut]:
    query = request.query_as(SignalQuery)
    organization_id = request.organization_id
    page = wiring.signal_listing().page(
        organization_id, _filter(query, organization_id), limit=query.limit, offset=query.offset
    )
    return listing([signal_out(signal) for signal in page.items], page.total, query)


@api.route("GET", "/signals/{id}", scope=Scope.READ)
def get_signal(request: Request) -> SignalOut:
    return signal_out(wiring.signal_listing().get(request.organization_id, request.parameters["id"]))


def _filter(query: SignalQuery, organization_id: str) -> SignalFilter:
    """The filter of the listing.

    An external product id finds what was logged under either of the product's names, an external customer id that
    leads to nobody what was sent under it: the customer may have been deleted, or be called otherwise now.
    """
    customer_id, unresolved = query.customer_id, None
    if query.external_customer_id is not None:
        led_to = wiring.customers().resolve(organization_id, query.external_customer_id)
        customer_id, unresolved = led_to or customer_id, None if led_to else query.external_customer_id
    product_id = query.product_id
    if product_id is None and query.external_product_id is not None:
        product_id = wiring.products().resolve(organization_id, query.external_product_id)
    return SignalFilter(
        customer_id=customer_id,
        external_customer_id=unresolved,
        event_name=query.signal_name,
        product_id=product_id,
        external_product_id=query.external_product_id,
        logged_from=query.created_at_from,
        logged_to=query.created_at_to,
    )
