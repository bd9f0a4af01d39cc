"""External commands, each with a time limit of its own, and nothing of them left when it is over."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.deployment.errors import StepFailedError

GRACE_SECONDS = 10
TAIL_LINES = 25


@dataclass(frozen=True, slots=True)
class Finished:
    status: int
    output: str

    @property
    def tail(self) -> str:
        return "\n".join(self.output.splitlines()[-TAIL_LINES:])


class Commands:
    """Runs commands in `cwd` with `environment` and nothing else; their output is kept in files of `logs`."""

    def __init__(self, *, cwd: Path, logs: Path, environment: Mapping[str, str]) -> None:
        self._cwd = cwd
        self._logs = logs
        self._environment = dict(environment)
        self._count = 0
        logs.mkdir(parents=True, exist_ok=True)

    def run(self, *command: str, seconds: float) -> Finished:
        """Whatever its exit status is.

        Raises:
            StepFailedError: it has not ended after `seconds`; it has been ended then.
        """
        self._count += 1
        log = self._logs / f"{self._count:02}-{Path(command[0]).name}.log"
        with log.open("wb") as output:
            # A group of its own: the CDK starts Python, which starts Node, and all of them end with it.
            process = subprocess.Popen(
                command,
                cwd=self._cwd,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired as error:
                _end(process)
                tail = Finished(-1, _read(log)).tail
                sentence = (
                    f"{_spelt(command)} was ended: it had not finished after {seconds} s. Its last lines:\n{tail}"
                )
                raise StepFailedError(sentence) from error
            finally:
                _end(process)
        return Finished(status, _read(log))

    def succeed(self, *command: str, seconds: float) -> str:
        """Its output.

        Raises:
            StepFailedError: its exit status is not 0, or it has not ended after `seconds`.
        """
        finished = self.run(*command, seconds=seconds)
        if finished.status != 0:
            sentence = f"{_spelt(command)} ended with status {finished.status}. Its last lines:\n{finished.tail}"
            raise StepFailedError(sentence)
        return finished.output


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the whole group: a leader that has gone may have left somebody behind."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _spelt(command: tuple[str, ...]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
