"""Budgets of signals: the real handlers on moto, with every AWS call counted."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from math import ceil
from typing import Any

from benchmarks.budget import DOLLARS_PER_MILLION_SIGNALS, Budget
from benchmarks.prices import HTTP_REQUEST_BYTES, Counts, dollars
from benchmarks.recorder import Recording, recording
from functions.adapters.dynamodb.shard_keys import SNAPSHOT_EVERY
from functions.wiring import aws
from infra.resources import SIGNAL_QUEUE
from local.events import queue_event
from local.resources import queue_arn
from tests.world import Tenant, World, fresh_world, invoke

MESSAGES_PER_DELIVERY = SIGNAL_QUEUE.batch_size

API_GB_SECONDS = 0.005
WORKER_GB_SECONDS = 0.030
"""Allowances per invocation: 10 ms at 512 MB to accept a request, 30 ms at 1 GB to log a delivery."""

TYPICAL = 100
"""Signals per append of a customer that is neither quiet nor hot."""

START = datetime(2025, 6, 1, tzinfo=UTC)

_numbers = count()


def signals(many: int) -> list[dict[str, Any]]:
    """New signals as agents send them: two events, a product, a key each, and a little data."""
    return [
        {
            "eventName": "email_sent" if number % 50 else "meeting_booked",
            "customer": {"externalCustomerId": "acme-ltd"},
            "attribution": {"externalProductId": "ai-sdr-001"},
            "timestamp": (START + timedelta(seconds=37 * number % 2_592_000)).isoformat(),
            "idempotencyKey": f"{zlib.crc32(str(number).encode()):08x}-{number}",
            "data": {"campaign": f"c{number % 7}"},
        }
        for number in islice(_numbers, many)
    ]


def budgets() -> list[Budget]:
    with fresh_world() as world:
        acme = world.tenant(test=False)
        warm_up(world, acme)
        return [
            *_calls_per_request(acme, world),
            *_write_units_per_signal(acme, world),
            *_cost_per_million(acme, world),
        ]


def warm_up(world: World, acme: Tenant) -> None:
    """A running system: the customer exists, an order counts its signals, and the functions have seen both."""
    customer = acme.create("/customers/", name="Acme Ltd", externalId="acme-ltd")
    product = acme.create("/products/", name="AI SDR", externalId="ai-sdr-001")
    usage = {
        "eventName": "email_sent",
        "chargeType": "usage",
        "pricingModel": "perUnit",
        "pricePoints": {"unitPrice": 10},
    }
    order = acme.create(
        "/orders/",
        customerId=customer["id"],
        startDate=START.isoformat(),
        lines=[{"productId": product["id"], "attributes": [{"name": "Emails", "pricing": usage}]}],
    )
    acme.call("POST", f"/orders/{order['id']}/activate")
    accept(acme, signals(10))
    world.work()


def accept(acme: Tenant, bulk: list[dict[str, Any]]) -> None:
    answer = acme.call("POST", "/signals/bulk", {"signals": bulk})
    if answer.body["ingested"] != len(bulk):
        raise RuntimeError(f"not all signals were taken: {answer.body['failures'][:1]}")


def _calls_per_request(acme: Tenant, world: World) -> list[Budget]:
    with recording(*aws.clients()) as made:
        accept(acme, signals(100))
    world.work()
    reads = [call for call in made.of("dynamodb") if call.operation == "Query"]
    return [
        Budget("bulk request: messages sent", 1, len(made.of("sqs"))),
        Budget("bulk request: reads per customer", 1, len(reads)),
    ]


def _write_units_per_signal(acme: Tenant, world: World) -> list[Budget]:
    budgets = []
    for per_append, target in ((10, 0.30), (100, 0.12), (1_000, 0.08)):
        made = delivered(acme, world, signals(per_append))
        budgets.append(
            Budget(f"write units per signal, {per_append} per append", target, made.write_units / per_append)
        )
        if per_append == TYPICAL:
            put = next(call for call in made.calls if call.operation == "PutItem")
            budgets.append(Budget("stored bytes per signal, 100 per append", 90, put.item_bytes / per_append))
            budgets.append(
                Budget("hottest key at 10,000 signals/s: write units/s", 500, 10_000 / per_append * _hottest(made))
            )
    return budgets


def _hottest(made: Recording) -> float:
    """The write units of one append on the key that has most of them."""
    by_key: dict[str, float] = {}
    for call in made.calls:
        by_key[call.key] = by_key.get(call.key, 0) + call.write_units
    return max(by_key.values())


def delivered(acme: Tenant, world: World, bulk: list[dict[str, Any]]) -> Recording:
    """One request, and the delivery of its message alone."""
    accept(acme, bulk)
    messages = world.receive(SIGNAL_QUEUE)
    with recording(*aws.clients()) as made:
        answer = invoke("rate_signals", queue_event(messages, queue_arn(SIGNAL_QUEUE.name)))
    if answer["batchItemFailures"]:
        raise RuntimeError("the delivery failed")
    for message in messages:
        world.clients.sqs.delete_message(QueueUrl=world.url(SIGNAL_QUEUE), ReceiptHandle=message.receipt)
    return made


def _cost_per_million(acme: Tenant, world: World) -> list[Budget]:
    """A steady stream of one customer: every delivery carries as many messages as the queue gives."""
    budgets = []
    for bulk, target in DOLLARS_PER_MILLION_SIGNALS.items():
        accept(acme, signals(bulk))
        world.work()
        requests = [signals(bulk) for _ in range(MESSAGES_PER_DELIVERY)]
        with recording(*aws.clients(), world.clients.sqs) as made:
            for request in requests:
                accept(acme, request)
            world.deliver(SIGNAL_QUEUE)
        size = len(json.dumps({"signals": requests[0]}))
        counts = Counts(
            write_units=made.write_units,
            read_units=made.read_units,
            sqs_requests=sum(call.requests for call in made.of("sqs") if call.operation != "GetQueueUrl")
            - _single_deletes(),
            http_requests=len(requests) * ceil(size / HTTP_REQUEST_BYTES),
            lambda_requests=len(requests) + 1,
            lambda_gb_seconds=len(requests) * API_GB_SECONDS + WORKER_GB_SECONDS,
            s3_puts=_appends(made) / SNAPSHOT_EVERY,
        )
        per_million = dollars(counts) / (bulk * len(requests)) * 1e6
        budgets.append(Budget(f"cost per million signals, bulk {bulk}", target, per_million, "$"))
    return budgets


def _appends(made: Recording) -> int:
    return sum(call.operation == "PutItem" and "#cus_" in call.key and call.write_units > 1 for call in made.calls)


def _single_deletes() -> int:
    """The test world deletes one by one what Lambda's poller deletes in one batch."""
    return MESSAGES_PER_DELIVERY - 1
