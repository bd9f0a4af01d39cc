"""What happened to a customer's credits: what was granted, what was taken of it, and what is still to be given.

Derived from the grants and from what was taken, and stored nowhere. The sum of the grants and of what was taken is what
is available, and what has expired. An infinite grant is what was taken of it: nothing is available, or expires.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from functions.billing.ids import derived_id
from functions.billing.models.credit import CreditGrant
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import midnight
from functions.billing.rating.burn_down import BurnDown


class TransactionType(StrEnum):
    """PENDING_GRANT waits for its invoice to be posted, or paid."""

    GRANT = "grant"
    SPEND = "spend"
    PENDING_GRANT = "pendingGrant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Millionths of credits, below 0 where they were taken: what the signals of a price took of one grant on one day.

    `recorded_at` is the beginning of that day, but no sooner than its grant; of a grant by hand it is the moment.
    `order_id` is None for such a grant; `source` is the price that took the credits.
    """

    id: str
    currency_id: str
    type: TransactionType
    micro: int
    recorded_at: datetime
    order_id: str | None
    is_by_hand: bool
    source: str | None = None


def transactions(plan: RatingPlan, burnt: Iterable[BurnDown], waiting: Iterable[CreditGrant]) -> Iterator[Transaction]:
    """In no order."""
    for each in burnt:
        for pot in each.pots:
            yield _of_grant(pot.grant, TransactionType.GRANT, pot.granted)
        yield from _spends(plan, each)
    for grant in waiting:
        yield _of_grant(grant, TransactionType.PENDING_GRANT, 0 if grant.is_infinite else grant.amount_micro)


def _of_grant(grant: CreditGrant, type_: TransactionType, micro: int) -> Transaction:
    return Transaction(
        id=grant.id,
        currency_id=grant.currency_id,
        type=type_,
        micro=micro,
        recorded_at=_recorded_at(grant),
        order_id=grant.order_id,
        is_by_hand=grant.order_id is None,
    )


def _recorded_at(grant: CreditGrant) -> datetime:
    return grant.created_at or midnight(grant.starts_on)


def _spends(plan: RatingPlan, burnt: BurnDown) -> Iterator[Transaction]:
    """One for each grant, price and day; users of one seat are one."""
    taken: dict[tuple[str, str, date], int] = {}
    grants: dict[str, CreditGrant] = {}
    for taking in burnt.takings:
        key = (taking.grant.id, taking.need.source, taking.day)
        taken[key] = taken.get(key, 0) + taking.micro
        grants[taking.grant.id] = taking.grant
    for (grant_id, source, day), micro in taken.items():
        if micro:
            yield Transaction(
                id=derived_id("ct", grant_id, source, day.isoformat()),
                currency_id=grants[grant_id].currency_id,
                type=TransactionType.SPEND,
                micro=-micro,
                recorded_at=max(midnight(day), _recorded_at(grants[grant_id])),
                order_id=plan.order_of(source),
                is_by_hand=grants[grant_id].order_id is None,
                source=source,
            )
