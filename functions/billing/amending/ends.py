"""Intents that move the end of a line or of the whole order.

An earlier end cuts off what is not charged yet; what is charged goes on, or is given back. A later end leaves alone
what was charged up to the earlier one: from there on a component of the same price goes on.
"""

from datetime import date, datetime

from functions.billing.amending.draft import Draft, choose, with_line
from functions.billing.amending.ending import cut, ended, successor
from functions.billing.amending.locks import find_line, money_lock
from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import (
    Axis,
    ChangeKind,
    CreditEffectKind,
    PlannedOrderTerm,
    PlannedReplace,
    Treatment,
    UpdateLineTerm,
    UpdateOrderTerm,
)
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.periods import day_of, end_day_of


def move_end(draft: Draft, intent: UpdateLineTerm | UpdateOrderTerm) -> None:
    if isinstance(intent, UpdateLineTerm):
        _move_line(draft, intent)
    else:
        _move_order(draft, intent)


def _move_line(draft: Draft, intent: UpdateLineTerm) -> None:
    line = find_line(draft.order, intent.line_id, draft.standing)
    if draft.order.end_date is not None and intent.new_end > draft.order.end_date:
        raise InvalidInput(
            f"newEndDate is {intent.new_end.isoformat()}, expected no moment after the order's end "
            f"{draft.order.end_date.isoformat()}: move that first"
        )
    _check_end(draft, intent.new_end, line.start_date or draft.order.start_date, line.end_date or draft.order.end_date)
    treatment = choose(draft, intent.treatment, Axis.MONEY)
    moved = with_line(draft.order, line.model_copy(update={"end_date": intent.new_end}))
    for attribute in line.attributes:
        draft.replaces.append(
            PlannedReplace(
                intent_index=draft.index,
                attribute_id=attribute.id,
                new_quantity=attribute.quantity,
                new_end=intent.new_end,
            )
        )
    _move(draft, moved, treatment)
    draft.diff(ChangeKind.LINE_TERM, line, governs_from=end_day_of(intent.new_end))


def _move_order(draft: Draft, intent: UpdateOrderTerm) -> None:
    order = draft.order
    _check_end(draft, intent.new_end, order.start_date, order.end_date)
    for line_id in intent.extend_line_ids or ():
        find_line(order, line_id, draft.standing)
    treatment = choose(draft, intent.treatment, Axis.MONEY)
    lines = tuple(_line_moved(draft, line, intent) for line in order.lines)
    _move(draft, order.model_copy(update={"end_date": intent.new_end, "lines": lines}), treatment)
    draft.order_term = PlannedOrderTerm(intent_index=draft.index, new_end=intent.new_end)
    draft.diff(ChangeKind.ORDER_TERM, governs_from=end_day_of(intent.new_end))


def _line_moved(draft: Draft, line: OrderLine, intent: UpdateOrderTerm) -> OrderLine:
    """A line that is to be extended ends with the order; where some are named, the others end when they did."""
    if intent.extend_line_ids is None:
        return line
    if line.id in intent.extend_line_ids:
        return line.model_copy(update={"end_date": None})
    return line if line.end_date is not None else line.model_copy(update={"end_date": draft.order.end_date})


def _check_end(draft: Draft, new_end: datetime, start: datetime, old_end: datetime | None) -> None:
    today, end = draft.standing.today, end_day_of(new_end)
    if end < today or end <= day_of(start):
        first = max(today, day_of(start))
        raise InvalidInput(f"newEndDate is {new_end.isoformat()}, expected no day before {first}")
    if old_end is not None and end == end_day_of(old_end):
        raise InvalidInput(f"newEndDate is {new_end.isoformat()}, expected another: it ends then already")


def _move(draft: Draft, moved: Order, treatment: Treatment) -> None:
    """Sets the moved ends, and of each component what follows for it."""
    before = draft.order
    draft.order = moved
    for line, attribute in before.attributes():
        old_end, new_end = (each.end_of(_line(each, line), attribute) for each in (before, moved))
        if old_end == new_end:
            continue
        if new_end is not None and (old_end is None or new_end < old_end):
            _shorten(draft, before, line, attribute, new_end, treatment)
        elif old_end is not None:
            _prolong(draft, before, line, attribute, old_end)


def _line(order: Order, line: OrderLine) -> OrderLine:
    return next(each for each in order.lines if each.id == line.id)


def _shorten(
    draft: Draft, before: Order, line: OrderLine, attribute: OrderLineAttribute, end: date, treatment: Treatment
) -> None:
    reason = money_lock(attribute, treatment, draft.standing)
    if reason is not None and attribute.id in draft.standing.uncollected:
        raise InvalidInput(f"treatment is {treatment}, expected {Treatment.NONE}: of {attribute.id}, {reason}")
    treatment = treatment if reason is None else Treatment.NONE
    term = cut(before, line, attribute, end, treatment=treatment, standing=draft.standing)
    if before.calendar(line, attribute).period_of(end) is not None:
        draft.credits(CreditEffectKind.END, attribute, end)
    if term != attribute.term:
        draft.put(_line(draft.order, line), attribute, attribute.model_copy(update={"amended": term}))
    draft.touched.setdefault(attribute.id, draft.index)


def _prolong(draft: Draft, before: Order, line: OrderLine, attribute: OrderLineAttribute, old_end: date) -> None:
    """Where the last period was charged as cut off, the component stays so, and another goes on from there."""
    calendar, standing = before.calendar(line, attribute), draft.standing
    last = calendar.last_period()
    if last is None or old_end <= calendar.start:
        return
    was_cut_off = calendar.full_period(last).end > last.end and standing.is_charged(before, line, attribute, last)
    if not was_cut_off and attribute.term.repayment is None:
        return
    old = ended(before, line, attribute, old_end, treatment=Treatment.NONE, standing=standing)
    new = successor(before, line, attribute, old_end, old=old, standing=standing)
    draft.put(_line(draft.order, line), attribute, old, new)
    draft.credits(CreditEffectKind.GRANT, new, old_end)
