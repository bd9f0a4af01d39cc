"""What a worker without memory reads before it first appends to the log of a customer with a million signals."""

import sys
from itertools import takewhile

from benchmarks.budget import Budget
from benchmarks.recorder import recording
from benchmarks.signals import START, accept, signals, warm_up
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.wiring import entities, remembering
from infra.resources import SIGNAL_QUEUE
from local.events import queue_event
from local.resources import queue_arn
from tests.exactly_once.environment import Environment
from tests.world import fresh_world

BEHIND, PER_SEGMENT = 1_000_000, 1_000


def budgets() -> list[Budget]:
    with fresh_world() as world:
        acme = world.tenant(test=False)
        warm_up(world, acme)
        customer_id = entities.customers().resolve(acme.organization_id, "acme-ltd")
        _fill(LogId(acme.organization_id, str(customer_id)))
        accept(acme, signals(10))
        event = queue_event(world.receive(SIGNAL_QUEUE), queue_arn(SIGNAL_QUEUE.name))
        with recording(world.clients.dynamodb, world.clients.s3) as made:
            Environment(world.clients).invoke("rate_signals", event)
        before = list(takewhile(lambda call: call.operation != "PutItem", made.calls))
        return [
            Budget("cold worker, a million signals behind it: items read", 70, sum(call.items for call in before)),
            Budget("... and objects", 1, sum(call.service == "s3" for call in before)),
        ]


def _fill(log: LogId) -> None:
    """As other workers have left it: segments of a thousand signals, and a snapshot at every 64th."""
    keys = remembering.signal_log()
    last = keys.known_keys(log)
    for number in range(1, BEHIND // PER_SEGMENT + 1):
        entries = tuple(
            Entry(key_hash=hash_key(f"{number} {index}"), event_name="call", occurred_at=START)
            for index in range(PER_SEGMENT)
        )
        total = last.cumulative + number * PER_SEGMENT
        keys.append(Segment(log, last.last_segment + number, total, START, entries))
        if number % 100 == 0:
            print(f"  {number * PER_SEGMENT:,} of {BEHIND:,} signals logged", file=sys.stderr, flush=True)
