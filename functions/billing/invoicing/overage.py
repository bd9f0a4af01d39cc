"""From the credits that signals took to what of them is money: what no grant held for (contract 2.4)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from functions.billing.models.credit import CreditGrant
from functions.billing.models.usage import Checkpoint, PlanEntry, RatingPlan, Usage, total_usage
from functions.billing.rating.benefits import benefit_grants
from functions.billing.rating.burn_down import Need, burn_down


def needs(plan: RatingPlan, usage: Usage) -> dict[str, list[Need]]:
    """What the signals took, by credit currency: day by day, and within a day in the order of the plan."""
    found: dict[str, list[Need]] = {}
    for entry in plan.entries:
        if entry.credits is not None:
            found.setdefault(entry.credits.currency_id, []).extend(_needs(entry, usage))
    return found


def in_money(plan: RatingPlan, usage: Usage, grants: Iterable[CreditGrant]) -> Usage:
    """The usage that invoices are made of: where the price is in credits, those of each period that nothing met.

    A period is as it stands when it ends; what is granted afterwards changes nothing of it.
    """
    granted = [*grants, *benefit_grants(plan, through=_last_day(plan, usage))]
    money: Usage = dict(usage)
    for entry in plan.entries:
        if entry.credits is not None:
            money.pop(entry.order_line_attribute_id, None)
    calendars = {entry.order_line_attribute_id: entry.calendar for entry in plan.entries}
    for currency_id, needed in needs(plan, usage).items():
        of_currency = [grant for grant in granted if grant.currency_id == currency_id]
        for each in burn_down(of_currency, needed, through=date.max).overage:
            period = calendars[each.need.source].period_of(each.need.day)
            if period is not None:
                periods = dict(money.get(each.need.source, {}))
                periods[period.start] = periods.get(period.start, 0) + each.unmet
                money[each.need.source] = periods
    return money


def _last_day(plan: RatingPlan, usage: Usage) -> date:
    """The last day on which something was taken: what is granted later meets none of it in time."""
    return max(
        (day for entry in plan.entries for day in usage.get(entry.order_line_attribute_id, ())), default=date.min
    )


def checkpoints_in_money(
    plan: RatingPlan, checkpoints: Mapping[int, Checkpoint], grants: Iterable[CreditGrant]
) -> dict[int, Checkpoint]:
    """The same positions, and in the first shard the usage of all: grants hold for a customer, not for a shard."""
    usage = in_money(plan, total_usage(checkpoints.values()), grants)
    return {
        shard: checkpoint.model_copy(update={"usage": usage if shard == 0 else {}})
        for shard, checkpoint in checkpoints.items()
    }


def _needs(entry: PlanEntry, usage: Usage) -> Iterator[Need]:
    calendar = entry.calendar
    for day, micro in sorted(usage.get(entry.order_line_attribute_id, {}).items()):
        period = calendar.period_of(day)
        charged_on = period.end if entry.charges_overage and period is not None else None
        yield Need(
            entry.order_line_attribute_id,
            day,
            micro,
            charged_on=charged_on,
            billed_on=None if charged_on is None else max(charged_on, entry.activated_on),
        )
