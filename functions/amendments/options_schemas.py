"""What can be amended, on the wire."""

from collections.abc import Sequence
from datetime import timedelta

from functions.amendments.plan_schemas import StateOut, state_out
from functions.billing.amending.options import AttributeOptions, Choice, IntentOptions, LineOptions, Options
from functions.billing.models.amendment import Axis, Treatment
from functions.billing.models.order import FirstPart
from functions.billing.models.pricing import ChargeType
from functions.billing.periods import midnight
from functions.runtime.wire import MomentOut, Wire, day_out

_LAST_MOMENT = timedelta(milliseconds=1)


class ChoiceOut(Wire):
    value: Treatment
    is_default: bool
    available: bool
    unavailable_reason: str | None


class AxisOut(Wire):
    """Money and usage are there to choose within a period: at its first day there is nothing to settle."""

    axis: Axis
    relevance: str = "midCycle"
    options: list[ChoiceOut]


class IntentOptionsOut(Wire):
    kind: str
    axes: list[AxisOut]


class ClauseOut(Wire):
    """To which prices an axis applies; an empty list is all."""

    charge_types: list[ChargeType] = []
    billing_types: list[str] = []
    pricing_models: list[str] = []


class AddChoiceOut(Wire):
    value: str
    is_default: bool
    unsupported_reason: str | None = None
    requires: list[ClauseOut] = []


class AddAxisOut(Wire):
    axis: Axis
    relevance: str
    applies_to: list[ClauseOut]
    options: list[AddChoiceOut]


class AddOptionsOut(Wire):
    axes: list[AddAxisOut]


class AttributeOptionsOut(Wire):
    """`name`, here and of the line, is ours: invoices call what they charge by the line's name and the attribute's."""

    order_line_attribute_id: str
    name: str
    state: StateOut
    metered_usage: bool
    intents: list[IntentOptionsOut]
    locked_reason: str | None


class LineOptionsOut(Wire):
    order_line_id: str
    name: str
    attributes: list[AttributeOptionsOut]
    intents: list[IntentOptionsOut]
    locked_reason: str | None


class OptionsOut(Wire):
    order_id: str
    order_version: int
    currency: str
    effective_date: MomentOut
    amendable: bool
    not_amendable_code: str | None
    not_amendable_reason: str | None
    lines: list[LineOptionsOut]
    add_attribute: AddOptionsOut
    stub_period_exists: bool
    order_term: IntentOptionsOut
    current_period_end: MomentOut | None


def options_out(options: Options) -> OptionsOut:
    order, reason = options.order, options.not_amendable
    return OptionsOut(
        order_id=order.id,
        order_version=order.version,
        currency=order.currency,
        effective_date=day_out(options.effective_on),
        amendable=reason is None,
        not_amendable_code=None if reason is None else reason.code,
        not_amendable_reason=None if reason is None else reason.sentence,
        lines=[_line_out(line) for line in options.lines],
        add_attribute=AddOptionsOut(axes=[_first_part_axis(), _credit_axis()]),
        stub_period_exists=options.has_stub,
        order_term=_intent_out(options.order_term),
        current_period_end=None if options.period_end is None else midnight(options.period_end) - _LAST_MOMENT,
    )


def _line_out(options: LineOptions) -> LineOptionsOut:
    return LineOptionsOut(
        order_line_id=options.line.id,
        name=options.line.name,
        attributes=[_attribute_out(attribute) for attribute in options.attributes],
        intents=[_intent_out(intent) for intent in options.intents],
        locked_reason=options.locked,
    )


def _attribute_out(options: AttributeOptions) -> AttributeOptionsOut:
    return AttributeOptionsOut(
        order_line_attribute_id=options.attribute.id,
        name=options.attribute.name,
        state=state_out(options.state),
        metered_usage=options.attribute.counts_signals,
        intents=[_intent_out(intent) for intent in options.intents],
        locked_reason=options.locked,
    )


def _intent_out(options: IntentOptions) -> IntentOptionsOut:
    axes = [AxisOut(axis=axis, options=_choices_out(choices)) for axis, choices in options.axes.items()]
    return IntentOptionsOut(kind=options.kind, axes=axes)


def _choices_out(choices: Sequence[Choice]) -> list[ChoiceOut]:
    return [
        ChoiceOut(
            value=choice.value,
            is_default=number == 0,
            available=choice.unavailable is None,
            unavailable_reason=choice.unavailable,
        )
        for number, choice in enumerate(choices)
    ]


def _first_part_axis() -> AddAxisOut:
    choices = [AddChoiceOut(value=value, is_default=value is FirstPart.PRORATED) for value in FirstPart]
    by_days = ClauseOut(charge_types=[ChargeType.RECURRING, ChargeType.SEAT_BASED])
    return AddAxisOut(axis=Axis.FIRST_PART, relevance="midCycle", applies_to=[by_days], options=choices)


def _credit_axis() -> AddAxisOut:
    full = AddChoiceOut(value="full", is_default=True)
    return AddAxisOut(axis=Axis.CREDIT_GRANT, relevance="always", applies_to=[ClauseOut()], options=[full])
