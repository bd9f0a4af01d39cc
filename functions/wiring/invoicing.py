"""Invoices by hand: posted, voided, billed again."""

from functools import cache

from functions.billing.usecases.post_invoice import PostInvoice
from functions.billing.usecases.rebill_invoice import RebillInvoice
from functions.billing.usecases.void_invoice import VoidInvoice
from functions.wiring import billing, entities, ledgers, queues, rating, terms


@cache
def post_invoice() -> PostInvoice:
    return PostInvoice(
        register=ledgers.invoices(),
        schedules=terms.schedules(),
        documents=queues.document_queue(),
        gather_facts=billing.gather_facts(rating.advance_ratings()),
    )


@cache
def void_invoice() -> VoidInvoice:
    return VoidInvoice(register=ledgers.invoices(), schedules=terms.schedules(), orders=entities.orders())


@cache
def rebill_invoice() -> RebillInvoice:
    return RebillInvoice(
        register=ledgers.invoices(),
        schedules=terms.schedules(),
        gather_facts=billing.gather_facts(rating.advance_ratings()),
    )
