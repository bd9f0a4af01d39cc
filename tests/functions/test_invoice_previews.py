"""`/orders/{id}/invoice-preview`: the invoice to come, exactly as it will be, and nothing is written."""

from datetime import date
from typing import Any

import pytest

from functions.wiring import aws
from local.resources import Clients
from tests.faults import watched
from tests.functions.sales import Json, Seller, at, day_of, fee, once, seats, seller, usage
from tests.world import Answer, World, invoke

JUNE_5, JULY_5, AUGUST_5 = date(2025, 6, 5), date(2025, 7, 5), date(2025, 8, 5)
READS = {"GetItem", "BatchGetItem", "Query"}
OWN = {"displayNumber", "status", "paymentStatus", "postedDate", "taxStatus", "createdAt", "updatedAt"}
"""What an invoice has of its own: when it was made, and whether and as what it was posted."""

PERCENT: Json = {
    "name": "Support",
    "pricing": {"pricingType": "RecurringPercentOfTotal", "percentageValue": 7.5, "billingFrequency": "Monthly"},
}
TIERS: list[Json] = [{"upperBound": 2, "unitAmount": 10}, {"lowerBound": 3, "unitAmount": 5, "flatAmount": 2_00}]
GRADUATED = usage({**at(0), "tiers": TIERS}, pricingType="UsageGraduated")


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """A French seller with a customer at home, on 1 June."""
    acme = seller(empty_world, billingAddress={"country": "FR"})
    organization = acme.tenant.organization_id
    answer = invoke(
        "admin", {"operation": "set_tax", "organization": organization, "country": "FR", "rates": {"FR": "20"}}
    )
    assert "error" not in answer, answer
    return acme


def ask(acme: Seller, order: Any, **query: str) -> Answer:
    """A question that writes nothing."""
    clients = Clients(dynamodb=aws.dynamodb(), sqs=aws.sqs(), s3=aws.s3())
    with watched(clients) as watch:
        answer = acme.tenant.call("GET", f"/orders/{order['id']}/invoice-preview", query=query)
    assert watch.calls
    assert set(watch.calls) <= READS
    return answer


def preview(acme: Seller, order: Any, **query: str) -> Any:
    answer = ask(acme, order, **query)
    assert answer.status == 200, answer
    return answer.body


def content(shown: Any) -> Json:
    lines = [{name: value for name, value in line.items() if name not in OWN} for line in shown["lines"]]
    return {name: value for name, value in shown.items() if name not in OWN} | {"lines": lines}


def made(acme: Seller, day: str) -> Json:
    """The real invoice of that day, with its lines."""
    (invoice,) = (invoice for invoice in acme.invoices() if day_of(invoice["issueDate"]) == day)
    return content(invoice | {"lines": acme.lines(invoice)})


@pytest.mark.parametrize("auto_post", [True, False])
def test_it_is_the_invoice_that_the_billing_runs_make(acme: Seller, *, auto_post: bool) -> None:
    order = acme.sell(
        fee(at(100_00)),
        seats(at(3_33)),
        PERCENT,
        GRADUATED,
        once(at(1_000_00), billingType="Arrears"),
        startDate="2025-06-16T00:00:00Z",
        billingAnchor=1,
        paymentTerms="Net 14",
        autoPostInvoices=auto_post,
    )
    days = ["2025-06-16", "2025-07-01", "2025-08-01", "2025-09-01"]
    acme.send(date(2025, 6, 20), date(2025, 6, 21), date(2025, 6, 22), JULY_5)

    at_first = {day: preview(acme, order, asOf=day) for day in days}
    acme.clock("2025-07-01")
    assert [content(at_first[day]) for day in days[:2]] == [made(acme, day) for day in days[:2]]

    acme.send(date(2025, 6, 25), JULY_5, AUGUST_5)  # the first of them is late
    in_july = {day: preview(acme, order, asOf=day) for day in days[2:]}
    acme.clock("2025-09-01")

    assert [content(in_july[day]) for day in days[2:]] == [made(acme, day) for day in days[2:]]
    assert ("Late usage, AI SDR: E-mails" in str(in_july["2025-08-01"])) is auto_post
    assert in_july["2025-08-01"]["taxAmount"] > 0


def test_a_draft_is_shown_as_if_it_were_activated_now(acme: Seller) -> None:
    draft = acme.order(fee(at(100_00)), usage(at(10)), autoPostInvoices=True, startDate="2025-05-01T00:00:00Z")
    acme.send(date(2025, 5, 5), date(2025, 5, 6), JUNE_5)
    days = ["2025-05-01", "2025-06-01", "2025-07-01"]

    shown = [preview(acme, draft, asOf=day) for day in days]
    assert acme.tenant.get(f"/orders/{draft['id']}")["creationState"] == "draft"
    acme.activate(draft)
    acme.clock("2025-07-01")

    assert [content(each) for each in shown] == [made(acme, day) for day in days]
    assert [each["invoiceTotalExcludingTax"] for each in shown] == [100_00, 100_20, 100_10]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, "2025-07-01"),
        ("2025-01-01", "2025-07-01"),
        ("2025-06-01", "2025-07-01"),
        ("2025-07-01", "2025-07-01"),
        ("2025-07-01T23:59:59Z", "2025-07-01"),
        ("2025-07-02", "2025-08-01"),
        ("2025-07-02T01:00:00+02:00", "2025-07-01"),
        ("2025-12-24", "2026-01-01"),
    ],
)
def test_the_day_may_be_left_out_or_lie_anywhere(acme: Seller, as_of: str | None, expected: str) -> None:
    order = acme.sell(fee())

    shown = preview(acme, order, **({} if as_of is None else {"asOf": as_of}))

    assert day_of(shown["issueDate"]) == expected
    assert (shown["status"], shown["displayNumber"]) == ("draft", None)


@pytest.mark.parametrize(
    ("as_of", "sentence"),
    [
        ("tomorrow", "asOf is 'tomorrow': expected an ISO 8601 date or date-time such as 2025-06-01"),
        ("2025-02-30", "asOf is '2025-02-30': expected an ISO 8601 date or date-time such as 2025-06-01"),
        ("2199-01-01", "asOf is 2199-01-01, expected no day after 2035-06-09"),
    ],
)
def test_a_bad_day_is_refused_with_what_was_expected(acme: Seller, as_of: str, sentence: str) -> None:
    answer = ask(acme, acme.sell(fee()), asOf=as_of)

    assert (answer.status, answer.sentence) == (400, sentence)


def test_an_order_with_nothing_left_to_bill_is_told_from_one_that_there_is_not(acme: Seller) -> None:
    over = acme.sell(fee(), endDate="2025-07-01T00:00:00Z")

    answer, later, unknown = ask(acme, over), ask(acme, over, asOf="2025-08-01"), ask(acme, {"id": "nothing"})

    why = "no charge is to come, and no signal counts for what is not billed yet"
    assert (answer.status, answer.body) == (
        404,
        {"error": f"order {over['id']} has nothing to bill: {why}", "code": "NOTHING_TO_BILL"},
    )
    assert later.sentence == f"order {over['id']} has nothing to bill on 2025-08-01 or later: {why}"
    assert (unknown.status, unknown.body) == (404, {"error": "order nothing was not found", "code": "NOT_FOUND"})


def test_a_draft_that_cannot_be_activated_is_refused_as_its_activation_is(acme: Seller) -> None:
    draft = acme.order()

    answer, activation = ask(acme, draft), acme.tenant.call("POST", f"/orders/{draft['id']}/activate")

    assert (answer.status, answer.body) == (400, activation.body)


def test_signals_that_wait_to_be_rated_are_counted(acme: Seller) -> None:
    order = acme.sell(usage(at(10)))
    acme.send(JUNE_5)

    assert preview(acme, order)["lines"][0]["quantity"] == 1
    assert preview(acme, order)["id"] == preview(acme, order, asOf="2025-07-01")["id"]
