"""The balance of law 1: accepted = counted + unattributed + duplicates + rejected + in flight. Pure.

Of each message the signals in the log are known, and what became of the rest, if its settlement says so:

                  settled                            dead                       neither, or sent again
  size ── in the log ── rejected ── duplicates   in the log ── rejected    in the log ── in flight

And each producer's messages lie side by side: what is between two of them was sent, and is nowhere yet.
"""

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from functions.billing.accounting.tally import Fault, FaultCode, Tally, tell
from functions.billing.models.settlement import Message, Outcome, Settlement
from functions.billing.models.signal import Source

RETENTION = timedelta(days=14)
"""How long a queue keeps a message."""

_NAMED = 3
"""Of what is missing; the sentence has to end."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Signals of a message that are not in the log and of which nobody said anything; all of it if it is not known.

    `where` is for people, and follows a number; `since` is the ISO date on which they were received, or those that
    came behind them.
    """

    where: str
    signals: int
    since: str
    is_redriven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """All are numbers of signals and costs. `unaccounted` of the accepted came in messages without a source."""

    accepted: int
    counted: int
    unattributed: int
    duplicates: int
    rejected: int
    unaccounted: int
    missing: tuple[Missing, ...]
    reasons: Counter[str]
    """Why signals were rejected."""
    faults: tuple[Fault, ...]

    @property
    def in_flight(self) -> int:
        return sum(each.signals for each in self.missing)

    @property
    def adds_up(self) -> bool:
        ended = self.counted + self.unattributed + self.duplicates + self.rejected
        return not self.faults and self.accepted == ended + self.in_flight

    def suspects(self, *, queued: int, today: date) -> list[Missing]:
        """What is missing and can be in no queue: there is none of the `queued` messages, or none so old.

        It may have been logged while other logs were read. What is suspected at two looks one after the other is lost.
        """
        return [each for each in self.missing if queued == 0 or _is_forgotten(each, today)]

    def judged(self, suspects: Iterable[Missing], *, suspected_before: Container[str]) -> "Balance":
        """With a fault for those suspects that were suspected before, by where they should be."""
        lost = [each for each in suspects if each.where in suspected_before]
        if not lost:
            return self
        places = "; ".join(f"{each.signals:,} {each.where}" for each in lost[:_NAMED])
        more = "" if len(lost) <= _NAMED else f"; and {len(lost) - _NAMED:,} more"
        sentence = (
            f"accepted signals are neither in the log nor in a queue, {sum(each.signals for each in lost):,} in all: "
            f"{places}{more}; send again what is kept (owed redrive ORG; with --message ID what was sent again before, "
            "with --all what could not be read), and look for these messages in the log of rate_signals"
        )
        return replace(self, faults=(*self.faults, Fault(code=FaultCode.LOST, sentence=sentence)))


def balance_of(tally: Tally) -> Balance:
    """The balance of what was tallied."""
    books = _Books(tally)
    for settlement in tally.settlements:
        if settlement.source is None:
            books.settle_without_source(settlement)
    settled = {each.source: each for each in tally.settlements if each.source is not None}
    sources = sorted(tally.logged.keys() | settled.keys())
    for source in sources:
        books.account(source, settled.get(source))
    for _, messages in groupby(sources, key=lambda source: source.producer):
        books.lay_side_by_side(messages)
    return books.balance()


@dataclass(slots=True)
class _Books:
    tally: Tally
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    missing: list[Missing] = field(default_factory=list[Missing])
    reasons: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])

    def account(self, source: Source, settlement: Settlement | None) -> None:
        """What became of each signal of a message."""
        self.accepted += source.size
        logged = self.tally.logged[source]
        rest = source.size - logged
        if rest < 0:
            tell(
                self.faults,
                FaultCode.COUNTED_TWICE,
                f"message {_id(source)} brought {source.size:,} signals and {logged:,} are in the log by it: some are "
                "counted twice; look at what appended to the log on that day, for the log itself is never changed",
            )
        if rest <= 0:
            return
        match settlement:
            case None | Settlement(outcome=Outcome.REDRIVEN):
                self._miss(source, rest, is_redriven=settlement is not None)
            case Settlement(outcome=Outcome.DEAD):
                self._reject(settlement.reason, rest)
            case _:
                self._settle(source, rest, settlement)

    def settle_without_source(self, settlement: Settlement) -> None:
        """What is refused was accepted when it was seen; once it is sent again, it counts when it is in the log."""
        if settlement.outcome is Outcome.DEAD:
            self.accepted += settlement.signals
            self._reject(settlement.reason, settlement.signals)
        for rejection in settlement.rejected:
            self.accepted += len(rejection.places)
            self._reject(rejection.sentence, len(rejection.places))

    def lay_side_by_side(self, messages: Iterable[Source]) -> None:
        """Of one producer, in the order of their sending: finds what was sent between them and is not there.

        Of a single day only what is between two messages of that day is known to be of it.
        """
        last: Source | None = None
        for source in messages:
            if last is not None:
                between = _sent_between(last, source)
                behind = f"message {_id(last)}"
            else:
                between = source.before if self.tally.day is None else 0
                behind = f"the beginning of producer {source.producer}"
            if between > 0:
                self.accepted += between
                where = f"between {behind} and message {_id(source)}"
                self.missing.append(Missing(where, between, source.received_on))
            if last is not None and not _may_follow(last, source):
                tell(
                    self.faults,
                    FaultCode.MISNUMBERED,
                    f"message {_id(source)} cannot follow message {_id(last)}: by its number there are "
                    f"{source.sequence - last.sequence - 1} messages between them, by its count {between} signals; the "
                    "front door made a mistake there, so that what is missing beside them cannot be told",
                )
            last = source

    def balance(self) -> Balance:
        tally = self.tally
        return Balance(
            accepted=self.accepted + tally.unaccounted,
            counted=tally.counted,
            unattributed=tally.unattributed,
            duplicates=self.duplicates,
            rejected=self.rejected,
            unaccounted=tally.unaccounted,
            missing=tuple(self.missing),
            reasons=self.reasons,
            faults=(*tally.faults, *self.faults),
        )

    def _settle(self, source: Source, rest: int, settlement: Settlement) -> None:
        """What nobody refused was a repeat."""
        rejected = 0
        for rejection in settlement.rejected:
            self._reject(rejection.sentence, len(rejection.places))
            rejected += len(rejection.places)
        self.duplicates += max(rest - rejected, 0)
        if rejected > rest:
            tell(
                self.faults,
                FaultCode.REJECTED_AND_COUNTED,
                f"message {_id(source)} brought {source.size:,} signals, of which {source.size - rest:,} are in the "
                f"log and {rejected:,} are rejected: some are both; if this is still so in a quarter of an hour, "
                f"send it again (owed redrive ORG --message '{_id(source)}')",
            )

    def _miss(self, source: Source, signals: int, *, is_redriven: bool) -> None:
        self.missing.append(Missing(f"of message {_id(source)}", signals, source.received_on, is_redriven))

    def _reject(self, reason: str | None, signals: int) -> None:
        self.rejected += signals
        self.reasons[reason or ""] += signals


def _sent_between(last: Source, source: Source) -> int:
    """Signals that their producer sent after the one message and before the other.

    A message whose sending was answered by an error is not among what it says it sent before, but may have come.
    """
    end = last.before + last.size
    return source.before - (end if source.before >= end else last.before)


def _may_follow(last: Source, source: Source) -> bool:
    """Whether the numbers of two messages make sense together; as many signals as one likes need only one message."""
    between, numbers = _sent_between(last, source), source.sequence - last.sequence - 1
    return numbers >= 0 and between >= 0 and (numbers > 0 or between == 0)


def _is_forgotten(missing: Missing, today: date) -> bool:
    """Whether a queue would have dropped it; what was sent again may be in one since yesterday."""
    return not missing.is_redriven and date.fromisoformat(missing.since) + RETENTION < today


def _id(source: Source) -> str:
    return Message("", source=source).id
