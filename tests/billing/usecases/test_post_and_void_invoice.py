from datetime import timedelta

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.invoice import InvoiceStatus
from functions.billing.usecases.post_invoice import PostInvoice
from functions.billing.usecases.void_invoice import VoidInvoice
from tests.builders import NOW, billed, make_invoice
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.queues import FakeDocumentQueue
from tests.fakes.shop import ORG

LATER = NOW + timedelta(days=1)


class Desk:
    """Where one draft lies."""

    def __init__(self) -> None:
        self.register = FakeInvoiceRegister()
        self.documents = FakeDocumentQueue()
        self.post = PostInvoice(register=self.register, documents=self.documents)
        self.void = VoidInvoice(register=self.register)
        billed(self.register, ORG, make_invoice())


def test_a_posted_draft_has_a_number_and_its_documents_are_asked_for() -> None:
    desk = Desk()

    invoice = desk.post(ORG, "inv_1", now=NOW)

    assert (invoice.number, invoice.status, invoice.posted_at) == (1, InvoiceStatus.POSTED, NOW)
    assert desk.documents.sent == [(ORG, "inv_1")]


def test_posting_again_changes_nothing_and_asks_again() -> None:
    desk = Desk()
    first = desk.post(ORG, "inv_1", now=NOW)

    assert desk.post(ORG, "inv_1", now=LATER) == first

    assert desk.documents.sent == [(ORG, "inv_1")] * 2


def test_a_voided_invoice_keeps_its_number_and_is_not_posted_again() -> None:
    desk = Desk()
    desk.post(ORG, "inv_1", now=NOW)

    voided = desk.void(ORG, "inv_1", now=LATER)

    assert (voided.number, voided.status, voided.remaining_minor) == (1, InvoiceStatus.VOIDED, 0)
    with pytest.raises(InvalidInput, match="INV-000001"):
        desk.post(ORG, "inv_1", now=LATER)
    assert desk.register.get(ORG, "inv_1") == voided
    assert desk.documents.sent == [(ORG, "inv_1")]


def test_voiding_again_changes_nothing() -> None:
    desk = Desk()
    desk.post(ORG, "inv_1", now=NOW)
    voided = desk.void(ORG, "inv_1", now=NOW)

    assert desk.void(ORG, "inv_1", now=LATER) == voided


def test_a_draft_is_not_voided() -> None:
    desk = Desk()

    with pytest.raises(InvalidInput, match="draft"):
        desk.void(ORG, "inv_1", now=NOW)

    assert desk.register.get(ORG, "inv_1") == make_invoice()


def test_an_unknown_invoice_is_not_found() -> None:
    with pytest.raises(NotFound):
        Desk().post(ORG, "inv_9", now=NOW)
    with pytest.raises(NotFound):
        Desk().void(ORG, "inv_9", now=NOW)
