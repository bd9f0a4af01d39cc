"""What an order was billed, held against what follows from its terms and the log: invoices, and how far billing is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from functions.billing.invoicing.audit_invoices import InvoiceAudit
from functions.billing.invoicing.audit_schedules import never_billed, schedule_findings
from functions.billing.invoicing.terms_history import TermsHistory
from functions.billing.models.audit import Finding
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Usage


@dataclass(frozen=True, slots=True)
class Account:
    """An active order, where its billing stands, and all of its invoices."""

    order: Order
    schedule: BillingSchedule
    invoices: tuple[Invoice, ...]


def audited(account: Account, usage: Mapping[str, Usage], used: Usage, terms: TermsHistory) -> Iterator[Finding]:
    """Everything that is found, nothing where all is as it must be.

    `usage` is that at the log positions of each invoice, by its id; `used` is that at the end of what is rated.
    """
    audit = InvoiceAudit(account.order, account.schedule, account.invoices, terms)
    for invoice in account.invoices:
        yield from audit(invoice, usage.get(invoice.id, {}))
    yield from schedule_findings(account.schedule, account.invoices)
    yield from never_billed(account.order, account.schedule, used)
