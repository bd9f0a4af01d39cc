"""`/invoices/{id}/lines/{line_id}/explanation`: apart from `/invoices`, because only this reads the signal log."""

from functions.billing.models.organization import Scope
from functions.line_explanations.schemas import ExplanationOut, explanation_out
from functions.runtime.api import Api, Request
from functions.wiring import explaining, identity

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/invoices/{id}/lines/{line_id}/explanation", scope=Scope.READ)
def explain_invoice_line(request: Request) -> ExplanationOut:
    named = request.parameters
    return explanation_out(explaining.explain_line()(request.organization_id, named["id"], named["line_id"]))
