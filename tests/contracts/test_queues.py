"""The queues of SQS: what is accepted goes out whole, as messages that are small enough."""

import json
import random
import string
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from functions.adapters.producer import Producer
from functions.adapters.sqs import (
    SqsBacklog,
    SqsCostQueue,
    SqsDocumentQueue,
    SqsInvoiceQueue,
    SqsSignalQueue,
)
from functions.billing.errors import TooLarge
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, SignalBatch, Source
from functions.runtime.signal_messages import MAX_MESSAGE_BYTES, cost_message, signal_messages
from functions.runtime.signal_request import decode_batch
from infra.resources import QUEUES
from local.resources import Clients, physical_name
from tests.builders import NOW
from tests.contracts.conftest import ADAPTERS
from tests.faults import Answer, Call, never_arrives, watched

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)

FIRST_OF_JUNE = date(2025, 6, 1)
SMALL = Signal(
    event_name="送信 😀",
    external_customer_id="acme",
    occurred_at=NOW.replace(microsecond=1),
    data={"nested": [None, True, 0.1, 10**20, {"ключ": None}], "nothing": None},
    idempotency_key="1",
)

SENDER = Sender("org_1", received_at=NOW, is_test=False)


@pytest.fixture
def url(clients: Clients) -> Iterator[str]:
    """An empty queue."""
    url = clients.sqs.create_queue(QueueName="contract")["QueueUrl"]
    yield url
    clients.sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def queue(clients: Clients, url: str) -> SqsSignalQueue:
    return SqsSignalQueue(clients.sqs, url, Producer("a-process-01"))


def test_a_small_batch_is_one_message(clients: Clients, url: str, queue: SqsSignalQueue) -> None:
    assert queue.send(SENDER, signal_messages(batch_of(SMALL))) == 1

    assert [decode_batch(body) for body in received(clients, url)] == [sent(SMALL, sequence=1, before=0)]


def test_a_large_batch_is_several_messages_that_hold_all_of_it(
    clients: Clients, url: str, queue: SqsSignalQueue
) -> None:
    """Forty signals of 60 KB that do not compress well: some 1.8 MB of base64."""
    signals = tuple(random_signals(40, size=60_000))

    assert queue.send(SENDER, signal_messages(batch_of(*signals))) == 40

    bodies = received(clients, url)
    parts = sorted((decode_batch(body) for body in bodies), key=lambda part: part.source or ())
    assert max(map(len, bodies)) <= MAX_MESSAGE_BYTES + 300
    assert parts == [sent(*signals[at : at + 10], sequence=at // 10 + 1, before=at) for at in range(0, 40, 10)]


def test_when_a_part_is_not_sent_those_before_it_are_told(clients: Clients, url: str, queue: SqsSignalQueue) -> None:
    """The third attempt is spent; nothing of it is counted, and the fourth says so."""
    parts = signal_messages(batch_of(*random_signals(40, size=60_000)))

    assert queue.send(SENDER, parts[:1]) == 10
    with watched(clients, never_arrives, at=1):
        assert queue.send(SENDER, parts[1:]) == 10
    assert queue.send(SENDER, signal_messages(batch_of(SMALL))) == 1

    sources = sorted(batch.source or () for batch in map(decode_batch, received(clients, url)))
    assert sources == [
        ("a-process-01", 1, 0, 10, "2025-06-01"),
        ("a-process-01", 2, 10, 10, "2025-06-01"),
        ("a-process-01", 4, 20, 1, "2025-06-01"),
    ]


def test_costs_are_one_message_or_none(clients: Clients, url: str, queue: SqsSignalQueue) -> None:
    """Forty of 60 KB are two messages too many."""
    costs = SqsCostQueue(queue, cost_message)

    costs.send(batch_of(SMALL, SMALL))
    with pytest.raises(TooLarge, match=f"expected at most {MAX_MESSAGE_BYTES}: send them in several requests"):
        costs.send(batch_of(*random_signals(40, size=60_000)))

    assert [decode_batch(body) for body in received(clients, url)] == [sent(SMALL, SMALL, sequence=1, before=0)]


@pytest.mark.parametrize(
    ("count", "per_message"), [(0, []), (1, [1]), (80, [80]), (81, [80, 1]), (805, [80] * 10 + [5])]
)
def test_each_order_is_asked_for_once_and_many_in_a_message(
    clients: Clients, url: str, count: int, per_message: list[int]
) -> None:
    orders = [f"ord_{number}" for number in range(count)]

    SqsInvoiceQueue(clients.sqs, url).send("org_1", orders, as_of=FIRST_OF_JUNE)

    messages = [json.loads(body) for body in received(clients, url)]
    assert sorted(order for message in messages for order in message["orders"]) == sorted(orders)
    assert sorted((len(message["orders"]) for message in messages), reverse=True) == per_message
    assert all(
        m == {"schema": 2, "organization": "org_1", "orders": m["orders"], "as_of": "2025-06-01"} for m in messages
    )


def test_each_invoice_is_asked_for_by_its_id(clients: Clients, url: str) -> None:
    invoices = {f"inv_{number}" for number in range(11)}

    SqsDocumentQueue(clients.sqs, url).send("org_1", sorted(invoices))

    messages = [json.loads(body) for body in received(clients, url)]
    assert {message.pop("invoice") for message in messages} == invoices
    assert messages == [{"schema": 1, "organization": "org_1"}] * 11


def test_a_message_that_is_refused_is_an_error_and_not_a_loss(clients: Clients, url: str) -> None:
    def refuses_the_second(call: Call) -> Answer:
        http, _ = call.send()
        return http, {"Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}]}

    with watched(clients, refuses_the_second, at=0), pytest.raises(RuntimeError, match="refused 1"):
        SqsDocumentQueue(clients.sqs, url).send("org_1", ["inv_1", "inv_2"])


def test_the_backlog_counts_what_waits_and_what_is_being_worked_on(clients: Clients, url: str) -> None:
    queues = [clients.sqs.get_queue_url(QueueName=physical_name(queue.name))["QueueUrl"] for queue in QUEUES]
    backlog = SqsBacklog(clients.sqs, [url, *queues])
    assert backlog.size() == 0

    SqsDocumentQueue(clients.sqs, url).send("org_1", ["inv_1", "inv_2"])
    clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)

    assert backlog.size() == 2


def batch_of(*signals: Signal) -> SignalBatch:
    return SignalBatch(organization_id="org_1", received_at=NOW, signals=signals)


def sent(*signals: Signal, sequence: int, before: int) -> SignalBatch:
    """As the worker reads it."""
    source = Source("a-process-01", sequence, before, len(signals), "2025-06-01")
    return batch_of(*signals).model_copy(update={"schema_version": 2, "source": source})


def random_signals(count: int, *, size: int) -> Iterator[Signal]:
    chance = random.Random(1)  # noqa: S311 - noise, the same in each run
    for number in range(count):
        noise = "".join(chance.choices(string.printable[:64], k=size))
        yield SMALL.model_copy(update={"data": {"noise": noise}, "idempotency_key": f"{number:03}"})


def received(clients: Clients, url: str) -> list[Any]:
    bodies: list[Any] = []
    while messages := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies
