"""What was paid for, newest first, as the log has it. Writes nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from pydantic import JsonValue

from functions.billing.errors import InvalidInput
from functions.billing.margin.calls import Call, appended_since, calls_of
from functions.billing.models.segment import Segment
from functions.billing.periods import ALWAYS, Period, day_of
from functions.billing.ports import CostHistory, LogTooLongError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """None means any. Moments are those of the calls, both inclusive; of `metadata` every field must be the same.

    `product` takes a product's id and its external id, as a cost names them.
    """

    customer_id: str | None = None
    product: Callable[[str | None, str | None], bool] | None = None
    started_from: datetime | None = None
    started_to: datetime | None = None
    metadata: Mapping[str, JsonValue] | None = None

    @property
    def days(self) -> Period:
        first = date.min if self.started_from is None else day_of(self.started_from)
        last = date.max if self.started_to is None else day_of(self.started_to)
        return Period(first, min(last, date.max - _DAY) + _DAY)

    def takes(self, call: Call) -> bool:
        entry = call.entry
        return (
            self.may_be_named(call.customer_id, entry.product_id, entry.external_product_id)
            and (self.started_from is None or self.started_from <= entry.occurred_at)
            and (self.started_to is None or entry.occurred_at <= self.started_to)
            and self._has_metadata(call)
        )

    def may_be_named(self, _: str, product_id: str | None, external_id: str | None) -> bool:
        """Whoever the customer is."""
        return self.product is None or self.product(product_id, external_id)

    def _has_metadata(self, call: Call) -> bool:
        if not self.metadata:
            return True
        said = call.data.get("metadata")
        if not isinstance(said, Mapping):
            return False
        return all(_has(said, name, value) for name, value in self.metadata.items())


@dataclass(frozen=True, slots=True)
class CallPage:
    """`has_more` tells whether the log has more such calls behind them: nobody counts all of them."""

    calls: list[Call]
    has_more: bool


class ListCalls:
    """Reads from the end of the log on, no further than the page goes."""

    def __init__(self, *, costs: CostHistory) -> None:
        self._costs = costs

    def __call__(self, organization_id: str, wanted: CallFilter, *, limit: int, offset: int, is_test: bool) -> CallPage:
        """Raises InvalidInput where the page lies further back than one call can read."""
        matching = (call for call in self._calls(organization_id, wanted, is_test=is_test) if wanted.takes(call))
        try:
            found = list(islice(matching, offset, offset + limit + 1))
        except LogTooLongError:
            raise InvalidInput(
                "startTime is missing or too early, expected a later moment: more was logged since than one call can "
                "read; with a customer, only its own log is read",
                code="TOO_MUCH_TO_READ",
            ) from None
        return CallPage(found[:limit], has_more=len(found) > limit)

    def _calls(self, organization_id: str, wanted: CallFilter, *, is_test: bool) -> Iterator[Call]:
        since = appended_since(wanted.started_from or ALWAYS, is_test=is_test)
        return calls_of(self._segments(organization_id, wanted, since))

    def _segments(self, organization_id: str, wanted: CallFilter, since: datetime) -> Iterator[Segment]:
        if wanted.customer_id is not None:
            return self._costs.of_customer(organization_id, wanted.customer_id, since=since, days=wanted.days)
        named = None if wanted.product is None else wanted.may_be_named
        return self._costs.of_everybody(organization_id, since=since, days=wanted.days, named=named)


def _has(metadata: Mapping[str, JsonValue], name: str, value: JsonValue) -> bool:
    """By its name, or by its path: `user.id` is also the `id` in `user`, as spans nest what has dots."""
    if name in metadata:
        return _is(metadata[name], value)
    first, dot, rest = name.partition(".")
    below = metadata.get(first)
    return bool(dot) and isinstance(below, Mapping) and _has(below, rest, value)


def _is(said: JsonValue, asked: JsonValue) -> bool:
    """As JSON has it: true is not 1, at any depth, and 1 is 1.0."""
    if isinstance(said, Mapping) and isinstance(asked, Mapping):
        return said.keys() == asked.keys() and all(_is(value, asked[name]) for name, value in said.items())
    if isinstance(said, list) and isinstance(asked, list):
        return len(said) == len(asked) and all(map(_is, said, asked))
    return isinstance(said, bool) == isinstance(asked, bool) and said == asked
