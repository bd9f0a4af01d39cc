"""From the credits that signals took to what of them is money: what no grant held for (contract 2.4)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from functions.billing.models.credit import CreditGrant
from functions.billing.models.rating_plan import PlanEntry, PlanFee
from functions.billing.models.usage import Checkpoint, RatingPlan, Usage, parts_of, total_usage
from functions.billing.money import round_to_minor
from functions.billing.periods import ALWAYS, Period, day_of, prorated
from functions.billing.rating.burn_down import Need, burn_down


def needs(plan: RatingPlan, usage: Usage, *, through: date) -> dict[str, list[Need]]:
    """What is taken by credit currency: by signals day by day, within a day in the order of the plan; and by seats.

    Seats take on the days on which their periods begin or end, up to `through`.
    """
    found: dict[str, list[Need]] = {}
    keys: dict[str, list[str]] = {}
    for key in usage:
        keys.setdefault(parts_of(key)[0], []).append(key)
    for entry in plan.entries:
        if entry.credits is not None:
            of_entry = sorted(keys.get(entry.order_line_attribute_id, ()))
            taken = [need for key in of_entry for need in _needs(plan, entry, key, usage[key])]
            found.setdefault(entry.credits.currency_id, []).extend(taken)
    for _, fee in plan.fees:
        found.setdefault(fee.currency_id, []).extend(_of_seats(fee, through))
    return found


def in_money(plan: RatingPlan, usage: Usage, grants: Iterable[CreditGrant]) -> Usage:
    """The usage that invoices are made of: where the price is in credits, those of each period that nothing met.

    A period is as it stands when it ends, or when its order was activated later; what is granted afterwards, beyond the
    `horizon`, changes nothing of it.
    """
    in_credits = {entry.order_line_attribute_id: entry for entry in plan.entries if entry.credits is not None}
    money = {key: periods for key, periods in usage.items() if parts_of(key)[0] not in in_credits}
    through = horizon(plan, usage)
    granted = list(grants)
    for currency_id, needed in needs(plan, usage, through=through).items():
        of_currency = [grant for grant in granted if grant.currency_id == currency_id]
        for each in burn_down(of_currency, needed, through=through).overage:
            period = in_credits[each.need.source].calendar.period_of(each.need.day)
            if period is not None:
                periods = dict(money.get(each.need.source, {}))
                periods[period.start] = periods.get(period.start, 0) + each.unmet
                money[each.need.source] = periods
    return money


def horizon(plan: RatingPlan, usage: Usage) -> date:
    """The last day on which anything becomes money that signals took so far: what comes later changes none of it."""
    entries = {entry.order_line_attribute_id: entry for entry in plan.entries if entry.credits is not None}
    last = date.min
    for key, days in usage.items():
        entry = entries.get(parts_of(key)[0])
        if entry is not None and days:
            period = entry.calendar.period_of(max(days))
            billed_on = max(
                date.min if period is None else period.end, day_of(entry.activated_at), day_of(entry.ended_at)
            )
            last = max(last, *days, billed_on)
    return last


def checkpoints_in_money(
    plan: RatingPlan, checkpoints: Mapping[int, Checkpoint], grants: Iterable[CreditGrant]
) -> dict[int, Checkpoint]:
    """The same positions, and in the first shard the usage of all: grants hold for a customer, not for a shard."""
    usage = in_money(plan, total_usage(checkpoints.values()), grants)
    return {
        shard: checkpoint.model_copy(update={"usage": usage if shard == 0 else {}})
        for shard, checkpoint in checkpoints.items()
    }


def _needs(plan: RatingPlan, entry: PlanEntry, key: str, days: Mapping[date, int]) -> Iterator[Need]:
    _, user = parts_of(key)
    seats = () if user is None else plan.seats_ever_of(user)
    period: Period | None = None
    for day, micro in sorted(days.items()):
        if period is None or day >= period.end:
            period = entry.calendar.period_of(day)
        charged_on = period.end if entry.charges_overage and period is not None else None
        yield Need(
            entry.order_line_attribute_id,
            day,
            micro,
            seat_ids=frozenset(seat.seat_id for seat in seats if user in seat.users_on(day)),
            charged_on=charged_on,
            activated_at=entry.activated_at,
            ended_at=entry.ended_at if charged_on == entry.end else ALWAYS,
        )


def _of_seats(fee: PlanFee, through: date) -> Iterator[Need]:
    """A part of a period takes its part, rounded half-up at the sixth decimal."""
    for period in fee.calendar.periods():
        day = period.start if fee.in_advance else period.end
        if day > through:
            return
        micro = round_to_minor(prorated(Decimal(fee.amount_micro), fee.calendar.share(period)))
        yield Need(fee.order_line_attribute_id, day, micro, activated_at=fee.activated_at)
