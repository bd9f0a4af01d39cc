"""Webhooks as they are stored, and the stream of what was written to the table, on both back ends."""

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.dynamodb.changes import change_of
from functions.adapters.dynamodb.invoices import DynamoInvoices
from functions.adapters.dynamodb.table import Records
from functions.adapters.dynamodb.webhooks import KEPT_FOR, DynamoWebhooks
from functions.adapters.webhook_queue import MAX_BYTES, SqsWebhookQueue
from functions.billing.errors import InvalidInput, TooLarge
from functions.billing.invoicing.happenings import Change, InvoiceChange
from functions.billing.models.invoice import Invoice
from functions.billing.models.webhook import (
    Announcement,
    Answer,
    DeliveryAttempt,
    Endpoint,
    LastAttempt,
    WebhookEvent,
    WebhookSettings,
)
from infra.resources import BILLING_CHANGES, RECORDS
from local.events import stream_event
from local.resources import Clients, physical_name
from local.table_stream import Record, TableStream, streams_at
from tests.builders import NOW, make_invoice, make_invoice_line
from tests.changes import taken
from tests.contracts.back_ends import BackEnd
from tests.contracts.conftest import ADAPTERS
from tests.faults import Answer as Sent
from tests.faults import Call, is_sent_twice, listening, meanwhile, watched

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)

CREATED, POSTED = WebhookEvent.INVOICE_CREATED, WebhookEvent.INVOICE_POSTED
OURS, THEIRS = "whsec_MQ==", "whsec_Mg=="
SETTINGS = WebhookSettings(signing_secret=OURS, endpoints={CREATED: Endpoint(url="https://example.com/")})
TABLE = physical_name(RECORDS.name)


@pytest.fixture
def webhooks(clients: Clients) -> DynamoWebhooks:
    return DynamoWebhooks(Records(clients.dynamodb, TABLE))


def attempt(number: int, *, seconds: int = 0, status: int = 200, event: WebhookEvent = CREATED) -> DeliveryAttempt:
    return DeliveryAttempt(
        announcement_id="evt_1",
        event=event,
        attempt=number,
        is_test=False,
        sent_at=NOW + timedelta(seconds=seconds),
        answer=Answer(status=status),
    )


def test_settings_are_empty_until_they_are_set_and_belong_to_one_organization(
    webhooks: DynamoWebhooks, organization_id: str
) -> None:
    assert webhooks.settings(organization_id) == WebhookSettings()

    webhooks.modify(organization_id, lambda _: SETTINGS)

    assert webhooks.settings(organization_id) == SETTINGS
    assert webhooks.settings(organization_id + "x") == WebhookSettings()


def test_two_changes_at_once_both_stay(clients: Clients, webhooks: DynamoWebhooks, organization_id: str) -> None:
    other = DynamoWebhooks(Records(clients.dynamodb, TABLE))

    def enable_other() -> None:
        other.modify(
            organization_id, lambda s: s.with_endpoint(POSTED, Endpoint(url="https://b.example/"), new_secret=THEIRS)
        )

    with watched(clients, meanwhile(enable_other), at="PutItem"):
        webhooks.modify(
            organization_id,
            lambda s: s.with_endpoint(CREATED, Endpoint(url="https://a.example/"), new_secret=OURS),
        )

    stored = webhooks.settings(organization_id)
    assert (stored.endpoint(CREATED).url, stored.endpoint(POSTED).url) == ("https://a.example/", "https://b.example/")
    assert stored.signing_secret == THEIRS


def test_an_overview_has_all_eleven_with_the_last_attempt_of_each(
    webhooks: DynamoWebhooks, organization_id: str
) -> None:
    webhooks.modify(organization_id, lambda _: SETTINGS)
    webhooks.record(organization_id, attempt(1, status=500))
    webhooks.record(organization_id, attempt(2, seconds=5))

    listed, settings = webhooks.overview(organization_id)

    assert [each.event for each in listed] == list(WebhookEvent)
    assert settings == SETTINGS
    assert listed[0].endpoint == SETTINGS.endpoint(CREATED)
    assert [each.last for each in listed[:2]] == [
        LastAttempt(sent_at=NOW + timedelta(seconds=5), is_success=True),
        None,
    ]


def test_attempts_are_kept_apart_the_newest_first(webhooks: DynamoWebhooks, organization_id: str) -> None:
    made = [attempt(number, seconds=seconds) for number, seconds in ((1, 0), (2, 5), (3, 305))]
    for each in (*made, attempt(1, event=POSTED)):
        webhooks.record(organization_id, each)

    assert webhooks.attempts(organization_id, CREATED, limit=10, offset=0).items == made[::-1]
    page = webhooks.attempts(organization_id, CREATED, limit=1, offset=1)
    assert (page.items, page.total) == ([made[1]], 3)


SEVEN = [attempt(number, seconds=number) for number in range(1, 8)]


@pytest.mark.parametrize(
    ("offset", "shown", "queries"),
    [
        (1, [6, 5], [("3", 3), ("COUNT", 0)]),
        (5, [2, 1], [("7", 7), ("COUNT", 0)]),
        (6, [1], [("8", 7)]),
        (7, [], [("9", 7)]),
    ],
)
def test_a_page_of_attempts_reads_what_is_before_its_end_and_counts_the_rest(
    clients: Clients,
    webhooks: DynamoWebhooks,
    organization_id: str,
    offset: int,
    shown: list[int],
    queries: list[tuple[str, int]],
) -> None:
    """Of each query the limit, or that it counts, and the items that came; where they end early all are counted."""
    for each in SEVEN:
        webhooks.record(organization_id, each)
    made: list[tuple[str, int]] = []

    def look(call: Call) -> Sent:
        asked, sent = json.loads(call.body), call.send()
        made.append((str(asked.get("Limit", asked.get("Select"))), len(sent[1].get("Items", []))))
        return sent

    with listening(clients, look):
        page = webhooks.attempts(organization_id, CREATED, limit=2, offset=offset)

    assert ([each.attempt for each in page.items], page.total, made) == (shown, 7, queries)


def test_a_page_that_takes_several_queries_is_whole(clients: Clients, organization_id: str) -> None:
    """Of 400 attempts with 6,000 characters each DynamoDB sends a megabyte at a time."""
    records = Records(clients.dynamodb, TABLE)
    for number in range(400):
        name, text = f"{number:03}", "x" * 6000
        records.put({"pk": {"S": organization_id}, "sk": {"S": name}, "text": {"S": text}}, replaces=0)

    with watched(clients) as watch:
        found = [item["sk"]["S"] for item in records.newest(organization_id, limit=390)]

    assert found == [f"{number:03}" for number in range(399, 9, -1)]
    # 390 x 6 KB are 2.3 MB
    assert watch.calls == ["Query"] * 3
    assert records.count(organization_id) == 400


def test_of_two_tests_at_once_one_begins(clients: Clients, webhooks: DynamoWebhooks, organization_id: str) -> None:
    other = DynamoWebhooks(Records(clients.dynamodb, TABLE))
    a_moment_later = NOW + timedelta(milliseconds=1)

    def begin_other() -> None:
        other.begin_test(organization_id, CREATED, now=NOW)

    with watched(clients, meanwhile(begin_other), at="PutItem"), pytest.raises(InvalidInput, match="is being tested"):
        webhooks.begin_test(organization_id, CREATED, now=a_moment_later)

    begun = LastAttempt(sent_at=NOW, is_success=False, is_under_way=True)
    assert webhooks.get(organization_id, CREATED).last == begun


def test_a_test_whose_beginning_is_noted_twice_begins(
    clients: Clients, webhooks: DynamoWebhooks, organization_id: str
) -> None:
    with watched(clients, is_sent_twice, at="PutItem") as watch:
        webhooks.begin_test(organization_id, CREATED, now=NOW)

    assert watch.has_struck
    webhooks.record(organization_id, attempt(1))
    assert webhooks.get(organization_id, CREATED).last == LastAttempt(sent_at=NOW, is_success=True)


def test_attempts_of_one_moment_do_not_replace_each_other_and_one_that_is_noted_twice_is_one(
    webhooks: DynamoWebhooks, organization_id: str
) -> None:
    other = attempt(1).model_copy(update={"announcement_id": "evt_2"})

    for each in (attempt(1), other, attempt(2), attempt(1)):
        webhooks.record(organization_id, each)

    assert webhooks.attempts(organization_id, CREATED, limit=10, offset=0).total == 3


def test_of_two_attempts_at_once_the_later_stays_the_last(
    clients: Clients, webhooks: DynamoWebhooks, organization_id: str
) -> None:
    other = DynamoWebhooks(Records(clients.dynamodb, TABLE))
    later = attempt(2, seconds=5, status=500)

    with watched(clients, meanwhile(lambda: other.record(organization_id, later)), at="GetItem"):
        webhooks.record(organization_id, attempt(1))

    assert webhooks.get(organization_id, CREATED).last == LastAttempt(sent_at=later.sent_at, is_success=False)


def test_an_attempt_is_forgotten_after_thirty_days(
    clients: Clients, webhooks: DynamoWebhooks, organization_id: str
) -> None:
    webhooks.record(organization_id, attempt(1))

    partition = {":p": {"S": f"{organization_id}#webhook#{CREATED}"}}
    (item,) = clients.dynamodb.query(
        TableName=TABLE, KeyConditionExpression="pk = :p", ExpressionAttributeValues=partition
    )["Items"]
    assert int(item[RECORDS.expiry]["N"]) == int((NOW + KEPT_FOR).timestamp())


def test_announcements_are_queued_whole_ten_in_a_call(clients: Clients) -> None:
    url = clients.sqs.create_queue(QueueName="announcements")["QueueUrl"]
    told = [Announcement(id=f"evt_{n}", organization_id="org_1", event=CREATED, body='{"ü":"😀"}') for n in range(11)]

    with watched(clients) as watch:
        SqsWebhookQueue(clients.sqs, url).send(told)

    assert watch.calls == ["SendMessageBatch"] * 2
    bodies = [
        m["Body"]
        for _ in range(4)
        for m in clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]
    assert len(bodies) == 11
    clients.sqs.delete_queue(QueueUrl=url)


def test_an_announcement_is_of_the_group_of_its_organization_in_a_queue_that_keeps_no_order(clients: Clients) -> None:
    url = clients.sqs.create_queue(QueueName="groups")["QueueUrl"]
    told = [Announcement(id="evt", organization_id=f"org_{n}", event=CREATED, body="{}") for n in (1, 2, 2)]

    SqsWebhookQueue(clients.sqs, url).send(told)

    found = [
        (json.loads(message["Body"])["organization"], message["Attributes"]["MessageGroupId"])
        for _ in range(3)
        for message in clients.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
        ).get("Messages", [])
    ]
    assert sorted(found) == [("org_1", "org_1"), ("org_2", "org_2"), ("org_2", "org_2")]
    clients.sqs.delete_queue(QueueUrl=url)


def test_the_announcements_of_a_call_are_no_more_bytes_than_it_may_have(clients: Clients) -> None:
    """Of 300,000 bytes each: three are 900,000 and a few, four would be over the million."""
    url = clients.sqs.create_queue(QueueName="large")["QueueUrl"]
    told = [
        Announcement(id=f"evt_{n}", organization_id="org_1", event=CREATED, body="x" * 300_000) for n in range(1, 8)
    ]

    with watched(clients) as watch:
        SqsWebhookQueue(clients.sqs, url).send(told)

    # 3 + 3 + 1
    assert watch.calls == ["SendMessageBatch"] * 3
    clients.sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("more", [0, 1])
def test_what_no_message_can_hold_is_told_before_it_is_sent(clients: Clients, more: int) -> None:
    url = clients.sqs.create_queue(QueueName="largest")["QueueUrl"]
    queue = SqsWebhookQueue(clients.sqs, url)
    empty = Announcement(id="evt_1", organization_id="org_1", event=CREATED, body="")
    queue.send([empty])
    (message,) = clients.sqs.receive_message(QueueUrl=url)["Messages"]
    announcement = empty.model_copy(update={"body": "x" * (MAX_BYTES - len(message["Body"]) + more)})

    with pytest.raises(TooLarge, match="takes 1000001 bytes, expected at most 1000000") if more else nullcontext():
        queue.check(announcement)

    queue.send([announcement])  # SQS itself would take a little more
    clients.sqs.delete_queue(QueueUrl=url)


# ---- the stream


Changes = Callable[[], list[Change]]
"""What is new in the stream, as the function that is started by it reads it."""


@pytest.fixture
def changes(clients: Clients, back_end: BackEnd) -> Changes:
    """In moto's own memory, for its API of streams knows no addresses of today; in ministack as its poller does it."""
    del back_end
    endpoint = clients.dynamodb.meta.endpoint_url
    read = in_moto if "amazonaws.com" in endpoint else in_ministack(clients, endpoint)

    def new() -> list[Change]:
        event: Any = stream_event(read(), "arn:of:the:stream")
        return [change for record in event["Records"] if (change := change_of(record)) is not None]

    new()
    return new


def in_moto() -> Sequence[Record]:
    return taken(BILLING_CHANGES)


def in_ministack(clients: Clients, endpoint: str) -> Callable[[], Sequence[Record]]:
    stream = TableStream(clients.dynamodb, streams_at(endpoint), RECORDS.name)
    position = [""]

    def read() -> Sequence[Record]:
        found: list[Record] = []
        while records := stream.read(after=position[0], limit=1000):
            position[0] = records[-1]["dynamodb"]["SequenceNumber"]
            found += records
        return found

    return read


def invoices(*totals: int) -> Sequence[Invoice]:
    return [make_invoice(make_invoice_line(total), id=f"inv_{total}") for total in totals]


def test_invoices_that_a_run_inserts_are_in_the_stream(
    clients: Clients, changes: Changes, organization_id: str
) -> None:
    """By PartiQL: see local/partiql_streams.py."""
    made = invoices(100, 200)

    DynamoInvoices(Records(clients.dynamodb, TABLE)).insert(organization_id, made)

    assert changes() == [InvoiceChange(organization_id, None, invoice) for invoice in made]


def test_an_invoice_that_changes_is_there_as_it_was_and_as_it_is(
    clients: Clients, changes: Changes, organization_id: str
) -> None:
    register = DynamoInvoices(Records(clients.dynamodb, TABLE))
    (draft,) = invoices(100)
    register.insert(organization_id, [draft])
    posted = register.modify(organization_id, draft.id, lambda invoice: invoice.posted(number=1, now=NOW))

    assert changes()[1:] == [InvoiceChange(organization_id, draft, posted)]


def test_an_insert_that_is_refused_tells_nothing(clients: Clients, changes: Changes, organization_id: str) -> None:
    register = DynamoInvoices(Records(clients.dynamodb, TABLE))
    register.insert(organization_id, invoices(100))
    changes()

    register.insert(organization_id, invoices(100))

    assert changes() == []


@pytest.mark.parametrize("pk", ["{}#product#external", "{}#invoice#number", "{}#schedule", "invoice", "{}#x#invoice"])
def test_what_is_only_called_like_an_invoice_is_none(
    clients: Clients, changes: Changes, organization_id: str, pk: str
) -> None:
    key = {"pk": {"S": pk.format(organization_id)}, "sk": {"S": "inv_1"}}

    clients.dynamodb.put_item(TableName=TABLE, Item=key)

    assert changes() == []
