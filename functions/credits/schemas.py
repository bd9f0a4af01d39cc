"""Credits on the wire (contract: Credits). Amounts of credits are numbers with at most six decimals, and no money."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from functions.billing.models.credit import CreditCurrency, CreditCurrencyStatus, CurrencyKey, ManualGrant
from functions.billing.models.customer import Customer
from functions.billing.models.entity import Name
from functions.billing.models.pricing import Recipient
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import midnight
from functions.billing.rating.burn_down import Pot, Waiting
from functions.billing.usecases.read_credits import Credits as CreditsRead
from functions.runtime.credit_wire import credits_of
from functions.runtime.fields import Credits
from functions.runtime.wire import Creation, LongText, Moment, MomentOut, NumberOut, Wire


class CurrencyStatusFilter(StrEnum):
    """Which currencies a listing shows."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    ALL = "all"


class CurrencyQuery(Wire):
    status: CurrencyStatusFilter = CurrencyStatusFilter.ALL

    def takes(self, currency: CreditCurrency) -> bool:
        return self.status is CurrencyStatusFilter.ALL or self.status.value == currency.status.value


class CreateCurrency(Creation):
    name: Name
    key: CurrencyKey
    description: LongText = None


class UpdateCurrency(Wire):
    """Absent fields stay as they are, and so does the status where it is null; the name and the key always do."""

    description: LongText = None
    status: CreditCurrencyStatus | None = None


class CurrencyOut(Wire):
    id: str
    name: str
    key: str
    status: CreditCurrencyStatus
    description: str | None
    archived_at: MomentOut | None
    created_at: MomentOut
    updated_at: MomentOut


class CurrenciesOut(Wire):
    """All of them: the contract has no pages here."""

    data: list[CurrencyOut]


def currency_out(currency: CreditCurrency) -> CurrencyOut:
    return CurrencyOut(
        id=currency.id,
        name=currency.name,
        key=currency.key,
        status=currency.status,
        description=currency.description,
        archived_at=currency.archived_at,
        created_at=currency.created_at,
        updated_at=currency.updated_at,
    )


# ---- grants


class CreateGrant(Creation):
    credit_currency_key: Annotated[str, Field(min_length=1, max_length=255)]
    amount: Credits
    starts_at: Moment | None = None
    expires_at: Moment | None = None


class CustomerRef(Wire):
    id: str
    external_id: str | None


class CurrencyRef(Wire):
    key: str
    name: str


class GrantStatus(StrEnum):
    ACTIVE = "active"


class GrantOut(Wire):
    """`amount` is cut off at the point; `amountDecimal` is all of it."""

    amount: int
    amount_decimal: str
    starts_at: MomentOut
    expires_at: MomentOut | None
    status: GrantStatus = GrantStatus.ACTIVE


class GrantedOut(Wire):
    """`created` is false where the very same grant was there before: a repeat grants nothing.

    It is known by its `startsAt`, or without one by coming within two minutes.
    """

    created: bool
    customer: CustomerRef
    credit_currency: CurrencyRef
    grant: GrantOut
    created_at: MomentOut


def granted_out(grant: ManualGrant, customer: Customer, currency: CreditCurrency, *, created: bool) -> GrantedOut:
    amount = credits_of(grant.amount_micro)
    return GrantedOut(
        created=created,
        customer=CustomerRef(id=customer.id, external_id=customer.external_id),
        credit_currency=currency_ref(currency),
        grant=GrantOut(
            amount=int(amount),
            amount_decimal=f"{amount:f}",
            starts_at=grant.starts_at,
            expires_at=grant.expires_at,
        ),
        created_at=grant.created_at,
    )


# ---- balances


class BalanceGrantOut(Wire):
    """`total` is what was granted, less what has expired; of an infinite grant it is `available` and what was taken.

    The moments are those that were said of a grant by hand. It is taken on the whole days that they lie on.
    """

    available: NumberOut
    used: NumberOut
    total: NumberOut
    rollover_amount: NumberOut | None
    period_start: MomentOut
    period_end: MomentOut | None
    rollover_end_date: MomentOut | None
    expires_at: MomentOut | None
    is_in_rollover_window: bool


class BalanceOut(Wire):
    """The credits of one currency that can be taken today, and the grants that they come from."""

    credits_currency_id: str
    currency_name: str
    currency_key: str
    available: NumberOut
    used: NumberOut
    total: NumberOut
    period_start: MomentOut | None
    period_end: MomentOut | None
    rollover_end_date: MomentOut | None
    recipient: Recipient
    grants: list[BalanceGrantOut]


class BalancesOut(Wire):
    data: list[BalanceOut]


def balances_out(read: CreditsRead, currencies: Mapping[str, CreditCurrency], *, today: date) -> BalancesOut:
    """Of each currency that something was granted or taken in: the customer's, and those of all its seats."""
    found: list[BalanceOut] = []
    for currency_id, burnt in read.burnt.items():
        own = [pot for pot in burnt.pots if pot.grant.seat_id is None]
        of_seats = [pot for pot in burnt.pots if pot.grant.seat_id is not None]
        if own or not of_seats:
            found.append(_balance_out(own, Recipient.ORGANIZATION, currencies[currency_id], today))
        if of_seats:
            found.append(_balance_out(of_seats, Recipient.SEAT, currencies[currency_id], today))
    return BalancesOut(data=found)


def _balance_out(pots: Iterable[Pot], recipient: Recipient, currency: CreditCurrency, today: date) -> BalanceOut:
    grants = [_balance_grant_out(pot, today) for pot in pots if pot.grant.holds_on(today)]
    ends = [grant.period_end for grant in grants if grant.period_end is not None]
    rollovers = [grant.rollover_end_date for grant in grants if grant.rollover_end_date is not None]
    return BalanceOut(
        credits_currency_id=currency.id,
        currency_name=currency.name,
        currency_key=currency.key,
        available=sum((grant.available for grant in grants), Decimal(0)),
        used=sum((grant.used for grant in grants), Decimal(0)),
        total=sum((grant.total for grant in grants), Decimal(0)),
        period_start=min((grant.period_start for grant in grants), default=None),
        period_end=max(ends, default=None),
        rollover_end_date=max(rollovers, default=None),
        recipient=recipient,
        grants=grants,
    )


def _balance_grant_out(pot: Pot, today: date) -> BalanceGrantOut:
    grant, rollover, available = pot.grant, pot.grant.rollover, pot.available_on(today)
    expires_at = grant.expires_at or (None if grant.expires_on is None else midnight(grant.expires_on))
    return BalanceGrantOut(
        available=credits_of(available),
        used=credits_of(pot.used),
        total=credits_of(available + pot.used),
        rollover_amount=None if rollover is None else credits_of(rollover.amount_micro),
        period_start=grant.starts_at or midnight(grant.starts_on),
        period_end=expires_at,
        rollover_end_date=None if rollover is None else midnight(rollover.until),
        expires_at=grant.expires_at or (None if grant.gone_on is None else midnight(grant.gone_on)),
        is_in_rollover_window=rollover is not None and grant.expires_on is not None and grant.expires_on <= today,
    )


# ---- what waits


class PendingOut(Wire):
    """What the signals of one price took on one day, or seats, and nothing was granted for.

    `recordedAt` is that day too; `eventName` is null for seats.
    """

    credits: int
    credits_decimal: str
    credit_currency: CurrencyRef
    order_id: str
    event_name: str | None
    occurred_at: MomentOut
    recorded_at: MomentOut


def pending_out(read: CreditsRead, currencies: Mapping[str, CreditCurrency]) -> list[PendingOut]:
    """The oldest first."""
    waiting = [(each, currencies[currency_id]) for currency_id, burnt in read.burnt.items() for each in burnt.pending]
    waiting.sort(key=lambda pair: pair[0].need.day)
    return [_pending_out(each, currency, read.plan) for each, currency in waiting]


def _pending_out(waiting: Waiting, currency: CreditCurrency, plan: RatingPlan) -> PendingOut:
    amount, day = credits_of(waiting.unmet), midnight(waiting.need.day)
    events = {entry.order_line_attribute_id: entry.event_name for entry in plan.entries}
    return PendingOut(
        credits=int(amount),
        credits_decimal=f"{amount:f}",
        credit_currency=currency_ref(currency),
        order_id=plan.order_of(waiting.need.source),
        event_name=events.get(waiting.need.source),
        occurred_at=day,
        recorded_at=day,
    )


def currency_ref(currency: CreditCurrency) -> CurrencyRef:
    return CurrencyRef(key=currency.key, name=currency.name)
