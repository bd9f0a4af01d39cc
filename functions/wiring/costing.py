"""Costs: accepted, and priced again. From there on they are signals."""

from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.sqs import SqsCostQueue
from functions.billing.usecases.accept_costs import AcceptCosts
from functions.runtime import settings
from functions.runtime.signal_messages import cost_message
from functions.wiring import aws, entities, queues, remembering, token_prices

if TYPE_CHECKING:
    from functions.billing.usecases.reprice_costs import RepriceCosts


@cache
def accept_costs() -> AcceptCosts:
    return AcceptCosts(
        customers=entities.customers(),
        log=remembering.signal_log(),
        queue=SqsCostQueue(queues.signal_queue(), cost_message),
    )


@cache
def reprice_costs() -> "RepriceCosts":
    from functions.adapters.dynamodb.cost_log import DynamoCostLog  # noqa: PLC0415 - no cold start of a sender
    from functions.billing.usecases.reprice_costs import RepriceCosts  # noqa: PLC0415 - pays for these

    return RepriceCosts(
        costs=DynamoCostLog(aws.dynamodb(), settings.signals_table()),
        log=remembering.signal_log(),
        queue=SqsCostQueue(queues.signal_queue(), cost_message),
        prices=token_prices.token_prices,
    )
