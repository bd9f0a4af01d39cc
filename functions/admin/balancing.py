"""Accepted signals, balanced for the administrator and sent again. Both are answered in parts, as audits are."""

import base64
import zlib
from collections.abc import Container, Iterable

from aws_lambda_powertools import Logger

from functions.admin.balance_schemas import (
    AnyBalance,
    BalanceCursor,
    BalanceOut,
    BalancePart,
    Redrive,
    RedriveCursor,
    RedriveOut,
    ShowBalance,
    balance_out,
)
from functions.admin.operation import Context, allowance, json_of
from functions.admin.schemas import organization_out
from functions.billing.accounting.balance import balance_of
from functions.billing.accounting.packing import packed, unpacked
from functions.billing.accounting.tally import Tally, TooManyMessages
from functions.billing.errors import InvalidInput
from functions.billing.models.audit import Allowance
from functions.billing.models.organization import Organization
from functions.billing.models.settlement import UNKNOWN, Outcome
from functions.billing.usecases.balance_signals import BalanceStep
from functions.runtime.chance import real_now
from functions.runtime.wire import Json
from functions.wiring import balancing, identity, settling

logger = Logger(service="owed")

MAX_CURSOR_CHARACTERS = 4_500_000
"""Lambda takes 6 MB."""

MAX_MOVED_BACK = 1000
"""Dead letters of one call, which takes ten of them at a time."""


def perform(operation: AnyBalance, context: Context) -> Json:
    """Raises BillingError."""
    match operation:
        case ShowBalance():
            return _balance(operation, allowance(context))
        case Redrive():
            return _redrive(operation, allowance(context))


def _balance(operation: ShowBalance, allowance: Allowance) -> Json:
    organization = identity.organizations().get(operation.organization)
    balance_signals = balancing.balance_signals()
    if operation.after is not None:
        step = _opened(operation.after)
    else:
        step = balance_signals.begin(organization.id, day=_day(organization, operation))
    step = balance_signals.go_on(organization, step, allowance)
    part = BalancePart(
        day=operation.day,
        known_customers=step.known_customers,
        customers=step.tally.customers,
        signals=step.tally.signals,
        balance=_balanced(organization, step.tally, set(operation.suspects)) if step.after is None else None,
        next=None if step.after is None else _closed(step.tally, step.after),
    )
    return {"organization": json_of(organization_out(organization)), **json_of(part)}


def _day(organization: Organization, operation: ShowBalance) -> str | None:
    """Raises InvalidInput for a day of which nothing can have been received yet."""
    today = max(organization.now(real_now()), real_now()).date()
    if operation.day is not None and operation.day > today:
        raise InvalidInput(f"day is {operation.day}, expected one that has begun: it is {today}")
    return None if operation.day is None else str(operation.day)


def _balanced(organization: Organization, tally: Tally, suspected_before: Container[str]) -> BalanceOut:
    queued = balancing.backlog().size()
    found = balance_of(tally)
    suspects = found.suspects(queued=queued, today=organization.now(real_now()).date())
    balance = found.judged(suspects, suspected_before=suspected_before)
    unreadable = sum(stored.value.outcome is Outcome.DEAD for stored in settling.settlements().all(UNKNOWN))
    answer = balance_out(balance, tally, suspects, queued=queued, unreadable=unreadable)
    logger.info(
        "signals balanced",
        extra={"organization_id": organization.id, "adds_up": answer.adds_up, "in_flight": answer.in_flight},
    )
    return answer


def _opened(cursor: BalanceCursor) -> BalanceStep:
    """Raises InvalidInput for what `_closed` did not make."""
    try:
        return BalanceStep(unpacked(zlib.decompress(base64.b64decode(cursor.tally, validate=True))), cursor.after)
    except (ValueError, zlib.error):
        raise InvalidInput("after is damaged, expected the `next` of an answer as it was") from None


def _closed(tally: Tally, after: str) -> BalanceCursor:
    content = base64.b64encode(zlib.compress(packed(tally))).decode()
    if len(content) > MAX_CURSOR_CHARACTERS:
        raise TooManyMessages
    return BalanceCursor(after=after, tally=content)


def _redrive(operation: Redrive, allowance: Allowance) -> Json:
    if operation.message is not None:
        return _redrive_one(operation)
    begin = operation.after
    moved_back = balancing.returns().move_back(at_most=MAX_MOVED_BACK) if begin is None else 0
    sent, gone, cursor = 0, list[str](), None
    for organization_id in _organizations(operation):
        if cursor is not None:
            break
        if not allowance.may_begin():
            cursor = RedriveCursor(organization=organization_id, after="")
            break
        after = begin.after if begin is not None and begin.organization == organization_id else ""
        done = balancing.redrive_messages()(organization_id, after=after, has_time=allowance.may_begin)
        sent, gone = sent + done.sent, [*gone, *done.gone]
        if done.after is not None:
            cursor = RedriveCursor(organization=organization_id, after=done.after)
    answer = RedriveOut(sent=sent, moved_back=moved_back, gone=gone, next=cursor)
    return _redriven(answer)


def _redrive_one(operation: Redrive) -> Json:
    if operation.organization is None or operation.message is None:
        raise InvalidInput("organization is missing, expected that of the message")
    done = balancing.redrive_messages().one(operation.organization, operation.message)
    return _redriven(RedriveOut(sent=done.sent, moved_back=0, gone=list(done.gone), next=None))


def _organizations(operation: Redrive) -> Iterable[str]:
    """The one; or all from that of the cursor on, and before them those messages that tell of none."""
    if operation.organization is not None:
        return [identity.organizations().get(operation.organization).id]
    known = [UNKNOWN, *sorted(organization.id for organization in identity.organizations().all())]
    begin = operation.after.organization if operation.after is not None else UNKNOWN
    return known[known.index(begin) :] if begin in known else []


def _redriven(answer: RedriveOut) -> Json:
    logger.info("messages redriven", extra={"sent": answer.sent, "moved_back": answer.moved_back})
    return json_of(answer)
