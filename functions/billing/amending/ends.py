"""Intents that move the end of a line or of the whole order.

An earlier end cuts off what is not charged yet; what is charged goes on, or is given back. A later end leaves alone
what was charged up to the earlier one: from there on a component of the same price goes on.

A treatment of usage stands for `none`, and changes nothing of the usage: no price changes, and signals count up to
the new end, whichever it is.

Lines without an end of their own follow the order's. One that has its own is capped by an earlier end of the order, and
has then that one; a later end extends it where it is listed, and takes back what was capped on the same day.
"""

from collections.abc import Iterable
from datetime import date, datetime

from functions.billing.amending.draft import Draft, choose, with_line
from functions.billing.amending.ending import cut, ended, going_on, successor
from functions.billing.amending.locks import earlier_end_lock, find_line, money_lock, that_stand
from functions.billing.errors import InvalidInput
from functions.billing.invoicing.terms import charged_behind
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
from functions.billing.models.order import CappedEnd, Order, OrderLine, OrderLineAttribute
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
    _check_end(draft, intent.new_end, line.start_date or draft.order.start_date, draft.order.line_end(line))
    treatment = _chosen(draft, intent.treatment, [line])
    moved = with_line(draft.order, line.model_copy(update={"end_date": intent.new_end, "capped": None}))
    _plan_line_end(draft, line, intent.new_end)
    _move(draft, moved, treatment)
    draft.diff(ChangeKind.LINE_TERM, line, governs_from=end_day_of(intent.new_end))


def _move_order(draft: Draft, intent: UpdateOrderTerm) -> None:
    order = draft.order
    _check_end(draft, intent.new_end, order.start_date, order.end_date)
    _check_extended(draft, intent)
    treatment = _chosen(draft, intent.treatment, order.lines)
    moved = order.model_copy(
        update={"end_date": intent.new_end, "lines": tuple(_line_moved(draft, line, intent) for line in order.lines)}
    )
    dated = [
        (line, after.end_date)
        for line, after in zip(order.lines, moved.lines, strict=True)
        if after.end_date is not None and after.end_date != order.line_end(line)
    ]
    for line, new_end in dated:
        _plan_line_end(draft, line, new_end)
    _move(draft, moved, treatment)
    draft.order_term = PlannedOrderTerm(intent_index=draft.index, new_end=intent.new_end)
    draft.diff(ChangeKind.ORDER_TERM, governs_from=end_day_of(intent.new_end))
    for line, new_end in dated:
        draft.diff(ChangeKind.LINE_TERM, line, governs_from=end_day_of(new_end))


def _chosen(draft: Draft, wanted: Treatment | None, lines: Iterable[OrderLine]) -> Treatment:
    """The treatment of what is charged by periods; one of usage is taken where the lines count signals."""
    standing = [each for line in lines for each in that_stand(draft.order, line, draft.standing)]
    if any(attribute.counts_signals for attribute in standing):
        of_usage = None if wanted is None or wanted.is_of_money else wanted
        choose(draft, of_usage, Axis.USAGE, reason="no price changes, and signals count up to the new end")
        wanted = Treatment.NONE if of_usage is not None else wanted
    return choose(draft, wanted, Axis.MONEY)


def _check_extended(draft: Draft, intent: UpdateOrderTerm) -> None:
    for line_id in intent.extend_line_ids or ():
        find_line(draft.order, line_id, draft.standing)
    old_end = draft.order.end_date
    if intent.extend_line_ids and (old_end is None or intent.new_end < old_end):
        was = "none" if old_end is None else old_end.isoformat()
        raise InvalidInput(
            f"extendLineIds names {len(intent.extend_line_ids)}, expected none: newEndDate "
            f"{intent.new_end.isoformat()} is earlier than the order's end, which is {was}, and extends nothing"
        )


def _line_moved(draft: Draft, line: OrderLine, intent: UpdateOrderTerm) -> OrderLine:
    """The line under the order's new end: its own end stays where it is, unless that would outlive the order.

    An end that was capped today is the line's own still, so that a change and its reversal on one day net to zero.
    """
    own = draft.order.line_end(line)
    if line.end_date is None or own is None:
        return line
    if line.id in (intent.extend_line_ids or ()):
        return line.model_copy(update={"end_date": intent.new_end, "capped": None})
    has_ended = end_day_of(own) <= draft.standing.today  # and may be billed to its end
    if line.capped is not None and line.capped.on == draft.standing.today and not has_ended:
        own = line.capped.end
    capped = CappedEnd(end=own, on=draft.standing.today) if intent.new_end < own else None
    return line.model_copy(update={"end_date": min(own, intent.new_end), "capped": capped})


def _plan_line_end(draft: Draft, line: OrderLine, new_end: datetime) -> None:
    """Notes the new end for each component of the line that has not ended."""
    for attribute in that_stand(draft.order, line, draft.standing):
        draft.replaces.append(
            PlannedReplace(
                intent_index=draft.index,
                attribute_id=attribute.id,
                new_quantity=attribute.quantity,
                new_end=new_end,
            )
        )


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
            _check_charged_once(before, attribute, old_end, new_end)
            _prolong(draft, before, line, attribute)


def _line(order: Order, line: OrderLine) -> OrderLine:
    return next(each for each in order.lines if each.id == line.id)


def _shorten(
    draft: Draft, before: Order, line: OrderLine, attribute: OrderLineAttribute, end: date, treatment: Treatment
) -> None:
    reason = earlier_end_lock(before, line, attribute, treatment, draft.standing)
    if reason is not None:
        raise InvalidInput(f"treatment is {treatment}, expected {Treatment.NONE}: of {attribute.id}, {reason}")
    if money_lock(before, line, attribute, treatment, draft.standing) is not None:
        treatment = Treatment.NONE
    term = cut(before, line, attribute, end, treatment=treatment, standing=draft.standing)
    if before.calendar(line, attribute).period_of(end) is not None:
        draft.credits(CreditEffectKind.END, attribute, end)
    if term != attribute.term:
        draft.put(_line(draft.order, line), attribute, attribute.model_copy(update={"amended": term}))
    draft.touched.setdefault(attribute.id, draft.index)


def _prolong(draft: Draft, before: Order, line: OrderLine, attribute: OrderLineAttribute) -> None:
    """Where the last period was charged as cut off, the component stays so, and another goes on from there.

    That is where the days end that are charged and kept, which may lie behind the end of the component.
    """
    calendar, standing = before.calendar(line, attribute), draft.standing
    last, repayment = calendar.last_period(), attribute.term.repayment
    if last is None or calendar.end is None or calendar.end <= calendar.start:
        return
    was_cut_off = calendar.full_period(last).end > last.end and standing.is_charged(before, line, attribute, last)
    day = calendar.end if repayment is None else repayment.start
    moved = _line(draft.order, line)
    new_end = draft.order.end_of(moved, attribute)
    if (repayment is None and not was_cut_off) or (new_end is not None and new_end <= day):
        return
    old = ended(before, line, attribute, day, treatment=Treatment.NONE, standing=standing)
    if attribute.happens_once:
        draft.put(moved, attribute, old)
        return
    new = successor(draft.order, moved, attribute, day, old=old, standing=standing)
    draft.put(moved, attribute, old, going_on(new))


def _check_charged_once(order: Order, attribute: OrderLineAttribute, old_end: date, new_end: date | None) -> None:
    """Refuses to charge days again that were charged behind an end, and not given back when the price changed."""
    kept_until = charged_behind(order, attribute, since=old_end, until=new_end)
    if kept_until is not None:
        raise InvalidInput(
            f"newEndDate is later than {old_end}, but {attribute.id} is charged until {kept_until} in part: expected "
            "no later end of it, and a component added instead"
        )
