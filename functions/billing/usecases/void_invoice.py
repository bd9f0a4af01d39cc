"""A posted invoice is voided: it asks for nothing any more, and its number stays used."""

from dataclasses import dataclass
from datetime import datetime

from functions.billing.errors import Busy, InvalidInput, NotFound
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.order import Order
from functions.billing.ports import Collection, InvoiceRegister, OutdatedError, Schedules, Stored

_MAX_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidInvoice:
    """Voiding twice changes nothing more. What the period was charged is not charged again until somebody asks.

    What an amendment gave back a part of stays: else the credit would be for something that nobody paid.
    """

    register: InvoiceRegister
    schedules: Schedules
    orders: Collection[Order]

    def __call__(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        """Raises NotFound; InvalidInput for a draft, which was never owed, and for what was given back in part."""
        for _ in range(_MAX_TRIES):
            stored = self.register.load(organization_id, invoice_id)
            invoice = stored.value
            if invoice.status is InvoiceStatus.VOIDED:
                return invoice
            if invoice.status is InvoiceStatus.DRAFT:
                raise InvalidInput(f"invoice {invoice.id} is a draft, expected a posted one")
            schedule = self.schedules.get(organization_id, invoice.order_id)
            if schedule is None:
                raise NotFound("order", invoice.order_id)
            _check_kept_whole(self.orders.get(organization_id, invoice.order_id), invoice)
            try:
                return self.register.write(
                    organization_id,
                    Stored(invoice.voided(now=now), stored.revision),
                    Stored(schedule.value.charged(None, instead_of=invoice), schedule.revision),
                )
            except OutdatedError:
                continue
        raise Busy(f"invoice {invoice_id} is being changed by others, try again")


def _check_kept_whole(order: Order, invoice: Invoice) -> None:
    """Whoever amends the order meanwhile moves its schedule, so that this is asked again."""
    repaid = {attribute.id: attribute.term.repayment for _, attribute in order.attributes()}
    for line in invoice.lines:
        repayment = repaid.get(line.order_line_attribute_id)
        if line.repays is None and repayment is not None and line.period_start <= repayment.start < line.period_end:
            raise InvalidInput(
                f"invoice {invoice.display_number} cannot be voided: an amendment gave back what {line.description!r} "
                f"charged from {repayment.start} on; expected an amendment instead"
            )
