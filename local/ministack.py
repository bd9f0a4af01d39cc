"""The back end process: DynamoDB, SQS and S3 on one loopback port, kept in a directory.

ministack saves on SIGTERM only, so how it is stopped decides whether the data survive.
"""

import fcntl
import http.client
import logging
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from local.environment import REGION
from local.errors import CannotStartError

PYTHON = Path(__file__).parent.parent / ".venv-ministack" / "bin" / "python"
LEASH = Path(__file__).parent / "leash.py"
HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 20
ATTEMPTS = 3
_PORTS = range(20_000, 32_000)
"""Below those that the system gives to whoever asks for any, and who would take one between our look and our start."""

logger = logging.getLogger(__name__)


@contextmanager
def running_ministack(data: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Yields the endpoint; on leaving, what was written is on disk below `data`. `settings` override our own."""
    if not PYTHON.exists():
        raise CannotStartError("The local back end is not installed; run `make install` first.")
    with _lock(data) as lock:
        process, endpoint = _started(data, lock, settings)
        try:
            yield endpoint
        finally:
            _stop(process)


@contextmanager
def _lock(data: Path) -> Iterator[int]:
    """The child inherits the lock, so that after a killed starter the next one waits until the data are saved."""
    scratch = _scratch(data)
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        lock = (scratch / "lock").open("w")
    except OSError as error:
        raise CannotStartError(f"The directory {scratch} cannot be used: {error.strerror}.") from error
    with lock:
        deadline = time.monotonic() + STOP_SECONDS
        while not _taken(lock):
            if time.monotonic() > deadline:
                raise CannotStartError(f"Another ministack still uses {scratch}.")
            time.sleep(0.05)
        yield lock.fileno()


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _started(data: Path, lock: int, settings: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    # Another process may take a port between our finding it free and ministack binding it.
    for _ in range(ATTEMPTS):
        port = _free_port()
        process = _spawn(data, port, lock, settings)
        if _becomes_ready(process, port, _scratch(data)):
            return process, f"http://{HOST}:{port}"
        _stop(process)
    raise CannotStartError(f"The local back end did not start; see {_log(data)}.")


def _spawn(data: Path, port: int, lock: int, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    scratch = _scratch(data)
    environment = {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(scratch / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(scratch / "s3"),
        "MINISTACK_REGION": REGION,
        "SERVICES": "dynamodb,dynamodbstreams,s3,sqs",
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It would otherwise look for containers of its own in a running Docker and remove them.
        "DOCKER_HOST": f"unix://{scratch}/no-docker.sock",
        **settings,
    }
    with _log(data).open("ab") as log:
        return subprocess.Popen(
            [PYTHON, "-I", LEASH],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            # A Ctrl-C at the terminal is for us alone: ministack must outlive the last handler.
            start_new_session=True,
            pass_fds=[lock],
        )


def _becomes_ready(process: subprocess.Popen[bytes], port: int, scratch: Path) -> bool:
    # It writes this once it has found its port free: what answers there might be the ministack of another system.
    own = scratch / f"ministack-{port}.pid"
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if own.exists() and _answers(port):
            return True
        time.sleep(0.02)
    return False


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        logger.exception("ministack did not save within %d s and is killed", STOP_SECONDS)
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _free_port() -> int:
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def _scratch(data: Path) -> Path:
    return data / "ministack"


def _log(data: Path) -> Path:
    return data / "ministack.log"
