"""Signals on their way and the administrator's view of them: what tests of balances and dead letters share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from functions.wiring import aws
from infra.resources import DEAD_LETTERS, SIGNAL_QUEUE, Queue
from local.events import queue_event
from local.messages import Message
from local.resources import Clients, queue_arn
from tests.faults import Answer, Call, answer, listening
from tests.functions.sales import Seller, at, seller, usage
from tests.world import World, invoke

(SIGNAL_DEAD_LETTERS,) = DEAD_LETTERS

EMAIL = "email_sent"


@dataclass(frozen=True)
class Account:
    """An organization on 1 June 2025 that counts e-mails of its customer `acme`."""

    seller: Seller
    product_id: str

    @property
    def world(self) -> World:
        return self.seller.world

    @property
    def id(self) -> str:
        return self.seller.tenant.organization_id

    def send(self, *keys: str, customer: str = "acme", event: str = EMAIL, **fields: object) -> None:
        """One request, and so one message; nothing of it is worked on when this returns."""
        self.send_all([self.signal(key, customer=customer, event=event, **fields) for key in keys])

    def send_all(self, signals: Sequence[object]) -> None:
        answered = self.seller.tenant.call("POST", "/signals/bulk", {"signals": signals})
        assert answered.body["ingested"] == len(signals), answered

    def signal(self, key: str, *, customer: str = "acme", event: str = EMAIL, **fields: object) -> dict[str, object]:
        return {
            "eventName": event,
            "customer": {"externalCustomerId": customer},
            "attribution": {"productId": self.product_id},
            "timestamp": "2025-06-01T12:00:00Z",
            "idempotencyKey": key,
            **fields,
        }

    def ask(self, operation: str, **fields: object) -> Any:
        return invoke("admin", {"operation": operation, "organization": self.id, **fields})

    def balance(self, **fields: object) -> Any:
        part = self.ask("balance", **fields)
        assert part.get("next", "missing") is None, part
        return part["balance"]

    def ends(self, **fields: object) -> tuple[int, ...]:
        """Accepted; counted, unattributed, duplicates, rejected, in flight; it adds up."""
        balance = self.balance(**fields)
        assert balance["addsUp"], balance
        ended = ("counted", "unattributed", "duplicates", "rejected", "inFlight")
        return balance["accepted"], *(balance[end] for end in ended)


def account(world: World) -> Account:
    made = seller(world)
    made.sell(usage(at(10)))
    return Account(made, made.tenant.get("/products/")["data"][-1]["id"])


def taken(world: World, queue: Queue) -> list[Message]:
    """Everything in a queue, which is empty then."""
    taken: list[Message] = []
    while messages := world.receive(queue):
        for message in messages:
            world.clients.sqs.delete_message(QueueUrl=world.url(queue), ReceiptHandle=message.receipt)
        taken += messages
    return taken


def put(world: World, queue: Queue, *bodies: str) -> None:
    for body in bodies:
        world.clients.sqs.send_message(QueueUrl=world.url(queue), MessageBody=body)


def deliver(function: str, queue: Queue, messages: Sequence[Message]) -> list[str]:
    """The ids of those that come back."""
    answered = invoke(function, queue_event(messages, queue_arn(queue.name)))
    return [failure["itemIdentifier"] for failure in answered["batchItemFailures"]]


def rate(messages: Sequence[Message]) -> list[str]:
    return deliver("rate_signals", SIGNAL_QUEUE, messages)


def give_up(world: World) -> None:
    """Delivers what fails until SQS has moved it to the dead letters; nobody takes it from there yet."""
    for _ in range(SIGNAL_QUEUE.max_receives + 1):
        world.deliver(SIGNAL_QUEUE)


def depth(world: World, queue: Queue) -> int:
    attributes = world.clients.sqs.get_queue_attributes(
        QueueUrl=world.url(queue), AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


@contextmanager
def refused(matches: Callable[[str, str], bool], *, code: str = "AccessDeniedException") -> Iterator[None]:
    """Every call whose operation and body match is refused, as by a permission that is missing."""

    def before_call(call: Call) -> Answer | None:
        if not matches(call.operation, call.body.decode("latin-1")):
            return None
        return answer(HTTPStatus.BAD_REQUEST, Error={"Code": code, "Message": "so the test wants it"})

    with listening(own_clients(), before_call):
        yield


def own_clients() -> Clients:
    """Those of the functions, which are others than the tests' own."""
    return Clients(aws.dynamodb(), aws.s3(), aws.sqs())


def log_of(customer_id: str) -> Callable[[str, str], bool]:
    """Matches what would append to the customer's log."""
    return lambda operation, body: operation == "PutItem" and f"#{customer_id}#" in body and '"block"' in body
