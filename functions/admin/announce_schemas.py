"""What an administrator may have announced again, and how it is told: see `announcing`."""

from datetime import date
from typing import Literal

from functions.admin.operation import Operation
from functions.runtime.wire import Wire


class AnnounceOperation(Operation):
    """About events that webhooks should have had; `perform` of `announcing` answers it."""


class AnnounceInvoices(AnnounceOperation):
    """A part of what invoices and payments say that changed on or after a day: the first, or what follows a `next`."""

    operation: Literal["announce_invoices"]
    organization: str
    since: date
    after: str = ""


class AnnounceParked(AnnounceOperation):
    """A part of the changes of all organizations that are parked, the first or the one after an answer's `next`."""

    operation: Literal["announce_parked"]
    after: str = ""


AnyAnnouncing = AnnounceInvoices | AnnounceParked


class AnnouncedOut(Wire):
    """So much was `read`, invoices and payments or changes, and so many `events` were sent, by their names.

    `left` are the ids of invoices and payments, or the files of changes, that could not be announced.
    """

    read: int
    events: dict[str, int]
    left: list[str]
    next: str | None
