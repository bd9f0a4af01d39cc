"""Webhooks are told again, for the administrator: of the invoices themselves, or of the changes that were parked.

Nothing here asks the stream, which forgets. Whatever is sent has the id that it has whenever it is sent, so that a call
may be repeated at any point; a parked change is removed only when all of it is sent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from aws_lambda_powertools import Logger

from functions.admin.announce_schemas import AnnouncedOut, AnnounceInvoices, AnnounceParked, AnyAnnouncing
from functions.admin.operation import Context, allowance, json_of
from functions.billing.errors import TooLarge
from functions.billing.invoicing.happenings import Subject, happened_so_far, happenings, last_change
from functions.billing.models.audit import Allowance
from functions.billing.models.webhook import Announcement
from functions.billing.periods import day_of
from functions.runtime.webhook_envelope import announcement
from functions.runtime.wire import Json
from functions.wiring import announcing, auditing, identity

logger = Logger(service="owed")


class _Announced(NamedTuple):
    """How many events were sent, by name; and what of a group could not be announced."""

    events: Counter[str]
    left: Sequence[str]


def perform(operation: AnyAnnouncing, context: Context) -> Json:
    """Raises BillingError."""
    answer = _answer(operation, allowance(context))
    extra = {"read": answer.read, "events": answer.events, "left": answer.left}
    logger.info("events announced again", extra=extra)
    return json_of(answer)


def _answer(operation: AnyAnnouncing, allowance: Allowance) -> AnnouncedOut:
    match operation:
        case AnnounceInvoices():
            return _announce_invoices(operation, allowance)
        case AnnounceParked():
            return _announce_parked(operation, allowance)


def _announce_invoices(operation: AnnounceInvoices, allowance: Allowance) -> AnnouncedOut:
    """All there are of the organization are read: none of the table's keys knows when one changed."""
    organization = identity.organizations().get(operation.organization)
    read, events, left = 0, Counter[str](), list[str]()
    for subjects in _subjects(organization.id, operation.after):
        changed = [subject for subject in subjects if day_of(last_change(subject)) >= operation.since]
        announced = _announce(organization.id, changed)
        read, events, left = read + len(changed), events + announced.events, [*left, *announced.left]
        if not allowance.may_begin():
            return AnnouncedOut(read=read, events=dict(events), left=left, next=subjects[-1].id)
    return AnnouncedOut(read=read, events=dict(events), left=left, next=None)


def _subjects(organization_id: str, after: str) -> Iterator[Sequence[Subject]]:
    """Those whose ids follow `after`: first come depletions, then invoices, then payments."""
    yield from auditing.inventory().depletions(organization_id, after=after)
    yield from auditing.inventory().invoices(organization_id, after=after)
    yield from auditing.inventory().payments(organization_id, after=after)


def _announce(organization_id: str, subjects: Sequence[Subject]) -> _Announced:
    announce, left, ids = announcing.announce_events(), list[str](), dict[str, str]()
    for subject in subjects:
        happened = [announcement(each) for each in happened_so_far(organization_id, subject)]
        try:
            announce.add(happened)
        except TooLarge:
            left.append(subject.id)
        ids |= {each.id: subject.id for each in happened}
    sent = announce.send()
    return _Announced(sent.by_event, [*left, *sorted({ids[refused] for refused in sent.refused})])


def _announce_parked(operation: AnnounceParked, allowance: Allowance) -> AnnouncedOut:
    read, events, left = 0, Counter[str](), list[str]()
    for key in announcing.parked_changes().keys(after=operation.after):
        announced = _announce_file(key)
        read, events, left = read + 1, events + announced.events, [*left, *announced.left]
        if not allowance.may_begin():
            return AnnouncedOut(read=read, events=dict(events), left=left, next=key)
    return AnnouncedOut(read=read, events=dict(events), left=left, next=None)


def _announce_file(key: str) -> _Announced:
    """Sent first, then removed: a crash between the two makes repeats and loses nothing."""
    announce = announcing.announce_events()
    try:
        announce.add(_happened_in(key))
    except Exception as error:
        if announcing.is_outage(error):
            raise
        # Whatever it is that made it be parked: it stays, and the others are announced.
        logger.warning("change stays parked", extra={"kept_at": key, "error": type(error).__name__})
        return _Announced(Counter(), [key])
    sent = announce.send()
    if sent.refused:
        return _Announced(sent.by_event, [key])
    announcing.parked_changes().remove(key)
    return _Announced(sent.by_event, [])


def _happened_in(key: str) -> list[Announcement]:
    changes = (announcing.change_of(record) for record in announcing.parked_changes().records(key))
    return [announcement(each) for change in changes if change is not None for each in happenings(change)]
