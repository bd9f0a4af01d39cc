"""`/signals`: agents report what happened, and read back what was logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.billing.models.organization import Scope
from functions.billing.models.sender import Sender
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.signal_filter import SignalFilter
from functions.runtime.api import Api, Request
from functions.runtime.metrics import Metric, count
from functions.runtime.naming import NOBODY
from functions.runtime.signal_messages import Origin
from functions.runtime.signal_request import SignalRequest
from functions.runtime.signal_wire import BulkRequest
from functions.runtime.wire import Listing, listing
from functions.signals.schemas import BulkResponse, SignalQuery, bulk_response
from functions.wiring import entities, identity, signalling

if TYPE_CHECKING:
    from functions.signals.receipt_schemas import ReceiptOut, ReceiptsOut

api = Api(identity.authenticate)
handler = api.handle


@api.route("POST", "/signals/bulk", scope=Scope.SIGNALS)
def create_signals(request: Request) -> BulkResponse:
    origin = Origin(request.organization_id, request.now, request.request_id)
    sent = SignalRequest.read(origin, request.body, lambda: request.body_as(BulkRequest))
    sender = Sender(request.organization_id, received_at=request.now, is_test=request.principal.test)
    sent = _with_costs(sender, sent)
    accepted = signalling.accept_signals()(sender, sent)
    values = {
        Metric.SIGNALS_ACCEPTED: accepted.ingested,
        Metric.SIGNALS_DUPLICATE: accepted.duplicates,
        Metric.SIGNALS_FAILED: len(sent.failures) + len(accepted.failures),
    }
    count(values, organization_id=request.organization_id, request_id=request.request_id)
    return bulk_response(accepted, sent.failures)


def _with_costs(sender: Sender, sent: SignalRequest) -> SignalRequest:
    """As it is, nearly always: only data with `costData` brings a cost."""
    if not [None for signal in sent.signals if (data := signal.data) is not None and "costData" in data]:
        return sent
    from functions.signals.costs import with_costs  # noqa: PLC0415 - no cold start of other senders pays for it

    return with_costs(sender, sent)


@api.route("GET", "/signals/", scope=Scope.READ)
def list_signals(request: Request) -> "Listing[ReceiptOut]":
    query = request.query_as(SignalQuery)
    organization_id = request.organization_id
    page = signalling.signal_listing().page(
        organization_id, _filter(query, organization_id), limit=query.limit, offset=query.offset
    )
    return listing(_with_receipts(request, page.items), page.total, query)


@api.route("GET", "/signals/{id}", scope=Scope.READ)
def get_signal(request: Request) -> "ReceiptOut":
    signal = signalling.signal_listing().get(request.organization_id, request.parameters["id"])
    return _with_receipts(request, [signal])[0]


@api.route("GET", "/signals/receipts/{idempotency_key}", scope=Scope.READ)
def get_receipts(request: Request) -> "ReceiptsOut":
    from functions.signals.receipts import receipts_of_key  # noqa: PLC0415 - no cold start of a sender pays for it

    return receipts_of_key(request)


def _with_receipts(request: Request, signals: Sequence[LoggedSignal]) -> "list[ReceiptOut]":
    from functions.signals.receipts import with_receipts  # noqa: PLC0415 - no cold start of a sender pays for it

    return with_receipts(request, signals)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a listing asks for: by our id, by the name that signals were sent under, or by either."""

    id: str | None
    name: str | None = None


def _filter(query: SignalQuery, organization_id: str) -> SignalFilter:
    customer, product = _customer(query, organization_id), _product(query, organization_id)
    return SignalFilter(
        customer_id=customer.id,
        external_customer_id=customer.name,
        event_name=query.signal_name,
        product_id=product.id,
        external_product_id=product.name,
        logged_from=query.created_at_from,
        logged_to=query.created_at_to,
    )


def _customer(query: SignalQuery, organization_id: str) -> _Asked:
    """A name that leads to nobody finds what was sent under it: its customer may be gone, or called otherwise now."""
    customer_id, named = query.customer_id, query.external_customer_id
    led_to = None if named is None else entities.customers().resolve(organization_id, named)
    if led_to is None:
        return _Asked(customer_id, named)
    return _Asked(led_to if customer_id in {None, led_to} else NOBODY)


def _product(query: SignalQuery, organization_id: str) -> _Asked:
    """A name alone finds what was logged under either of the product's names."""
    product_id, named = query.product_id, query.external_product_id
    if named is None:
        return _Asked(product_id)
    led_to = entities.products().resolve(organization_id, named)
    if product_id is None:
        return _Asked(led_to, named)
    return _Asked(product_id if product_id == led_to else NOBODY)
