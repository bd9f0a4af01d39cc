"""Lambda's event source mapping of a stream: calls its function with the changes that it wants, in their order."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from infra.resources import Stream
from local.background import background
from local.events import stream_event
from local.functions import FunctionFailedError
from local.messages import Json
from local.table_stream import ReadStream, Record

IDLE_SECONDS = 0.5
RETRY_SECONDS = 1
READ_AT_ONCE = 1000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the function wants of the changes up to the one with the sequence number `end`."""

    wanted: Sequence[Record]
    end: str


class StreamPoller:
    """One thread for one stream. It knows its position as long as it lives, and begins with what the stream still has.

    A batch that fails comes again as it is, and those behind it wait, until its changes are as old as its shape allows.
    """

    def __init__(self, shape: Stream, stream: ReadStream, deliver: Callable[[Json], object]) -> None:
        self._shape = shape
        self._stream = stream
        self._deliver = deliver
        self._position = ""
        self._failed: _Batch | None = None

    def poll(self, now: datetime) -> bool:
        """One delivery, if there is anything; whether there may be more at once."""
        batch = self._failed or self._next()
        if batch is None:
            return False
        if not batch.wanted or self._succeeds(batch):
            self._failed, self._position = None, batch.end
            return True
        return self._gives_up(batch, now)

    def running(self, stopping: threading.Event) -> AbstractContextManager[None]:
        """On leaving, what is in the stream is delivered: it would not be there after the next start."""
        return background(self._run, stopping, name="poll-stream")

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            if not self._polled():
                stopping.wait(RETRY_SECONDS if self._failed else IDLE_SECONDS)
        while self._polled():
            pass

    def _polled(self) -> bool:
        try:
            return self.poll(datetime.now(UTC))
        except (BotoCoreError, ClientError):
            logger.exception("the stream of %s cannot be read", self._shape.table.name)
            return False

    def _next(self) -> _Batch | None:
        """None if the stream has nothing new."""
        records = self._stream.read(after=self._position, limit=READ_AT_ONCE)
        if not records:
            return None
        wanted = [record for record in records if self._is_wanted(record)][: self._shape.batch_size]
        return _Batch(wanted, _number(records[-1] if len(wanted) < self._shape.batch_size else wanted[-1]))

    def _is_wanted(self, record: Record) -> bool:
        return str(record["dynamodb"]["Keys"][self._shape.table.sort.name]["S"]).startswith(self._shape.sort_prefixes)

    def _succeeds(self, batch: _Batch) -> bool:
        """Whatever the function answers: only an error fails a batch, and all of it."""
        try:
            self._deliver(stream_event(batch.wanted, self._stream.arn))
        except FunctionFailedError:
            return False
        return True

    def _gives_up(self, batch: _Batch, now: datetime) -> bool:
        """Goes on without the changes of a failed batch that are too old; whether there were any."""
        kept_from = now - timedelta(hours=self._shape.max_age_hours)
        young = [record for record in batch.wanted if record["dynamodb"]["ApproximateCreationDateTime"] >= kept_from]
        for record in batch.wanted[: len(batch.wanted) - len(young)]:
            logger.error("change %s of table %s was given up", _number(record), self._shape.table.name)
        self._failed = _Batch(young, batch.end)
        return len(young) < len(batch.wanted)


def _number(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
