"""Credits that are the seats' own need seats on the same line, as long as what brings them stands."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from functions.billing.amending.draft import Draft
from functions.billing.errors import InvalidInput
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.models.pricing import ChargeType, Recipient

_DAY = timedelta(days=1)


def check_seats_get_theirs(before: Order, draft: Draft) -> None:
    """Refuses an amendment after which credits would be sold to seats that are not there (as activation does).

    Raises InvalidInput; `more` is the last intent that changed the line. What lacked its seats before may do so still.
    """
    today = draft.standing.today
    lacking = {each.lineage for line in before.lines for each in without_seats(before, line, today)}
    for line in draft.order.lines:
        for attribute in without_seats(draft.order, line, today):
            if attribute.lineage not in lacking:
                error = InvalidInput(f"line {line.name!r}: {reason(attribute)}")
                error.more = {"intentIndex": _last_intent_on(line, before, draft)}
                raise error


def reason(attribute: OrderLineAttribute) -> str:
    """Why seats cannot end, or credits not come, in words that fit both."""
    return (
        f"{attribute.name!r} ({attribute.id}) brings credits to each seat (recipient 'seat'); expected seats on its "
        "line for as long as it stands"
    )


def without_seats(
    order: Order, line: OrderLine, today: date, *, ended: Mapping[str, date] = MappingProxyType({})
) -> list[OrderLineAttribute]:
    """What of the line brings credits to seats from today on, beyond the end of all of them.

    As if the components of `ended` ended on those days at the latest.
    """
    bringing = [each for each in line.attributes if _is_for_seats(each)]
    if not bringing:
        return []

    def end_of(each: OrderLineAttribute) -> date:
        return min(order.end_of(line, each) or date.max, ended.get(each.id, date.max))

    seats_end = max((end_of(each) for each in line.attributes if is_seat(each)), default=date.min)
    found: list[OrderLineAttribute] = []
    for each in bringing:
        start, end = order.calendar(line, each).start, end_of(each)
        if each.pricing.charge_type is ChargeType.ONE_TIME:
            end = min(end, start + _DAY)  # whatever comes once has come by then
        if end > max(today, start, seats_end):
            found.append(each)
    return found


def _is_for_seats(attribute: OrderLineAttribute) -> bool:
    return any(benefit.recipient is Recipient.SEAT for benefit in attribute.pricing.benefits)


def _last_intent_on(line: OrderLine, before: Order, draft: Draft) -> int:
    there = {each.id for old in before.lines if old.id == line.id for each in old.attributes}
    there |= {each.id for each in line.attributes}
    return max((index for each, index in draft.touched.items() if each in there), default=0)
