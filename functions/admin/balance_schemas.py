"""What an administrator may ask of accepted signals, and how it is told: see `balancing`."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from functions.admin.operation import Operation
from functions.billing.accounting.balance import Balance, Missing
from functions.billing.accounting.tally import Fault, FaultCode, Tally
from functions.billing.models.entity import Value
from functions.runtime.wire import Wire

MAX_SHOWN = 20
"""Of each kind of thing that is missing or counted."""

MAX_SUSPECTS = 1000


class BalanceOperation(Operation):
    """About accepted signals; `perform` of `balancing` answers it."""


class BalanceCursor(Value):
    """Where a balance goes on: after a customer, with what was tallied before, compressed and in base64."""

    after: str
    tally: str


class ShowBalance(BalanceOperation):
    """A part of the balance of all messages or of those received on a day, the first or the one after `next`.

    `suspects` are those of the look before, so that what is missing again is called lost.
    """

    operation: Literal["balance"]
    organization: str
    day: date | None = None
    after: BalanceCursor | None = None
    suspects: tuple[str, ...] = ()


class RedriveCursor(Value):
    organization: str
    after: str


class Redrive(BalanceOperation):
    """Sends again what was given up or refused: of an organization, one message of it, or of all of them."""

    operation: Literal["redrive"]
    organization: str | None = None
    message: str | None = None
    after: RedriveCursor | None = None


AnyBalance = ShowBalance | Redrive


class CountOut(Wire):
    """So many signals for one reason, or in one place."""

    signals: int
    what: str


class FaultOut(Wire):
    code: FaultCode
    sentence: str


class BalanceOut(Wire):
    """All numbers are of signals and costs.

    `suspects` says where something is missing that can be in no queue; asked again with them, what is still missing is
    lost. `queued` are the messages in the queue of signals and among its dead letters, of all organizations;
    `unreadable` those that were kept and tell of no organization. `unaccounted` of the accepted came before messages
    had a source.
    """

    accepted: int
    counted: int
    unattributed: int
    unattributed_because: list[CountOut]
    duplicates: int
    conflicts: int
    conflicting_keys: list[str]
    rejected: int
    rejected_because: list[CountOut]
    in_flight: int
    missing: list[CountOut]
    suspects: list[str]
    redriven: int
    unaccounted: int
    queued: int
    unreadable: int
    adds_up: bool
    faults: list[FaultOut]


class BalancePart(Wire):
    """`next` asks for the part that follows; with the last part, where it is null, comes the balance."""

    day: date | None
    known_customers: int
    customers: int
    signals: int
    balance: BalanceOut | None
    next: BalanceCursor | None


class RedriveOut(Wire):
    """`sent` messages of those that were kept, `moved_back` of those that nobody had kept yet; see `next`.

    `gone` are messages whose bodies are not where they were kept.
    """

    sent: int
    moved_back: int
    gone: list[str]
    next: RedriveCursor | None


def balance_out(
    balance: Balance, tally: Tally, suspects: Sequence[Missing], *, queued: int, unreadable: int
) -> BalanceOut:
    misses = tally.misses.most_common(MAX_SHOWN)
    reasons = balance.reasons.most_common(MAX_SHOWN)
    return BalanceOut(
        accepted=balance.accepted,
        counted=balance.counted,
        unattributed=balance.unattributed,
        unattributed_because=[CountOut(signals=signals, what=miss) for miss, signals in misses],
        duplicates=balance.duplicates,
        conflicts=tally.conflicts,
        conflicting_keys=tally.conflicting_keys,
        rejected=balance.rejected,
        rejected_because=[CountOut(signals=signals, what=reason) for reason, signals in reasons],
        in_flight=balance.in_flight,
        missing=[_missing_out(missing) for missing in balance.missing[:MAX_SHOWN]],
        suspects=[missing.where for missing in suspects[:MAX_SUSPECTS]],
        redriven=sum(missing.is_redriven for missing in balance.missing),
        unaccounted=balance.unaccounted,
        queued=queued,
        unreadable=unreadable,
        adds_up=balance.adds_up,
        faults=[_fault_out(fault) for fault in balance.faults],
    )


def _missing_out(missing: Missing) -> CountOut:
    return CountOut(signals=missing.signals, what=missing.where)


def _fault_out(fault: Fault) -> FaultOut:
    return FaultOut(code=fault.code, sentence=fault.sentence)
