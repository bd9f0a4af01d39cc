"""Costs: accepted. From there on they are signals."""

from functools import cache

from functions.billing.usecases.accept_costs import AcceptCosts
from functions.wiring import entities, queues, remembering


@cache
def accept_costs() -> AcceptCosts:
    return AcceptCosts(customers=entities.customers(), log=remembering.signal_log(), queue=queues.cost_queue())
