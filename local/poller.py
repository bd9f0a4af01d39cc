"""Lambda's event source mapping: reads a queue, calls its function, deletes what did not fail."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from botocore.exceptions import BotoCoreError, ClientError

from infra.resources import Queue
from local.background import background
from local.events import queue_event
from local.functions import FunctionFailedError
from local.messages import Json, Message
from local.resources import queue_arn
from local.sqs_queue import PolledQueue

RETRY_SECONDS = 1

logger = logging.getLogger(__name__)


class Poller:
    """One thread for one queue; in AWS a failed message waits out the queue's visibility, here about a second.

    Where the function says itself when it comes back, nothing is done.
    """

    def __init__(self, shape: Queue, queue: PolledQueue, deliver: Callable[[Json], object]) -> None:
        self._shape = shape
        self._queue = queue
        self._deliver = deliver

    def poll(self) -> None:
        """One receive and, if it brought anything, one delivery."""
        messages = self._queue.receive(self._shape.batch_size)
        if not messages:
            return
        failed = self._failed(messages)
        done = [message for message in messages if message not in failed]
        if done:
            self._queue.delete(done)
        if failed and not self._shape.sets_delays:
            self._queue.retry(failed, after_seconds=RETRY_SECONDS)

    def running(self, stopping: threading.Event) -> AbstractContextManager[None]:
        """On leaving, the delivery under way is finished first."""
        return background(self._run, stopping, name=f"poll-{self._shape.name}")

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                self.poll()
            except (BotoCoreError, ClientError):
                logger.exception("queue %s cannot be read", self._shape.name)
                stopping.wait(RETRY_SECONDS)

    def _failed(self, messages: Sequence[Message]) -> Sequence[Message]:
        try:
            answer = self._deliver(queue_event(messages, queue_arn(self._shape.name)))
        except FunctionFailedError:
            return messages
        return _named_failures(answer, messages)


def _named_failures(answer: object, messages: Sequence[Message]) -> Sequence[Message]:
    """As in AWS, an answer that cannot be understood fails the whole batch rather than losing a message."""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
    if failures is None:
        return []
    if not isinstance(failures, list):
        return messages
    by_id = {message.id: message for message in messages}
    failed = []
    for failure in failures:
        name = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not isinstance(name, str) or name not in by_id:
            return messages
        failed.append(by_id[name])
    return failed
