"""Which signal a cost belongs to: at most one, whoever asks, so that no cost is ever counted twice.

    cost      that came with a signal belongs to it; any other to the first signal of the log that asks for its scope
              or for its trace, and is within `WINDOW` of it
    signal    asks for a scope where it names one in its data, for its trace where it has cost tracing on

All times are those of the appends, and first is who stands first in the log: that never changes, and what is appended
later is never first. So an answer only grows. Between shards of a log, which have no order, the time decides: there
what is appended later, by a clock that is behind, may be first, and a cost is its then.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from functions.billing.margin.calls import Call, Links
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import LogId, Segment, SignalPosition

WINDOW = timedelta(hours=1)
"""Between the appends of a signal and of its costs, either way: spans and signals come in batches of their own."""

CLOCKS = timedelta(minutes=1)
"""By which the clocks of those who append may differ, and far more: a segment may be older than the one before it."""


class Appended(NamedTuple):
    """A segment, and when it was appended, by the clock of whoever did."""

    log: LogId
    segment: int
    logged_at: datetime


class _Place(NamedTuple):
    """Sorts as the log grew: by the time that a shard had reached, which no segment with a slow clock turns back."""

    reached: datetime
    shard: int
    segment: int
    place: int


@dataclass(frozen=True, slots=True)
class Asking:
    """A signal that asks for costs: those that came with its key, those of a scope, those of a trace."""

    position: SignalPosition
    logged_at: datetime
    key: str | None
    scope_id: str | None
    trace_id: str | None

    @classmethod
    def at(cls, segment: Segment, index: int) -> "Asking | None":
        """None for a cost, and for a signal that asks for nothing.

        Every span of a context carries the context's scope; so a signal that is a span itself asks for its trace only.
        """
        entry = segment.entries[index]
        if entry.event_name == COST_EVENT or not entry.data:
            return None
        links = Links.of(entry.data)
        key = entry.key_hash.hex() if entry.data.get("costData") is not None else None
        scope_id = links.scope_id if links.span_id is None else None
        trace_id = links.trace_id if links.takes_trace else None
        if key is None and scope_id is None and trace_id is None:
            return None
        return cls(SignalPosition(segment.log, segment.number, index), segment.logged_at, key, scope_id, trace_id)

    def concerns(self, call: Call) -> bool:
        """Whether it asks for that cost, and is near enough to it."""
        if not self.is_near(call):
            return False
        if call.signal_key is not None:
            return call.signal_key == self.key
        return self._is_of_scope(call) or self._is_of_trace(call)

    def is_near(self, call: Call) -> bool:
        is_same_log = self.position.log.customer_id == call.customer_id
        return is_same_log and abs(self.logged_at - call.logged_at) <= WINDOW

    def _is_of_scope(self, call: Call) -> bool:
        return self.scope_id is not None and self.scope_id == call.links.scope_id

    def _is_of_trace(self, call: Call) -> bool:
        return self.trace_id is not None and self.trace_id == call.links.trace_id


def asking_in(segment: Segment) -> Iterator[Asking]:
    """The signals of a segment that ask for costs."""
    for index in range(len(segment.entries)):
        asking = Asking.at(segment, index)
        if asking is not None:
            yield asking


class Claims:
    """What some signals ask for; a trace may have many thousand of them, and as many costs.

    `segments` are all of that time, so that two shards are in one order whichever signals are among `signals`.
    """

    def __init__(self, signals: Sequence[Asking], segments: Iterable[Appended] = ()) -> None:
        self._of: dict[tuple[str, str], list[tuple[_Place, Asking]]] = {}
        for place, signal in sorted(_placed(signals, segments), key=lambda each: each[0]):
            for name, value in (("key", signal.key), ("scope", signal.scope_id), ("trace", signal.trace_id)):
                if value is not None:
                    self._of.setdefault((name, value), []).append((place, signal))

    def owner(self, call: Call) -> Asking | None:
        """The signal that the cost belongs to; None where nobody asks for it."""
        came_with, links = call.signal_key, call.links
        named = {"scope": links.scope_id, "trace": links.trace_id} if came_with is None else {"key": came_with}
        asking = (self._first(name, value, call) for name, value in named.items() if value is not None)
        first = min((each for each in asking if each is not None), key=lambda each: each[0], default=None)
        return None if first is None else first[1]

    def _first(self, name: str, value: str, call: Call) -> tuple[_Place, Asking] | None:
        signals = self._of.get((name, value), [])
        begin = bisect_left(signals, call.logged_at - WINDOW, key=lambda each: each[0].reached)
        for place, signal in islice(signals, begin, None):
            if signal.is_near(call):
                return place, signal
            if place.reached > call.logged_at + WINDOW + CLOCKS:
                break
        return None


def _placed(signals: Sequence[Asking], segments: Iterable[Appended]) -> Iterator[tuple[_Place, Asking]]:
    theirs = {Appended(each.position.log, each.position.segment, each.logged_at) for each in signals}
    latest: dict[LogId, datetime] = {}
    reached: dict[tuple[LogId, int], datetime] = {}
    for log, segment, logged_at in sorted({*segments, *theirs}, key=lambda each: each.segment):
        latest[log] = reached[log, segment] = max(latest.get(log, logged_at), logged_at)
    for signal in signals:
        at = signal.position
        yield _Place(reached[at.log, at.segment], at.log.shard, at.segment, at.index), signal
