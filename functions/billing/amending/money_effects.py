"""What an amendment changes of the invoices to come: those of the order as it is to be, less those of it as it was."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from functions.billing.amending.draft import Draft
from functions.billing.amending.locks import Place, by_lineage
from functions.billing.amending.standing import Standing
from functions.billing.invoicing.dues import Due, due_on, next_due_of
from functions.billing.invoicing.lines import charged_on
from functions.billing.models.amendment import MoneyEffect, MoneyEffectKind
from functions.billing.models.order import Order
from functions.billing.models.pricing import BillingTiming
from functions.billing.periods import Calendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Settled:
    """A charge, or what is given back, and what it comes to, which is below zero then.

    `is_first` is that of what an amendment added. It `is_settlement` if it is no charge of a period as ever.
    """

    due: Due
    is_first: bool
    is_settlement: bool
    amount_minor: int
    calendar: Calendar


_Spot = tuple[date, str, date, bool]
"""The day on which something is due, its component's lineage, the first day that it is for, and if it is given back.

What another component of the lineage charges from that first day on comes in the place of what was to be charged.
"""

_Change = tuple[_Settled | None, _Settled | None]
"""What was to come, and what comes."""


def money_effects(before: Order, draft: Draft) -> Iterator[MoneyEffect]:
    """In the order of the intents, and of the days; whatever usage may come is none of it.

    A charge that was to come and comes no more is a credit, and the other way round. What periods cost that begin
    today, or later, and last as long as they would without it is no part of it: nothing of that is settled.
    """
    touched = _touched(before, draft)
    days = _days(before, draft, touched) | _days(draft.order, draft, touched)
    lineages = by_lineage(before)
    old, new = (_settled(order, days, before, lineages, draft.standing) for order in (before, draft.order))
    changes = [pair for spot in {**old, **new} for pair in _changes(old.get(spot), new.get(spot))]
    for was, comes in sorted(changes, key=lambda each: _place(each, touched)):
        found = comes or was
        amount_minor = (comes.amount_minor if comes else 0) - (was.amount_minor if was else 0)
        if found is None or amount_minor == 0 or not _is_shown(was, comes, draft.standing.today):
            continue
        due, cycle = found.due, found.calendar.full_period(found.due.period)
        is_whole = due.attribute.happens_once
        yield MoneyEffect(
            intent_index=touched.get(due.attribute.id, 0),
            kind=_kind(amount_minor, found),
            order_line_id=due.line.id,
            attribute_id=due.attribute.id,
            amount_minor=abs(amount_minor),
            currency=draft.order.currency,
            cycle_start=cycle.start,
            cycle_end=cycle.end,
            remaining_days=(cycle.end - (cycle.start if is_whole else max(draft.standing.today, cycle.start))).days,
            due_on=due.due_on,
        )


def _changes(was: _Settled | None, comes: _Settled | None) -> list[_Change]:
    """Of two settlements one comes no more, and the other comes; else one charge becomes another."""
    if was is None or comes is None or not (was.is_settlement and comes.is_settlement):
        return [(was, comes)]
    is_same = was.due.attribute.id == comes.due.attribute.id
    return [(was, comes)] if is_same else [(was, None), (None, comes)]


def _place(change: _Change, touched: Mapping[str, int]) -> tuple[int, date]:
    dues = [each.due for each in change if each is not None]
    return touched.get(dues[-1].attribute.id, 0), dues[-1].due_on


def _is_shown(was: _Settled | None, comes: _Settled | None, today: date) -> bool:
    """Whether something is settled or has no period, or a period that begins as it would is longer or shorter."""
    if any(each.due.attribute.happens_once for each in (was, comes) if each is not None):
        return True
    if was is not None and comes is not None:
        is_as_long, waits = was.due.period == comes.due.period, was.due.period.start > today
        is_another = was.due.attribute.id != comes.due.attribute.id
        if is_as_long and waits and is_another:
            return False
        if not is_as_long and not (waits and is_another):
            return True
    return any(each.is_settlement for each in (was, comes) if each is not None)


def _touched(before: Order, draft: Draft) -> dict[str, int]:
    """By component the intent that changed it, or that which it followed, or was to follow."""
    lineages = {each.id: each.lineage for order in (before, draft.order) for _, each in order.attributes()}
    of_lineages = {lineages[each]: index for each, index in draft.touched.items() if each in lineages}
    return {each: of_lineages[lineage] for each, lineage in lineages.items() if lineage in of_lineages} | draft.touched


def _days(order: Order, draft: Draft, touched: Mapping[str, int]) -> set[date]:
    """Those of the next two runs, and on which something touched falls due next; what lies before is as it was."""
    standing = draft.standing
    before = standing.settles_on - _DAY
    places = (place for place in order.attributes() if place[1].id in touched)
    next_dues = (next_due_of(order, *place, before) for place in places)
    return {standing.settles_on, standing.next_run} | {day for day in next_dues if day is not None}


def _settled(
    order: Order, days: Iterable[date], before: Order, lineages: Mapping[str, list[Place]], standing: Standing
) -> dict[_Spot, _Settled]:
    """What is due on the days; `lineages` are those of the order as it was `before`."""
    found: dict[_Spot, _Settled] = {}
    for day in sorted(days):
        for each in _charged(order, day, next_run=standing.next_run):
            due, lineage_id = each.due, each.due.attribute.lineage
            lineage = lineages.get(lineage_id, ())
            in_between = each.is_settlement or (_is_first(each) and _is_within(before, lineage, due.period.start))
            spot = (day, lineage_id, due.period.start, due.is_repayment)
            found[spot] = replace(each, is_settlement=in_between)
    return found


def _is_first(each: _Settled) -> bool:
    return each.due.period.start == each.calendar.start and each.due.attribute.pricing.timing is BillingTiming.ADVANCE


def _is_within(order: Order, lineage: Iterable[Place], day: date) -> bool:
    """Whether a period of the component, or of those that follow it, had begun before that day, and not ended."""
    periods = (order.calendar(line, attribute).period_of(day) for line, attribute in lineage)
    return any(period is not None and period.start < day for period in periods)


def _charged(order: Order, day: date, *, next_run: date) -> Iterator[_Settled]:
    lines = {
        (line.order_line_attribute_id, line.period_start, line.repays is not None): line
        for line in charged_on(order, day, {})
    }
    for due in due_on(order, day):
        line = lines.get((due.attribute.id, due.period.start, due.is_repayment))
        if line is None or due.attribute.counts_signals:
            continue
        calendar = order.calendar(due.line, due.attribute)
        is_first = _is_first_of_added(calendar, due)
        is_settlement = due.is_repayment or is_first or _is_part_settled(calendar, due, next_run=next_run)
        yield _Settled(due, is_first, is_settlement, line.amount_minor, calendar)


def _is_first_of_added(calendar: Calendar, due: Due) -> bool:
    """Whether it is the first charge of what an amendment added, or of what replaced that before it was charged."""
    term = due.attribute.term
    is_added = term.lineage is None or term.first_part is not None or due.attribute.happens_once
    return term.starts_on is not None and is_added and due.period.start == calendar.start


def _is_part_settled(calendar: Calendar, due: Due, *, next_run: date) -> bool:
    """Whether it charges a part of a period that an amendment, or the end, has cut off, and not a period as ever.

    What is left of it is charged in arrears when it ends: on its last day that is the next run, as for what is cut off.
    """
    attribute, period = due.attribute, due.period
    full = calendar.full_period(period)
    if attribute.pricing.timing is BillingTiming.ADVANCE:
        return period.start == calendar.start and (attribute.term.due_from is not None or period.start > full.start)
    is_cut_off = period.end == calendar.end and period.end < full.end
    return is_cut_off or (attribute.term.starts_on == period.start > full.start and due.due_on <= next_run)


def _kind(amount_minor: int, found: _Settled) -> MoneyEffectKind:
    if amount_minor < 0:
        return MoneyEffectKind.CREDIT
    return MoneyEffectKind.FIRST_PERIOD if found.is_first and not found.due.is_repayment else MoneyEffectKind.CHARGE
