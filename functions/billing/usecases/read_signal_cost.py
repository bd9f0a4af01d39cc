"""What it took to do what a signal reports, and what the signal brings. Writes nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.later_prices import LaterPrices
from functions.billing.margin.calls import Call, calls_in
from functions.billing.margin.joining import CLOCKS, WINDOW, Appended, Asking, Claims, asking_in
from functions.billing.margin.signal_price import SignalMargin, SignalPrice, signal_margins, signal_price
from functions.billing.margin.statement import Spent
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.order import Order
from functions.billing.models.segment import Segment, SignalPosition
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.usage import Checkpoint, RatingPlan, total_usage
from functions.billing.ports import Collection, CostHistory, LogTooLongError, SignalLog
from functions.billing.rating.receipt import Receipts

Rated = Callable[[str, str], tuple[RatingPlan, dict[int, Checkpoint]]]
"""A customer's plan, and its usage to the end of its log: see `PeekRatings.with_plan`."""


@dataclass(frozen=True, slots=True)
class SignalCost:
    """`totals` are by currency; `margins` are in those that have a price too."""

    signal: LoggedSignal
    since: datetime
    until: datetime
    calls: list[Call]
    totals: dict[str, Spent]
    prices: list[SignalPrice]
    margins: list[SignalMargin]

    @property
    def is_loss(self) -> bool | None:
        """Whether it cost more than it brings, in any currency; None where nobody can know.

        That is where nothing is to be compared, and where what is known is no loss, and not all of it is known: some
        calls have no price yet, or cost in a currency that the signal brings nothing in.
        """
        if any(margin.is_loss for margin in self.margins):
            return True
        compared = {margin.currency for margin in self.margins}
        is_open = any(
            spent.unpriced or (spent.amount and currency not in compared) for currency, spent in self.totals.items()
        )
        return None if is_open or not compared else False


class ReadSignalCost:
    """Joins when asked: a cost may come before its signal, or after it."""

    def __init__(
        self,
        *,
        log: SignalLog,
        keys: Callable[[], SignalLog],
        orders: Collection[Order],
        costs: CostHistory,
        rated: Rated,
    ) -> None:
        """`keys` is the log with the memory of its keys, which only costs without a price ask for."""
        self._log = log
        self._keys = keys
        self._orders = orders
        self._costs = costs
        self._rated = rated

    def __call__(self, organization_id: str, signal_id: str) -> SignalCost:
        """Raises NotFound; InvalidInput where too much was logged around the signal."""
        segment, index = self._place(organization_id, signal_id)
        signal, asking = segment.signal(index), Asking.at(segment, index)
        try:
            calls = [] if asking is None else self._costs_of(asking)
        except LogTooLongError:
            raise InvalidInput(
                f"signal {signal_id} was logged at {signal.logged_at.isoformat()}, and its customer's log has more "
                f"within {WINDOW.total_seconds() / 3600:g} hour of it than one call can read, expected less",
                code="TOO_MUCH_TO_READ",
            ) from None
        totals: dict[str, Spent] = {}
        for call in calls:
            totals[call.cost.currency] = totals.get(call.cost.currency, Spent()).with_call(call)
        prices = list(self._prices(organization_id, signal))
        return SignalCost(
            signal=signal,
            since=signal.logged_at - WINDOW,
            until=signal.logged_at + WINDOW,
            calls=calls,
            totals=totals,
            prices=prices,
            margins=signal_margins(prices, totals),
        )

    def _place(self, organization_id: str, signal_id: str) -> tuple[Segment, int]:
        """The segment that the signal lies in, and where. Raises NotFound, also for what is no signal."""
        position = SignalPosition.parse(organization_id, signal_id)
        for segment in self._log.read(position.log, after=position.segment - 1, limit=1):
            is_there = segment.number == position.segment and position.index < len(segment.entries)
            if is_there and segment.entries[position.index].event_name != COST_EVENT:
                return segment, position.index
        raise NotFound("signal", signal_id)

    def _costs_of(self, asking: Asking) -> list[Call]:
        """Those that it asks for, and that no other signal before it does."""
        at = asking.logged_at
        segments = self._costs.around(asking.position, since=at - WINDOW, until=at + WINDOW)
        asked_for = [call for segment in segments for call in calls_in(segment) if asking.concerns(call)]
        priced = LaterPrices(self._keys)
        return sorted(map(priced, self._uncontested(asking, asked_for)), key=_in_order)

    def _uncontested(self, asking: Asking, asked_for: Sequence[Call]) -> Sequence[Call]:
        """Those that no signal before it asks for."""
        contested = [call for call in asked_for if call.signal_key is None]
        if not contested:
            return asked_for
        earliest = min(call.logged_at for call in contested) - WINDOW
        until = asking.logged_at + 2 * CLOCKS  # of its clock, and of one that stands before another's
        before = self._costs.around(asking.position, since=earliest, until=until, with_signals=True)
        claims = _claims(before, asking, contested)
        return [call for call in asked_for if claims.owner(call) == asking]

    def _prices(self, organization_id: str, signal: LoggedSignal) -> Iterator[SignalPrice]:
        plan, checkpoints = self._rated(organization_id, signal.customer_id)
        counts = Receipts(plan, customer_id=signal.customer_id).counts(signal)
        orders = self._orders.get_many(organization_id, {count.entry.order_id for count in counts})
        usage = total_usage(checkpoints.values())
        for count in counts:
            order = orders.get(count.entry.order_id)
            price = None if order is None else signal_price(count, order, usage)
            if price is not None:
                yield price


def _claims(segments: Iterable[Segment], asking: Asking, calls: Sequence[Call]) -> Claims:
    """Of the signals that may ask for some of these; this one too, should its segment of a moment ago be missing."""
    scopes, traces = {call.links.scope_id for call in calls}, {call.links.trace_id for call in calls}
    signals, appended = [asking], list[Appended]()
    for segment in segments:
        appended.append(Appended(segment.log, segment.number, segment.logged_at))
        for other in asking_in(segment):
            is_of_interest = other.scope_id in scopes or other.trace_id in traces
            if is_of_interest and other.position != asking.position:
                signals.append(other)
    return Claims(signals, appended)


def _in_order(call: Call) -> tuple[datetime, datetime, int, int, int]:
    """As the calls were made; of those of one moment, as they came to the log."""
    at = call.position
    return call.entry.occurred_at, call.logged_at, at.log.shard, at.segment, at.index
