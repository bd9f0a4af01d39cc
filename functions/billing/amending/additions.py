"""An intent that adds a component to a running order."""

from datetime import date

from functions.billing.amending.draft import Draft, choose, with_line
from functions.billing.amending.locks import usage_lock
from functions.billing.errors import InvalidInput
from functions.billing.ids import derived_uuid
from functions.billing.models.amendment import (
    AddAttribute,
    Axis,
    ChangeKind,
    CreditEffectKind,
    PlannedAdd,
    Source,
    Treatment,
)
from functions.billing.models.order import AmendedTerm, FirstPart, Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import ChargeType
from functions.billing.models.seats import MAX_SEATS
from functions.billing.periods import Calendar, day_of, midnight

_FIRST_PARTS = {Treatment.NONE: FirstPart.NONE, Treatment.PRORATE: FirstPart.PRORATED}

_REASONS = {
    FirstPart.NONE: "the days until the next period are not charged",
    FirstPart.PRORATED: "the days until the next period are charged by their share",
    FirstPart.FULL: "the days until the next period are charged as a whole one",
}


def add_attribute(draft: Draft, intent: AddAttribute) -> None:
    """What is charged for its first period falls to the next billing run."""
    order, standing = draft.order, draft.standing
    _check(order, intent)
    day = _first_day(draft, intent)
    first_part = _first_part(draft, intent)
    if intent.pricing.benefits:
        draft.resolve(Axis.CREDIT_GRANT, "full", Source.DEFAULT, "credits come in full with the component")
    attribute = OrderLineAttribute(
        id=derived_uuid("added attribute", order.id, str(order.version), str(draft.index)),
        name=intent.name,
        pricing=intent.pricing,
        quantity=intent.quantity,
        product_attribute_id=intent.product_attribute_id,
        pricing_version=intent.pricing_version,
        amended=AmendedTerm(
            starts_on=day,
            counted_from=day_of(order.start_date),
            due_from=standing.next_run,
            first_part=first_part,
        ),
    )
    line = _line_of(order, intent)
    is_new = line is None
    if line is None:
        line = OrderLine(
            id=derived_uuid("added order line", order.id, str(order.version), str(draft.index)),
            product_id=intent.product_id,
            product_external_id=intent.product_external_id,
            name=intent.line_name or intent.product_name,
            start_date=midnight(day),
        )
    line = line.model_copy(update={"attributes": (*line.attributes, attribute)})
    draft.order = order.model_copy(update={"lines": (*order.lines, line)}) if is_new else with_line(order, line)
    draft.touched[attribute.id] = draft.index
    draft.adds.append(
        PlannedAdd(
            intent_index=draft.index,
            line_name=line.name,
            product_id=intent.product_id,
            product_attribute_id=intent.product_attribute_id,
            quantity=intent.quantity,
            currency=order.currency,
            first_part=first_part or FirstPart.PRORATED,
            grants_credits=bool(intent.pricing.benefits),
        )
    )
    draft.credits(CreditEffectKind.GRANT, attribute, day)
    draft.credits_of_seats(line, attribute, day)
    draft.diff(ChangeKind.ADDED, line, after=attribute, governs_from=day)


def _line_of(order: Order, intent: AddAttribute) -> OrderLine | None:
    """The line that the component goes on, None where it gets one of its own: what a plan sells is sold as it is."""
    if intent.line_name is not None:
        return None
    fitting = (line for line in order.lines if line.product_id == intent.product_id and line.plan_id is None)
    return next((line for line in fitting if line.end_date is None), None)


def _first_part(draft: Draft, intent: AddAttribute) -> FirstPart | None:
    """None where nothing is charged by days. A treatment says the same in the words of other intents."""
    if not _recurs(intent):
        if intent.first_part is not None:
            raise InvalidInput(
                f"chargeStub is {intent.first_part}, expected none: {intent.name!r} is {intent.pricing.charge_type}, "
                "and charged by no days"
            )
        return None
    said = None if intent.treatment is None else _FIRST_PARTS.get(intent.treatment)
    if None not in {said, intent.first_part} and said is not intent.first_part:
        raise InvalidInput(f"chargeStub is {intent.first_part}, expected {said}: that is what the treatment says")
    wanted = intent.first_part or said
    by_request = None if draft.default is None else _FIRST_PARTS.get(draft.default)
    source = Source.DEFAULT if by_request is None else Source.REQUEST_DEFAULT
    chosen = wanted or by_request or FirstPart.PRORATED
    draft.resolve(Axis.FIRST_PART, chosen, source if wanted is None else Source.REQUEST, _REASONS[chosen])
    return chosen


def _first_day(draft: Draft, intent: AddAttribute) -> date:
    """Today, or the day on which the order begins, if that is later; for all signals, that of the current period."""
    order = draft.order
    begins = day_of(order.start_date)
    day = max(draft.standing.today, begins)
    if intent.pricing.charge_type is not ChargeType.USAGE:
        return day
    treatment = choose(draft, intent.treatment, Axis.USAGE)
    reason = usage_lock(treatment, None, intent.pricing)
    if reason is not None:
        raise InvalidInput(f"treatment is {treatment}, expected {Treatment.SIGNALS_FROM_AMENDMENT}: {reason}")
    months = (order.billing_frequency_override or intent.pricing).months
    period = Calendar(begins, order.anchor_day, months).period_of(day)
    return day if treatment is not Treatment.ALL_SIGNALS_IN_PERIOD or period is None else period.start


def _recurs(intent: AddAttribute) -> bool:
    return intent.pricing.charge_type in {ChargeType.RECURRING, ChargeType.SEAT_BASED}


def _check(order: Order, intent: AddAttribute) -> None:
    """Raises InvalidInput for what could not be billed, or would count what is counted already."""
    if not intent.pricing.is_sold_in(order.currency):
        raise InvalidInput(
            f"{intent.name!r} has no price point in {order.currency}, expected one: it is the order's currency"
        )
    if intent.pricing.charge_type is not ChargeType.USAGE and not (
        intent.treatment is None or intent.treatment.is_of_money
    ):
        raise InvalidInput(
            f"treatment is {intent.treatment}, expected none or prorate: {intent.name!r} counts no signals"
        )
    if intent.pricing.charge_type is ChargeType.SEAT_BASED and intent.quantity > MAX_SEATS:
        raise InvalidInput(f"quantity is {intent.quantity}, expected at most {MAX_SEATS} seats")
