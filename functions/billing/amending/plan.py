"""A request and an order become a plan, and the order as it is to be: previewed and executed alike.

A pure function of the order, of where its billing stands, and of the day. What was charged is never edited: components
end and others follow, and invoices made before come out as they are, whenever they are made again.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.billing.amending.attributes import end_attribute, update_pricing, update_quantity
from functions.billing.amending.claims import check_claims
from functions.billing.amending.credit_effects import credit_effects
from functions.billing.amending.draft import Draft
from functions.billing.amending.locks import check_amendable
from functions.billing.amending.money_effects import money_effects
from functions.billing.amending.seat_credits import check_seats_get_theirs
from functions.billing.amending.standing import Standing
from functions.billing.errors import BillingError, InvalidInput
from functions.billing.invoicing.dues import next_due_of
from functions.billing.models.amendment import (
    AddAttribute,
    AmendmentPlan,
    AttributeDiff,
    EndAttribute,
    Intent,
    Operations,
    Treatment,
    UpdateLineTerm,
    UpdateOrderTerm,
    UpdatePricing,
    UpdateQuantity,
)
from functions.billing.models.order import MAX_COMPONENTS, Order
from functions.billing.periods import ALWAYS


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan, and the order that it leads to."""

    plan: AmendmentPlan
    order: Order


def planned(
    order: Order, standing: Standing, intents: Sequence[Intent], *, default: Treatment | None, now: datetime
) -> Planned:
    """All intents, one after the other, or none.

    Raises NotAmendable, NotFound, and InvalidInput; where an intent is to blame, `more` says which.
    """
    check_amendable(order, standing)
    draft = Draft(order, standing, default)
    for index, intent in enumerate(intents):
        draft.index = index
        try:
            _check_untouched(draft, intent)
            draft = _applied(order, draft, intent)
        except BillingError as error:
            error.more = {"intentIndex": index}
            raise
    _check_ids(draft.order)
    _check_size(draft)
    check_seats_get_theirs(order, draft)
    noted = {"version": order.version + 1, "updated_at": now, "end_moved_at": _end_moved_at(order, standing)}
    return Planned(_plan(order, draft), draft.order.model_copy(update=noted))


def _end_moved_at(order: Order, standing: Standing) -> datetime:
    """When an update moved the order's end at the latest; orders that were updated before it was noted do not say it.

    Of one that is as it was activated, or alone in a plan that knows nothing else, none has.
    """
    is_as_activated = order.updated_at == order.activated_at or standing.plan.version == 1
    return order.end_moved_at or (ALWAYS if is_as_activated else order.updated_at)


def _applied(order: Order, draft: Draft, intent: Intent) -> Draft:
    """The draft with one intent more: with the request's default, and without it where nothing but that is refused."""
    if draft.default is None or intent.treatment is not None:
        return _tried(order, draft, intent)
    try:
        return _tried(order, draft.branched(default=draft.default), intent)
    except InvalidInput:
        return replace(_tried(order, draft.branched(default=None), intent), default=draft.default)


def _tried(order: Order, draft: Draft, intent: Intent) -> Draft:
    _apply(draft, intent)
    check_claims(order, draft.order, draft.standing.plan)
    return draft


def _apply(draft: Draft, intent: Intent) -> None:
    match intent:
        case UpdateQuantity():
            update_quantity(draft, intent)
        case UpdatePricing():
            update_pricing(draft, intent)
        case EndAttribute():
            end_attribute(draft, intent)
        case AddAttribute():
            from functions.billing.amending.additions import add_attribute  # noqa: PLC0415 - most change what is there

            add_attribute(draft, intent)
        case UpdateLineTerm() | UpdateOrderTerm():
            from functions.billing.amending.ends import move_end  # noqa: PLC0415 - as above

            move_end(draft, intent)


def _check_untouched(draft: Draft, intent: Intent) -> None:
    """Of two intents on one component the second would change what nobody has seen yet."""
    if not isinstance(intent, UpdateQuantity | UpdatePricing | EndAttribute):
        return
    before = draft.touched.get(intent.attribute_id)
    if before is not None:
        raise InvalidInput(
            f"orderLineAttributeId is {intent.attribute_id}, which intents[{before}] changes already: expected one "
            "intent for each"
        )


def _check_ids(order: Order) -> None:
    ids = Counter(attribute.id for _, attribute in order.attributes())
    if (twice := next((each for each, count in ids.items() if count > 1), None)) is not None:
        raise InvalidInput(f"two components of the order would have the id {twice}, expected ids that differ")


def _check_size(draft: Draft) -> None:
    """What ended does not count, and what follows a component counts as that one; the store bounds the bytes."""
    order, today = draft.order, draft.standing.today
    ends = ((attribute.lineage, order.end_of(line, attribute)) for line, attribute in order.attributes())
    components = len({lineage for lineage, end in ends if end is None or end > today})
    if components > MAX_COMPONENTS:
        raise InvalidInput(
            f"the order would have {components} priced components that stand, expected at most {MAX_COMPONENTS}"
        )


def _plan(before: Order, draft: Draft) -> AmendmentPlan:
    plan = AmendmentPlan(
        order_id=before.id,
        order_version=before.version,
        effective_on=draft.standing.today,
        operations=Operations(
            ends=tuple(draft.ends),
            replaces=tuple(draft.replaces),
            adds=tuple(draft.adds),
            order_term=draft.order_term,
        ),
        money_effects=tuple(money_effects(before, draft)),
        credit_effects=tuple(credit_effects(before, draft) if draft.credit_changes else ()),
        usage_effects=tuple(draft.usage_effects),
        resolutions=tuple(draft.resolutions),
        state_diff=tuple(_with_next_invoices(draft, draft.diffs)),
    )
    return plan.model_copy(update={"plan_hash": _hash(plan, draft)})


def _hash(plan: AmendmentPlan, draft: Draft) -> str:
    """Of what is said, and of the prices of what comes: the plan does not show them all."""
    said = plan.model_dump_json(exclude={"state_diff", "plan_hash"})
    sold = [each.model_dump_json() for _, each in draft.order.attributes() if each.id in draft.touched]
    return hashlib.sha256("\n".join([str(draft.standing.billed_until), said, *sold]).encode()).hexdigest()


def _with_next_invoices(draft: Draft, diffs: Iterable[AttributeDiff]) -> Iterator[AttributeDiff]:
    """The diffs, each with the day of the first invoice on which it shows."""
    attributes = {attribute.id: (line, attribute) for line, attribute in draft.order.attributes()}
    for diff in diffs:
        found = attributes.get(diff.attribute_id or "")
        day = None if found is None else next_due_of(draft.order, *found, draft.standing.billed_until)
        yield diff.model_copy(update={"next_invoice_on": day})
