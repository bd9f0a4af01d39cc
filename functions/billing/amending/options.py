"""What of an order can be amended now, with which treatments, and why something cannot."""

from dataclasses import dataclass
from datetime import date

from functions.billing.amending.draft import OF_MONEY, OF_USAGE, state_of
from functions.billing.amending.locks import NotAmendable, attribute_lock, check_amendable, line_lock, money_lock
from functions.billing.amending.standing import Standing
from functions.billing.models.amendment import AttributeState, Axis, Treatment
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.periods import Calendar, day_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A treatment; the first of an axis is the default. `unavailable` says why it cannot be chosen."""

    value: Treatment
    unavailable: str | None = None


@dataclass(frozen=True, slots=True)
class IntentOptions:
    """An intent by its name on the wire, and the one axis that it has."""

    kind: str
    axis: Axis
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class AttributeOptions:
    attribute: OrderLineAttribute
    state: AttributeState
    intents: tuple[IntentOptions, ...]
    locked: str | None


@dataclass(frozen=True, slots=True)
class LineOptions:
    line: OrderLine
    attributes: tuple[AttributeOptions, ...]
    intents: tuple[IntentOptions, ...]
    locked: str | None


@dataclass(frozen=True, slots=True)
class Options:
    """`not_amendable` is why nothing can be amended. `period_end` is the first day after the current period."""

    order: Order
    effective_on: date
    not_amendable: NotAmendable | None
    lines: tuple[LineOptions, ...]
    has_stub: bool
    order_term: IntentOptions
    period_end: date | None


def options_of(order: Order, standing: Standing) -> Options:
    return Options(
        order=order,
        effective_on=standing.today,
        not_amendable=_not_amendable(order, standing),
        lines=tuple(_line(order, line, standing) for line in order.lines),
        has_stub=_has_stub(order, standing.today),
        order_term=_term("updateOrderTerm"),
        period_end=_period_end(order, standing.today),
    )


def _not_amendable(order: Order, standing: Standing) -> NotAmendable | None:
    try:
        check_amendable(order, standing)
    except NotAmendable as reason:
        return reason
    return None


def _line(order: Order, line: OrderLine, standing: Standing) -> LineOptions:
    """Components that ended are history, and not shown."""
    standing_still = [
        attribute
        for attribute in line.attributes
        if (end := order.end_of(line, attribute)) is None or end > standing.today
    ]
    locked = line_lock(order, line, standing)
    return LineOptions(
        line=line,
        attributes=tuple(_attribute(order, line, attribute, standing) for attribute in standing_still),
        intents=() if locked else (_term("updateLineTerm"),),
        locked=locked,
    )


def _attribute(order: Order, line: OrderLine, attribute: OrderLineAttribute, standing: Standing) -> AttributeOptions:
    locked = attribute_lock(order, line, attribute, standing)
    return AttributeOptions(
        attribute=attribute,
        state=state_of(order, line, attribute),
        intents=() if locked else tuple(_intents(order, line, attribute, standing)),
        locked=locked,
    )


def _intents(order: Order, line: OrderLine, attribute: OrderLineAttribute, standing: Standing) -> list[IntentOptions]:
    if attribute.counts_signals:
        nothing_follows = "no price follows that could bill the signals"
        to_end = (
            Choice(Treatment.SIGNALS_FROM_AMENDMENT),
            Choice(Treatment.ALL_SIGNALS_IN_PERIOD, nothing_follows),
        )
        return [
            IntentOptions("updatePricing", Axis.USAGE, tuple(Choice(value) for value in OF_USAGE)),
            IntentOptions("endAttribute", Axis.USAGE, to_end),
        ]
    choices = tuple(Choice(value, money_lock(order, line, attribute, value, standing)) for value in OF_MONEY)
    return [IntentOptions(kind, Axis.MONEY, choices) for kind in ("updateQuantity", "updatePricing", "endAttribute")]


def _term(kind: str) -> IntentOptions:
    return IntentOptions(kind, Axis.MONEY, tuple(Choice(value) for value in OF_MONEY))


def _has_stub(order: Order, day: date) -> bool:
    """Whether the order's periods do not begin on that day."""
    override, start = order.billing_frequency_override, day_of(order.start_date)
    calendar = Calendar(start, order.anchor_day, 1 if override is None else override.months)
    period = calendar.period_of(max(day, start))
    return period is not None and (period.start < day or calendar.full_period(period).start < period.start)


def _period_end(order: Order, day: date) -> date | None:
    """Of the component whose current period ends last; None where nothing stands on that day."""
    periods = (order.calendar(line, attribute).period_of(day) for line, attribute in order.attributes())
    return max((period.end for period in periods if period is not None), default=None)
