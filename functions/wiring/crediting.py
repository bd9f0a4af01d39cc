"""Credits: their currencies, what was granted, and what is left of it."""

from functools import cache

from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.credit_books import CREDIT_CURRENCY, DynamoCreditBooks
from functions.billing.models.credit import CreditCurrency, CreditGrant
from functions.billing.models.usage import RatingPlan, Usage, total_usage
from functions.billing.usecases.peek_ratings import PeekRatings
from functions.billing.usecases.read_credits import ReadCredits
from functions.billing.usecases.settle_credits import SettleCredits
from functions.wiring import aws, counting


@cache
def currencies() -> DynamoCollection[CreditCurrency]:
    return DynamoCollection(aws.records(), CREDIT_CURRENCY)


@cache
def books() -> DynamoCreditBooks:
    return DynamoCreditBooks(aws.records())


@cache
def read_credits() -> ReadCredits:
    return ReadCredits(usage=_usage, books=books())


@cache
def settle_credits() -> SettleCredits:
    return SettleCredits(books=books())


def granted(organization_id: str, customer_id: str) -> list[CreditGrant]:
    return [each.grant for each in books().get(organization_id, customer_id).grants]


def _usage(organization_id: str, customer_id: str) -> tuple[RatingPlan, Usage]:
    peek = PeekRatings(log=counting.signal_log(), checkpoints=counting.checkpoints(), in_money=settle_credits())
    plan, rated = peek.with_plan(organization_id, customer_id)
    return plan, total_usage(rated.values())
