"""The front door of spans: what happened and what was paid for goes to the log, on the road of the signals.

Every entry has a key that its span makes, so whatever comes twice counts once. This is why nothing is looked up here,
why a batch may go out as several messages, and why a failure to send one of them is a failure of all: the sender comes
again with everything, and what is there already is a repeat.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from functions.billing.errors import BillingError, Busy, InvalidInput
from functions.billing.models.cost import Cost, Priced, TokenUsage
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.billing.models.signal_message import SignalMessage
from functions.billing.ports import SignalQueue, SpanClaims, TokenPrices
from functions.billing.telemetry.apart import counts_alone
from functions.billing.telemetry.customers import with_customers
from functions.billing.telemetry.entries import cost_entry, has_too_much, moment_of, signal_entry
from functions.billing.telemetry.meaning import Call, Happening, meaning_of
from functions.billing.telemetry.repeats import without_repeats
from functions.billing.telemetry.span import Span
from functions.billing.telemetry.told import Told

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
        claims: SpanClaims,
        queue: SignalQueue,
        messages: Callable[[Sender, Sequence[Sequence[Signal]]], Sequence[SignalMessage]],
    ) -> None:
        """`prices` are loaded for the first call that is to be priced.

        `messages` bring groups of entries to the log, and no group in two parts.
        `cost_beside` is the cost that a signal's data says, if any; it raises InvalidInput.
        """
        self._prices = prices
        self._cost_beside = cost_beside
        self._claims = claims
        self._queue = queue
        self._messages = messages

    def __call__(self, sender: Sender, spans: Sequence[Span]) -> Accepted:
        """Raises Busy, or what the queue raises: then all of it is to be sent again."""
        sorted_out = _sorted_out(spans)
        refusals = sorted_out.refusals
        shortened: list[Span] = []
        groups: dict[tuple[str | None, str], Sequence[Signal]] = {}

        for happening in sorted_out.happenings:
            with _refused(happening.span, refusals):
                group = self._signal(sender, happening)
                groups.setdefault((group[0].external_customer_id, group[0].idempotency_key), group)
                shortened += [happening.span] if has_too_much(happening.span) else []

        told: list[Told] = []
        for call in with_customers(sorted_out.calls, spans):
            with _refused(call.span, refusals):
                told.append(self._call(sender, call))
        costs = without_repeats(told, spans)
        if len(spans) == 1 and not refusals and not self._counts_alone(sender, spans[0], costs):
            costs = []
        shortened += [each.span for each in costs if has_too_much(each.span)]

        self._send(sender, [*groups.values(), *((each.entry,) for each in costs)])
        costs_of_signals = sum(len(group) - 1 for group in groups.values())
        return Accepted(len(groups), costs_of_signals + len(costs), refusals, shortened)

    def _signal(self, sender: Sender, happening: Happening) -> Sequence[Signal]:
        """With what it cost, if it says so. Raises InvalidInput."""
        received_at = sender.received_at
        sender.check_moment(moment_of(happening.span, received_at=received_at), field="startTimeUnixNano")
        signal = signal_entry(happening, received_at=received_at)
        cost = self._cost_beside(sender, signal)
        return (signal,) if cost is None else (signal, cost)

    def _call(self, sender: Sender, call: Call) -> Told:
        """Raises InvalidInput."""
        received_at = sender.received_at
        occurred_at = moment_of(call.span, received_at=received_at)
        sender.check_moment(occurred_at, field="startTimeUnixNano")
        cost = self._priced(call, at=occurred_at)
        return Told(call, cost, cost_entry(call, cost, received_at=received_at))

    def _priced(self, call: Call, *, at: datetime) -> Cost:
        """By the first of its model's names that has a price; unpriced without one."""
        models = call.models if call.usage is not None and call.vendor is not None else ()
        for model in models:
            priced = self._prices().price(call.vendor or "", model, call.usage or TokenUsage(), at=at)
            if priced is not None:
                return _cost(call, model, priced)
        return _unpriced(call)

    def _counts_alone(self, sender: Sender, span: Span, told: Sequence[Told]) -> bool:
        """Whether no other span has told of its call, which may have come alone, too."""
        call = told[0].call if told else None
        return counts_alone(span, call, lambda claim: self._claims.claim(sender.organization_id, claim))

    def _send(self, sender: Sender, groups: Sequence[Sequence[Signal]]) -> None:
        """A signal and its cost are never in two messages: what becomes of one decides on the other."""
        messages = [
            message
            for start in range(0, len(groups), ENTRIES_PER_MESSAGE)
            for message in self._messages(sender, groups[start : start + ENTRIES_PER_MESSAGE])
        ]
        if messages and self._queue.send(sender, messages) < len(groups):
            raise Busy("not all of the spans could be queued: send all of them again, each counts once")


@contextmanager
def _refused(span: Span, refusals: list[Refusal]) -> Generator[None]:
    """A span that is wrong by itself stops no others."""
    try:
        yield
    except InvalidInput as error:
        refusals.append(Refusal(span, error))


def _cost(call: Call, model: str, priced: Priced) -> Cost:
    return Cost(priced.amount, priced.currency, vendor=call.vendor, model=model, usage=call.usage, source=priced.source)


def _unpriced(call: Call) -> Cost:
    return Cost(
        Decimal(0),
        _UNPRICED_CURRENCY,
        vendor=call.vendor,
        model=call.models[0] if call.models else None,
        usage=call.usage,
        is_unpriced=True,
        other_models=call.models[1:],
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
