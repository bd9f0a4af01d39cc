import json
from datetime import timedelta

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.invoicing.document import InvoiceDocument, document_of
from functions.billing.models.invoice import Allocation, InvoiceStatus
from functions.billing.usecases.store_documents import StoreDocuments, as_posted
from tests.builders import NOW, billed, make_invoice, make_invoice_line
from tests.fakes.document_store import FakeDocumentStore
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.shop import ORG

PDF, JSON = (f"invoices/{ORG}/2025/06/INV-000001.{extension}" for extension in ("pdf", "json"))


class FakeRenderer:
    """Renders a word or two; counts how often."""

    rendered = 0

    def render(self, document: InvoiceDocument) -> bytes:
        self.rendered += 1
        return f"%PDF {document.number} {document.status.value}".encode()


class Office:
    """Where one invoice lies, and its documents."""

    def __init__(self) -> None:
        self.register = FakeInvoiceRegister()
        self.store = FakeDocumentStore()
        self.renderer = FakeRenderer()
        self.documents = StoreDocuments(register=self.register, store=self.store, renderer=self.renderer)
        billed(self.register, ORG, make_invoice(make_invoice_line(12_34)))

    def post(self) -> None:
        self.register.modify(ORG, "inv_1", lambda draft: draft.posted(number=1, now=NOW))

    def pay(self) -> None:
        whole = Allocation(
            id="pal_1", payment_id="pay_1", line_id="invoice_line_1", amount_minor=12_34, allocated_at=NOW
        )
        self.register.modify(ORG, "inv_1", lambda invoice: invoice.with_allocation(whole))

    def void(self) -> None:
        self.register.modify(ORG, "inv_1", lambda invoice: invoice.voided(now=NOW + timedelta(days=1)))


def test_a_posted_invoice_is_stored_twice_under_its_number() -> None:
    office = Office()
    office.post()

    office.documents(ORG, "inv_1")

    assert office.store.content_types == {PDF: "application/pdf", JSON: "application/json"}
    assert office.store.contents[PDF] == b"%PDF INV-000001 posted"
    record = json.loads(office.store.contents[JSON])
    assert (record["display_number"], record["lines"][0]["amount_minor"]) == ("INV-000001", 12_34)


def test_storing_again_writes_the_same_bytes_whatever_happened_since() -> None:
    office = Office()
    office.post()
    office.documents(ORG, "inv_1")
    before = dict(office.store.contents)

    office.register.modify(
        ORG, "inv_1", lambda invoice: invoice.model_copy(update={"metadata": {"paid": 1}, "updated_at": NOW})
    )
    office.void()
    office.documents(ORG, "inv_1")

    assert office.store.contents == before


def test_what_is_paid_changes_no_document() -> None:
    """Its page says what was due when it was posted, also where it is set later."""
    office = Office()
    office.post()
    posted = office.register.get(ORG, "inv_1")
    office.documents(ORG, "inv_1")
    stored = dict(office.store.contents)

    office.pay()
    office.documents(ORG, "inv_1")

    paid = office.register.get(ORG, "inv_1")
    assert paid.remaining_minor == 0
    assert office.store.contents == stored
    assert document_of(as_posted(paid)) == document_of(posted)


def test_a_draft_has_no_documents_to_store() -> None:
    office = Office()

    with pytest.raises(InvalidInput, match="draft"):
        office.documents(ORG, "inv_1")

    assert office.store.contents == {}


def test_an_unknown_invoice_is_not_found() -> None:
    with pytest.raises(NotFound):
        Office().documents(ORG, "inv_9")


def test_the_pdf_of_a_posted_invoice_is_the_stored_one() -> None:
    office = Office()
    office.post()
    office.documents(ORG, "inv_1")

    _, pdf = office.documents.pdf(ORG, "inv_1")

    assert pdf == office.store.contents[PDF]
    assert office.renderer.rendered == 1


def test_the_pdf_of_a_posted_invoice_that_nobody_stored_yet_is_stored_then() -> None:
    office = Office()
    office.post()

    _, pdf = office.documents.pdf(ORG, "inv_1")

    assert pdf == office.store.contents[PDF] == b"%PDF INV-000001 posted"


def test_the_pdf_of_a_draft_says_so_and_is_not_stored() -> None:
    office = Office()

    invoice, pdf = office.documents.pdf(ORG, "inv_1")

    assert (invoice.status, pdf) == (InvoiceStatus.DRAFT, b"%PDF None draft")
    assert office.store.contents == {}


def test_the_pdf_of_a_voided_invoice_says_so_and_the_stored_one_stays() -> None:
    office = Office()
    office.post()
    office.documents(ORG, "inv_1")
    office.void()

    _, pdf = office.documents.pdf(ORG, "inv_1")

    assert pdf == b"%PDF INV-000001 voided"
    assert office.store.contents[PDF] == b"%PDF INV-000001 posted"
