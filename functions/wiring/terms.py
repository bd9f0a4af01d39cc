"""What orders agree on: rating plans, billing schedules, numbers; and what was granted to their customers."""

from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.dynamodb.order_book import DynamoOrderBook, DynamoSchedules, DynamoSequences
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.wiring import aws

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from functions.billing.models.credit import CreditGrant


@cache
def schedules() -> DynamoSchedules:
    return DynamoSchedules(aws.records())


@cache
def order_book() -> DynamoOrderBook:
    return DynamoOrderBook(aws.records())


@cache
def sequences() -> DynamoSequences:
    return DynamoSequences(aws.records())


def granted(organization_id: str, customer_id: str, plan: RatingPlan, *, through: "date") -> "Sequence[CreditGrant]":
    from functions.wiring import crediting  # noqa: PLC0415 - few customers take credits

    return crediting.granted()(organization_id, customer_id, plan, through=through)


def in_money(
    organization_id: str, customer_id: str, plan: RatingPlan, rated: dict[int, Checkpoint]
) -> dict[int, Checkpoint]:
    if not plan.takes_credits:
        return rated
    from functions.wiring import crediting  # noqa: PLC0415 - few customers take credits

    return crediting.settle_credits()(organization_id, customer_id, plan, rated)
