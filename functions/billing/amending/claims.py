"""A signal counts once: what an amended order may count, and may leave to others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from functions.billing.amending.standing import Standing
from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import Treatment
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.order_plan import entries_of
from functions.billing.models.pricing import Pricing, PricingModel
from functions.billing.models.rating_plan import PlanEntry
from functions.billing.models.usage import RatingPlan


def check_claims(before: Order, after: Order, plan: RatingPlan) -> None:
    """Refuses to count what another order, line or component counts already: it would be billed twice, or not at all.

    Components of one line that count the same go on to. Raises InvalidInput.
    """
    lineages = {each.id: each.lineage for order in (before, after) for _, each in order.attributes()}
    own, own_now = _by_claim(entries_of(before)), _by_claim(entries_of(after))
    others = _by_claim(entry for entry in plan.entries if entry.order_id != after.id)
    for claim, entries in own_now.items():
        for entry in entries:
            counted_before = [each for each in own.get(claim, ()) if each.is_beside(entry)]
            since = max((each.end or date.max for each in counted_before), default=entry.start)
            beside = [each for each in entries if not each.is_beside(entry)]
            for rival in (*others.get(claim, ()), *beside):
                if _meet(rival, entry, since):
                    place = f"order {rival.order_id}" if rival.order_id != after.id else f"line {rival.order_line_id}"
                    raise InvalidInput(
                        f"{entry.event_name!r} of product {entry.product_id} is counted by {place} from "
                        f"{max(rival.start, since)} on: expected that to end first, as a signal counts once"
                    )
            neighbours = () if entry in own.get(claim, ()) else [each for each in entries if each.is_beside(entry)]
            for rival in neighbours:
                if _meet(rival, entry, rival.start) and not _met(own.get(claim, ()), rival, entry, lineages):
                    raise InvalidInput(
                        f"{entry.event_name!r} of product {entry.product_id} is counted by component "
                        f"{rival.order_line_attribute_id} of the same line: expected that to end first, as a signal "
                        "counts once"
                    )


def check_left(order: Order, attribute: OrderLineAttribute, new: Pricing, day: date, standing: Standing) -> None:
    """Refuses a price of other signals from a `day` in the past on where others would count those since then.

    They were billed without them. Raises InvalidInput.
    """
    (own,) = (each for each in entries_of(order) if each.order_line_attribute_id == attribute.id)
    if _counts_alike(attribute.pricing, new):
        return
    beside = (each for each in entries_of(order) if each is not own)
    for rival in (*(each for each in standing.plan.entries if each.order_id != order.id), *beside):
        since = max(rival.start, day)
        if _claim(rival) == _claim(own) and since < min(rival.end or date.max, standing.today):
            raise InvalidInput(
                f"treatment is {Treatment.ALL_SIGNALS_IN_PERIOD}, expected {Treatment.SIGNALS_FROM_AMENDMENT}: what "
                f"{attribute.name!r} has counted since {since} would count for order {rival.order_id} instead"
            )


def _counts_alike(one: Pricing, other: Pricing) -> bool:
    sums_costs = [each.model is PricingModel.COST_PLUS for each in (one, other)]
    return all(sums_costs) or (not any(sums_costs) and one.event_name == other.event_name)


_Claim = tuple[str, str | None]
"""What counts the same: an event of a product, or all costs in a currency."""


def _claim(entry: PlanEntry) -> _Claim:
    return (entry.event_name, entry.product_id) if entry.costs_in is None else (entry.costs_in, None)


def _by_claim(entries: Iterable[PlanEntry]) -> dict[_Claim, list[PlanEntry]]:
    found: dict[_Claim, list[PlanEntry]] = defaultdict(list)
    for entry in entries:
        found[_claim(entry)].append(entry)
    return found


def _met(before: Iterable[PlanEntry], rival: PlanEntry, entry: PlanEntry, lineages: Mapping[str, str]) -> bool:
    """Whether both are one component, or their components counted the same until then: what is sold so stays so."""
    pair = [lineages[each.order_line_attribute_id] for each in (rival, entry)]
    if pair[0] == pair[1]:
        return True
    start, end = max(rival.start, entry.start), min(rival.end or date.max, entry.end or date.max)
    ours, theirs = (
        [each for each in before if each.is_beside(entry) and lineages[each.order_line_attribute_id] == lineage]
        for lineage in pair
    )
    return any(
        max(one.start, other.start) <= end and start <= min(one.end or date.max, other.end or date.max)
        for one in ours
        for other in theirs
        if _meet(one, other, one.start)
    )


def _meet(rival: PlanEntry, entry: PlanEntry, since: date) -> bool:
    start = max(rival.start, entry.start, since)
    return start < min(rival.end or date.max, entry.end or date.max)
