"""`/payments` and `/payment-allocations` through their handler: recorded, allocated, refused, freed by a void."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest

from functions.adapters.dynamodb.items import Item
from functions.adapters.dynamodb.keys import Key
from functions.adapters.dynamodb.table import Records
from tests.functions.sales import Seller, at, fee, seats, seller
from tests.world import Answer, World

MAY_20 = "2025-05-20T10:00:00Z"


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def record(acme: Seller, amount: int, **fields: object) -> Answer:
    body = {"customerId": acme.customer_id, "amount": amount, "currency": "USD", "paymentType": "bankTransfer"}
    return acme.tenant.call("POST", "/payments/", {**body, **fields})


def paid(acme: Seller, amount: int, **fields: object) -> Any:
    answer = record(acme, amount, **fields)
    assert answer.status == 201, answer
    return answer.body


def allocate(acme: Seller, payment: Any, *lines: tuple[Any, int], **fields: object) -> Answer:
    allocations = [{"invoiceLineId": line["id"], "amount": amount} for line, amount in lines]
    body = {"paymentId": payment["id"], "allocations": allocations, **fields}
    answer = acme.tenant.call("POST", "/payment-allocations/", body)
    acme.world.work()
    return answer


def posted(acme: Seller, *attributes: Any, **fields: object) -> Any:
    """The posted invoice of 1 June."""
    terms = {"autoPostInvoices": True, "paymentTerms": "Net 30", **fields}
    order = acme.sell(*(attributes or (fee(at(500_00)),)), **terms)
    (invoice,) = acme.invoices(orderId=order["id"])
    return invoice


def again(acme: Seller, invoice: Any) -> Any:
    return acme.tenant.get(f"/invoices/{invoice['id']}")


def balance(acme: Seller, payment: Any) -> tuple[int, int]:
    """What of it is allocated, and what is left."""
    shown = acme.tenant.get(f"/payments/{payment['id']}")
    return shown["allocatedAmount"], shown["balance"]


def money(invoice: Any) -> tuple[str, int, int, int]:
    return invoice["paymentStatus"], invoice["amountDue"], invoice["amountPaid"], invoice["amountRemaining"]


# ---- recording


def test_a_payment_is_shown_as_it_was_recorded(acme: Seller) -> None:
    payment = paid(acme, 150_00, paymentDate="2025-05-30T12:00:00+02:00", metadata={"reference": "SEPA 1"})

    assert payment == {
        "id": payment["id"],
        "number": 1,
        "customerId": acme.customer_id,
        "invoiceId": None,
        "orderId": None,
        "amount": 150_00,
        "allocatedAmount": 0,
        "balance": 150_00,
        "currency": "USD",
        "paymentDate": "2025-05-30T10:00:00.000Z",
        "paymentType": "bankTransfer",
        "status": "posted",
        "metadata": {"reference": "SEPA 1"},
        "createdAt": "2025-06-01T00:00:00.000Z",
        "updatedAt": "2025-06-01T00:00:00.000Z",
        "created": True,
    }
    assert {**acme.tenant.get(f"/payments/{payment['id']}"), "created": True} == payment


def test_payments_are_numbered_one_after_the_other_and_made_now_unless_they_say_when(acme: Seller) -> None:
    first, second = paid(acme, 1), paid(acme, 1)

    assert [first["number"], second["number"]] == [1, 2]
    assert first["id"] != second["id"]
    assert first["paymentDate"] == "2025-06-01T00:00:00.000Z"


def test_a_payment_that_says_when_it_was_made_is_recorded_once(acme: Seller) -> None:
    """As a client that never got the answer sends it again."""
    first = paid(acme, 100_00, paymentDate=MAY_20, metadata={"reference": "1"})

    repeat = paid(acme, 100_00, paymentDate=MAY_20, metadata={"reference": "1"})

    assert repeat == {**first, "created": False}
    assert acme.tenant.get("/payments/")["pagination"]["total"] == 1
    assert paid(acme, 100_00, paymentDate=MAY_20, metadata={"reference": "2"})["number"] == 2


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 100_01},
        {"currency": "EUR"},
        {"paymentType": "cash"},
        {"status": "draft"},
        {"paymentDate": "2025-05-20T10:00:00.001Z"},
        {"metadata": None},
    ],
)
def test_a_payment_that_differs_in_anything_is_another(acme: Seller, other: dict[str, Any]) -> None:
    said: Any = {"amount": 100_00, "paymentDate": MAY_20, "metadata": {"reference": "1"}}
    first = paid(acme, **said)

    assert paid(acme, **{**said, **other})["id"] != first["id"]


def test_what_is_said_again_on_another_day_is_another_payment(acme: Seller) -> None:
    """Two checks of one day and amount, entered a week apart."""
    first = paid(acme, 100_00, paymentDate=MAY_20)
    acme.clock("2025-06-08")

    second = paid(acme, 100_00, paymentDate=MAY_20)

    assert [each["id"] for each in acme.tenant.get("/payments/")["data"]] == sorted([first["id"], second["id"]])


@pytest.mark.parametrize("dated", [{}, {"paymentDate": MAY_20}])
def test_a_payment_with_a_key_is_recorded_once(acme: Seller, dated: dict[str, Any]) -> None:
    first = paid(acme, 100_00, idempotencyKey="check 17", **dated)
    acme.clock("2025-06-08")

    repeat = paid(acme, 100_00, idempotencyKey="check 17", **dated)
    other = paid(acme, 100_00, idempotencyKey="check 18", **dated)
    refused = record(acme, 100_01, idempotencyKey="check 17", **dated)

    assert repeat == {**first, "created": False}
    assert other["id"] != first["id"]
    assert (refused.status, refused.body["code"]) == (400, "IDEMPOTENCY_KEY_REUSED")
    assert refused.sentence.startswith("idempotencyKey is 'check 17', which came with other values before")
    assert acme.tenant.get("/payments/")["pagination"]["total"] == 2


def test_a_currency_is_taken_in_any_case(acme: Seller) -> None:
    (line,) = acme.lines(posted(acme))
    payment = paid(acme, 1, currency="usd")
    named = {"invoiceLineId": line["id"], "amount": 1, "currency": "usd"}

    assert payment["currency"] == "USD"
    assert allocate(acme, payment, allocations=[named]).status == 201


def test_payments_are_listed_by_their_dates_and_found_by_customer_and_status(acme: Seller) -> None:
    other = acme.tenant.create("/customers/", name="Other", externalId="other")
    late = paid(acme, 3, paymentDate="2025-06-01T10:00:00Z")
    early = paid(acme, 1, paymentDate="2025-05-01T00:00:00Z", status="draft")
    theirs = paid(acme, 2, customerId=None, externalCustomerId="other")

    def found(**query: object) -> list[str]:
        return [payment["id"] for payment in acme.tenant.get("/payments/", **query)["data"]]

    assert found() == [early["id"], theirs["id"], late["id"]]
    assert found(limit=1, offset=1) == [theirs["id"]]
    assert found(customerId=acme.customer_id) == [early["id"], late["id"]]
    assert found(externalCustomerId="other") == found(customerId=other["id"]) == [theirs["id"]]
    assert found(externalCustomerId="other", customerId=acme.customer_id) == []
    for nobody in ({"customerId": "cus_x"}, {"externalCustomerId": "nobody"}):
        assert acme.tenant.call("GET", "/payments/", query=nobody).status == 404
    assert found(status="draft") == [early["id"]]
    assert found(status="failed") == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": 0}, "amount is 0: expected at least 1"),
        ({"amount": -5}, "amount is -5: expected at least 1"),
        ({"amount": 1.5}, "amount is 1.5: expected a whole number"),
        ({"currency": "xyz"}, "currency is 'xyz': expected an ISO 4217 code in capitals such as USD"),
        (
            {"paymentType": "gold"},
            "paymentType is 'gold': expected 'creditCard', 'bankTransfer', 'ach', 'cash' or 'check'",
        ),
        (
            {"paymentDate": "1970-01-01T00:00:00+00:01"},
            "paymentDate is '1970-01-01T00:00:00+00:01': expected a year between 1970 and 2199 in UTC",
        ),
        (
            {"paymentDate": "2025-06-02T00:00:01Z"},
            (
                "paymentDate is 2025-06-02T00:00:01+00:00, expected at most a day after 2025-06-01T00:00:00+00:00: "
                "record money that is only expected as a draft"
            ),
        ),
        ({"status": "failed"}, "status is 'failed': expected 'draft' or 'posted'"),
        (
            {"externalCustomerId": "acme"},
            "the body: both are given, expected exactly one of customerId and externalCustomerId",
        ),
        ({"customerId": None}, "the body: neither is given, expected exactly one of customerId and externalCustomerId"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(acme: Seller, fields: dict[str, Any], sentence: str) -> None:
    refused = record(acme, **{"amount": 1, **fields})

    assert (refused.status, refused.sentence) == (400, sentence)
    assert acme.tenant.get("/payments/")["data"] == []


def test_a_payment_of_nobody_is_not_found_and_takes_no_number(acme: Seller) -> None:
    unknown = record(acme, 1, customerId="cus_0000000000000000000")
    unnamed = record(acme, 1, customerId=None, externalCustomerId="nobody")

    assert (unknown.status, unknown.sentence) == (404, "customer cus_0000000000000000000 was not found")
    assert (unnamed.status, unnamed.sentence) == (404, "customer nobody was not found")
    assert paid(acme, 1)["number"] == 1


def test_a_customer_that_paid_is_not_deleted(acme: Seller) -> None:
    paid(acme, 1)

    refused = acme.tenant.call("DELETE", f"/customers/{acme.customer_id}")

    assert (refused.status, refused.body["code"]) == (400, "CUSTOMER_HAS_ORDERS")
    assert "payments" in refused.sentence


# ---- allocating


def test_a_payment_pays_an_invoice_line_by_line(acme: Seller) -> None:
    """500.00 + 10 x 30.00 = 800.00, of which 600.00 and then 200.00 are paid."""
    invoice = posted(acme, fee(at(500_00)), seats(at(30_00, minQuantity=10)))
    fees, places = acme.lines(invoice)
    first, second = paid(acme, 700_00), paid(acme, 200_00)

    made = allocate(acme, first, (fees, 500_00), (places, 100_00))

    assert made.status == 201
    assert [(each["invoiceLineId"], each["amount"]) for each in made.body["data"]] == [
        (fees["id"], 500_00),
        (places["id"], 100_00),
    ]
    assert money(again(acme, invoice)) == ("partiallyPaid", 800_00, 600_00, 200_00)
    assert [(line["paymentStatus"], line["balanceAmount"]) for line in acme.lines(invoice)] == [
        ("paid", 0),
        ("partiallyPaid", 200_00),
    ]
    assert balance(acme, first) == (600_00, 100_00)

    assert allocate(acme, second, (places, 200_00)).status == 201

    assert money(again(acme, invoice)) == ("paid", 800_00, 800_00, 0)
    assert [(line["paymentStatus"], line["balanceAmount"]) for line in acme.lines(invoice)] == [("paid", 0)] * 2
    assert balance(acme, second) == (200_00, 0)


def test_an_allocation_is_shown_by_its_payment_and_by_its_invoice(acme: Seller) -> None:
    invoice = posted(acme)
    (line,) = acme.lines(invoice)
    first, second = paid(acme, 100_00), paid(acme, 100_00)
    (one,) = allocate(acme, first, (line, 60_00)).body["data"]
    (two,) = allocate(acme, second, (line, 50_00)).body["data"]

    def found(**query: object) -> list[Any]:
        return list(acme.tenant.get("/payment-allocations/", **query)["data"])

    assert one == {
        "id": one["id"],
        "paymentId": first["id"],
        "invoiceId": invoice["id"],
        "invoiceLineId": line["id"],
        "amount": 60_00,
        "currency": "USD",
        "type": "allocated",
        "status": "applied",
        "allocationDate": "2025-06-01T00:00:00.000Z",
        "createdAt": "2025-06-01T00:00:00.000Z",
    }
    assert found(paymentId=first["id"]) == [one]
    assert found(invoiceId=invoice["id"]) == [one, two]
    assert found(invoiceId=invoice["id"], limit=1, offset=1) == [two]
    assert found(invoiceId=invoice["id"], paymentId=second["id"]) == [two]


def test_the_pages_of_a_payments_allocations_hold_each_once(acme: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one moment, on invoices that come back in any order."""
    payment = paid(acme, 600)
    allocate(acme, payment, *[(acme.lines(posted(acme))[0], 100) for _ in range(6)])
    get_many, turns = Records.get_many, itertools.cycle([1, -1])

    def turned(self: Records, keys: Iterable[Key], *, fresh: bool = True) -> list[Item]:
        return get_many(self, keys, fresh=fresh)[:: next(turns)]

    monkeypatch.setattr(Records, "get_many", turned)
    pages = [
        acme.tenant.get("/payment-allocations/", paymentId=payment["id"], limit=2, offset=offset)["data"]
        for offset in (0, 2, 4)
    ]

    assert len({each["id"] for page in pages for each in page}) == 6


def test_a_page_of_payments_ends_where_it_would_look_at_too_many_invoices(
    acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two invoices each, and five looked at: two payments a page; one alone is shown whatever it paid."""
    (line,), (other,) = acme.lines(posted(acme)), acme.lines(posted(acme))
    for _ in range(3):
        allocate(acme, paid(acme, 10), (line, 1), (other, 1))

    def page(offset: int) -> tuple[int, Any]:
        answer = acme.tenant.get("/payments/", offset=offset)
        return len(answer["data"]), answer["pagination"]

    monkeypatch.setattr("functions.payments.handler.MAX_LISTED_INVOICES", 5)
    assert page(0) == (2, {"limit": 2, "offset": 0, "total": 3, "hasMore": True})
    assert page(2) == (1, {"limit": 100, "offset": 2, "total": 3, "hasMore": False})
    monkeypatch.setattr("functions.payments.handler.MAX_LISTED_INVOICES", 1)
    assert page(0) == (1, {"limit": 1, "offset": 0, "total": 3, "hasMore": True})


@pytest.mark.parametrize(("amount", "status"), [(499_99, 201), (500_00, 201), (500_01, 400)])
def test_no_more_is_allocated_than_the_line_has_left(acme: Seller, amount: int, status: int) -> None:
    invoice = posted(acme)
    (line,) = acme.lines(invoice)
    payment = paid(acme, 1_000_00)

    answer = allocate(acme, payment, (line, amount))

    assert answer.status == status
    if status == 400:
        sentence = f"allocations[0].amount is {amount}, expected at most 50000: that is what line {line['id']} has left"
        assert (answer.sentence, answer.body["code"]) == (sentence, "EXCEEDS_BALANCE")
        assert balance(acme, payment) == (0, 1_000_00)


@pytest.mark.parametrize(("amount", "status"), [(99_99, 201), (100_00, 201), (100_01, 400)])
def test_no_more_is_allocated_than_the_payment_has_left(acme: Seller, amount: int, status: int) -> None:
    invoice = posted(acme)
    (line,) = acme.lines(invoice)
    payment = paid(acme, 300_00)
    assert allocate(acme, payment, (line, 200_00)).status == 201

    answer = allocate(acme, payment, (line, amount))

    assert answer.status == status
    if status == 400:
        sentence = (
            f"allocations[0].amount is {amount}, expected at most 10000: that is what payment {payment['id']} has left"
        )
        assert answer.sentence == sentence


def test_what_one_request_wants_is_allocated_together_or_not_at_all(acme: Seller) -> None:
    """250.00 + 250.00 + 0.01 of a line of 500.00."""
    invoice = posted(acme)
    (line,) = acme.lines(invoice)
    payment = paid(acme, 1_000_00)

    refused = allocate(acme, payment, (line, 250_00), (line, 250_00), (line, 1))

    assert (refused.status, refused.sentence.partition(":")[0]) == (
        400,
        "allocations[2].amount is 1, expected at most 0",
    )
    assert money(again(acme, invoice)) == ("pending", 500_00, 0, 500_00)
    assert allocate(acme, payment, (line, 250_00), (line, 250_00)).status == 201
    assert money(again(acme, invoice)) == ("paid", 500_00, 500_00, 0)


def test_the_same_allocation_again_is_another_unless_it_has_the_same_key(acme: Seller) -> None:
    invoice = posted(acme)
    (line,) = acme.lines(invoice)
    payment = paid(acme, 500_00)
    first = allocate(acme, payment, (line, 100_00), idempotencyKey="a")

    repeat = allocate(acme, payment, (line, 100_00), idempotencyKey="a")

    assert (repeat.status, repeat.body) == (201, first.body)
    assert balance(acme, payment) == (100_00, 400_00)
    allocate(acme, payment, (line, 100_00), idempotencyKey="b")
    allocate(acme, payment, (line, 100_00))
    allocate(acme, payment, (line, 100_00))
    assert balance(acme, payment) == (400_00, 100_00)


@pytest.mark.parametrize("changed", ["amount", "fewer", "more"])
def test_a_key_that_comes_again_with_something_else_is_refused(acme: Seller, changed: str) -> None:
    invoice = posted(acme)
    (line,) = acme.lines(invoice)
    payment = paid(acme, 500_00)
    allocate(acme, payment, (line, 10), (line, 20), idempotencyKey="a")
    other = {"amount": [(line, 10), (line, 21)], "fewer": [(line, 10)], "more": [(line, 10), (line, 20), (line, 30)]}

    refused = allocate(acme, payment, *other[changed], idempotencyKey="a")

    assert (refused.status, refused.body["code"]) == (400, "IDEMPOTENCY_KEY_REUSED")
    assert refused.sentence.startswith("idempotencyKey is 'a', which")
    assert balance(acme, payment) == (30, 499_70)


def test_a_key_of_an_allocation_is_one_of_its_payment(acme: Seller) -> None:
    (line,) = acme.lines(posted(acme))
    first, second = paid(acme, 10), paid(acme, 10)

    for payment in (first, second):
        assert allocate(acme, payment, (line, 10), idempotencyKey="a").status == 201

    assert [balance(acme, payment) for payment in (first, second)] == [(10, 0), (10, 0)]


def test_a_line_of_a_draft_or_of_a_voided_invoice_takes_nothing(acme: Seller) -> None:
    draft = posted(acme, autoPostInvoices=False)
    (line,) = acme.lines(draft)
    payment = paid(acme, 500_00)

    refused = allocate(acme, payment, (line, 1))

    assert refused.status == 400
    assert refused.sentence == (
        f"allocations[0].invoiceLineId is of invoice {draft['id']}, which is draft, expected a posted one"
    )
    for verb in ("post", "void"):
        acme.tenant.call("POST", f"/invoices/{draft['id']}/{verb}")
    assert "which is voided" in allocate(acme, payment, (line, 1)).sentence


def test_a_payment_that_is_a_draft_pays_nothing(acme: Seller) -> None:
    (line,) = acme.lines(posted(acme))
    payment = paid(acme, 500_00, status="draft")

    refused = allocate(acme, payment, (line, 1))

    assert (refused.status, refused.sentence) == (400, f"payment {payment['id']} is a draft, expected a posted one")


def test_a_payment_pays_nobody_elses_invoice(acme: Seller) -> None:
    (line,) = acme.lines(posted(acme))
    other = acme.tenant.create("/customers/", name="Other", externalId="other")
    payment = paid(acme, 500_00, customerId=other["id"])

    refused = allocate(acme, payment, (line, 1))

    sentence = f"allocations[0].invoiceLineId is of customer {acme.customer_id}, expected {other['id']}, who paid"
    assert (refused.status, refused.sentence) == (400, sentence)


def test_whoever_is_billed_for_an_order_pays_for_it(acme: Seller) -> None:
    payer = acme.tenant.create("/customers/", name="Parent", externalId="parent")
    (line,) = acme.lines(posted(acme, billingCustomerId=payer["id"]))

    assert allocate(acme, paid(acme, 1), (line, 1)).status == 400
    assert allocate(acme, paid(acme, 1, customerId=payer["id"]), (line, 1)).status == 201


def test_currencies_are_not_mixed(acme: Seller) -> None:
    (line,) = acme.lines(posted(acme))
    euros, dollars = paid(acme, 1, currency="EUR"), paid(acme, 1)
    named = {"invoiceLineId": line["id"], "amount": 1, "currency": "EUR"}

    of_payment = allocate(acme, euros, (line, 1))
    of_request = allocate(acme, dollars, allocations=[named])

    assert (of_payment.status, of_request.status) == (400, 400)
    assert of_payment.sentence == (
        "allocations[0].invoiceLineId is of an invoice in USD, expected one in EUR, as the payment is"
    )
    assert of_request.sentence == "allocations[0].currency is 'EUR', expected 'USD', that of the payment"


def test_what_does_not_exist_is_not_found(acme: Seller) -> None:
    invoice = posted(acme)
    (line,) = acme.lines(invoice)
    payment = paid(acme, 1)
    as_listed = ", expected an id that GET /invoices/{id}/lines answers"

    for line_id in ("nothing", f"{invoice['id']}.nothing", f"inv_x.{line['id'][24:]}", invoice["id"]):
        answer = allocate(acme, payment, ({"id": line_id}, 1))
        assert (answer.status, answer.sentence) == (404, f"invoice line {line_id} was not found{as_listed}")
    assert allocate(acme, {"id": "pay_nothing"}, (line, 1)).sentence == "payment pay_nothing was not found"
    for query in ({"paymentId": "pay_nothing"}, {"invoiceId": "inv_nothing"}):
        assert acme.tenant.call("GET", "/payment-allocations/", query=query).status == 404


def test_allocations_are_listed_of_something(acme: Seller) -> None:
    answer = acme.tenant.call("GET", "/payment-allocations/")

    assert (answer.status, answer.sentence) == (400, "paymentId and invoiceId are missing, expected one of them")


@pytest.mark.parametrize(("count", "status"), [(0, 400), (99, 201), (100, 400)])
def test_a_request_allocates_ninety_nine_times_at_most(acme: Seller, count: int, status: int) -> None:
    (line,) = acme.lines(posted(acme))

    answer = allocate(acme, paid(acme, 500_00), *[(line, 1)] * count)

    assert answer.status == status
    if count == 100:
        assert answer.sentence == "allocations has 100 items, expected at most 99"


# ---- what follows


def test_what_is_late_is_overdue_even_where_a_part_is_paid(acme: Seller) -> None:
    """Net 30 of 1 June is due on 1 July."""
    invoice = posted(acme, fee(at(500_00)), seats(at(30_00, minQuantity=10)))
    fees, _ = acme.lines(invoice)
    allocate(acme, paid(acme, 500_00), (fees, 500_00))

    acme.clock("2025-07-01")
    assert again(acme, invoice)["paymentStatus"] == "partiallyPaid"
    acme.clock("2025-07-02")

    assert again(acme, invoice)["paymentStatus"] == "overdue"
    assert [line["paymentStatus"] for line in acme.lines(invoice)] == ["paid", "overdue"]
    assert [each["id"] for each in acme.invoices(paymentStatus="overdue")] == [invoice["id"]]


def test_voiding_an_invoice_frees_what_was_allocated_to_it(acme: Seller) -> None:
    first, second = posted(acme), posted(acme)
    payment = paid(acme, 500_00)
    (line,), (other,) = acme.lines(first), acme.lines(second)
    allocate(acme, payment, (line, 500_00))

    assert acme.tenant.call("POST", f"/invoices/{first['id']}/void").status == 200

    assert money(again(acme, first)) == ("pending", 0, 0, 0)
    assert balance(acme, payment) == (0, 500_00)
    (cancelled,) = acme.tenant.get("/payment-allocations/", paymentId=payment["id"])["data"]
    assert (cancelled["status"], cancelled["amount"]) == ("cancelled", 500_00)
    assert allocate(acme, payment, (other, 500_00)).status == 201
    assert balance(acme, payment) == (500_00, 0)


def test_the_invoice_that_replaces_a_voided_one_is_paid_anew(acme: Seller) -> None:
    voided = posted(acme)
    payment = paid(acme, 500_00)
    allocate(acme, payment, (acme.lines(voided)[0], 500_00))
    acme.tenant.call("POST", f"/invoices/{voided['id']}/void")

    replacing = acme.tenant.call("POST", f"/invoices/{voided['id']}/rebill").body
    acme.tenant.call("POST", f"/invoices/{replacing['id']}/post")

    assert money(again(acme, replacing)) == ("pending", 500_00, 0, 500_00)
    assert allocate(acme, payment, (acme.lines(replacing)[0], 500_00)).status == 201
    assert money(again(acme, replacing)) == ("paid", 500_00, 500_00, 0)


def test_the_metadata_of_a_paid_invoice_changes_and_nothing_else(acme: Seller) -> None:
    invoice = posted(acme)
    allocate(acme, paid(acme, 100_00), (acme.lines(invoice)[0], 100_00))
    before = again(acme, invoice)

    changed = acme.tenant.call("PUT", f"/invoices/{invoice['id']}", {"metadata": {"seen": True}}).body

    assert {**changed, "metadata": None} == before


def test_the_order_is_billed_as_before_whatever_is_paid(acme: Seller) -> None:
    invoice = posted(acme)
    before = acme.tenant.get(f"/orders/{invoice['orderId']}")

    allocate(acme, paid(acme, 500_00), (acme.lines(invoice)[0], 500_00))

    assert acme.tenant.get(f"/orders/{invoice['orderId']}") == before
