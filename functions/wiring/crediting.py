"""Credits: their currencies, what was granted, and what is left of it."""

from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.credit_books import CREDIT_CURRENCY, DynamoCreditBooks
from functions.billing.models.credit import CreditCurrency
from functions.billing.models.usage import RatingPlan, Usage, total_usage
from functions.billing.usecases.check_currencies import CheckCurrencies
from functions.billing.usecases.find_grants import FindGrants
from functions.billing.usecases.peek_ratings import PeekRatings
from functions.billing.usecases.read_credits import ReadCredits
from functions.billing.usecases.settle_credits import SettleCredits
from functions.wiring import aws, counting

if TYPE_CHECKING:
    from collections.abc import Set
    from datetime import datetime

    from functions.billing.rating.benefits import Awaited


@cache
def currencies() -> DynamoCollection[CreditCurrency]:
    return DynamoCollection(aws.records(), CREDIT_CURRENCY)


@cache
def check_currencies() -> CheckCurrencies:
    return CheckCurrencies(currencies=currencies())


@cache
def books() -> DynamoCreditBooks:
    return DynamoCreditBooks(aws.records())


@cache
def granted() -> FindGrants:
    return FindGrants(books=books(), given=_given)


def _given(organization_id: str, awaited: "Set[Awaited]") -> "dict[Awaited, datetime]":
    from functions.wiring import awaiting  # noqa: PLC0415 - few credits wait for an invoice

    return awaiting.find_given()(organization_id, awaited)


@cache
def read_credits() -> ReadCredits:
    return ReadCredits(usage=_usage, granted=granted(), waiting=granted().waiting)


@cache
def settle_credits() -> SettleCredits:
    return SettleCredits(granted=granted())


def _usage(organization_id: str, customer_id: str) -> tuple[RatingPlan, Usage]:
    peek = PeekRatings(log=counting.signal_log(), checkpoints=counting.checkpoints(), in_money=settle_credits())
    plan, rated = peek.with_plan(organization_id, customer_id)
    return plan, total_usage(rated.values())
