"""Which credits come of an amendment, and which end: those of the order as it is to be, and as it was, side by side."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from functions.billing.amending.draft import Draft
from functions.billing.models.amendment import CreditEffect, CreditEffectKind
from functions.billing.models.credit import CreditGrant
from functions.billing.models.order import Order
from functions.billing.models.order_plan import benefits_of
from functions.billing.models.rating_plan import PlanBenefit
from functions.billing.rating.benefits import grants_of_period

_Grants = Mapping[str, CreditGrant]
"""By id."""


def credit_effects(before: Order, draft: Draft) -> Iterator[CreditEffect]:
    """In the order of the intents: what differs of the billing period that a change falls in, each credit once.

    Credits may have come with one component, and end with another that they went on with: so lineages are looked at.
    """
    old, new = _by_lineage(before), _by_lineage(draft.order)
    told: set[tuple[CreditEffectKind, str]] = set()
    for noted in draft.credit_changes:
        was, comes = (
            {
                place: _grants(draft.order.id, benefits, noted.on)
                for place, benefits in of.get(noted.lineage, {}).items()
            }
            for of in (old, new)
        )
        for place in sorted(was | comes):
            there, then = was.get(place, {}), comes.get(place, {})
            more, less = (then, there) if noted.kind is CreditEffectKind.GRANT else (there, then)
            changed = [each for each in _beyond(more, less, noted.on) if (noted.kind, each.id) not in told]
            told |= {(noted.kind, each.id) for each in changed}
            if changed:
                is_infinite = any(each.is_infinite for each in changed)
                yield CreditEffect(
                    intent_index=noted.intent_index,
                    kind=noted.kind,
                    attribute_id=noted.attribute_id,
                    on=noted.on,
                    amount_micro=None if is_infinite else sum(each.amount_micro for each in changed),
                )


def _by_lineage(order: Order) -> dict[str, dict[int, list[PlanBenefit]]]:
    """The benefits of components that follow one another, by their places."""
    lineages = {each.id: each.lineage for _, each in order.attributes()}
    found: dict[str, dict[int, list[PlanBenefit]]] = {}
    for each in benefits_of(order):
        found.setdefault(lineages[each.order_line_attribute_id], {}).setdefault(each.place, []).append(each)
    return found


def _grants(order_id: str, benefits: Iterable[PlanBenefit], on: date) -> _Grants:
    return {grant.id: grant for each in benefits for grant in grants_of_period(order_id, each, on)}


def _beyond(more: _Grants, less: _Grants, on: date) -> list[CreditGrant]:
    """What lasts beyond the day, and not, or not as long, among the others."""
    return [
        grant
        for key, grant in more.items()
        if _until(grant) > on and (key not in less or _until(less[key]) < _until(grant))
    ]


def _until(grant: CreditGrant) -> date:
    return min(grant.stops_on or date.max, grant.expires_on or date.max)
