"""What happened to an invoice, a payment or credits between two stored versions, as webhooks tell it."""

from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.ids import derived_id
from functions.billing.invoicing.payment import fully_paid_at
from functions.billing.models.depletion import CreditsDepletion
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment, RecordedStatus
from functions.billing.models.webhook import WebhookEvent
from functions.billing.periods import day_of


@dataclass(frozen=True, slots=True)
class InvoiceChange:
    """An invoice as it was written; `before` is None of a new one."""

    organization_id: str
    before: Invoice | None
    after: Invoice


@dataclass(frozen=True, slots=True)
class PaymentChange:
    """A payment as it was written; `before` is None of a new one."""

    organization_id: str
    before: Payment | None
    after: Payment


@dataclass(frozen=True, slots=True)
class DepletionChange:
    """That credits were used up; it is written once, and never changed."""

    organization_id: str
    after: CreditsDepletion


Change = InvoiceChange | PaymentChange | DepletionChange
Subject = Invoice | Payment | CreditsDepletion


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of its subject as it was then; `at` is the organization's own time."""

    organization_id: str
    event: WebhookEvent
    at: datetime
    subject: Subject

    @property
    def day(self) -> date:
        return day_of(self.at)

    @property
    def announcement_id(self) -> str:
        """Made of organization, event and subject alone: each happens once in the life of one."""
        return derived_id("evt", self.organization_id, self.event, self.subject.id)


def happened_so_far(organization_id: str, subject: Subject) -> tuple[Happening, ...]:
    """What it says of itself: under the same ids as when it happened, with the subject as it is now."""
    match subject:
        case Invoice():
            return happenings(InvoiceChange(organization_id, before=None, after=subject))
        case Payment():
            return happenings(PaymentChange(organization_id, before=None, after=subject))
        case CreditsDepletion():
            return happenings(DepletionChange(organization_id, after=subject))


def last_change(subject: Subject) -> datetime:
    """The latest moment that it tells of, in the organization's own time."""
    if isinstance(subject, CreditsDepletion):
        return subject.noticed_at
    posted_at = subject.posted_at if isinstance(subject, Invoice) else None
    return max(each for each in (subject.created_at, posted_at, subject.updated_at) if each is not None)


def happenings(change: Change) -> tuple[Happening, ...]:
    """In the order in which they happened; none if only something else changed."""
    match change:
        case InvoiceChange():
            return _of_invoice(change)
        case PaymentChange():
            return _of_payment(change)
        case DepletionChange():
            after = change.after
            return (Happening(change.organization_id, WebhookEvent.CREDITS_DEPLETED, after.noticed_at, after),)


def _of_payment(change: PaymentChange) -> tuple[Happening, ...]:
    """A draft is money that nobody has yet; and of what nobody charges nothing fails."""
    before, after = change.before, change.after
    if after.status is not RecordedStatus.POSTED or (before is not None and before.status is RecordedStatus.POSTED):
        return ()
    return (Happening(change.organization_id, WebhookEvent.PAYMENT_SUCCEEDED, after.created_at, after),)


def _of_invoice(change: InvoiceChange) -> tuple[Happening, ...]:
    before, after = change.before, change.after
    happened: list[tuple[WebhookEvent, datetime]] = []
    if before is None:
        happened.append((WebhookEvent.INVOICE_CREATED, after.created_at))
    if after.posted_at is not None and (before is None or before.posted_at is None):
        happened.append((WebhookEvent.INVOICE_POSTED, after.posted_at))
        if after.rebills is None and after.overage_lines:
            happened.append((WebhookEvent.OVERAGE_INCURRED, after.posted_at))
    paid_at = _paid_at(after)
    if paid_at is not None and (before is None or _paid_at(before) is None):
        happened.append((WebhookEvent.INVOICE_PAID, paid_at))
    return tuple(Happening(change.organization_id, event, at, after) for event, at in happened)


def _paid_at(invoice: Invoice) -> datetime | None:
    """Also of one that was voided since, so that it is told again as it was; one below zero is not paid by anybody."""
    return None if invoice.total_minor < 0 else fully_paid_at(invoice)
