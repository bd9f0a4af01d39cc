"""`/invoices/{id}/pdf`: apart from `/invoices`, because only this needs the typesetter."""

from functions.billing.models.organization import Scope
from functions.runtime.api import Api, Binary, Request
from functions.wiring import documents, identity

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/invoices/{id}/pdf", scope=Scope.READ)
def get_invoice_pdf(request: Request) -> Binary:
    invoice, pdf = documents.store_documents().pdf(request.organization_id, request.parameters["id"])
    return Binary(pdf, "application/pdf", f"{invoice.display_number or invoice.id}.pdf")
