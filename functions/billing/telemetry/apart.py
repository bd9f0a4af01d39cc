"""Calls whose spans come apart: each in a request of its own, as the client for Node sends them.

A wrapper's span and the library's within it, which tell of one call, both know the wrapper's id, and how many tokens it
took. There each leaves a mark with those, unless the other side left one: then it counts nothing. That is one write
under a condition. So one of them counts, in whatever order they come, and the same one however often both come again.
Where the tokens are others there are two calls: within a wrapper tools may run, that call models themselves.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from functions.billing.errors import InvalidInput
from functions.billing.models.cost import TokenUsage
from functions.billing.telemetry import attributes as names
from functions.billing.telemetry.attributes import text_of
from functions.billing.telemetry.meaning import Call, is_of_ai_sdk, total
from functions.billing.telemetry.span import Span
from functions.billing.telemetry.tokens import tokens_of

_WRAPPERS = ("paid.python", "paid.node", "paid.ruby")
"""The scopes of the published clients, whose wrappers enter their spans before they call the library."""

_TRACE_DIGITS, _SPAN_DIGITS = 32, 16


class Side(StrEnum):
    """`INNER` is the library's own, `OUTER` what calls it."""

    INNER = "inner"
    OUTER = "outer"

    @property
    def other(self) -> "Side":
        return Side.OUTER if self is Side.INNER else Side.INNER


class Claim(NamedTuple):
    """To leave a mark at `place`, a span of the trace, unless the other side has left one of `unless` there."""

    trace_id: str
    place: str
    side: Side
    leaves: str
    unless: frozenset[str]


def counts_alone(span: Span, call: Call | None, claim: Callable[[Claim], bool]) -> bool:
    """Whether the call that the span tells of, if any, is to be counted; `claim` answers whether nobody told of it."""
    if call is not None:
        mine = _claim_of(call)
        return mine is None or claim(mine)
    if (between := _claim_between(span)) is not None and not claim(between):
        claim(between._replace(place=span.span_id, side=Side.OUTER, unless=frozenset()))
    return False


def _claim_of(call: Call) -> Claim | None:
    """None where nobody could tell of the same call, or not in the same words: then it counts."""
    is_wrapper = call.span.scope in _WRAPPERS and not is_of_ai_sdk(call.span)
    return _claim(call.span, call.usage, is_wrapper=is_wrapper, has_answer=call.response_id is not None)


def _claim_between(span: Span) -> Claim | None:
    """Of the AI SDK's sum, which counts nothing itself, but says to whoever is around it that the call is told within.

    And after that was refused, to the call within it that it is told around: the sum has no answer of its own.
    """
    try:
        usage = tokens_of(span.attributes, text_of(span.attributes, names.VENDOR), scope=span.scope, name=span.name)
    except InvalidInput:
        return None
    return _claim(span, usage, is_wrapper=False, has_answer=False) if is_of_ai_sdk(span) else None


def _claim(span: Span, usage: TokenUsage | None, *, is_wrapper: bool, has_answer: bool) -> Claim | None:
    """A call that names no customer takes nobody's place: it would be billed to nobody.

    Two answers are two calls (see `nested`), and two spans of one answer have one key, so that the log tells them.
    """
    is_named = span.attributes.get(names.CUSTOMER[0]) not in (None, "")
    place = span.span_id if is_wrapper else span.parent_id
    is_place = len(span.trace_id) == _TRACE_DIGITS and len(place) == _SPAN_DIGITS and place.strip("0")
    if usage is None or not is_named or not is_place:
        return None
    plain = f"{total(usage)} tokens, {usage.output_tokens} of them output"
    of_answer = f"{plain}, of an answer"
    leaves = of_answer if has_answer else plain
    unless = frozenset({plain} if has_answer else {plain, of_answer})
    return Claim(span.trace_id, place, Side.OUTER if is_wrapper else Side.INNER, leaves, unless)
