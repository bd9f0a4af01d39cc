"""Whose a call is that names nobody: a library's own spans may not know of the customer whom those around them name."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from functions.billing.errors import InvalidInput
from functions.billing.telemetry import attributes as names
from functions.billing.telemetry.attributes import text_of
from functions.billing.telemetry.meaning import Call
from functions.billing.telemetry.span import Span, SpanKey


class _Who(NamedTuple):
    """As a span names them; `product` is None where it names none."""

    customer: str
    product: str | None


def with_customers(calls: Sequence[Call], spans: Iterable[Span]) -> list[Call]:
    """A call that names no customer is that of the nearest span around it that does; `spans` are all of the batch.

    Without one, it is that of its trace, where this names one customer only.
    """
    if all(map(_says, calls)):
        return list(calls)
    named = _Named(spans)
    return [call if _says(call) else named.call(call) for call in calls]


def _says(call: Call) -> bool:
    """Also what is no name: that is refused."""
    return call.span.attributes.get(names.CUSTOMER[0]) not in (None, "")


class _Named:
    """What the spans of a batch name; each is climbed over once."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._by_key: dict[SpanKey, Span] = {}
        self._of_traces: dict[str, set[_Who]] = defaultdict(set)
        for span in spans:
            self._by_key[span.key] = span
            if (who := _who(span)) is not None:
                self._of_traces[span.trace_id].add(who)
        self._around: dict[SpanKey, _Who | None] = {}

    def call(self, call: Call) -> Call:
        """The same, by the customer and the product of others; as it is where there are none."""
        who = self._nearest(call.span) or self._only(call.span.trace_id)
        if who is None:
            return call
        said = {**call.span.attributes, names.CUSTOMER[0]: who.customer}
        if who.product is not None and not any(name in said for name in names.PRODUCT):
            said[names.PRODUCT[0]] = who.product
        return call._replace(span=call.span._replace(attributes=said))

    def _nearest(self, span: Span) -> _Who | None:
        way: list[SpanKey] = []
        who: _Who | None = None
        key = span.key
        while key in self._by_key:
            if key in self._around:
                who = self._around[key]
                break
            self._around[key] = None  # what is its own ancestor finds nobody
            way.append(key)
            at = self._by_key[key]
            if (who := _who(at)) is not None:
                break
            key = at.around
        self._around.update(dict.fromkeys(way, who))
        return who

    def _only(self, trace_id: str) -> _Who | None:
        among = self._of_traces.get(trace_id, set())
        customers, products = {who.customer for who in among}, {who.product for who in among}
        if len(customers) != 1:
            return None
        return _Who(customers.pop(), products.pop() if len(products) == 1 else None)


def _who(span: Span) -> _Who | None:
    """What is no name is refused where it stands, and not handed on."""
    customer = _name(span, names.CUSTOMER)
    return None if customer is None else _Who(customer, _name(span, names.PRODUCT))


def _name(span: Span, among: tuple[str, ...]) -> str | None:
    try:
        return text_of(span.attributes, among)
    except InvalidInput:
        return None
