"""Calls within each other: which of them are one call, told by a wrapper and by the library that it calls.

The innermost counts, for it knows best which model answered, and an outer one may sum up several. But where it counts
fewer tokens than the outer one, it may be another call, of a tool that the outer one ran: then whichever costs more
counts, so that nothing counts twice, and the most that is lost is the lesser.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from functions.billing.telemetry.meaning import Call, is_agent_that_calls
from functions.billing.telemetry.span import Span, SpanKey
from functions.billing.telemetry.told import Told


def without_nested(told: Sequence[Told], spans: Iterable[Span]) -> list[Told]:
    """Those that count; `spans` are all of the batch, for between two calls there may be others."""
    nodes = [_Node(each) for each in told]
    _nest(nodes, spans)
    order = _inner_first(nodes)
    for node in order:
        node.decide()
    for node in reversed(order):
        for each in node.same:
            each.drop()
    return [node.told for node in nodes if node.counts]


@dataclass(slots=True, eq=False)
class _Node:
    """A call among those that it lies within. `amount`, `tokens`, `is_priced` are of all that counts from it inwards.

    `same` are those within it that count or not as it decides, as all do that lie within them.
    """

    told: Told
    around: "_Node | None" = None
    within: "list[_Node]" = field(default_factory=list["_Node"])
    same: "list[_Node]" = field(default_factory=list["_Node"])
    amount: Decimal = Decimal(0)
    tokens: int = 0
    is_priced: bool = True
    counts: bool = True

    def decide(self) -> None:
        """After those within it: other calls count beside it, and those that may be this call in its place.

        But where one of the latter has no price, or all of them fewer tokens, whichever costs more counts.
        """
        call, cost = self.told.call, self.told.cost
        same, others = list[_Node](), list[_Node]()
        for each in self.within:
            (same if _may_be_one(call, each.told.call) else others).append(each)
        tell_all = all(each.is_priced for each in same) and sum(each.tokens for each in same) >= call.tokens
        knows_better = self.told.is_priced and not tell_all and cost.amount >= sum(each.amount for each in same)
        if same and not knows_better:
            self.counts, others = False, self.within
        else:
            self.same = same
        self.amount = (cost.amount if self.counts else Decimal(0)) + sum(each.amount for each in others)
        self.tokens = (call.tokens if self.counts else 0) + sum(each.tokens for each in others)
        self.is_priced = (self.told.is_priced or not self.counts) and all(each.is_priced for each in others)

    def drop(self) -> None:
        """It is told of by one around it, and so is all that lies within it."""
        self.counts = False
        self.same = self.within


def _may_be_one(outer: Call, inner: Call) -> bool:
    if is_agent_that_calls(outer.span) or (outer.usage is None) != (inner.usage is None):
        return False
    return outer.response_id is None or inner.response_id is None or outer.response_id == inner.response_id


def _nest(nodes: Iterable[_Node], spans: Iterable[Span]) -> None:
    """Finds the nearest call around each; every span is climbed over once.

    Of a circle one call is around the others: the one whose id comes first.
    """
    parents = {span.key: span.around for span in spans}
    at: dict[SpanKey, _Node] = {}
    for node in nodes:
        at.setdefault(node.told.span.key, node)
    nearest: dict[SpanKey, _Node | None] = {}
    for node in nodes:
        node.around = _nearest(node.told.span.around, parents, at, nearest)
    _open_circles(sorted(nodes, key=lambda node: node.told.span.key))
    for node in nodes:
        if node.around is not None:
            node.around.within.append(node)


def _nearest(
    key: SpanKey, parents: dict[SpanKey, SpanKey], at: dict[SpanKey, _Node], nearest: dict[SpanKey, _Node | None]
) -> _Node | None:
    way: list[SpanKey] = []
    while key not in nearest and key not in at and key in parents:
        nearest[key] = None  # of a circle without a call
        way.append(key)
        key = parents[key]
    found = at[key] if key in at else nearest.get(key)
    nearest.update(dict.fromkeys(way, found))
    return found


def _open_circles(nodes: Iterable[_Node]) -> None:
    """`nodes` are in the order of their ids; each is walked over once."""
    walked: dict[int, int] = {}
    for walk, start in enumerate(nodes):
        node: _Node | None = start
        while node is not None and id(node) not in walked:
            walked[id(node)] = walk
            node = node.around
        if node is not None and walked[id(node)] == walk:
            circle = [node]
            while (above := circle[-1].around) is not None and above is not node:
                circle.append(above)
            min(circle, key=lambda each: each.told.span.key).around = None


def _inner_first(nodes: Iterable[_Node]) -> list[_Node]:
    waiting = [node for node in nodes if node.around is None]
    order: list[_Node] = []
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting += node.within
    order.reverse()
    return order
