"""The plan of an amendment, and its execution, on the wire. Amounts are minor units; days are their midnights."""

from decimal import Decimal
from enum import StrEnum

from functions.billing.models.amendment import (
    Amendment,
    AmendmentPlan,
    AttributeDiff,
    AttributeState,
    Axis,
    ChangeKind,
    CreditEffect,
    CreditEffectKind,
    MoneyEffect,
    MoneyEffectKind,
    PlannedAdd,
    PlannedReplace,
    Source,
    UsageEffectKind,
)
from functions.billing.models.order import FirstPart
from functions.billing.models.pricing import CREDIT_DIGITS, ChargeType
from functions.billing.periods import midnight
from functions.runtime.pricing_wire import PricingOut, pricing_out
from functions.runtime.wire import MomentOut, NumberOut, Wire, day_out

PLAN_VERSION = 1


class Billing(StrEnum):
    """Whether a line is on the invoice of today, or on that of a run to come."""

    INLINE = "inline"
    NEXT_RUN = "nextRun"


class LineType(StrEnum):
    STANDARD = "STANDARD"


class PlannedEndOut(Wire):
    order_line_attribute_id: str
    intent_index: int


class PlannedReplaceOut(Wire):
    order_line_attribute_id: str
    new_quantity: int
    new_pricing: PricingOut | None
    new_end_date: MomentOut | None
    intent_index: int


class PlannedCopyOut(Wire):
    order_line_attribute_id: str
    intent_index: int


class PlannedAddOut(Wire):
    intent_index: int
    line_name: str
    line_type: LineType = LineType.STANDARD
    product_id: str
    product_attribute_id: str | None
    quantity: int
    currency: str
    charge_stub: FirstPart | None
    credit_grant: str | None


class PlannedOrderTermOut(Wire):
    new_end_date: MomentOut
    intent_index: int


class OperationsOut(Wire):
    """Lines keep their components, so that there is nothing to copy: `copies` is empty."""

    ends: list[PlannedEndOut]
    replaces: list[PlannedReplaceOut]
    copies: list[PlannedCopyOut] = []
    adds: list[PlannedAddOut]
    order_term: PlannedOrderTermOut | None


class MoneyEffectOut(Wire):
    intent_index: int
    kind: MoneyEffectKind
    order_line_attribute_id: str
    order_line_id: str
    amount_minor: int
    currency: str
    cycle_start: MomentOut
    cycle_end: MomentOut
    remaining_days: int
    total_days_in_cycle: int
    billing: Billing


class CreditEffectOut(Wire):
    intent_index: int
    kind: CreditEffectKind
    order_line_attribute_id: str
    at: MomentOut
    credit_amount: NumberOut | None
    has_infinite_credits: bool


class UsageEffectOut(Wire):
    intent_index: int
    kind: UsageEffectKind
    order_line_attribute_id: str


class ResolutionOut(Wire):
    intent_index: int
    axis: Axis
    value: str
    source: Source
    reason: str


class StateOut(Wire):
    quantity: int
    unit_price_minor: int | None
    total_amount_minor: int | None
    credit_cost: NumberOut | None
    credit_benefit_amount: NumberOut | None
    has_infinite_credit_benefits: bool
    currency: str
    charge_type: ChargeType
    metered_usage: bool
    product_id: str


class DiffOut(Wire):
    intent_index: int
    change: ChangeKind
    order_line_attribute_id: str | None
    order_line_id: str | None
    before: StateOut | None
    after: StateOut | None
    governs_from: MomentOut | None
    next_invoice_at: MomentOut | None


class PlanOut(Wire):
    plan_version: int = PLAN_VERSION
    order_id: str
    order_version: int
    effective_date: MomentOut
    operations: OperationsOut
    money_effects: list[MoneyEffectOut]
    credit_effects: list[CreditEffectOut]
    usage_effects: list[UsageEffectOut]
    treatments_resolved: list[ResolutionOut]
    state_diff: list[DiffOut]
    plan_hash: str


class AmendmentOut(Wire):
    order_id: str
    amendment_id: str
    version: int
    effective_date: MomentOut
    ended_line_ids: list[str]
    created_line_ids: list[str]
    plan: PlanOut


def amendment_out(amendment: Amendment) -> AmendmentOut:
    return AmendmentOut(
        order_id=amendment.order_id,
        amendment_id=amendment.id,
        version=amendment.version,
        effective_date=day_out(amendment.plan.effective_on),
        ended_line_ids=list(amendment.ended_line_ids),
        created_line_ids=list(amendment.created_line_ids),
        plan=plan_out(amendment.plan),
    )


def plan_out(plan: AmendmentPlan) -> PlanOut:
    return PlanOut(
        order_id=plan.order_id,
        order_version=plan.order_version,
        effective_date=day_out(plan.effective_on),
        operations=_operations_out(plan),
        money_effects=[_money_out(effect, plan) for effect in plan.money_effects],
        credit_effects=[_credit_out(effect) for effect in plan.credit_effects],
        usage_effects=[
            UsageEffectOut(intent_index=each.intent_index, kind=each.kind, order_line_attribute_id=each.attribute_id)
            for each in plan.usage_effects
        ],
        treatments_resolved=[ResolutionOut.model_validate(each.model_dump()) for each in plan.resolutions],
        state_diff=[_diff_out(diff) for diff in plan.state_diff],
        plan_hash=plan.plan_hash,
    )


def _operations_out(plan: AmendmentPlan) -> OperationsOut:
    operations, term = plan.operations, plan.operations.order_term
    by_days = {each.intent_index for each in plan.resolutions if each.axis is Axis.FIRST_PART}
    return OperationsOut(
        ends=[
            PlannedEndOut(order_line_attribute_id=each.attribute_id, intent_index=each.intent_index)
            for each in operations.ends
        ],
        replaces=[_replace_out(each) for each in operations.replaces],
        adds=[_add_out(each, by_days=each.intent_index in by_days) for each in operations.adds],
        order_term=term and PlannedOrderTermOut(new_end_date=term.new_end, intent_index=term.intent_index),
    )


def _replace_out(planned: PlannedReplace) -> PlannedReplaceOut:
    return PlannedReplaceOut(
        order_line_attribute_id=planned.attribute_id,
        new_quantity=planned.new_quantity,
        new_pricing=None if planned.new_pricing is None else pricing_out(planned.new_pricing),
        new_end_date=planned.new_end,
        intent_index=planned.intent_index,
    )


def _add_out(planned: PlannedAdd, *, by_days: bool) -> PlannedAddOut:
    """Of what is charged by no days there is no first part to charge."""
    return PlannedAddOut(
        intent_index=planned.intent_index,
        line_name=planned.line_name,
        product_id=planned.product_id,
        product_attribute_id=planned.product_attribute_id,
        quantity=planned.quantity,
        currency=planned.currency,
        charge_stub=planned.first_part if by_days else None,
        credit_grant="full" if planned.grants_credits else None,
    )


def _money_out(effect: MoneyEffect, plan: AmendmentPlan) -> MoneyEffectOut:
    return MoneyEffectOut(
        intent_index=effect.intent_index,
        kind=effect.kind,
        order_line_attribute_id=effect.attribute_id,
        order_line_id=effect.order_line_id,
        amount_minor=effect.amount_minor,
        currency=effect.currency,
        cycle_start=day_out(effect.cycle_start),
        cycle_end=day_out(effect.cycle_end),
        remaining_days=effect.remaining_days,
        total_days_in_cycle=(effect.cycle_end - effect.cycle_start).days,
        billing=Billing.INLINE if effect.due_on == plan.effective_on else Billing.NEXT_RUN,
    )


def _credit_out(effect: CreditEffect) -> CreditEffectOut:
    return CreditEffectOut(
        intent_index=effect.intent_index,
        kind=effect.kind,
        order_line_attribute_id=effect.attribute_id,
        at=day_out(effect.on),
        credit_amount=_credits(effect.amount_micro),
        has_infinite_credits=effect.amount_micro is None,
    )


def _diff_out(diff: AttributeDiff) -> DiffOut:
    return DiffOut(
        intent_index=diff.intent_index,
        change=diff.change,
        order_line_attribute_id=diff.attribute_id,
        order_line_id=diff.order_line_id,
        before=None if diff.before is None else state_out(diff.before),
        after=None if diff.after is None else state_out(diff.after),
        governs_from=None if diff.governs_from is None else midnight(diff.governs_from),
        next_invoice_at=None if diff.next_invoice_on is None else midnight(diff.next_invoice_on),
    )


def state_out(state: AttributeState) -> StateOut:
    return StateOut(
        quantity=state.quantity,
        unit_price_minor=state.unit_price_minor,
        total_amount_minor=state.total_minor,
        credit_cost=None if state.credit_cost is None else Decimal(state.credit_cost),
        credit_benefit_amount=_credits(state.credits_micro),
        has_infinite_credit_benefits=state.has_infinite_credits,
        currency=state.currency,
        charge_type=state.charge_type,
        metered_usage=state.charge_type is ChargeType.USAGE,
        product_id=state.product_id,
    )


def _credits(micro: int | None) -> Decimal | None:
    return None if micro is None else Decimal(micro).scaleb(-CREDIT_DIGITS)
