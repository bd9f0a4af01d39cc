"""When an order is billed next, and what it was billed so far."""

from datetime import date

from functions.billing.models.entity import Value
from functions.billing.models.invoice import Invoice
from functions.billing.models.tax import TaxDecision
from functions.billing.models.usage import Usage


class Promise(Value):
    """The invoice that the schedule's last move stands for: what it takes to make the same one again.

    The move is what makes it certain, the invoice follows. Whoever finds it missing, after a crash between the two,
    makes it from this: `billed_before` and `usage` are what its usage lines go from and to, `log_positions` how far
    the log was counted, `tax` what was decided. Its number, if it posts itself, is one after `numbered_after`.
    """

    invoice_id: str
    issue_date: date
    promised_on: date
    auto_post: bool = False
    numbered_after: int = 0
    billed_until: date | None = None
    billed_before: Usage = {}
    usage: Usage = {}
    log_positions: dict[int, int] = {}
    tax: TaxDecision | None = None


class BillingSchedule(Value):
    """Where the billing of one active order stands.

    `terms` is the version of the order that it goes by. `next_billing_on` is None when nothing is left to bill,
    `billed_until` the last day that was billed, if there is one, and `promised` what came of it, None if nothing was
    charged. `billed_usage` is the usage that stands on invoices, so that signals which come later can be told from
    those already paid for; `billed_minor` is without tax. `drafts` are the days whose invoices wait to be posted.
    """

    order_id: str
    customer_id: str
    terms: int = 1
    next_billing_on: date | None = None
    billed_until: date | None = None
    billed_usage: Usage = {}
    billed_minor: int = 0
    billed_tax_minor: int = 0
    drafts: tuple[date, ...] = ()
    promised: Promise | None = None

    def is_due(self, as_of: date) -> bool:
        """Whether something falls due on or before `as_of`."""
        return self.next_billing_on is not None and self.next_billing_on <= as_of

    def was_billed_on(self, day: date) -> bool:
        """Whether a call of that day promised the last invoice, of whatever date that is."""
        return self.promised is not None and self.promised.promised_on == day

    def charged(self, invoice: Invoice | None, *, instead_of: Invoice | None = None) -> "BillingSchedule":
        """This schedule, whose order was charged one invoice more, one less, or one in the place of another."""
        net, tax = self.billed_minor, self.billed_tax_minor
        if invoice is not None:
            net, tax = net + invoice.subtotal_minor, tax + invoice.tax_minor
        if instead_of is not None:
            net, tax = net - instead_of.subtotal_minor, tax - instead_of.tax_minor
        return self.model_copy(update={"billed_minor": net, "billed_tax_minor": tax})

    def has_posted(self, day: date) -> bool:
        """Whether what fell due on `day` was billed, and not on an invoice that is a draft still."""
        return self.billed_until is not None and day <= self.billed_until and day not in self.drafts
