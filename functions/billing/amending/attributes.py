"""Intents on a component that stands: another quantity, another price, an end."""

from datetime import date

from functions.billing.amending.claims import check_left
from functions.billing.amending.draft import Draft, axis_of, choose
from functions.billing.amending.ending import ended, going_on, last_day_after, replaced, successor
from functions.billing.amending.locks import check_quantity, find, last_day_lock, money_lock, seat_lock, usage_lock
from functions.billing.amending.reversal import is_sold_alike, restored
from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import (
    ChangeKind,
    CreditEffectKind,
    EndAttribute,
    PlannedEnd,
    PlannedReplace,
    Treatment,
    UpdatePricing,
    UpdateQuantity,
    UsageEffectKind,
)
from functions.billing.models.going_on import goes_on_for
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import Pricing, PricingModel


def update_quantity(draft: Draft, intent: UpdateQuantity) -> None:
    line, attribute = find(draft.order, intent.attribute_id, draft.standing)
    check_quantity(draft.order, attribute, intent.quantity, draft.standing)
    _replace(draft, line, attribute, None, intent.quantity, intent.treatment)


def update_pricing(draft: Draft, intent: UpdatePricing) -> None:
    line, attribute = find(draft.order, intent.attribute_id, draft.standing)
    if (intent.unit_price_minor is None) == (intent.pricing is None):
        given = "neither is" if intent.pricing is None else "both are"
        raise InvalidInput(f"{given} given, expected exactly one of newUnitPriceMinor and newPricing")
    if intent.quantity is not None:
        check_quantity(draft.order, attribute, intent.quantity, draft.standing)
    pricing = _with_benefits(intent, attribute) or at_price(
        attribute.pricing, draft.order.currency, intent.unit_price_minor or 0, named="newUnitPriceMinor"
    )
    _check_pricing(draft.order, attribute, pricing)
    quantity = attribute.quantity if intent.quantity is None else intent.quantity
    _replace(draft, line, attribute, pricing, quantity, intent.treatment)


def end_attribute(draft: Draft, intent: EndAttribute) -> None:
    line, attribute = find(draft.order, intent.attribute_id, draft.standing)
    seated = seat_lock(draft.order, attribute, draft.standing)
    if seated is not None:
        raise InvalidInput(f"orderLineAttributeId {attribute.id} cannot end: {seated}")
    treatment = choose(draft, intent.treatment, axis_of(attribute))
    if treatment is Treatment.ALL_SIGNALS_IN_PERIOD:
        raise InvalidInput(f"treatment is {treatment}, expected another: no price follows that could bill the signals")
    _check_money(draft, line, attribute, treatment)
    line, attribute = draft.forget_after(line, attribute)
    order = draft.order
    # With `none` it ends no later than it was to end.
    day = min(
        last_day_after(order, line, attribute, treatment, draft.standing), order.end_of(line, attribute) or date.max
    )
    old = ended(order, line, attribute, day, treatment=treatment, standing=draft.standing)
    draft.ends.append(PlannedEnd(intent_index=draft.index, attribute_id=attribute.id))
    draft.credits(CreditEffectKind.END, attribute, day)
    if attribute.counts_signals:
        draft.usage(UsageEffectKind.TRAIL, attribute)
    draft.put(line, attribute, old)
    draft.diff(ChangeKind.ENDED, line, before=attribute, governs_from=day)


def at_price(pricing: Pricing, currency: str, unit_price_minor: int, *, named: str) -> Pricing:
    """The same pricing at another unit price in that currency. Raises InvalidInput where there is no one unit price.

    The refusal says that the price was `named` so.
    """
    if pricing.model is not PricingModel.PER_UNIT:
        raise InvalidInput(f"{named} is {unit_price_minor}, expected none: the pricing model is {pricing.model}")
    points = [
        point.model_copy(update={"unit_price_minor": unit_price_minor}) if point.currency == currency else point
        for point in pricing.price_points
    ]
    return pricing.model_copy(update={"price_points": tuple(points)})


def _replace(
    draft: Draft,
    line: OrderLine,
    attribute: OrderLineAttribute,
    pricing: Pricing | None,
    quantity: int,
    wanted: Treatment | None,
) -> None:
    standing = draft.standing
    treatment = choose(draft, wanted, axis_of(attribute))
    _check_money(draft, line, attribute, treatment, pricing)
    _check_usage(treatment, attribute.pricing, pricing)
    line, attribute = draft.forget_after(line, attribute)
    order = draft.order
    day = last_day_after(order, line, attribute, treatment, standing)
    _check_before_end(order, line, attribute, day)
    sold = _sold(attribute, pricing, quantity)
    draft.replaces.append(
        PlannedReplace(intent_index=draft.index, attribute_id=attribute.id, new_quantity=quantity, new_pricing=pricing)
    )
    if is_sold_alike(order, attribute, sold):
        _leave(draft, line, attribute, day)
        return
    old = replaced(order, line, attribute, day, treatment=treatment, standing=standing)
    if treatment is Treatment.ALL_SIGNALS_IN_PERIOD:
        check_left(order, attribute, sold.pricing, day, standing)
    before = restored(order, line, attribute, day, sold=sold, standing=standing)
    new = before or successor(order, line, sold, day, old=old, standing=standing)
    draft.credits(CreditEffectKind.END, attribute, day)
    draft.credits(CreditEffectKind.GRANT, new, day)
    draft.credits_of_seats(line, new, day)
    if attribute.counts_signals:
        migrates = treatment is Treatment.ALL_SIGNALS_IN_PERIOD or before is not None
        draft.usage(UsageEffectKind.MIGRATE if migrates else UsageEffectKind.TRAIL, attribute)
    if before is None:
        placed = draft.put(line, attribute, old, new)
        if goes_on_for(draft.order, placed, new) is not None:
            draft.put(placed, new, going_on(new))
    else:
        draft.put(draft.put(line, attribute, old), before, before)
    draft.diff(ChangeKind.REPLACED, line, before=attribute, after=new, governs_from=day)


def _leave(draft: Draft, line: OrderLine, attribute: OrderLineAttribute, day: date) -> None:
    """Nothing changes where it is sold as it is to be: one minimum, one rounding, and its credits once."""
    draft.put(line, attribute, attribute)
    draft.diff(ChangeKind.REPLACED, line, before=attribute, after=attribute, governs_from=day)


def _with_benefits(intent: UpdatePricing, attribute: OrderLineAttribute) -> Pricing | None:
    if intent.pricing is None or not intent.keeps_benefits:
        return intent.pricing
    return intent.pricing.model_copy(update={"benefits": attribute.pricing.benefits})


def _sold(attribute: OrderLineAttribute, pricing: Pricing | None, quantity: int) -> OrderLineAttribute:
    """The component at another quantity, and at another pricing unless that is None."""
    fields: dict[str, object] = {} if pricing is None else {"pricing": pricing, "pricing_version": None}
    return attribute.model_copy(update={**fields, "quantity": quantity})


def _check_before_end(order: Order, line: OrderLine, attribute: OrderLineAttribute, day: date) -> None:
    reason = last_day_lock(order, line, attribute, day)
    if reason is not None:
        raise InvalidInput(
            f"treatment is {Treatment.NONE}, expected {Treatment.PRORATE}, or a later end first: of "
            f"{attribute.id}, {reason}"
        )


def _check_money(
    draft: Draft,
    line: OrderLine,
    attribute: OrderLineAttribute,
    treatment: Treatment,
    pricing: Pricing | None = None,
) -> None:
    reason = money_lock(draft.order, line, attribute, treatment, draft.standing, pricing=pricing)
    if reason is not None:
        raise InvalidInput(f"treatment is {treatment}, expected {Treatment.NONE}: {reason}")


def _check_usage(treatment: Treatment, stands: Pricing, comes: Pricing | None) -> None:
    reason = usage_lock(treatment, stands, comes)
    if reason is not None:
        raise InvalidInput(f"treatment is {treatment}, expected {Treatment.SIGNALS_FROM_AMENDMENT}: {reason}")


def _check_pricing(order: Order, attribute: OrderLineAttribute, pricing: Pricing) -> None:
    if pricing.charge_type is not attribute.pricing.charge_type:
        raise InvalidInput(
            f"newPricing has the charge type {pricing.charge_type}, expected {attribute.pricing.charge_type}: end the "
            "attribute, and add another"
        )
    if not pricing.is_sold_in(order.currency):
        raise InvalidInput(
            f"newPricing has no price point in {order.currency}, expected one: it is the order's currency"
        )
