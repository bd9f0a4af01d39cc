"""What of an order can be amended now, with which treatments, and why something cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from functions.billing.amending.draft import OF_MONEY, OF_USAGE, state_of
from functions.billing.amending.ending import last_day_after
from functions.billing.amending.locks import (
    NotAmendable,
    Place,
    attribute_lock,
    by_lineage,
    check_amendable,
    earlier_end_lock,
    last_day_lock,
    line_lock,
    money_lock,
    seat_lock,
    that_stand,
    usage_lock,
)
from functions.billing.amending.seat_credits import reason, without_seats
from functions.billing.amending.standing import Standing
from functions.billing.models.amendment import AttributeState, Axis, Treatment
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.periods import Calendar, day_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A treatment. `unavailable` says why it cannot be chosen."""

    value: Treatment
    unavailable: str | None = None


@dataclass(frozen=True, slots=True)
class IntentOptions:
    """An intent by its name on the wire, and what there is to choose: one treatment of all; the first is usual."""

    kind: str
    axes: Mapping[Axis, tuple[Choice, ...]]


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
    lineages = by_lineage(order)
    return Options(
        order=order,
        effective_on=standing.today,
        not_amendable=_not_amendable(order, standing),
        lines=tuple(_line(order, line, standing, lineages) for line in order.lines),
        has_stub=_has_stub(order, standing.today),
        order_term=_term("updateOrderTerm", order, order.lines, standing),
        period_end=_period_end(order, standing.today),
    )


def _not_amendable(order: Order, standing: Standing) -> NotAmendable | None:
    try:
        check_amendable(order, standing)
    except NotAmendable as reason:
        return reason
    return None


def _line(order: Order, line: OrderLine, standing: Standing, lineages: Mapping[str, list[Place]]) -> LineOptions:
    locked = line_lock(order, line, standing)
    return LineOptions(
        line=line,
        attributes=tuple(
            _attribute(order, line, attribute, standing, lineages[attribute.lineage])
            for attribute in that_stand(order, line, standing)
        ),
        intents=() if locked else (_term("updateLineTerm", order, [line], standing),),
        locked=locked,
    )


def _attribute(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, standing: Standing, lineage: Iterable[Place]
) -> AttributeOptions:
    locked = attribute_lock(order, line, attribute, standing, lineage=lineage)
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
        to_change = tuple(Choice(value, usage_lock(value, attribute.pricing)) for value in OF_USAGE)
        return [
            IntentOptions("updatePricing", {Axis.USAGE: to_change}),
            IntentOptions("endAttribute", {Axis.USAGE: to_end}),
        ]
    change = tuple(Choice(value, _change_lock(order, line, attribute, value, standing)) for value in OF_MONEY)
    seated = seat_lock(order, attribute, standing)
    ends = tuple(
        Choice(
            value,
            seated
            or money_lock(order, line, attribute, value, standing)
            or _credit_lock(order, line, attribute, value, standing),
        )
        for value in OF_MONEY
    )
    return [
        IntentOptions("updateQuantity", {Axis.MONEY: change}),
        IntentOptions("updatePricing", {Axis.MONEY: change}),
        IntentOptions("endAttribute", {Axis.MONEY: ends}),
    ]


def _credit_lock(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, treatment: Treatment, standing: Standing
) -> str | None:
    """Why seats cannot end alone, whose credits go on: together with what brings those they can."""
    if not is_seat(attribute):
        return None
    day = last_day_after(order, line, attribute, treatment, standing)
    before = {each.id for each in without_seats(order, line, standing.today)}
    lacking = without_seats(order, line, standing.today, ended={attribute.id: day})
    bringing = next((each for each in lacking if each.id not in before), None)
    return None if bringing is None else reason(bringing)


def _change_lock(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, treatment: Treatment, standing: Standing
) -> str | None:
    day = last_day_after(order, line, attribute, treatment, standing)
    return money_lock(order, line, attribute, treatment, standing) or last_day_lock(order, line, attribute, day)


def _term(kind: str, order: Order, lines: Iterable[OrderLine], standing: Standing) -> IntentOptions:
    """An end moves back only as all lines allow; a later one settles nothing, and any treatment will do.

    Where there is usage, its treatments can be named too, and change nothing: see `ends`.
    """
    places = [(line, attribute) for line in lines for attribute in that_stand(order, line, standing)]
    axes = {Axis.MONEY: tuple(Choice(value, _earlier_end_lock(order, places, value, standing)) for value in OF_MONEY)}
    if any(attribute.counts_signals for _, attribute in places):
        axes[Axis.USAGE] = tuple(Choice(value) for value in OF_USAGE)
    return IntentOptions(kind, axes)


def _earlier_end_lock(
    order: Order,
    places: Iterable[tuple[OrderLine, OrderLineAttribute]],
    treatment: Treatment,
    standing: Standing,
) -> str | None:
    for line, attribute in places:
        reason = earlier_end_lock(order, line, attribute, treatment, standing)
        if reason is not None:
            return f"it cannot end earlier so: of {attribute.id}, {reason}"
    return None


def _has_stub(order: Order, day: date) -> bool:
    """Whether something added on that day would begin within a period: a year does but on one day of the year."""
    override, start = order.billing_frequency_override, day_of(order.start_date)
    calendar = Calendar(start, order.anchor_day, 12 if override is None else override.months)
    period = calendar.period_of(max(day, start))
    return period is not None and (period.start < day or calendar.full_period(period).start < period.start)


def _period_end(order: Order, day: date) -> date | None:
    """Of the component whose current period ends last; None where nothing stands on that day."""
    periods = (order.calendar(line, attribute).period_of(day) for line, attribute in order.attributes())
    return max((period.end for period in periods if period is not None), default=None)
