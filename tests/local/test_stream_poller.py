import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.resources import INVOICE_CHANGES, RECORDS, Stream
from local.events import stream_event
from local.functions import FunctionFailedError
from local.messages import Json
from local.stream_poller import StreamPoller
from local.table_stream import Record

SHAPE = Stream(table=RECORDS, sort_prefix="inv_", batch_size=3, retries=2)


def record(number: int, sk: str = "inv_1") -> Record:
    return {"dynamodb": {"Keys": {"pk": {"S": "org_1#invoice"}, "sk": {"S": sk}}, "SequenceNumber": f"{number:03d}"}}


class FakeStream:
    arn = "arn:of:the:stream"

    def __init__(self, *records: Record) -> None:
        self.records = list(records)

    def read(self, *, after: str, limit: int) -> Sequence[Record]:
        found = [each for each in self.records if each["dynamodb"]["SequenceNumber"] > after]
        return found[:limit]


class Function:
    """Remembers the deliveries, and fails as it is told."""

    def __init__(self, fails: Callable[[list[int]], object] = lambda _: None) -> None:
        self.deliveries: list[list[int]] = []
        self._fails = fails

    def __call__(self, event: Json) -> object:
        records: Any = event["Records"]
        numbers = [int(each["dynamodb"]["SequenceNumber"]) for each in records]
        self.deliveries.append(numbers)
        return self._fails(numbers)


def poll_all(stream: FakeStream, function: Function, *, turns: int = 20) -> list[list[int]]:
    poller = StreamPoller(SHAPE, stream, function)
    for _ in range(turns):
        poller.poll()
    return function.deliveries


def test_changes_come_in_their_order_in_batches_and_once() -> None:
    stream = FakeStream(*(record(number) for number in range(1, 8)))

    assert poll_all(stream, Function()) == [[1, 2, 3], [4, 5, 6], [7]]


def test_what_the_function_does_not_want_does_not_start_it() -> None:
    stream = FakeStream(record(1, "cus_1"), record(2), record(3, "INV"), record(4, "xinv_"), record(5))

    assert poll_all(stream, Function()) == [[2, 5]]
    assert poll_all(FakeStream(record(1, "cus_1")), Function()) == []


def test_changes_that_come_later_are_read_from_where_it_stands() -> None:
    stream, function = FakeStream(record(1)), Function()
    poller = StreamPoller(SHAPE, stream, function)
    poller.poll()

    stream.records.append(record(2))
    poller.poll()

    assert function.deliveries == [[1], [2]]


def test_from_the_named_failure_on_they_come_again() -> None:
    told = [{"batchItemFailures": [{"itemIdentifier": "002"}]}, None]

    deliveries = poll_all(
        FakeStream(record(1), record(2), record(3)), Function(lambda _: told.pop(0) if told else None)
    )

    assert deliveries == [[1, 2, 3], [2, 3]]


def raise_at(bad: int) -> Callable[[list[int]], object]:
    def fail(numbers: list[int]) -> object:
        if bad in numbers:
            raise FunctionFailedError("ValueError", "no")
        return None

    return fail


def test_an_error_brings_the_whole_batch_again_and_in_the_end_what_comes_first_is_given_up() -> None:
    deliveries = poll_all(FakeStream(record(1), record(2)), Function(raise_at(1)))

    assert deliveries == [[1, 2]] * (SHAPE.retries + 1) + [[2]]


def test_a_change_that_keeps_failing_is_given_up_and_those_behind_it_go_on() -> None:
    def fail(numbers: list[int]) -> object:
        return {"batchItemFailures": [{"itemIdentifier": "002"}]} if 2 in numbers else None

    deliveries = poll_all(FakeStream(record(1), record(2), record(3)), Function(fail))

    assert deliveries == [[1, 2, 3], [2, 3], [2, 3], [3]]


@pytest.mark.parametrize("shape", [INVOICE_CHANGES])
def test_what_is_in_the_stream_when_it_stops_is_delivered_first(shape: Stream) -> None:
    stream, function, stopping = FakeStream(record(1)), Function(), threading.Event()
    stopping.set()

    with StreamPoller(shape, stream, function).running(stopping):
        pass

    assert function.deliveries == [[1]]


def test_a_change_is_handed_over_as_json_has_it() -> None:
    given = {
        "eventName": "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": datetime(2025, 6, 1, tzinfo=UTC),
            "NewImage": {"doc": {"B": b"\x00\xff"}, "list": {"L": [{"B": b"a"}]}},
        },
    }

    handed = stream_event([given], "arn:of:the:stream")

    assert handed["Records"] == [
        {
            "eventName": "INSERT",
            "eventSourceARN": "arn:of:the:stream",
            "dynamodb": {
                "ApproximateCreationDateTime": 1748736000,
                "NewImage": {"doc": {"B": "AP8="}, "list": {"L": [{"B": "YQ=="}]}},
            },
        }
    ]
