"""Costs: accepted. From there on they are signals."""

from functools import cache

from functions.adapters.sqs import SqsCostQueue
from functions.billing.usecases.accept_costs import AcceptCosts
from functions.runtime.signal_messages import cost_message
from functions.wiring import entities, queues, remembering


@cache
def accept_costs() -> AcceptCosts:
    return AcceptCosts(
        customers=entities.customers(),
        log=remembering.signal_log(),
        queue=SqsCostQueue(queues.signal_queue(), cost_message),
    )
