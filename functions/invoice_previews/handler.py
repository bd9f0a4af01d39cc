"""`/orders/{id}/invoice-preview`: apart from `/orders`, because only this reads the signal log."""

from functions.billing.models.organization import Scope
from functions.billing.periods import day_of
from functions.invoice_previews.schemas import PreviewOut, PreviewQuery, preview_out
from functions.runtime.api import Api, Request
from functions.wiring import billing, identity

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/orders/{id}/invoice-preview", scope=Scope.READ)
def preview_invoice(request: Request) -> PreviewOut:
    query = request.query_as(PreviewQuery)
    as_of = None if query.as_of is None else day_of(query.as_of)
    invoice = billing.preview_invoice()(request.organization_id, request.parameters["id"], as_of=as_of, now=request.now)
    return preview_out(invoice, today=day_of(request.now))
