"""Which terms an order may have, which may still change, and what they come to."""

import re
from datetime import date, datetime

from functions.billing.errors import InvalidInput, shown
from functions.billing.invoicing.dues import day_due, due_through
from functions.billing.invoicing.lines import charged_on, is_percentage
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.models.pricing import BillingTiming, ChargeType, Recipient
from functions.billing.models.usage import RatingPlan
from functions.billing.money import round_to_minor
from functions.billing.periods import Calendar, day_of, midnight
from functions.billing.rating.rate import rate

MAX_SEATS_WITH_CREDITS = 200
"""Of one customer at once: who asks for a balance, or bills, goes through every day of each (docs/credits.md)."""


_AT_ONCE = re.compile(r"receipt|immediate|prepaid|advance|\b(at once|now|cod)\b", re.IGNORECASE)
_FROM_THE_END_OF_A_MONTH = re.compile(r"\bEOM\b|\bend of (the )?month\b", re.IGNORECASE)


def check_dates(order: Order) -> None:
    """Refuses a new order or line that ends before it starts, and a line outside its order."""
    check_span(order)
    for line in order.lines:
        _check_line(order, line)


def check_span(order: Order) -> None:
    """Refuses an order that ends before it starts. Once it is made its end cuts off its lines, wherever theirs lie."""
    _check_order(order.start_date, order.end_date, "")


def check_billable(order: Order) -> None:
    """Refuses to activate what would bill wrongly for months: nothing priced, or no price in the order's currency.

    And what would give credits to seats where there are none.
    """
    if not any(line.attributes for line in order.lines):
        raise InvalidInput("the order has no priced line, expected at least one before it is activated")
    for line, attribute in order.attributes():
        if not attribute.pricing.is_sold_in(order.currency):
            currencies = ", ".join(point.currency for point in attribute.pricing.price_points)
            raise InvalidInput(
                f"line {line.name!r}, attribute {attribute.name!r}: the order's currency is {order.currency}, "
                f"expected one that it has a price point in: {currencies}"
            )
        if _is_for_seats(attribute) and not any(is_seat(each) for each in line.attributes):
            raise InvalidInput(
                f"line {line.name!r}, attribute {attribute.name!r}: its credits are for each seat (recipient "
                "'seat'), expected an attribute with seats on the same line"
            )


def check_seat_credits(order: Order, plan: RatingPlan, *, since: date) -> None:
    """Refuses an order with which too many seats of its customer had credits of their own at once, from a day on.

    What each user of such a seat takes on a day is kept, and counts for every balance and invoice (docs/credits.md).
    """
    if not order.gives_seats_credits:
        return
    running = [each for _, each in plan.with_order(order).benefits if each.end is None or each.end > since]
    seats = sum({attribute_id: number for each in running for attribute_id, number in each.seats}.values())
    if seats > MAX_SEATS_WITH_CREDITS:
        raise InvalidInput(
            f"{seats} seats of the customer would have credits of their own (recipient 'seat'), expected at most "
            f"{MAX_SEATS_WITH_CREDITS} at once: more of them can share the customer's (recipient 'organization')"
        )


def end_by_terms(order: Order) -> datetime | None:
    """The midnight that ends an order after its terms, whole months from the start's day; None without terms.

    31 January and one month: 28 February. Terms set the end of a new order and of a draft, where nobody gives another;
    on an active order they are words.
    """
    if order.subscription_terms is None:
        return None
    start = day_of(order.start_date)
    terms = Calendar(start=start, anchor_day=start.day, months=order.subscription_terms)
    return midnight(next(terms.periods()).end)


def payment_days(terms: str | None) -> int:
    """The days until payment that the terms name: 30 for `Net 30`, 0 for `Due on receipt` and none.

    The net term comes before any other number: `2/10 Net 30` offers a discount for ten days and is due after thirty.
    Other words are 0 days too: orders of releases that did not refuse them have them, and their invoices.
    """
    return _days_named(terms or "") or 0


def check_payment_terms(terms: str | None) -> None:
    """Refuses terms that tell no day: their invoices would be due at once, and overdue a day later."""
    words = (terms or "").strip()
    is_read = not words or _days_named(words) is not None or _AT_ONCE.search(words)
    if not is_read or _FROM_THE_END_OF_A_MONTH.search(words):
        raise InvalidInput(
            f"paymentTerms is {shown(words)!r}, expected days from the day of issue such as 'Net 30', '30 days' or "
            "'30', or 'Due on receipt', or null"
        )


def _days_named(terms: str) -> int | None:
    for pattern in (r"\bnet\D{0,3}(\d{1,3})(?!\d)", r"(?<![\d.])(\d{1,3})[\s-]*days?\b", r"^\s*(\d{1,3})\s*$"):
        if match := re.search(pattern, terms, re.IGNORECASE):
            return int(match.group(1))
    return None


def check_deletable(order: Order) -> None:
    """Refuses to delete an order that bills or has billed; it can be ended instead."""
    if order.creation_state is CreationState.ACTIVE:
        raise InvalidInput(f"order {order.id} is active and cannot be deleted; set its endDate to end it")


def check_end(before: Order, after: Order, *, billed_until: date | None, today: date) -> None:
    """Refuses an end that would change what is billed already.

    Credits that came with the order, or that it did not take, may have paid for what others billed: where there are
    any, no end moves from or to a day before today, whether or not the order itself was billed.

    What was charged in advance is given back only by an amendment, so an earlier end must lie after the last billing
    day. A later end must leave alone what fell due so far: a period billed as cut off would be charged twice, or its
    rest never, and an order billed to its very end would miss the advance charges of that day. Nor may it move where
    an amendment gave back what was charged behind it: the days would be for nothing; nor over days behind it that were
    charged before an amendment changed the price.
    """
    for line, attribute in before.attributes():
        old, new = before.end_of(line, attribute), after.end_of(line, attribute)
        if old is not None and (new is None or new > old):
            _check_later_end(before, attribute, old, new)
    if before.end_day == after.end_day:
        return
    _check_credits(before, after, today=today)
    if billed_until is None:
        return
    if after.end_day is not None and after.end_day <= billed_until:
        raise InvalidInput(
            f"endDate is {after.end_day}, expected a day after {billed_until}, the last on which the order was billed"
        )
    extended = before.end_day is not None and (after.end_day is None or after.end_day > before.end_day)
    if extended and due_through(before, billed_until) != due_through(after, billed_until):
        raise InvalidInput(
            f"endDate cannot move from {before.end_day}: what fell due by {billed_until} is billed as if the order "
            "ended there; expected a new order from that day"
        )


def _check_later_end(order: Order, attribute: OrderLineAttribute, old: date, new: date | None) -> None:
    if attribute.term.repayment is not None:
        raise InvalidInput(
            f"endDate cannot move from {order.end_day}: what was charged for the days after it is given back on "
            f"{attribute.term.repayment.due_on}; expected an amendment, which charges them again"
        )
    kept_until = charged_behind(order, attribute, since=old, until=new)
    if kept_until is not None:
        raise InvalidInput(
            f"endDate cannot move from {order.end_day}: {attribute.id} is charged until {kept_until} in part; "
            "expected an amendment that ends it, and adds a component instead"
        )


def charged_behind(order: Order, attribute: OrderLineAttribute, *, since: date, until: date | None) -> date | None:
    """The first day of which nothing was charged, where the end that moves `until` then charges some days again.

    They were charged in advance, lay behind the end, and were not given back when the component's price changed.
    """
    for _, each in order.attributes():
        repayment, kept_until = each.term.repayment, each.term.paid_until
        if each.lineage != attribute.lineage or repayment is None or kept_until is None:
            continue
        if max(since, repayment.end) < min(until or date.max, kept_until):
            return kept_until
    return None


def _check_credits(before: Order, after: Order, *, today: date) -> None:
    if not before.has_credits:
        return
    if before.end_day is not None and before.end_day < today:
        raise InvalidInput(
            f"endDate cannot move from {before.end_day}: credits that order {before.id} would bring or take since then "
            f"may be another's; expected a new order from today, {today}"
        )
    if after.end_day is not None and after.end_day < today:
        raise InvalidInput(
            f"endDate is {after.end_day}, expected no day before today, {today}: credits that order {before.id} "
            "brought or took since then may have met what others billed"
        )


def with_charged_periods(before: Order, after: Order, *, billed_until: date | None) -> Order:
    """The order with an earlier end, where what was charged in advance for days behind it goes on to its own end.

    Of an order without credits it is noted down by its first amendment, which reads it in the invoices: what nobody
    amended the release before can read.
    """
    if not before.has_credits and all(attribute.amended is None for _, attribute in before.attributes()):
        return after
    lines = [
        line.model_copy(
            update={"attributes": tuple(_charged(before, after, line, each, billed_until) for each in line.attributes)}
        )
        for line in after.lines
    ]
    return after.model_copy(update={"lines": tuple(lines)})


def _charged(
    before: Order, after: Order, line: OrderLine, attribute: OrderLineAttribute, billed_until: date | None
) -> OrderLineAttribute:
    end, calendar = after.end_of(line, attribute), before.calendar(line, attribute)
    period = None if end is None else calendar.period_of(end)
    is_in_advance = attribute.pricing.timing is BillingTiming.ADVANCE
    if period is None or billed_until is None or not is_in_advance:
        return attribute
    if day_due(attribute, calendar, period) > billed_until:
        return attribute
    return attribute.model_copy(update={"amended": attribute.term.model_copy(update={"paid_until": period.end})})


def check_unclaimed(before: Order, after: Order, plan: RatingPlan) -> None:
    """Refuses a later end where another order counts the same signals of that time: they would be billed twice."""
    if before.end_day is None or (after.end_day is not None and after.end_day <= before.end_day):
        return
    rivals = plan.rivals(after, since=before.end_day)
    if rivals:
        raise InvalidInput(
            f"endDate cannot move from {before.end_day}: order {rivals[0].order_id} counts {rivals[0].event_name!r} "
            "of the same product from then on; expected that one to end first"
        )


def fixed_amount_due(order: Order, day: date) -> int:
    """What falls due on `day` apart from usage, in minor units; what has no price in a draft yet is left out."""
    lines = charged_on(_without_usage(order), day, {})
    return sum(line.amount_minor for line in lines)


def fixed_amount_per_period(order: Order) -> int:
    """One full period of everything fixed, and what is charged once, in minor units; nothing that was amended away."""
    total, part = 0, 0
    percentages: list[OrderLineAttribute] = []
    for _, attribute in _without_usage(order).attributes():
        if attribute.term.ends_on is not None:
            continue
        if is_percentage(attribute):
            percentages.append(attribute)
            continue
        amount = round_to_minor(rate(attribute.pricing, attribute.quantity, currency=order.currency).amount)
        total += amount
        part += amount if attribute.pricing.charge_type is not ChargeType.ONE_TIME else 0
    return total + sum(round_to_minor(rate(a.pricing, part, currency=order.currency).amount) for a in percentages)


def _without_usage(order: Order) -> Order:
    """What of the order has an amount that is known before: no usage, and sold in the order's currency."""

    def is_fixed(attribute: OrderLineAttribute) -> bool:
        pricing = attribute.pricing
        return pricing.charge_type is not ChargeType.USAGE and pricing.is_sold_in(order.currency)

    lines = [
        line.model_copy(update={"attributes": tuple(a for a in line.attributes if is_fixed(a))}) for line in order.lines
    ]
    return order.model_copy(update={"lines": tuple(lines)})


def _is_for_seats(attribute: OrderLineAttribute) -> bool:
    return any(benefit.recipient is Recipient.SEAT for benefit in attribute.pricing.benefits)


def _check_line(order: Order, line: OrderLine) -> None:
    name = f"line {line.name!r}: "
    start, end = line.start_date or order.start_date, line.end_date or order.end_date
    _check_order(start, end, name)
    if day_of(start) < day_of(order.start_date):
        raise InvalidInput(
            f"{name}startDate is {start.isoformat()}, expected no day before the order's {order.start_date.isoformat()}"
        )
    if order.end_date is not None and end is not None and end > order.end_date:
        raise InvalidInput(
            f"{name}endDate is {end.isoformat()}, expected no moment after the order's {order.end_date.isoformat()}"
        )


def _check_order(start: datetime, end: datetime | None, name: str) -> None:
    if end is not None and end <= start:
        raise InvalidInput(f"{name}endDate is {end.isoformat()}, expected a moment after startDate {start.isoformat()}")
