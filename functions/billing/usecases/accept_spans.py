"""The front door of spans: what happened and what was paid for goes to the log, on the road of the signals.

Every entry has a key that its span makes, so whatever comes twice counts once. This is why nothing is looked up here,
why a batch may go out as several messages, and why a failure to send one of them is a failure of all: the sender comes
again with everything, and what is there already is a repeat.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from functions.billing.errors import BillingError, Busy, InvalidInput
from functions.billing.models.cost import Cost, Priced, TokenUsage
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.models.signal_message import SignalMessage
from functions.billing.ports import SignalQueue, TokenPrices
from functions.billing.telemetry.entries import cost_entry, has_too_much, moment_of, signal_entry
from functions.billing.telemetry.meaning import Call, Happening, meaning_of
from functions.billing.telemetry.repeats import without_repeats
from functions.billing.telemetry.span import Span

ENTRIES_PER_MESSAGE = 1_000
"""Each may be of a customer of its own, which costs the worker some calls: see `accept_signals.MAX_CUSTOMERS`."""

_UNPRICED_CURRENCY = "USD"
"""Of zero, which is the same in all of them."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a span was not taken, though it was meant to count."""

    span: Span
    error: BillingError


@dataclass(frozen=True, slots=True)
class Accepted:
    """`signals` and `costs` were sent; spans that mean nothing for billing are in neither.

    The metadata of `shortened` was too large and is left out.
    """

    signals: int
    costs: int
    refusals: Sequence[Refusal]
    shortened: Sequence[Span]


class AcceptSpans:
    """Tells what spans mean, prices the calls among them, and sends both."""

    def __init__(
        self,
        *,
        prices: Callable[[], TokenPrices],
        cost_beside: Callable[[Sender, Signal], Signal | None],
        queue: SignalQueue,
        messages: Callable[[SignalBatch], Sequence[SignalMessage]],
    ) -> None:
        """`prices` are loaded for the first call that is to be priced; `messages` bring a batch to the log.

        `cost_beside` is the cost that a signal's data says, if any; it raises InvalidInput.
        """
        self._prices = prices
        self._cost_beside = cost_beside
        self._queue = queue
        self._messages = messages

    def __call__(self, sender: Sender, spans: Sequence[Span]) -> Accepted:
        """Raises Busy, or what the queue raises: then all of it is to be sent again."""
        sorted_out = _sorted_out(spans)
        calls = without_repeats(sorted_out.calls, spans)
        entries: dict[tuple[str | None, str], Signal] = {}
        refusals, shortened = sorted_out.refusals, list[Span]()
        meaningful: list[Happening | Call] = [*sorted_out.happenings, *calls]
        for meant in meaningful:
            try:
                made = self._entries(sender, meant)
            except InvalidInput as error:
                refusals.append(Refusal(meant.span, error))
                continue
            for entry in made:
                entries.setdefault((entry.external_customer_id, entry.idempotency_key), entry)
            if has_too_much(meant.span):
                shortened.append(meant.span)
        self._send(sender, list(entries.values()))
        costs = sum(not entry.event_name for entry in entries.values())
        return Accepted(len(entries) - costs, costs, refusals, shortened)

    def _entries(self, sender: Sender, meant: Happening | Call) -> list[Signal]:
        """One; of a signal that says what it cost, that cost too."""
        received_at = sender.received_at
        occurred_at = moment_of(meant.span, received_at=received_at)
        sender.check_moment(occurred_at, field="startTimeUnixNano")
        match meant:
            case Happening():
                signal = signal_entry(meant, received_at=received_at)
                cost = self._cost_beside(sender, signal)
                return [signal] if cost is None else [signal, cost]
            case Call():
                return [cost_entry(meant, self._priced(meant, at=occurred_at), received_at=received_at)]

    def _priced(self, call: Call, *, at: datetime) -> Cost:
        """By the first of its model's names that has a price; unpriced without one."""
        models = call.models if call.usage is not None and call.vendor is not None else ()
        for model in models:
            priced = self._prices().price(call.vendor or "", model, call.usage or TokenUsage(), at=at)
            if priced is not None:
                return _cost(call, model, priced)
        return _cost(call, call.models[0] if call.models else None, None)

    def _send(self, sender: Sender, entries: Sequence[Signal]) -> None:
        messages = [message for batch in _batches(sender, entries) for message in self._messages(batch)]
        if messages and self._queue.send(sender, messages) < len(entries):
            raise Busy("not all of the spans could be queued: send all of them again, each counts once")


def _cost(call: Call, model: str | None, priced: Priced | None) -> Cost:
    return Cost(
        Decimal(0) if priced is None else priced.amount,
        _UNPRICED_CURRENCY if priced is None else priced.currency,
        vendor=call.vendor,
        model=model,
        usage=call.usage,
        source=None if priced is None else priced.source,
        is_unpriced=priced is None,
    )


@dataclass(frozen=True, slots=True)
class _SortedOut:
    happenings: list[Happening] = field(default_factory=list[Happening])
    calls: list[Call] = field(default_factory=list[Call])
    refusals: list[Refusal] = field(default_factory=list[Refusal])


def _sorted_out(spans: Sequence[Span]) -> _SortedOut:
    made = _SortedOut()
    for span in spans:
        try:
            meaning = meaning_of(span)
        except InvalidInput as error:
            made.refusals.append(Refusal(span, error))
            continue
        match meaning:
            case Happening():
                made.happenings.append(meaning)
            case Call():
                made.calls.append(meaning)
            case None:
                pass
    return made


def _batches(sender: Sender, entries: Sequence[Signal]) -> Iterator[SignalBatch]:
    for start in range(0, len(entries), ENTRIES_PER_MESSAGE):
        yield SignalBatch(
            organization_id=sender.organization_id,
            received_at=sender.received_at,
            signals=tuple(entries[start : start + ENTRIES_PER_MESSAGE]),
        )
