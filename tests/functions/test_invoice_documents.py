"""`/invoices/{id}/pdf` and what lies in the bucket: a posted invoice has its documents for ever as it was posted."""

import json
from typing import Any

import pytest

from functions.wiring import documents
from infra.resources import DOCUMENTS
from local.messages import Request
from local.resources import physical_name
from tests.functions.sales import Seller, at, fee, seller
from tests.world import PREFIX, World, send


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def one_invoice(acme: Seller, **fields: object) -> Any:
    """Of 1 June, over 500.00; a draft unless the order says otherwise."""
    acme.sell(fee(at(500_00)), **fields)
    (invoice,) = acme.invoices()
    return invoice


def do(acme: Seller, invoice: Any, verb: str) -> Any:
    answer = acme.tenant.call("POST", f"/invoices/{invoice['id']}/{verb}")
    assert answer.status == 200, answer
    acme.world.work()
    return answer.body


def pdf_of(acme: Seller, invoice: Any) -> Any:
    path = f"{PREFIX}/invoices/{invoice['id']}/pdf"
    return send(Request("GET", path, headers=[("Authorization", f"Bearer {acme.tenant.secret}")]))


def test_a_draft_has_a_pdf_that_is_named_after_its_id_and_stored_nowhere(acme: Seller) -> None:
    draft = one_invoice(acme)

    answer = pdf_of(acme, draft)

    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/pdf")
    assert answer["headers"]["content-disposition"] == f'inline; filename="{draft["id"]}.pdf"'
    assert acme.tenant.call("GET", f"/invoices/{draft['id']}/pdf").body.startswith(b"%PDF")
    assert stored(acme, "2025/06") == []


def test_posting_stores_the_pdf_that_is_answered_and_the_json(acme: Seller) -> None:
    draft = one_invoice(acme)
    before = acme.tenant.call("GET", f"/invoices/{draft['id']}/pdf").body

    posted = do(acme, draft, "post")
    after = acme.tenant.call("GET", f"/invoices/{draft['id']}/pdf").body

    assert pdf_of(acme, posted)["headers"]["content-disposition"] == 'inline; filename="INV-000001.pdf"'
    assert before != after == document(acme, "2025/06/INV-000001.pdf")
    assert json.loads(document(acme, "2025/06/INV-000001.json"))["display_number"] == "INV-000001"


def test_a_voided_invoice_says_so_and_its_stored_documents_stay_as_posted(acme: Seller) -> None:
    posted = one_invoice(acme, autoPostInvoices=True)
    as_posted = document(acme, "2025/06/INV-000001.pdf")

    do(acme, posted, "void")

    assert acme.tenant.call("GET", f"/invoices/{posted['id']}/pdf").body != as_posted
    assert document(acme, "2025/06/INV-000001.pdf") == as_posted


def stored(acme: Seller, folder: str) -> list[str]:
    prefix = f"invoices/{acme.tenant.organization_id}/{folder}/"
    listed = acme.world.clients.s3.list_objects_v2(Bucket=physical_name(DOCUMENTS.name), Prefix=prefix)
    return [item["Key"] for item in listed.get("Contents", [])]


def document(acme: Seller, name: str) -> bytes:
    content = documents.document_store().read(f"invoices/{acme.tenant.organization_id}/{name}")
    assert content is not None
    return content
