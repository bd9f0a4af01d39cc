"""Calls beside each other: which of them are one call, told by a library and by what calls that.

LangChain's spans are beside those of the library, for it does not enter its own; so are those of the hook for OpenAI's
agents.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from functions.billing.telemetry.meaning import is_of_agents_hook, is_of_langchain, is_of_openais_instrumentation
from functions.billing.telemetry.told import Told


def without_those_beside(told: Sequence[Told]) -> list[Told]:
    """Those that count."""
    dropped = _by_langchain(told) | _by_agents_hook(told)
    return [each for each in told if id(each) not in dropped] if dropped else list(told)


def _by_langchain(told: Iterable[Told]) -> set[int]:
    """LangChain may not tell which of its tokens a cache had, so that is left out of account."""
    tokens = [each for each in told if each.call.usage is not None]
    langchains = [each for each in tokens if is_of_langchain(each.span)]
    if not langchains:
        return set()
    others = [each for each in tokens if not is_of_langchain(each.span)]
    repeats = _within_time(langchains, others, _same_tokens)
    of_priced = _within_time(langchains, [each for each in others if each.is_priced], _same_tokens)
    better = [each for each in langchains if each.is_priced and id(each) in repeats.keys() - of_priced.keys()]
    known_better = _within_time(better, others, _same_tokens).values()
    return repeats.keys() - set(map(id, better)) | set(map(id, known_better))


def _by_agents_hook(told: Sequence[Told]) -> set[int]:
    """A hook's span sums up the calls of an agent: where OpenAI's own library is instrumented, all of them are told."""
    hooks = [each for each in told if is_of_agents_hook(each.span)]
    if not hooks:
        return set()
    calls = [each for each in told if is_of_openais_instrumentation(each.call)]
    return set(_within_time(hooks, calls, lambda each: each.span.trace_id))


def _same_tokens(told: Told) -> Hashable:
    usage = told.call.usage
    return told.span.trace_id, told.call.tokens, usage and usage.output_tokens


def _within_time(around: Iterable[Told], among: Iterable[Told], alike: Callable[[Told], Hashable]) -> dict[int, Told]:
    """Of those `around`, by their identity, one `among` the others that is alike and lies within its time.

    Each has one of its own as long as there are any: calls that are alike may run at the same time. From the last that
    began to the first, each takes of those that began later the one that ended last within it, so that whoever ended
    earlier finds one too.
    """
    groups: dict[Hashable, list[tuple[int, bool, str, Told]]] = defaultdict(list)
    for is_around, each_of in ((False, among), (True, around)):
        for told in each_of:
            groups[alike(told)].append((-told.span.started_nano, is_around, told.span.span_id, told))
    found: dict[int, Told] = {}
    for group in groups.values():
        first: Told | None = None
        free: list[Told] = []
        for _, is_around, _, told in sorted(group, key=lambda each: each[:3]):
            if not is_around:
                first = told if first is None or _end(told) < _end(first) else first
                insort(free, told, key=_end)
            elif first is not None and _end(first) <= _end(told):
                fitting = bisect_right(free, _end(told), key=_end)
                found[id(told)] = free.pop(fitting - 1) if fitting else first
    return found


def _end(told: Told) -> int:
    return told.span.ended_nano
