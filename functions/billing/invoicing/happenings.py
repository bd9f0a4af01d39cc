"""What happened to an invoice between two of its stored versions, as webhooks tell it."""

from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.ids import derived_id
from functions.billing.models.invoice import Invoice
from functions.billing.models.webhook import WebhookEvent
from functions.billing.periods import day_of


@dataclass(frozen=True, slots=True)
class InvoiceChange:
    """An invoice as it was written; `before` is None of a new one."""

    organization_id: str
    before: Invoice | None
    after: Invoice


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the invoice as it was then; `at` is the organization's own time."""

    organization_id: str
    event: WebhookEvent
    at: datetime
    invoice: Invoice

    @property
    def day(self) -> date:
        return day_of(self.at)

    @property
    def announcement_id(self) -> str:
        """Made of organization, event and invoice alone: each happens once in an invoice's life."""
        return derived_id("evt", self.organization_id, self.event, self.invoice.id)


def happened_so_far(organization_id: str, invoice: Invoice) -> tuple[Happening, ...]:
    """What the invoice says of itself: under the same ids as when it happened, with the invoice as it is now."""
    return happenings(InvoiceChange(organization_id, before=None, after=invoice))


def last_change(invoice: Invoice) -> datetime:
    """The latest moment that it tells of, in the organization's own time."""
    return max(each for each in (invoice.created_at, invoice.posted_at, invoice.updated_at) if each is not None)


def happenings(change: InvoiceChange) -> tuple[Happening, ...]:
    """In the order in which they happened; none if only something else changed."""
    before, after = change.before, change.after
    happened: list[tuple[WebhookEvent, datetime]] = []
    if before is None:
        happened.append((WebhookEvent.INVOICE_CREATED, after.created_at))
    if after.posted_at is not None and (before is None or before.posted_at is None):
        happened.append((WebhookEvent.INVOICE_POSTED, after.posted_at))
    if after.paid_at is not None and (before is None or before.paid_at is None):
        happened.append((WebhookEvent.INVOICE_PAID, after.paid_at))
    return tuple(Happening(change.organization_id, event, at, after) for event, at in happened)
