"""The queues of SQS: what is accepted goes out whole, as messages that are small enough."""

import json
import random
import string
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from functions.adapters.sqs import (
    MAX_MESSAGE_BYTES,
    SqsBacklog,
    SqsCostQueue,
    SqsDocumentQueue,
    SqsInvoiceQueue,
    SqsSignalQueue,
    decode_batch,
    encode_batch,
)
from functions.billing.errors import TooLarge
from functions.billing.models.signal import Signal, SignalBatch
from infra.resources import QUEUES
from local.resources import Clients, physical_name
from tests.builders import NOW
from tests.contracts.conftest import ADAPTERS
from tests.faults import Answer, Call, watched

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)

FIRST_OF_JUNE = date(2025, 6, 1)
SMALL = Signal(
    event_name="送信 😀",
    external_customer_id="acme",
    occurred_at=NOW.replace(microsecond=1),
    data={"nested": [None, True, 0.1, 10**20, {"ключ": None}], "nothing": None},
    idempotency_key="1",
)


@pytest.fixture
def url(clients: Clients) -> Iterator[str]:
    """An empty queue."""
    url = clients.sqs.create_queue(QueueName="contract")["QueueUrl"]
    yield url
    clients.sqs.delete_queue(QueueUrl=url)


def test_a_small_batch_is_one_message(clients: Clients, url: str) -> None:
    batch = SignalBatch(organization_id="org_1", received_at=NOW, signals=(SMALL,))

    SqsSignalQueue(clients.sqs, url).send(batch)

    assert [decode_batch(body) for body in received(clients, url)] == [batch]


def test_a_large_batch_is_several_messages_that_hold_all_of_it(clients: Clients, url: str) -> None:
    """Forty signals of 60 KB that do not compress well: some 1.8 MB of base64."""
    batch = SignalBatch(organization_id="org_1", received_at=NOW, signals=tuple(random_signals(40, size=60_000)))
    assert 2 * MAX_MESSAGE_BYTES < len(encode_batch(batch)) < 4 * MAX_MESSAGE_BYTES

    SqsSignalQueue(clients.sqs, url).send(batch)

    bodies = received(clients, url)
    parts = [decode_batch(body) for body in bodies]
    assert len(bodies) == 4
    assert max(map(len, bodies)) <= MAX_MESSAGE_BYTES
    assert {part.model_copy(update={"signals": ()}) for part in parts} == {batch.model_copy(update={"signals": ()})}
    sent = sorted((signal for part in parts for signal in part.signals), key=lambda signal: signal.idempotency_key)
    assert sent == list(batch.signals)


def test_costs_are_one_message_or_none(clients: Clients, url: str) -> None:
    """Forty of 60 KB are two messages too many."""
    small = SignalBatch(organization_id="org_1", received_at=NOW, signals=(SMALL, SMALL))
    large = small.model_copy(update={"signals": tuple(random_signals(40, size=60_000))})
    queue = SqsCostQueue(clients.sqs, url)

    queue.send(small)
    with pytest.raises(TooLarge, match=f"expected at most {MAX_MESSAGE_BYTES}: send them in several requests"):
        queue.send(large)

    assert [decode_batch(body) for body in received(clients, url)] == [small]


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
