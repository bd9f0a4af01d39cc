"""A payment pays lines of invoices: the payment and the invoices change together, or nothing does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.billing.errors import Busy
from functions.billing.invoicing.allocating import Applied, Settled, Wanted, allocate
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment
from functions.billing.ports import OutdatedError, Stored

_MAX_TRIES = 20
_MAX_UNKNOWN = 3


class PaymentLedger(Protocol):
    """Payments and what they pay."""

    def load(self, organization_id: str, payment_id: str) -> Stored[Payment]:
        """Raises NotFound."""
        ...

    def load_invoices(self, organization_id: str, invoice_ids: Iterable[str]) -> dict[str, Stored[Invoice]]:
        """Those that exist, by id."""
        ...

    def voided(self, organization_id: str, invoice_ids: Iterable[str]) -> set[str]:
        """Those of them that are voided, of however many."""
        ...

    def commit(self, organization_id: str, payment: Stored[Payment], invoices: Sequence[Stored[Invoice]]) -> None:
        """Puts all in the place of the given revisions, or nothing. Raises OutdatedError, TooLarge."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocatePayment:
    """What is left of a payment is in its item, of a line in its invoice's: whoever changes either names its revision.

    Only that an invoice is voided is read and not held fast: it stays so, and frees what was allocated to it. Who reads
    it too early finds less left than there is.

    An allocation is dated anew whenever it is tried, and not by its request: credits that it releases would else come
    before what was charged, without them, while others changed the payment or its invoices.
    """

    ledger: PaymentLedger
    is_uncertain: Callable[[Exception], bool]
    """Of an error of a commit: whether nobody knows if it took effect. Read again, the allocations are there or not."""
    present: Callable[[str], datetime]
    """An organization's own time."""

    def __call__(
        self, organization_id: str, payment_id: str, wanted: Sequence[Wanted], *, key: str
    ) -> Sequence[Applied]:
        """Raises NotFound for the payment, and what `allocate` raises."""
        unknown: list[Exception] = []
        for _ in range(_MAX_TRIES):
            payment = self.ledger.load(organization_id, payment_id)
            needed = {*payment.value.allocated, *(each.invoice_id for each in wanted)}
            invoices = self.ledger.load_invoices(organization_id, sorted(needed))
            before = Settled(payment.value, {each.value.id: each.value for each in invoices.values()})
            after = allocate(before, wanted, key=key, now=self.present(organization_id))
            if after.payment == before.payment:
                return after.applied
            if len(unknown) >= _MAX_UNKNOWN:
                raise unknown[-1]
            changed = [
                Stored(invoice, invoices[invoice.id].revision)
                for invoice in after.invoices.values()
                if invoice is not before.invoices[invoice.id]
            ]
            try:
                self.ledger.commit(organization_id, Stored(after.payment, payment.revision), changed)
            except OutdatedError:
                continue
            except Exception as error:
                if not self.is_uncertain(error):
                    raise
                unknown.append(error)
                continue
            return after.applied
        raise Busy(f"payment {payment_id} and the invoices it pays are being changed by others, try again")
