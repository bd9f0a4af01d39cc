"""Whether every accepted signal is accounted for; and what was refused, sent again."""

from functools import cache

from functions.adapters.dead_letters import SqsReturns
from functions.adapters.sqs import SqsBacklog
from functions.billing.usecases.balance_signals import BalanceSignals
from functions.billing.usecases.redrive_messages import RedriveMessages
from functions.runtime import settings
from functions.wiring import auditing, aws, counting, rating, settling


@cache
def balance_signals() -> BalanceSignals:
    return BalanceSignals(
        log=counting.signal_log(),
        checkpoints=counting.checkpoints(),
        settlements=settling.settlements(),
        inventory=auditing.inventory(),
        advance_rating=rating.advance_rating(),
    )


@cache
def redrive_messages() -> RedriveMessages:
    return RedriveMessages(settlements=settling.settlements(), shelf=settling.shelf(), returns=returns())


@cache
def returns() -> SqsReturns:
    return SqsReturns(aws.sqs(), queue=settings.signal_queue_url(), dead_letters=settings.signal_dead_letters_url())


@cache
def backlog() -> SqsBacklog:
    """Of signals, given up or not."""
    return SqsBacklog(aws.sqs(), (settings.signal_queue_url(), settings.signal_dead_letters_url()))
