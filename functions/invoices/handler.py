"""`/invoices`: what is owed. Posting, voiding and billing again are ours, beyond the contract."""

from functions.billing.models.invoice import Invoice
from functions.billing.models.organization import Scope
from functions.billing.periods import day_of
from functions.invoices.schemas import InvoiceQuery, UpdateInvoice
from functions.runtime.api import Api, Request
from functions.runtime.invoice_wire import InvoiceLineOut, InvoiceOut, invoice_line_out, invoice_out
from functions.runtime.metrics import Metric, count
from functions.runtime.naming import asked_customer
from functions.runtime.wire import Listing, Paging, changes, listing
from functions.wiring import entities, identity, ledgers

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/invoices/", scope=Scope.READ)
def list_invoices(request: Request) -> Listing[InvoiceOut]:
    query, today = request.query_as(InvoiceQuery), day_of(request.now)
    customer_id, named = query.customer_id, query.external_customer_id
    asked = asked_customer(request, entities.customers(), customer_id=customer_id, named=named)
    page = ledgers.invoices().page(
        request.organization_id,
        limit=query.limit,
        offset=query.offset,
        where=lambda invoice: query.takes(invoice, today=today) and asked in {None, invoice.customer_id},
    )
    return listing([invoice_out(invoice, today=today) for invoice in page.items], page.total, query)


@api.route("GET", "/invoices/{id}", scope=Scope.READ)
def get_invoice(request: Request) -> InvoiceOut:
    return _out(request, _invoice(request))


@api.route("PUT", "/invoices/{id}", scope=Scope.WRITE)
def update_invoice(request: Request) -> InvoiceOut:
    update = changes(request.body_as(UpdateInvoice))
    invoice = ledgers.invoices().modify(
        request.organization_id,
        request.parameters["id"],
        lambda invoice: invoice.model_copy(update={**update, "updated_at": request.now}) if update else invoice,
    )
    return _out(request, invoice)


@api.route("GET", "/invoices/{id}/lines", scope=Scope.READ)
def get_invoice_lines(request: Request) -> Listing[InvoiceLineOut]:
    paging, invoice, today = request.query_as(Paging), _invoice(request), day_of(request.now)
    page = invoice.lines[paging.offset : paging.offset + paging.limit]
    return listing([invoice_line_out(invoice, line, today=today) for line in page], len(invoice.lines), paging)


@api.route("POST", "/invoices/{id}/post", scope=Scope.WRITE)
def post_invoice(request: Request) -> InvoiceOut:
    from functions.wiring import invoicing  # noqa: PLC0415 - done by hand, now and then: no cold start pays for it

    invoice = invoicing.post_invoice()(request.organization_id, request.parameters["id"], now=request.now)
    # Posting again changes nothing, and is not counted again.
    values = {Metric.INVOICES_POSTED: int(invoice.posted_at == request.now)}
    count(values, organization_id=request.organization_id, request_id=request.request_id)
    return _out(request, invoice)


@api.route("POST", "/invoices/{id}/void", scope=Scope.ADMIN)
def void_invoice(request: Request) -> InvoiceOut:
    from functions.wiring import invoicing  # noqa: PLC0415 - done by hand, now and then: no cold start pays for it

    return _out(request, invoicing.void_invoice()(request.organization_id, request.parameters["id"], now=request.now))


@api.route("POST", "/invoices/{id}/rebill", scope=Scope.ADMIN)
def rebill_invoice(request: Request) -> InvoiceOut:
    from functions.wiring import invoicing  # noqa: PLC0415 - done by hand, now and then: no cold start pays for it

    return _out(request, invoicing.rebill_invoice()(request.organization_id, request.parameters["id"], now=request.now))


def _invoice(request: Request) -> Invoice:
    return ledgers.invoices().get(request.organization_id, request.parameters["id"])


def _out(request: Request, invoice: Invoice) -> InvoiceOut:
    return invoice_out(invoice, today=day_of(request.now))
