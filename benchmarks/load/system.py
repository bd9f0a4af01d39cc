"""The system under load: `owed up` as a process of its own, with the data it keeps."""

import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.load.errors import LoadFailedError
from infra.resources import SIGNAL_QUEUE
from local.data_directory import DataDirectory, Endpoint
from local.ministack import HOST
from local.resources import queue_url
from local.session import DIRECT, local_session

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

START_SECONDS = 60
STOP_SECONDS = 60
IS_UP = "Owed is up."

ONCE = DIRECT.merge(Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10))

MESSAGES: "tuple[QueueAttributeNameType, ...]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
"""Waiting, being delivered, and to be delivered again."""


@dataclass(frozen=True)
class BackEnd:
    """The ministack of a running system."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @cached_property
    def sqs(self) -> "SQSClient":
        return local_session().client("sqs", endpoint_url=self.url, config=ONCE)


class OwedUp:
    """Leaving ends the process by its id, whatever happened; its back end ends with it."""

    def __init__(self, folder: Path) -> None:
        self.data = DataDirectory(folder / "data")
        self.log = folder / "owed-up.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._end()

    def start(self) -> None:
        """On the port of the time before, so that clients need not look for it."""
        command = [sys.executable, "-m", "local.cli", "up", "--data", str(self.data.path), "--port", str(self._port)]
        with self.log.open("wb") as log:
            # A Ctrl-C at the terminal is for us alone: we end it, after our last question.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            self._wait_until_up(self._process)
            self.endpoint = self._endpoint()
            self.back_end = self._back_end()
        except BaseException:
            self._end()
            raise
        self._port = urlsplit(self.endpoint.api).port or 0

    def stop(self) -> None:
        """As a supervisor does: SIGTERM, and some time. Raises when it ends otherwise than well."""
        if self._process is None:
            raise LoadFailedError("the system was to be stopped and is not up")
        self._process.terminate()
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise LoadFailedError(f"the system did not stop within {STOP_SECONDS} s of SIGTERM") from None
        self._process = None
        if status != 0:
            raise LoadFailedError(f"the system stopped with status {status}, expected 0")

    def messages(self) -> int | None:
        """How many messages the signal queue holds, those under delivery too; None while nobody answers."""
        url = queue_url(self.back_end.url, SIGNAL_QUEUE.name)
        try:
            answer = self.back_end.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=MESSAGES)
        except (BotoCoreError, ClientError):
            return None
        return sum(int(answer["Attributes"].get(name, 0)) for name in MESSAGES)

    @property
    def pid(self) -> int | None:
        """None while it is down."""
        return None if self._process is None else self._process.pid

    def _wait_until_up(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while IS_UP not in self.log.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise LoadFailedError(f"the system did not start: {self.log.read_text().strip()[-500:]}")
            time.sleep(0.05)

    def _endpoint(self) -> Endpoint:
        endpoint = self.data.endpoint()
        if endpoint is None:
            raise LoadFailedError(f"the system is up and has not written where, into {self.data.path}")
        return endpoint

    def _back_end(self) -> BackEnd:
        """By the file that ministack writes once it has its port; it removes it when it ends."""
        files = list((self.data.path / "ministack").glob("ministack-*.pid"))
        if len(files) != 1:
            raise LoadFailedError(f"expected one file of a running ministack, found {len(files)}")
        return BackEnd(port=int(files[0].stem.removeprefix("ministack-")), pid=int(files[0].read_text()))

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.terminate()
            process.wait(STOP_SECONDS)
        finally:
            # After a second Ctrl-C, too: its back end then ends by the leash.
            process.kill()
            process.wait()
