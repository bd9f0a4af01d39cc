import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.resources import BILLING_CHANGES, RECORDS, Stream
from local.events import stream_event
from local.functions import FunctionFailedError
from local.messages import Json
from local.stream_poller import StreamPoller
from local.table_stream import Record

SHAPE = Stream(table=RECORDS, sort_prefixes=("inv_",), batch_size=3, max_age_hours=23)
WRITTEN = datetime(2025, 6, 1, tzinfo=UTC)
AGE = timedelta(hours=23)
MOMENT = timedelta(microseconds=1)


def record(number: int, sk: str = "inv_1", at: datetime = WRITTEN) -> Record:
    return {
        "dynamodb": {
            "ApproximateCreationDateTime": at,
            "Keys": {"pk": {"S": "org_1#invoice"}, "sk": {"S": sk}},
            "SequenceNumber": f"{number:03d}",
        }
    }


class FakeStream:
    arn = "arn:of:the:stream"

    def __init__(self, *records: Record) -> None:
        self.records = list(records)

    def read(self, *, after: str, limit: int) -> Sequence[Record]:
        found = [each for each in self.records if each["dynamodb"]["SequenceNumber"] > after]
        return found[:limit]


class Function:
    """Remembers the deliveries, and raises as often as it is told."""

    def __init__(self, *, fails: int = 0, answers: object = None) -> None:
        self.deliveries: list[list[int]] = []
        self._failures = fails
        self._answer = answers

    def __call__(self, event: Json) -> object:
        records: Any = event["Records"]
        self.deliveries.append([int(each["dynamodb"]["SequenceNumber"]) for each in records])
        if self._failures > 0:
            self._failures -= 1
            raise FunctionFailedError("ClientError", "SQS is down")
        return self._answer


def poll_all(stream: FakeStream, function: Function, *, turns: int = 20, now: datetime = WRITTEN) -> list[list[int]]:
    poller = StreamPoller(SHAPE, stream, function)
    for _ in range(turns):
        poller.poll(now)
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
    poller.poll(WRITTEN)

    stream.records.append(record(2))
    poller.poll(WRITTEN)

    assert function.deliveries == [[1], [2]]


def test_an_error_brings_the_same_batch_again_until_it_succeeds_although_more_has_come_meanwhile() -> None:
    stream, function = FakeStream(record(1), record(2)), Function(fails=50)
    poller = StreamPoller(SHAPE, stream, function)
    poller.poll(WRITTEN)
    stream.records.append(record(3))

    for _ in range(60):
        poller.poll(WRITTEN + AGE)

    assert function.deliveries == [[1, 2]] * 51 + [[3]]


def test_nothing_is_answered_in_part() -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": "002"}]}

    assert poll_all(FakeStream(record(1), record(2)), Function(answers=answer)) == [[1, 2]]


@pytest.mark.parametrize(("age", "deliveries"), [(AGE, 20), (AGE + MOMENT, 1)])
def test_what_fails_is_given_up_when_it_is_23_hours_old(age: timedelta, deliveries: int) -> None:
    function = Function(fails=100)

    assert poll_all(FakeStream(record(1), record(2)), function, now=WRITTEN + age) == [[1, 2]] * deliveries


def test_what_is_old_and_does_not_fail_is_delivered() -> None:
    assert poll_all(FakeStream(record(1)), Function(), now=WRITTEN + 2 * AGE) == [[1]]


def test_the_younger_changes_of_a_batch_that_is_given_up_in_part_go_on() -> None:
    stream = FakeStream(record(1), record(2, at=WRITTEN + MOMENT), record(3, at=WRITTEN + MOMENT))

    assert poll_all(stream, Function(fails=2), now=WRITTEN + AGE + MOMENT) == [[1, 2, 3], [2, 3], [2, 3]]


def test_what_comes_behind_those_that_were_given_up_is_delivered() -> None:
    stream = FakeStream(*(record(number) for number in (1, 2, 3)), record(4, at=WRITTEN + AGE))

    assert poll_all(stream, Function(fails=1), now=WRITTEN + AGE + MOMENT) == [[1, 2, 3], [4]]


def test_what_is_in_the_stream_when_it_stops_is_delivered_first() -> None:
    stream, function, stopping = FakeStream(record(1)), Function(), threading.Event()
    stopping.set()

    with StreamPoller(BILLING_CHANGES, stream, function).running(stopping):
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
