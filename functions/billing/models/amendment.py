"""A change of a running order: what is asked for, what comes of it, and the record of what was done."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from functions.billing.models.entity import Value
from functions.billing.models.order import FirstPart
from functions.billing.models.pricing import ChargeType, Pricing


class Treatment(StrEnum):
    """What becomes of the period in which a change falls: two answers for money, and two for usage."""

    NONE = "none"
    PRORATE = "prorate"
    SIGNALS_FROM_AMENDMENT = "signalsFromAmendment"
    ALL_SIGNALS_IN_PERIOD = "allSignalsInPeriod"

    @property
    def is_of_money(self) -> bool:
        return self in {Treatment.NONE, Treatment.PRORATE}


class Axis(StrEnum):
    """What a choice is about."""

    MONEY = "money"
    USAGE = "usageAttribution"
    FIRST_PART = "chargeStub"
    CREDIT_GRANT = "creditGrant"


class Source(StrEnum):
    """Who made a choice: the intent, the request for all of its intents, or nobody."""

    REQUEST = "request"
    REQUEST_DEFAULT = "requestDefault"
    DEFAULT = "default"


class UpdateQuantity(Value):
    attribute_id: str
    quantity: int
    treatment: Treatment | None = None


class UpdatePricing(Value):
    """Another unit price, or another pricing; `quantity` None leaves it as it is.

    A pricing that `keeps_benefits` comes with the credits that the one before came with.
    """

    attribute_id: str
    unit_price_minor: int | None = None
    pricing: Pricing | None = None
    keeps_benefits: bool = False
    quantity: int | None = None
    treatment: Treatment | None = None


class EndAttribute(Value):
    attribute_id: str
    treatment: Treatment | None = None


class AddFromCatalog(Value):
    """A component that a product has; `unit_price_minor` None leaves its price, `quantity` None is the least."""

    product_attribute_id: str
    quantity: int | None = None
    unit_price_minor: int | None = None
    first_part: FirstPart | None = None


class AddNew(Value):
    """A component with a pricing of its own, on a line of its own; `currency` None is the order's."""

    product_id: str
    line_name: str
    pricing: Pricing
    quantity: int
    currency: str | None = None
    product_attribute_id: str | None = None
    first_part: FirstPart | None = None
    treatment: Treatment | None = None


class AddAttribute(Value):
    """A component more, with all that is known of it; `line_name` None puts it on a line of its product, if it can."""

    product_id: str
    product_external_id: str | None = None
    product_name: str
    name: str
    line_name: str | None = None
    pricing: Pricing
    quantity: int
    product_attribute_id: str | None = None
    pricing_version: int | None = None
    first_part: FirstPart | None = None
    treatment: Treatment | None = None


class UpdateLineTerm(Value):
    line_id: str
    new_end: AwareDatetime
    treatment: Treatment | None = None


class UpdateOrderTerm(Value):
    """Another end of the order; `extend_line_ids` are the lines with an end of their own that a later one extends."""

    new_end: AwareDatetime
    extend_line_ids: tuple[str, ...] | None = None
    treatment: Treatment | None = None


Change = UpdateQuantity | UpdatePricing | EndAttribute | UpdateLineTerm | UpdateOrderTerm

Asked = Change | AddFromCatalog | AddNew
"""An intent as it is asked for; what it adds may yet have to be looked up."""

Intent = Change | AddAttribute


class PlannedEnd(Value):
    intent_index: int
    attribute_id: str


class PlannedReplace(Value):
    """A component in the place of another; what is None is carried over."""

    intent_index: int
    attribute_id: str
    new_quantity: int
    new_pricing: Pricing | None = None
    new_end: AwareDatetime | None = None


class PlannedAdd(Value):
    intent_index: int
    line_name: str
    product_id: str
    product_attribute_id: str | None = None
    quantity: int
    currency: str
    first_part: FirstPart
    grants_credits: bool = False


class PlannedOrderTerm(Value):
    intent_index: int
    new_end: AwareDatetime


class Operations(Value):
    """What is written."""

    ends: tuple[PlannedEnd, ...] = ()
    replaces: tuple[PlannedReplace, ...] = ()
    adds: tuple[PlannedAdd, ...] = ()
    order_term: PlannedOrderTerm | None = None


class MoneyEffectKind(StrEnum):
    CREDIT = "prorationCredit"
    CHARGE = "prorationCharge"
    FIRST_PERIOD = "firstPeriodCharge"


class MoneyEffect(Value):
    """What the amendment brings onto the invoice of `due_on`, or takes off it; the kind is the amount's sign."""

    intent_index: int
    kind: MoneyEffectKind
    order_line_id: str
    attribute_id: str
    amount_minor: int
    currency: str
    cycle_start: date
    cycle_end: date
    remaining_days: int
    due_on: date


class CreditEffectKind(StrEnum):
    END = "endEntitlement"
    GRANT = "grantOnActivation"


class CreditEffect(Value):
    """Credits of one period that end, or come, with a component, from a day on; None where they are infinite."""

    intent_index: int
    kind: CreditEffectKind
    attribute_id: str
    on: date
    amount_micro: int | None = None


class UsageEffectKind(StrEnum):
    MIGRATE = "migrateSummaries"
    TRAIL = "trailingBill"


class UsageEffect(Value):
    intent_index: int
    kind: UsageEffectKind
    attribute_id: str


class Resolution(Value):
    """A choice, by whom, and why."""

    intent_index: int
    axis: Axis
    value: str
    source: Source
    reason: str


class AttributeState(Value):
    """What a component is sold at; the amounts are of one full period, and None where there is none to tell."""

    quantity: int
    unit_price_minor: int | None = None
    total_minor: int | None = None
    credit_cost: str | None = None
    credits_micro: int | None = None
    has_infinite_credits: bool = False
    currency: str
    charge_type: ChargeType
    product_id: str


class ChangeKind(StrEnum):
    ADDED = "added"
    ENDED = "ended"
    REPLACED = "replaced"
    LINE_TERM = "lineTermChanged"
    ORDER_TERM = "orderTermChanged"


class AttributeDiff(Value):
    """Before and after; `attribute_id` is that of the component as it is afterwards, or was, if it ends."""

    intent_index: int
    change: ChangeKind
    order_line_id: str | None = None
    attribute_id: str | None = None
    before: AttributeState | None = None
    after: AttributeState | None = None
    governs_from: date | None = None
    next_invoice_on: date | None = None


class AmendmentPlan(Value):
    """All that a request comes to.

    `plan_hash` is of all but `state_diff`, of the components that it changes, and of how far the order is billed.
    """

    order_id: str
    order_version: int
    effective_on: date
    operations: Operations
    money_effects: tuple[MoneyEffect, ...] = ()
    credit_effects: tuple[CreditEffect, ...] = ()
    usage_effects: tuple[UsageEffect, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    state_diff: tuple[AttributeDiff, ...] = ()
    plan_hash: Annotated[str, Field(pattern="^[0-9a-f]{0,64}$")] = ""


class Amendment(Value):
    """What was done to an order at one of its versions; `request` tells a repeat of the same request by its digest."""

    id: str
    order_id: str
    request: str
    version: int
    executed_at: datetime
    ended_line_ids: tuple[str, ...] = ()
    created_line_ids: tuple[str, ...] = ()
    plan: AmendmentPlan
