"""Reads whatever goes to a log during a test, and finds what must not be there: see house style, rule 27.

Both ways lead to CloudWatch: a record of any logger, with its extras and its traceback, and what a function prints.
"""

import io
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

PAYLOAD = "a-payload-that-no-log-may-hold"
"""Stands in what callers send, wherever a test wants to know whether it is logged."""

SECRETS = {
    "an API key": re.compile(r"owed_(?:live|test)_[A-Za-z0-9_-]{20,}"),
    "a signing secret": re.compile(r"whsec_[A-Za-z0-9+/=_-]{20,}"),
    "an Authorization header": re.compile(r"\bbearer\s+[A-Za-z0-9+/=_.-]{8,}", re.IGNORECASE),
    "a payload": re.compile(re.escape(PAYLOAD)),
}

_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

_leaks: list[str] = []


class LeakError(AssertionError):
    """A log holds what none may hold."""


def enforce() -> None:
    """From now on every record of every logger is read."""
    handle = logging.Logger.handle

    def read_and_handle(self: logging.Logger, record: logging.LogRecord) -> None:
        look_through(text_of(record), where=f"a record of the logger {record.name!r}")
        handle(self, record)

    logging.Logger.handle = read_and_handle  # type: ignore[method-assign]  # the one way that all records take


def check() -> None:
    """Raises LeakError for what was found since the last time."""
    found = _leaks.copy()
    _leaks.clear()
    if found:
        raise LeakError("; ".join(found))


def look_through(text: str, *, where: str) -> None:
    for what, pattern in SECRETS.items():
        if leak := pattern.search(text):
            _leaks.append(f"{where} holds {what}: {text[max(leak.start() - 200, 0) : leak.end()]!r}")


def text_of(record: logging.LogRecord) -> str:
    """The message, the extras, and the traceback, which ends with the words of the exception."""
    extras = [f"{name}={value!r}" for name, value in vars(record).items() if name not in _ORDINARY]
    exception = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
    return "\n".join((record.getMessage(), *extras, exception, record.stack_info or ""))


@contextmanager
def printed_by(function: str) -> Iterator[None]:
    """What is printed inside is read, and goes where it would have gone."""
    out, err = _Copied(sys.stdout), _Copied(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield
        finally:
            look_through(out.getvalue() + err.getvalue(), where=f"what {function} prints")


class _Copied(io.StringIO):
    def __init__(self, to: TextIO) -> None:
        super().__init__()
        self._to = to

    def write(self, text: str) -> int:
        self._to.write(text)
        return super().write(text)
