"""What `owed doctor` finds: one line for each check, and what to do about it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Status(StrEnum):
    """SKIP is what could not be looked at, for want of a permission or of an option."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is what was looked at and how it is; `advice` is empty where nothing is to be done."""

    status: Status
    what: str
    advice: str = ""

    @property
    def line(self) -> str:
        return f"{self.status:<4}  {self.what}" + (f"  -> {self.advice}" if self.advice else "")

    def json(self) -> dict[str, object]:
        return asdict(self)


def ok(what: str) -> Finding:
    return Finding(Status.OK, what)


def warn(what: str, advice: str) -> Finding:
    return Finding(Status.WARN, what, advice)


def fail(what: str, advice: str) -> Finding:
    return Finding(Status.FAIL, what, advice)


def skip(what: str, advice: str) -> Finding:
    return Finding(Status.SKIP, what, advice)


def counted(findings: Sequence[Finding]) -> str:
    """`12 ok, 1 warn, 0 FAIL, 2 skip`."""
    return ", ".join(f"{sum(each.status is status for each in findings)} {status}" for status in Status)
