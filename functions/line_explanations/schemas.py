"""Explanations on the wire: ours, beyond the contract.

Amounts are minor units. What may have a fraction of one is a text with all of its digits, so that nobody's floats lose
any; a division that never ends is cut off after thirty.
"""

from decimal import ROUND_DOWN, Decimal
from typing import Annotated

from pydantic import PlainSerializer

from functions.billing.invoicing.arithmetic import arithmetic
from functions.billing.invoicing.explanation import Explanation
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.pricing import CREDIT_DIGITS, PricingModel
from functions.billing.models.signal import LoggedSignal
from functions.billing.money import COST_DIGITS, EXACT
from functions.billing.rating.charge import Step
from functions.billing.rating.counted_signals import CountedSignals
from functions.runtime.pricing_wire import PricingOut, pricing_out
from functions.runtime.wire import MomentOut, NumberOut, Wire, day_out

_SHOWN_DIGITS = Decimal("1e-30")


def _exact(value: Decimal) -> str:
    cut = value.quantize(_SHOWN_DIGITS, rounding=ROUND_DOWN, context=EXACT)
    text = f"{cut:f}"
    return text.rstrip("0").rstrip(".")


ExactOut = Annotated[Decimal, PlainSerializer(_exact)]
"""A number that may have a fraction, as text."""


class QuantityOut(Wire):
    """What was counted or ordered, what the price says of quantities, and what of it is charged."""

    counted: int
    included: int
    least: int
    most: int | None
    billed: int
    billed_before: int


class TierOut(Wire):
    """`last` is null where the tier has no end."""

    number: int
    first: int
    last: int | None


class StepOut(Wire):
    """One multiplication, `quantity` times `price`; a flat fee is one fee."""

    tier: TierOut | None
    quantity: ExactOut
    price: ExactOut
    is_flat: bool
    amount: ExactOut


class PartOut(Wire):
    """A line that a percentage is taken of."""

    id: str
    description: str
    amount: int


class MultipleOut(Wire):
    """What the price is a multiple of: `of` are the other lines together, or the costs."""

    percentage: NumberOut | None
    multiplier: NumberOut | None
    of: ExactOut
    lines: list[PartOut]


class ProrationOut(Wire):
    days: int
    of_days: int
    before: ExactOut
    after: ExactOut


class LateOut(Wire):
    """What earlier invoices charged for the period; of cost plus, `costsBilledBefore` are major units."""

    billed_before: int | None
    costs_billed_before: ExactOut | None
    billed_before_amount: int


class RoundingOut(Wire):
    exact: ExactOut
    rounded: int
    rule: str = "half up, once per line"


class LogPositionOut(Wire):
    """The log of the customer was counted through this segment; a signal's id names its own."""

    shard: int
    through_segment: int


class SignalOut(Wire):
    id: str
    occurred_at: MomentOut


class SignalsOut(Wire):
    """What the line counts, in the order of the log; `costs` is their sum in major units, null of other signals."""

    count: int
    costs: ExactOut | None
    log_positions: list[LogPositionOut]
    first: SignalOut | None
    last: SignalOut | None
    note: str | None


class CreditsOut(Wire):
    """What the signals of the period took, and what of it went beyond the grants; `taken` as the log says today."""

    taken: ExactOut | None
    overage: ExactOut
    overage_billed_before: ExactOut


class ExplanationOut(Wire):
    """`quantity` is null of a multiple, `multiple` and `credits` of everything else; `signals` of what is not usage.

    `pricingVersion` is one of the plan's prices where it sells the component at its own, else of the product's.
    `repays` is the line of an earlier invoice whose rest this line gives back.
    """

    id: str
    invoice_id: str
    order_id: str
    order_line_id: str
    order_line_attribute_id: str
    product_attribute_id: str | None
    plan_id: str | None
    pricing_version: int | None
    description: str
    start_date: MomentOut
    end_date: MomentOut
    currency: str
    pricing: PricingOut
    quantity: QuantityOut | None
    multiple: MultipleOut | None
    credits: CreditsOut | None
    steps: list[StepOut]
    proration: ProrationOut | None
    late: LateOut | None
    repays: str | None
    rounding: RoundingOut
    amount: int
    tax_rate: NumberOut
    tax: int
    arithmetic: list[str]
    signals: SignalsOut | None


def explanation_out(it: Explanation) -> ExplanationOut:
    line = it.line
    return ExplanationOut(
        id=it.invoice.line_name(line),
        invoice_id=it.invoice.id,
        order_id=it.invoice.order_id,
        order_line_id=line.order_line_id,
        order_line_attribute_id=line.order_line_attribute_id,
        product_attribute_id=line.product_attribute_id,
        plan_id=it.plan_id,
        pricing_version=line.pricing_version,
        description=line.description,
        start_date=day_out(line.period_start),
        end_date=day_out(line.period_end),
        currency=it.invoice.currency,
        pricing=pricing_out(it.pricing),
        quantity=_quantity_out(it),
        multiple=_multiple_out(it),
        credits=_credits_out(it),
        steps=[_step_out(it, step) for step in it.charge.steps],
        proration=_proration_out(it),
        late=_late_out(it),
        repays=line.repays,
        rounding=RoundingOut(exact=it.exact, rounded=it.rounded),
        amount=it.amount_minor,
        tax_rate=line.tax_rate,
        tax=line.tax_minor,
        arithmetic=list(arithmetic(it)),
        signals=None if it.signals is None else _signals_out(it, it.signals),
    )


def _quantity_out(it: Explanation) -> QuantityOut | None:
    if it.point is None:
        return None
    return QuantityOut(
        counted=it.line.quantity,
        included=it.point.included_quantity,
        least=it.point.min_quantity,
        most=it.point.max_quantity,
        billed=it.line.billed_quantity,
        billed_before=it.line.billed_before,
    )


def _multiple_out(it: Explanation) -> MultipleOut | None:
    if it.point is not None or it.pricing.model.takes_credits:
        return None
    (step,) = it.charge.steps
    return MultipleOut(
        percentage=it.pricing.percentage,
        multiplier=it.pricing.multiplier,
        of=step.price_minor,
        lines=[_part_out(it, part) for part in it.parts],
    )


def _credits_out(it: Explanation) -> CreditsOut | None:
    if not it.pricing.model.takes_credits:
        return None
    return CreditsOut(
        taken=None if it.signals is None else _credits(it.signals.found),
        overage=_credits(it.line.quantity),
        overage_billed_before=_credits(it.line.billed_before),
    )


def _credits(micro: int) -> Decimal:
    return Decimal(micro).scaleb(-CREDIT_DIGITS, context=EXACT)


def _part_out(it: Explanation, part: InvoiceLine) -> PartOut:
    return PartOut(id=it.invoice.line_name(part), description=part.description, amount=part.amount_minor)


def _step_out(it: Explanation, step: Step) -> StepOut:
    tier = None
    if step.tier is not None:
        first, last = it.bounds(step.tier)
        tier = TierOut(number=step.tier, first=first, last=last)
    return StepOut(
        tier=tier,
        quantity=Decimal(step.quantity),
        price=step.price_minor,
        is_flat=step.is_flat,
        amount=step.amount,
    )


def _proration_out(it: Explanation) -> ProrationOut | None:
    if not it.is_prorated:
        return None
    days, of_days = it.share
    return ProrationOut(days=days, of_days=of_days, before=it.charge.amount, after=it.exact)


def _late_out(it: Explanation) -> LateOut | None:
    if not it.line.is_late:
        return None
    before, sums_costs = it.line.billed_before, _sums_costs(it)
    return LateOut(
        billed_before=None if sums_costs else before,
        costs_billed_before=_costs(before) if sums_costs else None,
        billed_before_amount=it.billed_before_minor,
    )


def _signals_out(it: Explanation, signals: CountedSignals) -> SignalsOut:
    positions = sorted(it.invoice.log_positions.items())
    return SignalsOut(
        count=signals.count,
        costs=_costs(signals.quantity) if _sums_costs(it) else None,
        log_positions=[LogPositionOut(shard=shard, through_segment=segment) for shard, segment in positions],
        first=_signal_out(signals.first),
        last=_signal_out(signals.last),
        note=it.signals_note,
    )


def _signal_out(signal: LoggedSignal | None) -> SignalOut | None:
    return None if signal is None else SignalOut(id=signal.id, occurred_at=signal.occurred_at)


def _sums_costs(it: Explanation) -> bool:
    return it.pricing.model is PricingModel.COST_PLUS


def _costs(quantity: int) -> Decimal:
    """What usage counts as costs, in major units."""
    return Decimal(quantity).scaleb(-COST_DIGITS, context=EXACT)
