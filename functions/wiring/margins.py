"""What is earned and what it costs. Nothing here writes."""

from functools import cache

from functions.billing.usecases.peek_ratings import PeekRatings
from functions.billing.usecases.read_margin import ReadMargin
from functions.billing.usecases.read_signal_cost import ReadSignalCost
from functions.wiring import billing, cost_history, counting, entities, ledgers, remembering, terms


@cache
def peek_ratings() -> PeekRatings:
    return PeekRatings(log=counting.signal_log(), checkpoints=counting.checkpoints(), in_money=terms.in_money)


@cache
def read_margin() -> ReadMargin:
    return ReadMargin(
        orders=entities.orders(),
        products=entities.products(),
        schedules=terms.schedules(),
        register=ledgers.invoices(),
        costs=cost_history.cost_history(),
        checkpoints=counting.checkpoints(),
        gathering=billing.gather_facts(peek_ratings()),
    )


@cache
def read_signal_cost() -> ReadSignalCost:
    return ReadSignalCost(
        log=counting.signal_log(),
        keys=remembering.signal_log,
        orders=entities.orders(),
        costs=cost_history.half_of_cost_history(),
        rated=peek_ratings().with_plan,
    )
