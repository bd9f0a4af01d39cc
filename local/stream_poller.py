"""Lambda's event source mapping of a stream: calls its function with the changes that it wants, in their order."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from infra.resources import Stream
from local.events import stream_event
from local.functions import FunctionFailedError
from local.messages import Json
from local.table_stream import ReadStream, Record

IDLE_SECONDS = 0.5
RETRY_SECONDS = 1
STOP_SECONDS = 2
READ_AT_ONCE = 1000

logger = logging.getLogger(__name__)


class StreamPoller:
    """One thread for one stream. It knows its position as long as it lives, and begins with what the stream still has.

    In AWS what keeps failing is cut into smaller batches until one change is left, which is given up; here that is the
    first of those that failed.
    """

    def __init__(self, shape: Stream, stream: ReadStream, deliver: Callable[[Json], object]) -> None:
        self._shape = shape
        self._stream = stream
        self._deliver = deliver
        self._position = ""
        self._failures = 0

    def poll(self) -> bool:
        """One read and, if it brought anything, one delivery; whether there may be more at once."""
        records = self._stream.read(after=self._position, limit=READ_AT_ONCE)
        if not records:
            return False
        wanted = [record for record in records if self._is_wanted(record)][: self._shape.batch_size]
        failed = self._first_failure(wanted)
        if failed is None:
            self._failures = 0
            self._position = _number(records[-1] if len(wanted) < self._shape.batch_size else wanted[-1])
            return True
        return self._came_to(records, failed)

    @contextmanager
    def running(self, stopping: threading.Event) -> Iterator[None]:
        """On leaving, what is in the stream is delivered: it would not be there after the next start."""
        thread = threading.Thread(target=self._run, args=(stopping,), name="poll-stream", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join(STOP_SECONDS)

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            if not self._polled():
                stopping.wait(RETRY_SECONDS if self._failures else IDLE_SECONDS)
        while self._polled():
            pass

    def _polled(self) -> bool:
        try:
            return self.poll()
        except (BotoCoreError, ClientError):
            logger.exception("the stream of %s cannot be read", self._shape.table.name)
            return False

    def _is_wanted(self, record: Record) -> bool:
        return str(record["dynamodb"]["Keys"][self._shape.table.sort.name]["S"]).startswith(self._shape.sort_prefix)

    def _first_failure(self, wanted: Sequence[Record]) -> str | None:
        """The sequence number from which on the changes must come again, None if all succeeded."""
        if not wanted:
            return None
        try:
            answer = self._deliver(stream_event(wanted, self._stream.arn))
        except FunctionFailedError:
            return _number(wanted[0])
        failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
        numbers = [_number(record) for record in wanted]
        failed = [each["itemIdentifier"] for each in failures or []]
        return min(failed, key=numbers.index) if failed else None

    def _came_to(self, records: Sequence[Record], failed: str) -> bool:
        """Moves to right before the failure, or past it when it was the last attempt."""
        numbers = [_number(record) for record in records]
        place = numbers.index(failed)
        if place > 0:
            self._position, self._failures = numbers[place - 1], 0
        self._failures += 1
        if self._failures <= self._shape.retries:
            return False
        logger.error("change %s of table %s was given up", failed, self._shape.table.name)
        self._position, self._failures = failed, 0
        return True


def _number(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
