"""`/invoices` through its handlers: reading, posting, voiding. What they amount to is in test_invoice_amounts.py."""

from typing import Any

import pytest

from tests.functions.sales import Seller, at, fee, seats, seller
from tests.world import Answer, World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def do(acme: Seller, invoice: Any, verb: str) -> Answer:
    answer = acme.tenant.call("POST", f"/invoices/{invoice['id']}/{verb}")
    acme.world.work()
    return answer


def one_invoice(acme: Seller, **fields: object) -> Any:
    """Of 1 June, over 500.00; a draft unless the order says otherwise."""
    acme.sell(fee(at(500_00)), **fields)
    (invoice,) = acme.invoices()
    return invoice


def again(acme: Seller, invoice: Any) -> Any:
    return acme.tenant.get(f"/invoices/{invoice['id']}")


# ---- reading


def test_a_draft_has_the_orders_terms_and_no_number(acme: Seller) -> None:
    contact = acme.tenant.create("/contacts/", customerId=acme.customer_id, email="a@acme.example")
    terms = {"paymentTerms": "Net 30", "purchaseOrderReference": "PO-1", "billingContactIds": [contact["id"]]}

    invoice = one_invoice(acme, **terms)

    assert invoice == {
        "id": invoice["id"],
        "displayNumber": None,
        "orderId": acme.tenant.get("/orders/")["data"][0]["id"],
        "customerId": acme.customer_id,
        "status": "draft",
        "paymentStatus": "pending",
        "source": "order_based",
        "startDate": "2025-06-01T00:00:00.000Z",
        "endDate": "2025-07-01T00:00:00.000Z",
        "issueDate": "2025-06-01T00:00:00.000Z",
        "postedDate": None,
        "dueDate": "2025-07-01T00:00:00.000Z",
        "currency": "USD",
        "taxAmount": 0,
        "taxRate": 0,
        "taxStatus": "not_applicable",
        "taxExempt": False,
        "taxes": [],
        "invoiceTotalExcludingTax": 500_00,
        "invoiceTotal": 500_00,
        "amountDue": 500_00,
        "amountPaid": 0,
        "amountRemaining": 500_00,
        "creditNotesTotal": 0,
        "metadata": None,
        "paymentLink": None,
        "disputeLink": None,
        "publicUrlToken": None,
        "billingContactId": contact["id"],
        "purchaseOrderReference": "PO-1",
        "createdAt": "2025-06-01T00:00:00.000Z",
        "updatedAt": "2025-06-01T00:00:00.000Z",
    }


def test_a_line_says_what_was_charged_for(acme: Seller) -> None:
    order = acme.sell(fee(), seats(at(30_00, minQuantity=10)))
    invoice = acme.invoices()[0]

    line = acme.lines(invoice)[1]

    assert line == {
        "id": line["id"],
        "orderId": order["id"],
        "orderLineId": acme.tenant.get(f"/orders/{order['id']}/lines")["data"][0]["id"],
        "orderLineAttributeId": line["orderLineAttributeId"],
        "description": "AI SDR: Seats",
        "startDate": "2025-06-01T00:00:00.000Z",
        "endDate": "2025-07-01T00:00:00.000Z",
        "paymentStatus": "pending",
        "quantity": 10,
        "unitPrice": 30_00,
        "totalPriceBeforeTax": 10 * 30_00,
        "tax": 0,
        "taxRate": 0,
        "totalPriceAfterTax": 10 * 30_00,
        "currency": "USD",
        "balanceAmount": 10 * 30_00,
        "creditedAmount": 0,
        "createdAt": "2025-06-01T00:00:00.000Z",
        "updatedAt": "2025-06-01T00:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("terms", "due"), [(None, "2025-06-01"), ("Net 30", "2025-07-01"), ("Due on receipt", "2025-06-01")]
)
def test_an_invoice_is_due_when_the_terms_say(acme: Seller, terms: str | None, due: str) -> None:
    assert one_invoice(acme, paymentTerms=terms)["dueDate"][:10] == due


def test_a_posted_invoice_is_overdue_from_the_day_after_it_is_due(acme: Seller) -> None:
    invoice = one_invoice(acme, paymentTerms="Net 7", autoPostInvoices=True, endDate="2025-06-20T00:00:00Z")

    acme.clock("2025-06-08")
    assert again(acme, invoice)["paymentStatus"] == "pending"
    acme.clock("2025-06-09")

    assert again(acme, invoice)["paymentStatus"] == acme.lines(invoice)[0]["paymentStatus"] == "overdue"
    assert acme.invoices(paymentStatus="overdue") == [again(acme, invoice)]


# ---- posting


def test_posting_gives_the_invoice_its_number(acme: Seller) -> None:
    draft = one_invoice(acme)
    acme.clock("2025-06-15")

    posted = do(acme, draft, "post").body

    assert posted == draft | {
        "status": "posted",
        "displayNumber": "INV-000001",
        "postedDate": "2025-06-15T00:00:00.000Z",
        "updatedAt": "2025-06-15T00:00:00.000Z",
        "paymentStatus": "overdue",
    }


def test_posting_twice_is_posting_once(acme: Seller) -> None:
    draft = one_invoice(acme)

    assert do(acme, draft, "post").body == do(acme, draft, "post").body


def test_numbers_follow_the_posting_without_a_gap(acme: Seller) -> None:
    acme.sell(fee())
    acme.clock("2025-08-01")
    june, july, august = acme.invoices()

    numbers = [do(acme, invoice, "post").body["displayNumber"] for invoice in (august, june, july)]

    assert numbers == ["INV-000001", "INV-000002", "INV-000003"]


def test_every_organization_counts_its_own_invoices(empty_world: World) -> None:
    numbers = [
        do(shop, one_invoice(shop), "post").body["displayNumber"] for shop in (seller(empty_world), seller(empty_world))
    ]

    assert numbers == ["INV-000001", "INV-000001"]


# ---- voiding


def test_a_voided_invoice_asks_for_nothing_and_keeps_its_number(acme: Seller) -> None:
    posted = one_invoice(acme, autoPostInvoices=True)

    voided = do(acme, posted, "void").body

    assert voided == posted | {"status": "voided", "amountDue": 0, "amountRemaining": 0}
    assert do(acme, posted, "void").body == voided


def test_the_number_of_a_voided_invoice_is_not_given_again(acme: Seller) -> None:
    acme.sell(fee(), autoPostInvoices=True)
    do(acme, acme.invoices()[0], "void")

    acme.clock("2025-07-01")

    assert [invoice["displayNumber"] for invoice in acme.invoices()] == ["INV-000001", "INV-000002"]


def test_a_draft_is_not_voided_and_a_voided_invoice_not_posted(acme: Seller) -> None:
    draft = one_invoice(acme)

    not_voided = do(acme, draft, "void")
    do(acme, draft, "post")
    do(acme, draft, "void")
    not_posted = do(acme, draft, "post")

    assert (not_voided.status, not_voided.sentence) == (400, f"invoice {draft['id']} is a draft, expected a posted one")
    assert (not_posted.status, not_posted.sentence) == (
        400,
        "invoice INV-000001 is voided and cannot be posted again",
    )
    assert again(acme, draft)["status"] == "voided"


def test_a_voided_invoice_is_billed_again_on_a_draft_of_its_own(acme: Seller) -> None:
    posted = one_invoice(acme, autoPostInvoices=True)
    too_early = do(acme, posted, "rebill")
    do(acme, posted, "void")

    draft = do(acme, posted, "rebill")

    assert (too_early.status, too_early.sentence) == (
        400,
        f"invoice {posted['id']} is posted, expected a voided one to bill again",
    )
    assert draft.status == 200
    assert draft.body["id"] != posted["id"]
    same = ("orderId", "startDate", "endDate", "invoiceTotal", "currency")
    assert {name: draft.body[name] for name in same} == {name: posted[name] for name in same}
    assert (draft.body["status"], draft.body["displayNumber"]) == ("draft", None)
    assert do(acme, posted, "rebill").body == draft.body
    assert do(acme, draft.body, "post").body["displayNumber"] == "INV-000002"


# ---- metadata, the only thing that changes


@pytest.mark.parametrize("auto_post", [False, True])
def test_metadata_changes_also_after_posting_and_nothing_else_does(acme: Seller, auto_post: object) -> None:
    invoice = one_invoice(acme, autoPostInvoices=auto_post)
    path = f"/invoices/{invoice['id']}"

    changed = acme.tenant.call("PUT", path, {"metadata": {"crm": 5}, "invoiceTotal": 1, "status": "paid"}).body
    kept = acme.tenant.call("PUT", path, {}).body
    cleared = acme.tenant.call("PUT", path, {"metadata": None}).body

    assert changed == kept == invoice | {"metadata": {"crm": 5}}
    assert cleared == invoice


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ([1], "metadata is [1], expected an object"),
        ({"a": "x" * 16_384}, "metadata: expected at most 16384 bytes of JSON, it has 16392"),
    ],
)
def test_bad_metadata_is_refused(acme: Seller, metadata: object, sentence: str) -> None:
    answer = acme.tenant.call("PUT", f"/invoices/{one_invoice(acme)['id']}", {"metadata": metadata})

    assert (answer.status, answer.sentence) == (400, sentence)


def test_what_is_done_to_an_unknown_invoice_is_not_found(acme: Seller) -> None:
    for method, rest in (
        ("GET", ""),
        ("PUT", ""),
        ("GET", "/lines"),
        ("GET", "/pdf"),
        ("POST", "/post"),
        ("POST", "/void"),
    ):
        answer = acme.tenant.call(method, f"/invoices/inv_x{rest}", {} if method == "PUT" else None)

        assert (answer.status, answer.sentence) == (404, "invoice inv_x was not found")
