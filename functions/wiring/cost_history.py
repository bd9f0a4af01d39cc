"""Recorded costs, read back. Nothing here writes."""

from functools import cache

from functions.adapters.dynamodb.cost_history import WHOLE, DynamoCostHistory
from functions.billing.usecases.list_calls import ListCalls
from functions.runtime import settings
from functions.wiring import aws


@cache
def cost_history() -> DynamoCostHistory:
    return DynamoCostHistory(aws.dynamodb(), settings.signals_table())


@cache
def half_of_cost_history() -> DynamoCostHistory:
    """For who asks twice for one answer."""
    return DynamoCostHistory(aws.dynamodb(), settings.signals_table(), bounds=WHOLE.shared_by(2))


@cache
def list_calls() -> ListCalls:
    return ListCalls(costs=cost_history())
