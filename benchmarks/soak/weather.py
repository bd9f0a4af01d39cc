"""Which calls are disturbed, and how: by chance, at the rate of the round."""

import random

from benchmarks.soak.tally import Tally
from tests.faults import (
    Call,
    Fault,
    answer_is_lost,
    crashes_after,
    crashes_before,
    is_sent_twice,
    is_throttled,
    meets_a_transaction,
    never_arrives,
)

_FAULTS: dict[Fault, str] = {
    crashes_before: "fault: crash before the call",
    crashes_after: "fault: crash after the call",
    answer_is_lost: "fault: answer lost",
    never_arrives: "fault: never arrived",
    is_throttled: "fault: throttled",
    meets_a_transaction: "fault: transaction conflict",
    is_sent_twice: "fault: sent twice",
}

_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


_FIRST_GUESS, _ROUGHEST = 50, 0.06
"""Calls in a piece of work; the part of all calls that is disturbed at most."""


class Weather:
    """Strikes a piece of work so many times, on average and if it is a long one; never from when it has cleared up."""

    def __init__(self, dice: random.Random, tally: Tally, *, faults_per_work: float) -> None:
        self._dice = dice
        self._tally = tally
        self._faults_per_work = faults_per_work
        self._calls, self._squares = _FIRST_GUESS, _FIRST_GUESS**2

    def clear_up(self) -> None:
        self._faults_per_work = 0

    def learn(self, calls: int) -> None:
        """How long a piece of work was."""
        self._calls += calls
        self._squares += calls**2

    def strike(self, call: Call) -> Fault | None:
        """What happens to the call, if anything."""
        length = self._squares / self._calls  # of the work that a call belongs to, on average
        if self._dice.random() >= min(self._faults_per_work / length, _ROUGHEST):
            return None
        fault = self._dice.choice([fault for fault in _FAULTS if _can_happen(fault, call.operation)])
        self._tally.add(_FAULTS[fault])
        return fault


def _can_happen(fault: Fault, operation: str) -> bool:
    if fault is meets_a_transaction:
        return operation in {*_WRITES, "TransactWriteItems"}
    return fault is not is_sent_twice or operation in {*_WRITES, "SendMessage"}
