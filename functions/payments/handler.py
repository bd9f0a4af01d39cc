"""`/payments` and `/payment-allocations`: money that came in, and the invoice lines that it pays."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from os import urandom

from functions.billing.errors import InvalidInput
from functions.billing.ids import sortable_id
from functions.billing.invoicing.allocating import Applied, allocations_of
from functions.billing.models.organization import Scope
from functions.billing.models.payment import Payment
from functions.payments.schemas import (
    AllocationOut,
    AllocationQuery,
    AllocationsOut,
    CreateAllocations,
    CreatePayment,
    PaymentOut,
    PaymentQuery,
    RecordedPaymentOut,
    allocation_out,
    payment_out,
    recorded_payment_out,
)
from functions.runtime.api import Api, Request
from functions.runtime.naming import resolved_id
from functions.runtime.wire import Listing, listing
from functions.wiring import entities, identity, ledgers, paying

MAX_LISTED_INVOICES = 1_000
"""Whose allocations a page of payments sums up; one that would need more ends early, and says so by its `limit`."""

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/payments/", scope=Scope.READ)
def list_payments(request: Request) -> Listing[PaymentOut]:
    query = request.query_as(PaymentQuery)
    asked = _asked_customers(request, query)
    page = paying.payments().page(
        request.organization_id,
        limit=query.limit,
        offset=query.offset,
        where=None if query.is_open else lambda each: query.takes(each) and asked <= {each.customer_id},
    )
    payments = _bounded(page.items)
    query = query.model_copy(update={"limit": len(payments)}) if len(payments) < len(page.items) else query
    return listing(_out(request, payments), page.total, query)


@api.route("POST", "/payments/", scope=Scope.WRITE, status=201)
def create_payment(request: Request) -> RecordedPaymentOut:
    new = request.body_as(CreatePayment)
    customer_id, paid_at = _customer_id(request, new), new.payment_date or request.now
    chance = urandom(9)
    recorded = paying.record_payment()(
        request.organization_id,
        lambda number, alike: Payment(
            id=_payment_id(new, customer_id, paid_at, chance=chance, alike=alike),
            external_id=new.idempotency_key,
            number=number,
            customer_id=customer_id,
            amount_minor=new.amount,
            currency=new.currency,
            paid_at=paid_at,
            payment_type=new.payment_type,
            status=new.status,
            metadata=new.metadata,
            created_at=request.now,
            updated_at=request.now,
        ),
    )
    (payment,) = _out(request, [recorded.payment])
    return recorded_payment_out(payment, created=recorded.is_new)


@api.route("GET", "/payments/{id}", scope=Scope.READ)
def get_payment(request: Request) -> PaymentOut:
    return _out(request, [paying.payments().get(request.organization_id, request.parameters["id"])])[0]


@api.route("GET", "/payment-allocations/", scope=Scope.READ)
def list_payment_allocations(request: Request) -> Listing[AllocationOut]:
    query = request.query_as(AllocationQuery)
    # Those of one invoice and moment stay in the order in which they were made.
    found = sorted(_allocations(request, query), key=lambda each: (each.allocation.allocated_at, each.invoice.id))
    page = found[query.offset : query.offset + query.limit]
    return listing([allocation_out(each) for each in page], len(found), query)


@api.route("POST", "/payment-allocations/", scope=Scope.WRITE, status=201)
def create_payment_allocation(request: Request) -> AllocationsOut:
    new = request.body_as(CreateAllocations)
    # A call that has to try again knows what it made before by the id of its request.
    key = new.idempotency_key or f"request {request.request_id}"
    applied = paying.allocate_payment()(request.organization_id, new.payment_id, new.wanted(), key=key)
    return AllocationsOut(data=[allocation_out(each) for each in applied])


def _asked_customers(request: Request, query: PaymentQuery) -> set[str]:
    """Whom the filters name: a payment is of all of them. Raises NotFound for one that does not exist."""
    asked = set[str]()
    if query.customer_id is not None:
        asked.add(entities.customers().get(request.organization_id, query.customer_id).id)
    if query.external_customer_id is not None:
        named = query.external_customer_id
        asked.add(resolved_id(request, entities.customers(), "customer", external_id=named))
    return asked


def _customer_id(request: Request, new: CreatePayment) -> str:
    if new.customer_id is not None:
        return new.customer_id
    named = new.external_customer_id or ""
    return resolved_id(request, entities.customers(), "customer", external_id=named)


def _payment_id(new: CreatePayment, customer_id: str, paid_at: datetime, *, chance: bytes, alike: int) -> str:
    """Ids sort by the payments' dates.

    One that says its date, and has no key, is named by what it says, and by how many say the same: sent again after an
    answer was lost, it is the same.
    """
    if new.payment_date is not None and new.idempotency_key is None:
        chance = sha256(f"{customer_id} {new.said()} {alike}".encode()).digest()
    return sortable_id("pay", milliseconds=int(paid_at.timestamp() * 1000), chance=chance)


def _bounded(payments: Sequence[Payment]) -> Sequence[Payment]:
    """As many of them, one at least, as have been allocated to so many invoices together: each is looked at."""
    invoices = itertools.accumulate(len(each.allocated) for each in payments)
    return payments[: max(1, sum(count <= MAX_LISTED_INVOICES for count in invoices))]


def _out(request: Request, payments: Sequence[Payment]) -> list[PaymentOut]:
    invoice_ids = {invoice_id for payment in payments for invoice_id in payment.allocated}
    voided = paying.ledger().voided(request.organization_id, invoice_ids)
    return [payment_out(payment, voided) for payment in payments]


def _allocations(request: Request, query: AllocationQuery) -> list[Applied]:
    """Of the payment, of the invoice, or of the one to the other. Raises NotFound for either, InvalidInput for none."""
    if query.payment_id is None:
        if query.invoice_id is None:
            raise InvalidInput("paymentId and invoiceId are missing, expected one of them")
        invoice = ledgers.invoices().get(request.organization_id, query.invoice_id)
        return [Applied(invoice, each) for each in invoice.allocations]
    payment = paying.payments().get(request.organization_id, query.payment_id)
    found = paying.ledger().load_invoices(request.organization_id, sorted(payment.allocated))
    if query.invoice_id is not None:
        ledgers.invoices().get(request.organization_id, query.invoice_id)
    made = allocations_of(payment, {each.value.id: each.value for each in found.values()})
    return [each for each in made if query.invoice_id in {None, each.invoice.id}]
