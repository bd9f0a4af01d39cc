"""Credits: their currencies, what was granted, and what is left of it."""

from functools import cache

from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.credit_books import CREDIT_CURRENCY, DynamoCreditBooks
from functions.billing.invoicing.payment import fully_paid_at
from functions.billing.models.credit import CreditCurrency
from functions.billing.models.usage import RatingPlan, Usage, total_usage
from functions.billing.usecases.find_grants import FindGrants
from functions.billing.usecases.peek_ratings import PeekRatings
from functions.billing.usecases.read_credits import ReadCredits
from functions.billing.usecases.settle_credits import SettleCredits
from functions.wiring import aws, counting, ledgers


@cache
def currencies() -> DynamoCollection[CreditCurrency]:
    return DynamoCollection(aws.records(), CREDIT_CURRENCY)


@cache
def books() -> DynamoCreditBooks:
    return DynamoCreditBooks(aws.records())


@cache
def granted() -> FindGrants:
    return FindGrants(books=books(), invoices=ledgers.invoices().get_many, paid_at=fully_paid_at)


@cache
def read_credits() -> ReadCredits:
    return ReadCredits(usage=_usage, granted=granted())


@cache
def settle_credits() -> SettleCredits:
    return SettleCredits(granted=granted())


def _usage(organization_id: str, customer_id: str) -> tuple[RatingPlan, Usage]:
    peek = PeekRatings(log=counting.signal_log(), checkpoints=counting.checkpoints(), in_money=settle_credits())
    plan, rated = peek.with_plan(organization_id, customer_id)
    return plan, total_usage(rated.values())
