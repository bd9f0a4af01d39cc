"""What is found in the logs of an organization, counted by the messages that brought it.

Made log by log, and in parts if need be (see `packing`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from functions.billing.accounting.attribution import Attribution
from functions.billing.errors import BillingError
from functions.billing.models.entity import Value
from functions.billing.models.segment import Entry, Segment
from functions.billing.models.settlement import Settlement
from functions.billing.models.signal import Source

MAX_MESSAGES = 2_000_000
"""Each takes some 300 bytes of the memory of whoever tallies."""

MAX_MISSES = 100
"""Different ones to be told; what comes then is `OTHERWISE`."""

OTHERWISE = "for other reasons"

MAX_FAULTS = 100
"""Of one kind to be told: where one log is wrong a thousand others are."""

MAX_CONFLICTING_KEYS = 100


class TooManyMessages(BillingError):
    code = "TOO_MANY_MESSAGES"

    def __init__(self) -> None:
        super().__init__(
            f"the signals came in more than {MAX_MESSAGES:,} messages, too many for one balance: "
            "ask for one day after the other (--day)"
        )


class FaultCode(StrEnum):
    """What may be wrong, as scripts know it."""

    LOST = "LOST"
    COUNTED_TWICE = "COUNTED_TWICE"
    REJECTED_AND_COUNTED = "REJECTED_AND_COUNTED"
    MISNUMBERED = "MISNUMBERED"
    RATING_BEHIND = "RATING_BEHIND"
    RATING_DIFFERS = "RATING_DIFFERS"


class Fault(Value):
    """Something that does not add up: a stable code, and what is wrong and to be done about it."""

    code: FaultCode
    sentence: str


def tell(faults: list[Fault], code: FaultCode, sentence: str) -> None:
    """One more, unless as many of its kind are told as are to be."""
    if sum(fault.code == code for fault in faults) < MAX_FAULTS:
        faults.append(Fault(code=code, sentence=sentence))


@dataclass(slots=True)
class Tally:
    """Of messages received on `day`, or of all; `customers` are those whose logs were read."""

    day: str | None = None
    customers: int = 0
    logged: Counter[Source] = field(default_factory=Counter[Source])
    """Signals in the log, by the message that brought them."""
    unaccounted: int = 0
    """Signals in the log of messages that have no source; not of a single day."""
    counted: int = 0
    unattributed: int = 0
    misses: Counter[str] = field(default_factory=Counter[str])
    """Why the unattributed ones are that."""
    faults: list[Fault] = field(default_factory=list[Fault])
    settlements: list[Settlement] = field(default_factory=list[Settlement])
    """As they were before any log was read: what a message left in the log by then is found there."""
    conflicts: int = 0
    conflicting_keys: list[str] = field(default_factory=list[str])

    @property
    def signals(self) -> int:
        """In the log."""
        return self.logged.total() + self.unaccounted

    def settled(self, settlement: Settlement) -> None:
        room = MAX_CONFLICTING_KEYS - len(self.conflicting_keys)
        self.conflicts += settlement.conflicts
        self.conflicting_keys += settlement.conflicting_keys[:room]
        self.settlements.append(settlement.model_copy(update={"conflicting_keys": ()}))

    def found(self, segment: Segment, attribution: Attribution) -> None:
        """Counts what a segment holds, each entry by what the plan of its customer makes of it."""
        for source, entries in _by_source(segment):
            if source is not None and self.day in (None, source.received_on):
                self.logged[source] += len(entries)
            elif source is None and self.day is None:
                self.unaccounted += len(entries)
            else:
                continue
            for entry in entries:
                miss = attribution.miss(entry)
                if miss is None:
                    self.counted += 1
                else:
                    self.unattributed += 1
                    self.misses[miss] += 1

    def wrong(self, code: FaultCode, sentence: str) -> None:
        tell(self.faults, code, sentence)

    def add(self, other: "Tally") -> None:
        """What was found in another log. Raises TooManyMessages."""
        self.customers += other.customers
        self.logged.update(other.logged)
        self.unaccounted += other.unaccounted
        self.counted += other.counted
        self.unattributed += other.unattributed
        for miss, count in other.misses.items():
            known = miss in self.misses or len(self.misses) < MAX_MISSES
            self.misses[miss if known else OTHERWISE] += count
        for fault in other.faults:
            self.wrong(fault.code, fault.sentence)
        if len(self.logged) > MAX_MESSAGES:
            raise TooManyMessages


def _by_source(segment: Segment) -> Iterator[tuple[Source | None, Sequence[Entry]]]:
    """The entries of a segment by the messages that brought them: they lie side by side, in the order of `sources`.

    Those of messages without a source may lie between others'; then some are taken for another's, of the same delivery.
    """
    begin = 0
    for source, count in segment.sources:
        yield source, segment.entries[begin : begin + count]
        begin += count
    if begin < len(segment.entries):
        yield None, segment.entries[begin:]
