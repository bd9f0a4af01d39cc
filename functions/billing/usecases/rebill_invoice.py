"""What a voided invoice charged is charged again, on a new draft for somebody to look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.billing.errors import Busy, InvalidInput, NotFound
from functions.billing.invoicing.build import BillingFacts
from functions.billing.invoicing.recompute import rebilled
from functions.billing.models.invoice import Invoice, InvoiceStatus, rebill_id
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import InvoiceRegister, OutdatedError, Schedules, Stored

Gathering = Callable[[str, Sequence[BillingSchedule]], dict[str, BillingFacts]]
"""What the invoices of an organization's orders are made of: see `gather_facts`."""

_MAX_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RebillInvoice:
    """Asking twice makes one draft."""

    register: InvoiceRegister
    schedules: Schedules
    gather_facts: Gathering

    def __call__(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        """The invoice that takes the voided one's place. Raises NotFound; InvalidInput unless it is voided."""
        voided = self.register.get(organization_id, invoice_id)
        if voided.status is not InvoiceStatus.VOIDED:
            raise InvalidInput(f"invoice {invoice_id} is {voided.status.value}, expected a voided one to bill again")
        for _ in range(_MAX_TRIES):
            made = self.register.get_many(organization_id, [rebill_id(voided)]).get(rebill_id(voided))
            if made is not None and made.status is InvoiceStatus.VOIDED:
                raise InvalidInput(
                    f"invoice {invoice_id} was billed again by {made.id}, which is voided: rebill that one"
                )
            if made is not None:
                return made
            schedule = self.schedules.get(organization_id, voided.order_id)
            if schedule is None:
                raise NotFound("order", voided.order_id)
            facts = self.gather_facts(organization_id, [schedule.value]).get(voided.order_id)
            if facts is None:
                raise NotFound("payer of order", voided.order_id)
            draft, moved = rebilled(facts, voided, now=now)
            try:
                return self.register.write(organization_id, Stored(draft, 0), Stored(moved, schedule.revision))
            except OutdatedError:
                continue
        raise Busy(f"invoice {invoice_id} is being changed by others, try again")
