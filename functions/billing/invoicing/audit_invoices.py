"""Stored invoices against the same made again: each is equal to the last character, or it is said why it cannot be."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from functions.billing.invoicing.replay import (
    UsageKey,
    line_key,
    rebilled_again,
    replayed,
    usage_keys,
    with_earlier_ends,
)
from functions.billing.invoicing.terms_history import TermsHistory
from functions.billing.models.audit import Book, Difference, Finding, Remark, differences
from functions.billing.models.invoice import Invoice, InvoiceLine
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Usage

_COMPARED = {"id", "order_id", "currency", "due_date", "log_positions", "lines", "taxes"}

_Place = tuple[UsageKey, bool]
"""Price, period and whether it is late: an invoice has one line of each."""


class InvoiceAudit:
    """Of the invoices of one order."""

    def __init__(
        self, order: Order, schedule: BillingSchedule, invoices: Sequence[Invoice], terms: TermsHistory
    ) -> None:
        """`invoices` are all of the order."""
        self._order, self._schedule, self._terms = order, schedule, terms
        self._invoices = {invoice.id: invoice for invoice in invoices}
        first_bills = (invoice for invoice in invoices if invoice.rebills is None)
        late = (line for invoice in first_bills for line in invoice.lines if line.is_late)
        self._gone_on_from = {(line_key(line), line.billed_before) for line in late}

    def __call__(self, invoice: Invoice, usage: Usage) -> Iterator[Finding]:
        """`usage` is that at the log positions of the invoice."""
        if invoice.rebills is not None:
            yield from self._of_rebilled(invoice, invoice.rebills)
            return
        usage, remarks = self._as_billed(invoice, usage)
        yield from remarks
        again = self._made_again(self._order, invoice, usage)
        if _text(again) == _text(invoice):
            return
        then = self._order_then(invoice, usage)
        if then is None:
            yield from _differences(invoice, again)
            return
        end = "without one" if then.end_day is None else f"with the end {then.end_day}"
        yield Remark(
            Book.INVOICE,
            _named(invoice),
            f"the end of order {then.id} has moved since; {end} the invoice is the same to the last character",
        )

    def _of_rebilled(self, invoice: Invoice, voided_id: str) -> Iterator[Finding]:
        voided = self._invoices.get(voided_id)
        if voided is None:
            yield Difference(Book.INVOICE, _named(invoice), "rebills", json.dumps(voided_id), None)
            return
        again = rebilled_again(invoice, voided)
        if _text(again) != _text(invoice):
            yield from _differences(invoice, again)

    def _made_again(self, order: Order, invoice: Invoice, usage: Usage) -> Invoice:
        """At the log positions that it was promised with, which a draft that is posted by hand leaves behind."""
        again, promised = replayed(order, invoice, usage), self._schedule.promised
        if promised is None or promised.invoice_id != again.id or _is_posted_by_hand(invoice):
            return again
        return again.model_copy(update={"log_positions": promised.log_positions})

    def _as_billed(self, invoice: Invoice, usage: Usage) -> tuple[Usage, list[Remark]]:
        """The usage, but where the invoice rightly says less, and what cannot be counted as it was.

        A draft that is posted by hand takes no more usage of a period from which a later invoice goes on already.
        """
        lines = {line_key(line): line for line in invoice.lines}
        settled: Usage = {attribute_id: dict(periods) for attribute_id, periods in usage.items()}
        remarks: list[Remark] = []
        for key in sorted(usage_keys(self._order, invoice)):
            attribute_id, start = key
            found = usage.get(attribute_id, {}).get(start, 0)
            billed = lines[key].quantity if key in lines else 0
            if billed >= found:
                continue
            period_end = lines[key].period_end if key in lines else invoice.issue_date
            if _is_posted_by_hand(invoice) and (key, billed) in self._gone_on_from:
                settled[attribute_id][start] = billed
            elif self._terms.may_count_otherwise(attribute_id, period_end, since=_counted_at(invoice)):
                settled[attribute_id][start] = billed
                remarks.append(_counts_otherwise(invoice, key, found=found, billed=billed))
        return settled, remarks

    def _order_then(self, invoice: Invoice, usage: Usage) -> Order | None:
        """The order with the end by which the invoice was made, None if none explains it."""
        if not self._terms.end_may_have_moved(self._order, since=invoice.created_at):
            return None
        candidates = with_earlier_ends(self._order, invoice)
        return next((o for o in candidates if _text(self._made_again(o, invoice, usage)) == _text(invoice)), None)


def _is_posted_by_hand(invoice: Invoice) -> bool:
    return not invoice.auto_post and invoice.number is not None


def _counted_at(invoice: Invoice) -> datetime:
    """When its usage was counted."""
    posted_at = invoice.posted_at if _is_posted_by_hand(invoice) else None
    return posted_at or invoice.created_at


def _counts_otherwise(invoice: Invoice, key: UsageKey, *, found: int, billed: int) -> Remark:
    attribute_id, start = key
    return Remark(
        Book.INVOICE,
        _named(invoice),
        f"{attribute_id} of {start} cannot be counted as it was: {billed} are billed and {found} found today, for the "
        "end of another order that may have counted the rest has moved since",
    )


def _text(invoice: Invoice) -> str:
    """What must be the same to the last character."""
    return invoice.model_dump_json(include=_COMPARED)


def _named(invoice: Invoice) -> str:
    return f"{invoice.id} ({invoice.display_number or f'draft of {invoice.issue_date}'})"


def _differences(invoice: Invoice, again: Invoice) -> Iterator[Difference]:
    """At least one, of two that are not the same text."""
    stored, made = ({_place(line): line for line in each.lines} for each in (invoice, again))
    found = list(
        differences(
            Book.INVOICE,
            _named(invoice),
            stored={**_head(invoice), **_shown(stored, beside=made, named_by=stored)},
            replayed={**_head(again), **_shown(made, beside=stored, named_by=stored)},
        )
    )
    orders = (json.dumps([line.id for line in each.lines]) for each in (invoice, again))
    yield from found or [Difference(Book.INVOICE, _named(invoice), "order of lines", *orders)]


def _head(invoice: Invoice) -> dict[str, JsonValue]:
    """Everything but the lines, and the totals."""
    totals = {name: getattr(invoice, name) for name in ("subtotal_minor", "tax_minor", "total_minor")}
    compared = invoice.model_dump(mode="json", include=_COMPARED - {"lines"})
    return {**compared, "number of lines": len(invoice.lines), **totals}


def _shown(
    lines: Mapping[_Place, InvoiceLine],
    *,
    beside: Mapping[_Place, InvoiceLine],
    named_by: Mapping[_Place, InvoiceLine],
) -> dict[str, JsonValue]:
    """Every field of the lines that both have; a line that only one has is one value."""
    shown: dict[str, JsonValue] = {}
    for place, line in lines.items():
        name = f"line {named_by.get(place, line).id}"
        whole = f"{line.description}, {line.period_start}: {line.amount_minor}"
        shown[name] = line.model_dump(mode="json") if place in beside else whole
    return shown


def _place(line: InvoiceLine) -> _Place:
    return line_key(line), line.is_late
