"""Costs: accepted. From there on they are signals."""

from functools import cache

from functions.billing.usecases.accept_costs import AcceptCosts
from functions.wiring import counting, entities, queues


@cache
def accept_costs() -> AcceptCosts:
    return AcceptCosts(customers=entities.customers(), log=counting.signal_log(), queue=queues.cost_queue())
