"""What replaying a log brings to light: where the books say something else than follows from it, and what else to know.

The books are what is derived from the log and stored: usage, invoices, billing schedules, invoice numbers; and what is
allocated of payments, which is stored twice.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, JsonValue

from functions.billing.errors import BillingError
from functions.billing.models.entity import Value
from functions.billing.models.segment import LogId

MAX_FINDINGS = 1000
"""Of one answer, about: where one thing is wrong a thousand others are, and an answer has an end."""


class Book(StrEnum):
    """What the id of a finding names: a customer, an invoice, an order, an organization, a payment."""

    USAGE = "usage"
    INVOICE = "invoice"
    SCHEDULE = "schedule"
    NUMBERS = "numbers"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is stored otherwise than it follows from the log, both as JSON; None where there is no value."""

    book: Book
    id: str
    field: str
    stored: str | None
    replayed: str | None

    @property
    def sentence(self) -> str:
        stored, replayed = (value or "nothing" for value in (self.stored, self.replayed))
        return f"{self.book} {self.id}, {self.field}: {stored} is stored, {replayed} is replayed"


@dataclass(frozen=True, slots=True)
class Remark:
    """What cannot be replayed, or is right and still worth a look."""

    book: Book
    id: str
    text: str

    @property
    def sentence(self) -> str:
        return f"{self.book} {self.id}: {self.text}"


Finding = Difference | Remark


class LogTooLong(BillingError):
    """A log is longer than what can be read of it in the time of one call."""

    code = "LOG_TOO_LONG"

    def __init__(self, customer_id: str) -> None:
        super().__init__(f"the log of customer {customer_id} is too long to be replayed in the time of one call")


@dataclass(frozen=True, slots=True)
class Replayed:
    """The replay of some logs: what was read for it, and what was found."""

    customers: int = 0
    segments: int = 0
    signals: int = 0
    invoices: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def differs(self) -> bool:
        return any(isinstance(finding, Difference) for finding in self.findings)

    @property
    def is_full(self) -> bool:
        """Whether an answer should not carry much more."""
        return len(self.findings) >= MAX_FINDINGS

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(
            customers=self.customers + other.customers,
            segments=self.segments + other.segments,
            signals=self.signals + other.signals,
            invoices=self.invoices + other.invoices,
            findings=self.findings + other.findings,
        )


class Appended(NamedTuple):
    """A segment with signals; `key` is its place among all of the organization, in the order of their making."""

    key: str
    log: LogId
    number: int


class Given(NamedTuple):
    """An invoice number, and the invoice that it was given to."""

    number: int
    invoice_id: str


class Stage(StrEnum):
    """What an audit of an organization goes through, one after the other."""

    CUSTOMERS = "customers"
    LOGS = "logs"
    NUMBERS = "numbers"
    INVOICES = "invoices"
    PAYMENTS = "payments"


Count = Annotated[int, Field(ge=0, lt=10**12)]


class Cursor(Value):
    """Where an audit goes on: in a stage, after a key.

    Of the numbers through `latest` so many are `held` by the invoice that they were given to, some are `awaited` by
    invoices that are promised; so many invoices were found with such a number (`numbered`).
    """

    stage: Stage = Stage.CUSTOMERS
    after: Annotated[str, Field(max_length=255)] = ""
    latest: Count = 0
    held: Count = 0
    awaited: Count = 0
    numbered: Count = 0


@dataclass(frozen=True, slots=True)
class Audited:
    """A part of an audit; `next` is where the rest begins, None after the last."""

    replayed: Replayed
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """The time of one call: whether something more may be begun, and whether what is begun may go on."""

    may_begin: Callable[[], bool]
    may_go_on: Callable[[], bool]


def differences(book: Book, entity_id: str, *, stored: JsonValue, replayed: JsonValue) -> Iterator[Difference]:
    """One for each number or text in which two JSON values differ, named by the way to it."""
    before, after = dict(_leaves(stored)), dict(_leaves(replayed))
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) != after.get(path):
            yield Difference(book, entity_id, " ".join(path), before.get(path), after.get(path))


def _leaves(value: JsonValue, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Lists count from 1, as people do."""
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = {str(place): part for place, part in enumerate(value, start=1)}.items()
    else:
        yield path, json.dumps(value, ensure_ascii=False)
        return
    for name, part in parts:
        yield from _leaves(part, *path, name)
