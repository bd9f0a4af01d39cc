"""What a cost in the log was paid for: a call of a model, or anything else that serving a customer took."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import JsonValue

from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.segment import Entry, Segment, SignalPosition
from functions.billing.models.sender import MAX_AHEAD
from functions.billing.periods import ALWAYS

_MAX_CHARACTERS = 255
"""Of an id that a sender gives."""

_SLACK = timedelta(hours=1)
"""Between the clocks of who receives a cost and who appends it."""


class Tokens(NamedTuple):
    """As `TokenUsage` has them; sums of many."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_creation: int = 0
    reasoning: int = 0

    def plus(self, other: "Tokens") -> "Tokens":
        return Tokens(*(mine + its for mine, its in zip(self, other, strict=True)))


_SPELLINGS = (
    ("input_tokens", "inputTokens"),
    ("output_tokens", "outputTokens"),
    ("cache_read_input_tokens", "cacheReadInputTokens"),
    ("cache_creation_input_tokens", "cacheCreationInputTokens"),
    ("reasoning_output_tokens", "reasoningOutputTokens"),
)
"""Ours, and those of a sender that priced its tokens itself."""


@dataclass(frozen=True, slots=True)
class Links:
    """What joins a signal and costs: the trace and the span that it came from, or the scope that it names.

    `takes_trace` says of a signal that the costs of its trace are asked for.
    """

    trace_id: str | None = None
    span_id: str | None = None
    scope_id: str | None = None
    takes_trace: bool = False

    @classmethod
    def of(cls, data: Mapping[str, JsonValue] | None) -> "Links":
        """Whatever the sender of a signal wrote there: what is no link is none."""
        paid = (data or {}).get("paid")
        if not isinstance(paid, Mapping):
            return _NO_LINKS
        scope = paid.get("paid_scope_id")
        return cls(
            trace_id=_text(paid.get("trace_id")),
            span_id=_text(paid.get("span_id")),
            scope_id=str(scope) if isinstance(scope, int) and not isinstance(scope, bool) else _text(scope),
            takes_trace=paid.get("enable_cost_tracing") is True,
        )


_NO_LINKS = Links()


@dataclass(frozen=True, slots=True)
class CallSpan:
    """The span that reported a call: None what it does not say, and all of it where the cost came otherwise.

    Moments are the digits of nanoseconds since 1970.
    """

    name: str | None = None
    started_unix_nano: str | None = None
    ended_unix_nano: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A cost and where it stands in the log; `tokens` is None where nobody said how many it took."""

    position: SignalPosition
    logged_at: datetime
    entry: Entry
    cost: Cost
    tokens: Tokens | None
    links: Links

    @property
    def customer_id(self) -> str:
        return self.position.log.customer_id

    @property
    def data(self) -> Mapping[str, JsonValue]:
        return self.entry.data or {}

    @property
    def signal_key(self) -> str | None:
        """Of a cost that came in a signal's data, that signal's key as the log keeps it, in hexadecimal."""
        return _text(self.data.get("signal_key"))

    @property
    def prices(self) -> str | None:
        """The id of the unpriced cost that this one prices, having come later; None for all others."""
        return _text(self.data.get("prices"))

    @property
    def span(self) -> CallSpan:
        span = self.data.get("span")
        if not isinstance(span, Mapping):
            return CallSpan()
        names = ("name", "started_unix_nano", "ended_unix_nano")
        return CallSpan(*(_text(span.get(name)) for name in names))

    @property
    def is_unattributed(self) -> bool:
        """Whether the call named no customer, and stands in the log of one that stands for nobody."""
        paid = self.data.get("paid")
        return isinstance(paid, Mapping) and paid.get("unattributed") is True


def appended_since(occurred_at: datetime, *, is_test: bool) -> datetime:
    """Before that moment nothing was appended that occurred then or later; a test organization may send any moment."""
    at_least = ALWAYS + MAX_AHEAD + _SLACK
    return ALWAYS if is_test or occurred_at < at_least else occurred_at - MAX_AHEAD - _SLACK


def calls_in(segment: Segment) -> Iterator[Call]:
    """The costs of a segment, in the order of the log."""
    for index, entry in enumerate(segment.entries):
        if entry.event_name == COST_EVENT:
            yield _call(segment, index, entry)


def settled(calls: Iterable[Call]) -> Iterator[Call]:
    """The calls, each at what it costs in the end: what was priced later at that price, and the price not beside it.

    `calls` are in the order of their appends, the last first, so that a price comes before what it prices. One whose
    call is not among them stands for it: no amount is lost.
    """
    later: dict[str, Call] = {}
    for call in calls:
        if call.prices is not None:
            later[call.prices] = call
        elif (priced := later.pop(call.position.signal_id, None)) is not None:
            yield replace(call, cost=priced.cost)
        else:
            yield call
    yield from later.values()


def calls_of(segments: Iterable[Segment]) -> Iterator[Call]:
    """The settled calls of segments that are in the order of their appends, the last first; theirs are so too."""
    return settled(call for segment in segments for call in reversed(list(calls_in(segment))))


def _call(segment: Segment, index: int, entry: Entry) -> Call:
    data = entry.data or {}
    return Call(
        position=SignalPosition(segment.log, segment.number, index),
        logged_at=segment.logged_at,
        entry=entry,
        cost=Cost.of(data),
        tokens=_tokens(data.get("usage")),
        links=Links.of(data),
    )


def _tokens(usage: JsonValue) -> Tokens | None:
    if not isinstance(usage, Mapping):
        return None
    counts = [next((count for name in names if (count := _count(usage.get(name)))), 0) for names in _SPELLINGS]
    return Tokens(*counts)


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_CHARACTERS else None
