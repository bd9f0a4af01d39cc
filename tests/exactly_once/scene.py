"""One organization, one customer, one order: what every scenario here begins with, and what it looks at in the end."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.segment import Entry, LogId, Segment
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.models.usage import Checkpoint, Usage
from functions.wiring import counting, entities, ledgers, ordering
from infra.resources import INVOICE_QUEUE, SIGNAL_QUEUE, Queue
from local.events import queue_event
from local.messages import Message
from local.resources import queue_arn
from tests.builders import NOW, USAGE, make_attribute, make_customer, make_order, make_price, make_pricing, make_product
from tests.exactly_once.environment import Environment
from tests.messages import encode_batch
from tests.world import BY_NAME, Tenant, World

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
FEE, EMAIL = 500_00, 10
"""Per month in advance, and per signal in arrears."""

ORDER, CUSTOMER, PRODUCT = "ord_1", "cus_1", "prod_1"
FEE_ID, EMAIL_ID = "ola_recurring", "ola_email_sent"

_FOREVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Scene:
    """An organization whose customer `acme` may buy product `sdr`."""

    world: World
    tenant: Tenant

    @property
    def organization_id(self) -> str:
        return self.tenant.organization_id

    def begin(self) -> None:
        entities.customers().insert(self.organization_id, make_customer(external_id="acme"))
        entities.products().insert(self.organization_id, make_product(external_id="sdr"))

    def environment(self) -> Environment:
        return Environment(self.world.clients)

    def order(self, *, start: date = JUNE, **fields: Any) -> Order:
        """A draft: a monthly fee, and a price per e-mail."""
        attributes = (
            make_attribute(make_pricing(price_points=(make_price(FEE),))),
            make_attribute(make_pricing(USAGE, make_price(EMAIL))),
        )
        order = make_order(*attributes, start=start, **fields)
        entities.orders().insert(self.organization_id, order)
        return order

    def activate(self, order_id: str = ORDER, *, now: datetime = NOW) -> None:
        """The message that asks for invoices is taken away: a scenario sends its own."""
        ordering.activate_order()(self.organization_id, order_id, now=now)
        self.take(INVOICE_QUEUE)

    def batch(self, *signals: Signal) -> str:
        """The body of a message of the signal queue."""
        return encode_batch(SignalBatch(organization_id=self.organization_id, received_at=NOW, signals=tuple(signals)))

    def bill(self, as_of: date, order_id: str = ORDER) -> str:
        """The body of a message of the invoice queue."""
        return json.dumps(
            {"schema": 2, "organization": self.organization_id, "orders": [order_id], "as_of": str(as_of)}
        )

    def take(self, queue: Queue) -> list[Any]:
        """Everything in a queue, which is empty then."""
        bodies: list[Any] = []
        while messages := self.world.receive(queue):
            for message in messages:
                self.world.clients.sqs.delete_message(QueueUrl=self.world.url(queue), ReceiptHandle=message.receipt)
                bodies.append(message.body if queue is SIGNAL_QUEUE else json.loads(message.body))
        return bodies

    def log(self, customer_id: str = CUSTOMER) -> list[Segment]:
        return counting.signal_log().read(LogId(self.organization_id, customer_id), after=0, limit=_FOREVER)

    def entries(self, customer_id: str = CUSTOMER) -> list[Entry]:
        return [entry for segment in self.log(customer_id) for entry in segment.entries]

    def checkpoint(self, customer_id: str = CUSTOMER) -> Checkpoint:
        """As it is stored, behind the log or not."""
        stored = counting.checkpoints().load(self.organization_id, customer_id).checkpoints.get(0)
        return Checkpoint() if stored is None else stored.value

    def invoices(self) -> list[Invoice]:
        return list(ledgers.invoices().page(self.organization_id, limit=_FOREVER, offset=0).items)

    def orders(self) -> list[Order]:
        """Active ones, the first activated first."""
        orders = entities.orders().page(self.organization_id, limit=_FOREVER, offset=0).items
        return sorted((o for o in orders if o.activated_at), key=lambda o: (o.activated_at or NOW, o.id))

    def customer_ids(self) -> dict[str | None, str]:
        """By external id."""
        customers = entities.customers().page(self.organization_id, limit=_FOREVER, offset=0).items
        return {customer.external_id: customer.id for customer in customers}


def email(key: str, at: datetime = datetime(2025, 6, 10, tzinfo=UTC), **fields: Any) -> Signal:
    """A signal of `acme` for `sdr`."""
    if "customer_id" not in fields:
        fields = {"external_customer_id": "acme", **fields}
    return Signal.model_validate(
        {
            "event_name": "email_sent",
            "external_product_id": "sdr",
            "occurred_at": at,
            "idempotency_key": key,
            **fields,
        }
    )


def delivered(environment: Environment, queue: Queue, bodies: Sequence[str], context: object = None) -> list[str]:
    """Delivers the messages as one batch; those that come back, for SQS to deliver again."""
    function = next(function for function in BY_NAME.values() if function.trigger is queue)
    messages = [Message(id=str(number), receipt="", body=body) for number, body in enumerate(bodies)]
    answer = environment.invoke(function.name, queue_event(messages, queue_arn(queue.name)), context)
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    return [message.body for message in messages if message.id in failed]


def deliver_until_done(environment: Environment, queue: Queue, bodies: Sequence[str]) -> None:
    """As often as SQS would, before it gave up."""
    for _ in range(queue.max_receives):
        if not bodies:
            return
        bodies = delivered(environment, queue, bodies)
    assert not bodies, "messages would be in the dead-letter queue now"


def recounted(entries: Iterable[Entry], orders: Sequence[Order]) -> Usage:
    """Usage by hand, with none of the code that bills: each signal for the first order that it fits.

    For orders anchored on the first of a month.
    """
    usage: Usage = {}
    for entry in entries:
        fitting = next((found for order in orders if (found := _fitting(entry, order))), {})
        for attribute_id, start in fitting.items():
            periods = usage.setdefault(attribute_id, {})
            periods[start] = periods.get(start, 0) + 1
    return usage


def _fitting(entry: Entry, order: Order) -> dict[str, date]:
    """The components of the order that count the signal, each with the first day of the period."""
    day = entry.occurred_at.astimezone(UTC).date()
    start, end = order.start_date.date(), order.end_day
    if day < start or (end is not None and day >= end):
        return {}
    return {
        attribute.id: max(start, day.replace(day=1))
        for line, attribute in order.attributes()
        if attribute.pricing.event_name == entry.event_name
        and (entry.product_id or "") in {line.product_id, ""}
        and (entry.product_id is not None or entry.external_product_id == line.product_external_id is not None)
    }


def is_whole(segments: Sequence[Segment]) -> bool:
    """Whether the log is numbered without a gap, counts right, and holds no key twice."""
    keys = [entry.key_hash for segment in segments for entry in segment.entries]
    sizes = [len(segment.entries) for segment in segments]
    return (
        len(set(keys)) == len(keys)
        and [segment.number for segment in segments] == list(range(1, len(segments) + 1))
        and [segment.cumulative for segment in segments] == [sum(sizes[: i + 1]) for i in range(len(sizes))]
    )
