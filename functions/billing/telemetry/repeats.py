"""Which calls of a batch are told twice: by the span of a wrapper and by one of the library within it.

The innermost is kept, for it knows best which model answered, and an outer one may sum up several. This sees one batch;
where a batch ends between the two, what tells them for one is the vendor's id of the answer, if both have it (see
`entries`), or what a span says by itself (see `meaning`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from functions.billing.models.cost import TokenUsage
from functions.billing.telemetry.meaning import Call, is_of_langchain
from functions.billing.telemetry.span import Span

_Id = tuple[str, str]


def without_repeats(calls: Sequence[Call], spans: Iterable[Span]) -> list[Call]:
    """The calls that count; `spans` are all of the batch, for between two calls there may be others."""
    if len(calls) < 2:  # noqa: PLR2004 - a single call repeats none
        return list(calls)
    repeated = _around_others(calls, spans) | _by_langchain(calls)
    return [call for call in calls if _id(call.span) not in repeated]


def _id(span: Span) -> _Id:
    return span.trace_id, span.span_id


def _around_others(calls: Iterable[Call], spans: Iterable[Span]) -> set[_Id]:
    """The spans that have a call within them, however deep. Each is climbed over once; of a circle one call is left."""
    parents = {_id(span): span.parent_id for span in spans}
    around: set[_Id] = set()
    for call in calls:
        if (own := _id(call.span)) in around:
            continue
        above = (call.span.trace_id, call.span.parent_id)
        while above in parents and above not in around and above != own:
            around.add(above)
            above = (call.span.trace_id, parents[above])
    return around


def _by_langchain(calls: Iterable[Call]) -> set[_Id]:
    """LangChain's spans are beside those of the library that it calls, not around them: it does not enter its own.

    Those are the ones within whose time another span of their trace has as many tokens in and out. LangChain may not
    tell which of them a cache had, so that is left out of account.
    """
    by_trace: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        if call.usage is not None:
            by_trace[call.span.trace_id].append(call)
    return {
        _id(call.span)
        for of_trace in by_trace.values()
        for call in of_trace
        if is_of_langchain(call.span) and any(_tells_of(other, call) for other in of_trace)
    }


def _tells_of(other: Call, call: Call) -> bool:
    is_within = call.span.started_nano <= other.span.started_nano and other.span.ended_nano <= call.span.ended_nano
    return is_within and not is_of_langchain(other.span) and _totals(other) == _totals(call)


def _totals(call: Call) -> tuple[int, int]:
    usage = call.usage or TokenUsage()
    return usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens, usage.output_tokens
