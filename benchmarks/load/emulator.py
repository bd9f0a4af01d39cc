"""What the emulator takes by itself: its calls one after the other while the system idles, and processor time."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx

from benchmarks.load.system import ONCE, OwedUp
from local.session import local_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sqs.client import SQSClient

CALLS = 100
OWN_NAME = "load-alone"
"""A queue and a table beside the system's own; both are removed again."""

MESSAGE = "x" * 2_000
"""About what a request of a hundred signals becomes."""


EMULATOR, HANDLERS, DRIVER = "the emulator", "the handlers and what calls them", "this driver"


@dataclass(frozen=True)
class Alone:
    """Seconds for one call, the median of a hundred: a request that needs no AWS call, and the two that write."""

    request: float
    send: float
    put: float


def measured_alone(system: OwedUp) -> Alone:
    session = local_session()
    url = system.back_end.url
    return Alone(
        request=_requests(system.endpoint.lambda_url),
        send=_sends(system.back_end.sqs),
        put=_puts(session.client("dynamodb", endpoint_url=url, config=ONCE)),
    )


def _requests(address: str) -> float:
    with httpx.Client(base_url=address) as client:
        return _median_seconds(lambda _: client.get("/health").raise_for_status())


def _sends(sqs: "SQSClient") -> float:
    url = sqs.create_queue(QueueName=OWN_NAME)["QueueUrl"]
    try:
        return _median_seconds(lambda _: sqs.send_message(QueueUrl=url, MessageBody=MESSAGE))
    finally:
        sqs.delete_queue(QueueUrl=url)


def _puts(dynamodb: "DynamoDBClient") -> float:
    dynamodb.create_table(
        TableName=OWN_NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    try:
        return _median_seconds(
            lambda number: dynamodb.put_item(
                TableName=OWN_NAME,
                Item={"pk": {"S": str(number)}, "content": {"S": MESSAGE}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        )
    finally:
        dynamodb.delete_table(TableName=OWN_NAME)


def _median_seconds(call: Callable[[int], object]) -> float:
    seconds = []
    for number in range(CALLS):
        begun = time.perf_counter()
        call(number)
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


@dataclass
class Processor:
    """Processor time by who took it, in some stretches of time; none where the system does not tell (Linux does)."""

    seconds: float = 0
    taken: dict[str, float] = field(default_factory=dict)

    def add(self, seconds: float, before: Mapping[str, float], after: Mapping[str, float]) -> None:
        """A stretch of so many seconds."""
        self.seconds += seconds
        for name in [name for name in before if name in after]:
            self.taken[name] = self.taken.get(name, 0) + after[name] - before[name]

    def shares(self) -> dict[str, float]:
        """Which part of the time each was at work, in processors."""
        return {name: taken / self.seconds for name, taken in self.taken.items()} if self.seconds else {}


def processor_seconds(system: OwedUp) -> dict[str, float]:
    """What each has taken since it began, by name; nothing where that cannot be known."""
    pids = {EMULATOR: system.back_end.pid, HANDLERS: system.pid}
    found = {name: _seconds_of(pid) for name, pid in pids.items() if pid is not None}
    known = {name: seconds for name, seconds in found.items() if seconds is not None}
    return {**known, DRIVER: time.process_time()} if len(known) == len(pids) else {}


def _seconds_of(pid: int) -> float | None:
    try:
        # The name, which may hold anything, ends at the last bracket; user and system time are the 14th and 15th field.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
