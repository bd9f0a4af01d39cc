"""A payment is allocated to lines of invoices: all that is wanted, or nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.billing.errors import InvalidInput, KeyReused, NotFound
from functions.billing.ids import derived_id
from functions.billing.models.invoice import Allocation, Invoice, InvoiceLine, InvoiceStatus
from functions.billing.models.payment import MAX_PAID_INVOICES, Payment, RecordedStatus

MAX_ALLOCATIONS = 2_000
"""Of one invoice: they lie in its item, where 500 take 24 KB of 395.

An order has up to 500 components, and an invoice late lines beside theirs: each can be paid in several parts.
"""

EXCEEDS_BALANCE = "EXCEEDS_BALANCE"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to pay of a line; `currency` is None where it was not said."""

    line_name: str
    amount_minor: int
    currency: str | None = None

    @property
    def invoice_id(self) -> str:
        """What stands before the point: see `Invoice.line_name`."""
        return self.line_name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Applied:
    """An allocation and the invoice that it is on."""

    invoice: Invoice
    allocation: Allocation


@dataclass(frozen=True, slots=True)
class Settled:
    """A payment and the invoices it may pay, by id, as they stand; `applied` is what brought them there, in order."""

    payment: Payment
    invoices: Mapping[str, Invoice]
    applied: tuple[Applied, ...] = ()

    @property
    def left_minor(self) -> int:
        """What can be allocated of the payment."""
        return self.payment.amount_minor - self.payment.allocated_minor(voided_ids(self.invoices.values()))


def voided_ids(invoices: Iterable[Invoice]) -> set[str]:
    """Those of them that ask for nothing any more, and free what was allocated to them."""
    return {invoice.id for invoice in invoices if invoice.status is InvoiceStatus.VOIDED}


def allocations_of(payment: Payment, invoices: Mapping[str, Invoice]) -> Iterator[Applied]:
    """Those on voided invoices too; of an invoice in the order in which they were made."""
    for invoice in invoices.values():
        for allocation in invoice.allocations:
            if allocation.payment_id == payment.id:
                yield Applied(invoice, allocation)


def allocate(before: Settled, wanted: Sequence[Wanted], *, key: str, now: datetime) -> Settled:
    """What the wanted allocations make of a payment; its `invoices` are those it pays, and those of the lines.

    What came with the same `key` before changes nothing, whatever is left.

    Raises:
        NotFound: there is no such line.
        InvalidInput: more is wanted than is left, or what does not go together.
        KeyReused: other allocations came with that key.
    """
    for place, each in enumerate(wanted):
        _check_currency(before.payment, each, at=f"allocations[{place}]")
    if repeated := _made_with(key, before, wanted):
        return Settled(before.payment, before.invoices, repeated)
    if before.payment.status is not RecordedStatus.POSTED:
        raise InvalidInput(f"payment {before.payment.id} is a {before.payment.status}, expected a posted one")
    after = before
    for place, each in enumerate(wanted):
        after = _settled(after, each, at=f"allocations[{place}]", key=key, now=now)
    return after


def _made_with(key: str, before: Settled, wanted: Sequence[Wanted]) -> tuple[Applied, ...]:
    """What came with that key, nothing if it is new."""
    known = {each.allocation.id: each for each in allocations_of(before.payment, before.invoices)}
    ids = [_allocation_id(before.payment, key, place) for place in range(len(wanted) + 1)]
    made = tuple(known[allocation_id] for allocation_id in ids if allocation_id in known)
    said = [(f"{each.invoice.id}.{each.allocation.line_id}", each.allocation.amount_minor) for each in made]
    if made and said != [(each.line_name, each.amount_minor) for each in wanted]:
        raise KeyReused(key)
    return made


def _settled(before: Settled, wanted: Wanted, *, at: str, key: str, now: datetime) -> Settled:
    payment, (invoice, line) = before.payment, _found(before, wanted)
    _check_they_match(payment, invoice, at=at)
    _check_is_left(before, invoice, line, wanted, at=at)
    allocation = Allocation(
        id=_allocation_id(payment, key, len(before.applied)),
        payment_id=payment.id,
        line_id=line.id,
        amount_minor=wanted.amount_minor,
        allocated_at=max(now, invoice.updated_at),  # whoever read it after us may have changed it at a later `now`
    )
    paid = invoice.with_allocation(allocation)
    return Settled(
        payment.with_allocated(invoice.id, wanted.amount_minor, now=now),
        {**before.invoices, invoice.id: paid},
        (*before.applied, Applied(paid, allocation)),
    )


def _allocation_id(payment: Payment, key: str, place: int) -> str:
    return derived_id("pal", payment.id, key, str(place))


def _found(before: Settled, wanted: Wanted) -> tuple[Invoice, InvoiceLine]:
    invoice = before.invoices.get(wanted.invoice_id)
    line = None if invoice is None else invoice.line_named(wanted.line_name)
    if invoice is None or line is None:
        raise NotFound("invoice line", wanted.line_name, expected="an id that GET /invoices/{id}/lines answers")
    return invoice, line


def _check_currency(payment: Payment, wanted: Wanted, *, at: str) -> None:
    if wanted.currency not in {None, payment.currency}:
        raise InvalidInput(f"{at}.currency is {wanted.currency!r}, expected {payment.currency!r}, that of the payment")


def _check_they_match(payment: Payment, invoice: Invoice, *, at: str) -> None:
    if invoice.status is not InvoiceStatus.POSTED:
        raise InvalidInput(
            f"{at}.invoiceLineId is of invoice {invoice.id}, which is {invoice.status}, expected a posted one"
        )
    if invoice.customer_id != payment.customer_id:
        raise InvalidInput(
            f"{at}.invoiceLineId is of customer {invoice.customer_id}, expected {payment.customer_id}, who paid"
        )
    if invoice.currency != payment.currency:
        raise InvalidInput(
            f"{at}.invoiceLineId is of an invoice in {invoice.currency}, expected one in {payment.currency}, "
            "as the payment is"
        )


def _check_is_left(before: Settled, invoice: Invoice, line: InvoiceLine, wanted: Wanted, *, at: str) -> None:
    """A line may have more left than its invoice, where that has credits."""
    left = {
        f"payment {before.payment.id}": before.left_minor,
        f"line {wanted.line_name}": max(invoice.balance_minor(line), 0),
        f"invoice {invoice.id}": max(invoice.remaining_minor, 0),
    }
    whose = min(left, key=lambda each: left[each])
    if wanted.amount_minor > left[whose]:
        raise InvalidInput(
            f"{at}.amount is {wanted.amount_minor}, expected at most {left[whose]}: that is what {whose} has left",
            code=EXCEEDS_BALANCE,
        )
    if len(invoice.allocations) >= MAX_ALLOCATIONS:
        raise InvalidInput(
            f"{at}.invoiceLineId is of invoice {invoice.id}, which has {len(invoice.allocations)} allocations, "
            f"expected fewer than {MAX_ALLOCATIONS}"
        )
    others = before.payment.allocated.keys() - voided_ids(before.invoices.values())
    if invoice.id not in others and len(others) >= MAX_PAID_INVOICES:
        raise InvalidInput(
            f"{at}.invoiceLineId is of another invoice than the {len(others)} that payment {before.payment.id} is "
            f"allocated to, expected at most {MAX_PAID_INVOICES}"
        )
