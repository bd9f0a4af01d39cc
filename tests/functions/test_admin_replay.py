"""`replay` of the admin function: an organization's books against its log, in parts."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest

from functions.admin.handler import handler
from functions.admin.operation import ANSWERING_MS, PART_MS
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint
from functions.wiring import aws, counting, ledgers
from local.resources import Clients, physical_name
from tests.faults import watched
from tests.functions.sales import Seller, at, fee, seller, usage
from tests.world import World, invoke

READS = {"GetItem", "BatchGetItem", "Query"}


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """A fee and e-mails, some of them late, of one customer; four invoices are posted, and another is voided."""
    acme = seller(empty_world)
    acme.sell(fee(), usage(at(10)), autoPostInvoices=True)
    acme.send(date(2025, 6, 3), date(2025, 6, 4))
    acme.clock("2025-07-10")
    acme.send(date(2025, 6, 5), date(2025, 7, 5))
    acme.clock("2025-08-01")
    voided = acme.invoices()[1]
    for path in ("void", "rebill"):
        assert acme.tenant.call("POST", f"/invoices/{voided['id']}/{path}").status in {200, 201}
    acme.clock("2025-09-01")
    return acme


def ask(acme: Seller, **fields: object) -> Any:
    return invoke("admin", {"operation": "replay", "organization": acme.tenant.organization_id, **fields})


def parts(acme: Seller) -> Iterator[Any]:
    """All answers, one after the other."""
    after = None
    while True:
        part = ask(acme, after=after)
        assert "error" not in part, part
        yield part
        after = part["next"]
        if after is None:
            return


def posted(acme: Seller) -> Invoice:
    """The first invoice, of June. The last would only be missed: a schedule promises it."""
    everything = ledgers.invoices().page(acme.tenant.organization_id, limit=100, offset=0).items
    return next(invoice for invoice in everything if invoice.status is InvoiceStatus.POSTED)


def found(acme: Seller) -> list[str]:
    """The differences, in words."""
    return [difference["sentence"] for part in parts(acme) for difference in part["differences"]]


def test_books_that_are_right_show_no_difference(acme: Seller) -> None:
    answers = list(parts(acme))

    sums = {name: sum(part[name] for part in answers) for name in ("customers", "segments", "signals", "invoices")}
    assert [part["stage"] for part in answers] == ["customers", "logs", "numbers", "invoices", "payments"]
    assert sums == {"customers": 1, "segments": 2, "signals": 4, "invoices": 5}
    assert {part["knownCustomers"] for part in answers} == {1}
    assert {part["organization"]["name"] for part in answers} == {"Acme AI"}
    assert [part["differences"] + part["remarks"] for part in answers] == [[]] * 5


def test_a_replay_only_reads(acme: Seller) -> None:
    clients = Clients(dynamodb=aws.dynamodb(), s3=aws.s3(), sqs=aws.sqs())

    with watched(clients) as watch:
        list(parts(acme))

    assert set(watch.calls) <= READS


def test_a_wrong_usage_is_found(acme: Seller) -> None:
    log = LogId(acme.tenant.organization_id, acme.customer_id)
    stored = counting.checkpoints().load(log.organization_id, log.customer_id).checkpoints[0]
    ((attribute_id, periods),) = stored.value.usage.items()
    wrong = {attribute_id: {**periods, date(2025, 6, 1): 4}}
    damaged = stored.value.model_copy(update={"usage": wrong})
    counting.checkpoints().save(log, damaged, replaces=stored.revision)

    answer = next(parts(acme))

    field = f"shard 0 usage {attribute_id} 2025-06-01"
    assert answer["differences"] == [
        {
            "book": "usage",
            "id": acme.customer_id,
            "field": field,
            "stored": "4",
            "replayed": "3",
            "sentence": f"usage {acme.customer_id}, {field}: 4 is stored, 3 is replayed",
        }
    ]


def test_a_wrong_amount_on_a_posted_invoice_is_found(acme: Seller) -> None:
    invoice = posted(acme)

    def wrong(invoice: Any) -> Any:
        first, *others = invoice.lines
        return invoice.model_copy(update={"lines": (first.model_copy(update={"amount_minor": 99_99}), *others)})

    ledgers.invoices().modify(acme.tenant.organization_id, invoice.id, wrong)

    named = f"invoice {invoice.id} (INV-000001), line {invoice.lines[0].id}"
    assert f"{named} amount_minor: 9999 is stored, 10000 is replayed" in found(acme)


def test_a_posted_invoice_that_is_gone_is_found_by_its_number(acme: Seller) -> None:
    invoice = posted(acme)
    key = {"pk": {"S": f"{acme.tenant.organization_id}#invoice"}, "sk": {"S": invoice.id}}
    acme.world.clients.dynamodb.delete_item(TableName=physical_name("records"), Key=key)

    assert f'invoice {invoice.id}, number: nothing is stored, "posted, INV-000001" is replayed' in found(acme)


def test_the_log_of_a_deleted_customer_is_replayed(acme: Seller) -> None:
    gone = acme.tenant.create("/customers/", name="Gone Ltd", externalId="gone")["id"]
    acme.send(date(2025, 8, 1), customer={"externalCustomerId": "gone"})
    assert acme.tenant.call("DELETE", f"/customers/{gone}").status == 200

    customers, logs, *_ = list(parts(acme))
    assert [part["customers"] for part in (customers, logs)] == [1, 1]

    log = LogId(acme.tenant.organization_id, gone)
    stored = counting.checkpoints().load(log.organization_id, gone).checkpoints[0]
    counting.checkpoints().save(log, Checkpoint(rated_through=1, counted=1), replaces=stored.revision)
    assert f"usage {gone}, shard 0 counted: 1 is stored, 0 is replayed" in found(acme)
    assert ask(acme, customer=gone)["differences"]


def test_one_customer_is_replayed_without_the_numbers(acme: Seller) -> None:
    answer = ask(acme, customer=acme.customer_id)

    assert (answer["customers"], answer["invoices"], answer["stage"], answer["next"]) == (1, 5, None, None)


class Hurried:
    """A context whose time goes by a second at every look."""

    def __init__(self, left_ms: int) -> None:
        self._ticks = count(left_ms, -1000)

    def get_remaining_time_in_millis(self) -> int:
        return next(self._ticks)


def in_a_hurry(acme: Seller, left_ms: int, after: object = None) -> Any:
    event = {"operation": "replay", "organization": acme.tenant.organization_id, "after": after}
    return json.loads(json.dumps(handler(event, Hurried(left_ms))))


def test_what_time_does_not_allow_is_left_for_the_next_call(acme: Seller) -> None:
    """So many seconds are left that two looks find some time and the third none: one to begin with, one a customer."""
    for number in range(3):
        acme.tenant.create("/customers/", name=f"Customer {number}")
    customers: list[int] = []
    after: Any = None

    while after is None or after["stage"] == "customers":
        answer = in_a_hurry(acme, ANSWERING_MS + 4000, after)
        customers.append(answer["customers"])
        after = answer["next"]

    assert sum(customers) == 4
    assert len(customers) > 1


def test_a_part_ends_after_a_minute_though_the_call_had_more_time(acme: Seller) -> None:
    for number in range(70):
        acme.tenant.create("/customers/", name=f"Customer {number}")

    answer = in_a_hurry(acme, 900_000)

    assert 1 < answer["customers"] <= PART_MS // 1000
    assert answer["next"]["stage"] == "customers"


def test_a_log_for_which_there_is_no_time_at_all_is_named(acme: Seller) -> None:
    assert in_a_hurry(acme, ANSWERING_MS) == {
        "error": f"the log of customer {acme.customer_id} is too long to be replayed in the time of one call",
        "code": "LOG_TOO_LONG",
    }


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"customer": "cus_nobody"}, "customer cus_nobody was not found"),
        ({"organization": "org_nobody"}, "organization org_nobody was not found"),
        ({"after": "cus_1"}, "after is 'cus_1', expected an object"),
        (
            {"after": {"stage": "orders"}},
            "after.stage is 'orders': expected 'customers', 'logs', 'numbers', 'invoices' or 'payments'",
        ),
        (
            {"customer": "cus_1", "after": {}},
            "customer and after are given, expected one of them: a customer is replayed at once",
        ),
    ],
)
def test_what_cannot_be_replayed_is_refused(acme: Seller, fields: dict[str, object], sentence: str) -> None:
    assert ask(acme, **fields)["error"] == sentence


def test_another_organizations_customer_is_not_found(acme: Seller) -> None:
    other = acme.world.tenant("Other")

    answer = invoke(
        "admin", {"operation": "replay", "organization": other.organization_id, "customer": acme.customer_id}
    )

    assert answer["code"] == "NOT_FOUND"
