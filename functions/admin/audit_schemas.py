"""What an administrator may ask of the books, and how it is told: see `auditing`."""

from typing import Literal, Self

from pydantic import model_validator

from functions.admin.operation import Operation
from functions.billing.models.audit import Audited, Book, Cursor, Difference, Remark, Stage
from functions.runtime.wire import Wire


class AuditOperation(Operation):
    """A look at the books; `perform` of `auditing` answers it."""


class Replay(AuditOperation):
    """A part of the replay of all customers: the first, or the one after an answer's `next`; or one customer."""

    operation: Literal["replay"]
    organization: str
    customer: str | None = None
    after: Cursor | None = None

    @model_validator(mode="after")
    def _one_customer_is_no_part(self) -> Self:
        if self.customer is not None and self.after is not None:
            raise ValueError("customer and after are given, expected one of them: a customer is replayed at once")
        return self


AnyAudit = Replay


class DifferenceOut(Wire):
    """Both values are JSON texts, null where there is none."""

    book: Book
    id: str
    field: str
    stored: str | None
    replayed: str | None
    sentence: str


class RemarkOut(Wire):
    book: Book
    id: str
    sentence: str


class ReplayOut(Wire):
    """A part of a replay, in which so much was looked at; `next` asks for the part that follows, null after the last.

    `known_customers` are all of the organization, for whoever wants to know how far it is.
    """

    stage: Stage | None
    known_customers: int
    customers: int
    segments: int
    signals: int
    invoices: int
    differences: list[DifferenceOut]
    remarks: list[RemarkOut]
    next: Cursor | None


def replay_out(audited: Audited, stage: Stage | None, known_customers: int) -> ReplayOut:
    replayed = audited.replayed
    return ReplayOut(
        stage=stage,
        known_customers=known_customers,
        customers=replayed.customers,
        segments=replayed.segments,
        signals=replayed.signals,
        invoices=replayed.invoices,
        differences=[difference_out(each) for each in replayed.findings if isinstance(each, Difference)],
        remarks=[remark_out(each) for each in replayed.findings if isinstance(each, Remark)],
        next=audited.next,
    )


def difference_out(difference: Difference) -> DifferenceOut:
    return DifferenceOut(
        book=difference.book,
        id=difference.id,
        field=difference.field,
        stored=difference.stored,
        replayed=difference.replayed,
        sentence=difference.sentence,
    )


def remark_out(remark: Remark) -> RemarkOut:
    return RemarkOut(book=remark.book, id=remark.id, sentence=remark.sentence)
