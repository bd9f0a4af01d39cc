"""Orders on the wire (contract: Order)."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from functions.billing.invoicing.dues import next_due_day
from functions.billing.invoicing.terms import fixed_amount_due, fixed_amount_per_period
from functions.billing.models.customer import CreationState
from functions.billing.models.entity import ExternalId, Metadata, Name
from functions.billing.models.order import MAX_COMPONENTS, Order
from functions.billing.models.order import FrequencyOverride as Override
from functions.billing.models.pricing import BillingFrequency
from functions.billing.models.schedule import BillingSchedule
from functions.orders.line_schemas import NewLineIn
from functions.runtime.fields import Currency, Flag, Id, LimitedMetadata, Whole
from functions.runtime.price_points import CustomMonths
from functions.runtime.wire import (
    Creation,
    FromMoment,
    Json,
    Moment,
    MomentOut,
    OptionalText,
    Paging,
    Part,
    ToMoment,
    Wire,
    changes,
)

_UNSET = datetime(1970, 1, 1, tzinfo=UTC)
"""In the place of a field that is not given; nobody reads it."""

Anchor = Annotated[Whole, Field(ge=1, le=31)]
Terms = Annotated[Whole, Field(ge=1, le=1200)]


def _none_for_null(value: object) -> object:
    return () if value is None else value


MAX_CONTACTS = 100

_FLAGS = {"auto_post_invoices", "auto_send_billing_emails", "auto_send_payment_emails"}

_Ids = Annotated[tuple[Id, ...], Field(max_length=MAX_CONTACTS)]
ContactIds = Annotated[_Ids, BeforeValidator(_none_for_null)]


class StatusFilter(StrEnum):
    """All statuses that the contract knows; none of ours is ever paused."""

    DRAFT = "draft"
    PAUSED = "paused"
    ACTIVE = "active"
    ENDED = "ended"


class FrequencyOverride(Creation, Part):
    """A frequency for all lines of the order. Their prices are per period of that length, and not multiplied by it."""

    frequency: BillingFrequency
    custom_months: CustomMonths = None

    def entity(self) -> Override:
        return Override(frequency=self.frequency, custom_months=self.custom_months)


class CreateOrder(Creation):
    customer_id: Id
    billing_customer_id: Id | None = None
    billing_contact_ids: _Ids = ()
    name: Name | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    subscription_terms: Terms | None = None
    creation_state: CreationState = CreationState.DRAFT
    billing_anchor: Anchor | None = None
    payment_terms: OptionalText = None
    external_id: ExternalId | None = None
    metadata: LimitedMetadata | None = None
    currency: Currency | None = None
    auto_post_invoices: Flag = False
    auto_send_billing_emails: Flag = False
    auto_send_payment_emails: Flag = False
    lines: Annotated[list[NewLineIn], Field(max_length=MAX_COMPONENTS)] = []
    billing_frequency_override: FrequencyOverride | None = None
    purchase_order_reference: OptionalText = None

    def draft(self, number: int, *, order_id: str, currency: str, now: datetime) -> Order:
        """The order without its lines; it starts now unless it says otherwise."""
        given = changes(self)
        for apart in ("lines", "creation_state", "currency", "name", "start_date"):
            given.pop(apart, None)
        return Order(
            id=order_id,
            number=number,
            name=self.name or f"Order {number}",
            start_date=self.start_date or now,
            currency=currency,
            created_at=now,
            updated_at=now,
            **given,
        )


class UpdateOrder(Wire):
    """Absent fields stay as they are, and the three flags where they are null; null clears those that may be empty.

    Lines change through amendments.
    """

    name: Name = ""
    start_date: Moment = _UNSET
    end_date: Moment | None = None
    subscription_terms: Terms | None = None
    creation_state: CreationState = CreationState.DRAFT
    billing_anchor: Anchor | None = None
    payment_terms: OptionalText = None
    external_id: ExternalId | None = None
    metadata: LimitedMetadata | None = None
    billing_customer_id: Id | None = None
    billing_contact_ids: ContactIds = ()
    auto_post_invoices: Flag | None = None
    auto_send_billing_emails: Flag | None = None
    auto_send_payment_emails: Flag | None = None
    purchase_order_reference: OptionalText = None

    def fields(self) -> Json:
        """What changes."""
        return {name: value for name, value in changes(self).items() if name not in _FLAGS or value is not None}


class OrderQuery(Paging):
    """The filters of the listing; moments are inclusive, and an order without an end matches no filter of its end."""

    customer_id: str | None = None
    external_customer_id: str | None = None
    external_id: str | None = None
    creation_state: CreationState | None = None
    status: StatusFilter | None = None
    start_date_from: FromMoment | None = None
    start_date_to: ToMoment | None = None
    end_date_from: FromMoment | None = None
    end_date_to: ToMoment | None = None

    @property
    def is_open(self) -> bool:
        """Whether it asks for all orders, of whatever customer."""
        return not self.model_fields_set - {"limit", "offset", "customer_id", "external_customer_id"}

    def takes(self, order: Order, now: datetime) -> bool:
        """Whether the order is asked for, the customer apart."""
        return (
            (self.external_id is None or order.external_id == self.external_id)
            and (self.creation_state is None or order.creation_state is self.creation_state)
            and (self.status is None or order.status(now).value == self.status.value)
            and _within(order.start_date, self.start_date_from, self.start_date_to)
            and _within(order.end_date, self.end_date_from, self.end_date_to)
        )


class FrequencyOverrideOut(Wire):
    frequency: BillingFrequency
    custom_months: int | None = None


class OrderOut(Wire):
    """Amounts are minor units, without tax but for `billedTax` and `totalBilledAmount`; no tax is estimated.

    `orderAmount` is one full period of everything fixed plus what is charged once; `pendingBillingAmount` is what is
    fixed of the next invoice; the billed amounts are those of all invoices made, drafts included and voided ones not.
    """

    id: str
    external_id: str | None
    customer_id: str
    billing_customer_id: str | None
    billing_contact_ids: tuple[str, ...]
    created_at: MomentOut
    updated_at: MomentOut
    end_date: MomentOut | None
    name: str
    start_date: MomentOut
    subscription_terms: int | None
    billed_amount_no_tax: int
    billed_tax: int
    estimated_tax: int
    order_amount: int
    pending_billing_amount: int
    total_amount: int
    total_billed_amount: int
    currency: str
    creation_state: CreationState
    payment_terms: str | None
    number: int
    metadata: Metadata | None
    show_payment_link: bool
    show_bank_details: bool
    auto_post_invoices: bool
    auto_send_billing_emails: bool
    auto_send_payment_emails: bool
    version: int
    billing_anchor: int | None
    billing_frequency_overridden: bool
    billing_frequency_override: FrequencyOverrideOut | None
    purchase_order_reference: str | None


def order_out(order: Order, schedule: BillingSchedule | None) -> OrderOut:
    """`schedule` is None for an order that was never activated."""
    billed, billed_tax = (0, 0) if schedule is None else (schedule.billed_minor, schedule.billed_tax_minor)
    amount = fixed_amount_per_period(order)
    next_on = next_due_day(order) if schedule is None else schedule.next_billing_on
    override = order.billing_frequency_override
    same = {name: getattr(order, name) for name in OrderOut.model_fields.keys() & Order.model_fields.keys()}
    return OrderOut.model_validate(
        {
            **same,
            "billed_amount_no_tax": billed,
            "billed_tax": billed_tax,
            "estimated_tax": 0,
            "order_amount": amount,
            "pending_billing_amount": 0 if next_on is None else fixed_amount_due(order, next_on),
            "total_amount": amount,
            "total_billed_amount": billed + billed_tax,
            "show_payment_link": False,
            "show_bank_details": False,
            "billing_frequency_overridden": override is not None,
            "billing_frequency_override": override and FrequencyOverrideOut(**dict(override)),
        }
    )


def _within(moment: datetime | None, first: datetime | None, last: datetime | None) -> bool:
    if first is None and last is None:
        return True
    return moment is not None and (first is None or moment >= first) and (last is None or moment <= last)
