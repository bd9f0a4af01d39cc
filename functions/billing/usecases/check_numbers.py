"""Posted invoices are numbered from 1 without a gap, and each number is held by the invoice that it was given to."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.billing.models.audit import (
    Allowance,
    Audited,
    Book,
    Cursor,
    Difference,
    Finding,
    Given,
    Remark,
    Replayed,
    Stage,
)
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.ports import InvoiceRegister, Schedules


class Numbers(Protocol):
    def numbers(self, organization_id: str, *, after: int) -> Iterator[Sequence[Given]]:
        """Those above, in the order in which they were given, some at a time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNumbers:
    """The third stage of an audit."""

    inventory: Numbers
    register: InvoiceRegister
    schedules: Schedules

    def __call__(self, organization_id: str, cursor: Cursor, allowance: Allowance) -> Audited:
        done, promised = Replayed(), _Promised(self.schedules, organization_id)
        for given in self.inventory.numbers(organization_id, after=cursor.latest):
            invoices = self.register.get_many(organization_id, [each.invoice_id for each in given])
            findings = [*_gaps(organization_id, given, after=cursor.latest)]
            held = awaited = 0
            for each in given:
                invoice = invoices.get(each.invoice_id)
                if _is_held(invoice, each.number):
                    held += 1
                elif invoice is None and each.invoice_id in promised:
                    awaited += 1
                    findings.append(_awaited(each))
                else:
                    findings.append(_not_held(each, invoice))
            done += Replayed(findings=tuple(findings))
            counts = {"held": cursor.held + held, "awaited": cursor.awaited + awaited}
            cursor = cursor.model_copy(update={"latest": given[-1].number, **counts})
            if done.is_full or not allowance.may_begin():
                return Audited(done, cursor)
        return Audited(done, cursor.model_copy(update={"stage": Stage.INVOICES, "after": ""}))


class _Promised:
    """The invoices that the next look at a schedule makes if they are missing; read when one is, and once."""

    def __init__(self, schedules: Schedules, organization_id: str) -> None:
        self._schedules = schedules
        self._organization_id = organization_id
        self._invoice_ids: set[str] | None = None

    def __contains__(self, invoice_id: str) -> bool:
        if self._invoice_ids is None:
            promises = (schedule.promised for schedule in self._schedules.all(self._organization_id))
            self._invoice_ids = {promise.invoice_id for promise in promises if promise is not None}
        return invoice_id in self._invoice_ids


def _gaps(organization_id: str, given: Iterable[Given], *, after: int) -> Iterator[Finding]:
    """A number is given once, and right after the one before it."""
    for each in given:
        if each.number != after + 1:
            field = f"number given to {each.invoice_id}"
            yield Difference(Book.NUMBERS, organization_id, field, str(each.number), str(after + 1))
        after = each.number


def _is_held(invoice: Invoice | None, number: int) -> bool:
    return invoice is not None and invoice.number == number and invoice.status is not InvoiceStatus.DRAFT


def _not_held(given: Given, invoice: Invoice | None) -> Difference:
    stored = None if invoice is None else json.dumps(f"{invoice.status}, {invoice.display_number}")
    return Difference(Book.INVOICE, given.invoice_id, "number", stored, json.dumps(f"posted, INV-{given.number:06d}"))


def _awaited(given: Given) -> Remark:
    waits = f"number {given.number} waits for it: it is promised and not made yet; the next billing run makes it"
    return Remark(Book.INVOICE, given.invoice_id, waits)
