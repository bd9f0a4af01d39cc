"""The credits that come with a component, as products and `/pricing` write and show them (contract 2.4)."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from functions.billing.ids import derived_uuid
from functions.billing.models.pricing import (
    CREDIT_DIGITS,
    Cadence,
    CreditBenefit,
    GrantTiming,
    Pricing,
    Recipient,
    RolloverUnit,
)
from functions.runtime.credit_wire import credits_of
from functions.runtime.fields import Credits, Flag, Id, Whole, WholeNumber
from functions.runtime.wire import Creation, NumberOut, Part, Wire


class CreditBenefitIn(Creation, Part):
    """Credits for each unit of the component, in each of its billing periods."""

    credits_currency_id: Id
    amount: Credits
    recipient: Recipient = Recipient.ORGANIZATION
    is_infinite_total: Flag = False
    allocation_cadence: Cadence = Cadence.UPFRONT
    credit_grant_timing: GrantTiming = GrantTiming.ON_ACTIVATION
    overage_unit_price: WholeNumber | None = None
    rollover_amount: Credits | None = None
    rollover_duration: Annotated[Whole, Field(ge=1, le=1200)] | None = None
    rollover_duration_unit: RolloverUnit | None = None

    def entity(self) -> CreditBenefit:
        return CreditBenefit(
            currency_id=self.credits_currency_id,
            amount_micro=_micro(self.amount),
            recipient=self.recipient,
            is_infinite=self.is_infinite_total,
            cadence=self.allocation_cadence,
            timing=self.credit_grant_timing,
            overage_unit_minor=self.overage_unit_price,
            rollover_micro=None if self.rollover_amount is None else _micro(self.rollover_amount),
            rollover_duration=self.rollover_duration,
            rollover_unit=self.rollover_duration_unit,
        )


CreditBenefits = Annotated[list[CreditBenefitIn], Field(max_length=20)]


class CreditBenefitOut(Wire):
    id: str
    credits_currency_id: str
    amount: NumberOut
    recipient: Recipient
    is_infinite_total: bool
    allocation_cadence: Cadence
    credit_grant_timing: GrantTiming
    overage_unit_price: int | None
    rollover_amount: NumberOut | None
    rollover_duration: int | None
    rollover_duration_unit: RolloverUnit | None


def benefits_out(attribute_id: str, pricing: Pricing) -> list[CreditBenefitOut]:
    """A benefit is named by its component and its place there."""
    return [
        CreditBenefitOut(
            id=derived_uuid("credit benefit", attribute_id, str(place)),
            credits_currency_id=each.currency_id,
            amount=credits_of(each.amount_micro),
            recipient=each.recipient,
            is_infinite_total=each.is_infinite,
            allocation_cadence=each.cadence,
            credit_grant_timing=each.timing,
            overage_unit_price=each.overage_unit_minor,
            rollover_amount=None if each.rollover_micro is None else credits_of(each.rollover_micro),
            rollover_duration=each.rollover_duration,
            rollover_duration_unit=each.rollover_unit,
        )
        for place, each in enumerate(pricing.benefits)
    ]


def _micro(amount: Decimal) -> int:
    return int(amount.scaleb(CREDIT_DIGITS))
