"""What a customer has bought: an order, its lines, and the pricing each line was sold at."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from functions.billing.models.customer import CreationState
from functions.billing.models.entity import CurrencyCode, Entity, Metadata, Name, Value
from functions.billing.models.pricing import (
    BillingFrequency,
    ChargeType,
    Months,
    Pricing,
    Recipient,
    check_custom_months,
    months_of,
)
from functions.billing.periods import Calendar, day_of, end_day_of


class OrderStatus(StrEnum):
    """Derived from the order and the present (contract: Order)."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class FrequencyOverride(Value):
    """One billing frequency for every component of an order; prices are then per period of that length."""

    frequency: BillingFrequency
    custom_months: Months | None = None

    @model_validator(mode="after")
    def _says_how_long_a_custom_period_is(self) -> Self:
        check_custom_months("customMonths", self.frequency, self.custom_months)
        return self

    @property
    def months(self) -> int:
        return months_of(self.frequency, self.custom_months)


class OrderLineAttribute(Value):
    """The frozen copy of the pricing that a line was sold at (law 3), and how many of it.

    `product_attribute_id` and `pricing_version` say where it was copied from, the version being that of the line's plan
    if it has one; both are None for a pricing given with the order itself.
    """

    id: str
    name: Name
    pricing: Pricing
    quantity: Annotated[int, Field(ge=0)] = 1
    product_attribute_id: str | None = None
    pricing_version: int | None = None


class OrderLine(Value):
    """One product of an order, sold from a plan if `plan_id` is given.

    Its own dates, where given, lie within the order's; else the order's are its own.
    """

    id: str
    product_id: str
    plan_id: str | None = None
    product_external_id: str | None = None
    name: Name
    description: str | None = None
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    attributes: tuple[OrderLineAttribute, ...] = ()


class Order(Entity):
    """An agreement with a customer. Billing goes by whole UTC days: from the start's day up to the end's midnight."""

    customer_id: str
    billing_customer_id: str | None = None
    billing_contact_ids: tuple[str, ...] = ()
    name: Name
    number: int
    start_date: AwareDatetime
    end_date: AwareDatetime | None = None
    subscription_terms: int | None = None
    creation_state: CreationState = CreationState.DRAFT
    activated_at: AwareDatetime | None = None
    billing_anchor: Annotated[int, Field(ge=1, le=31)] | None = None
    billing_frequency_override: FrequencyOverride | None = None
    payment_terms: str | None = None
    currency: CurrencyCode
    auto_post_invoices: bool = False
    auto_send_billing_emails: bool = False
    auto_send_payment_emails: bool = False
    purchase_order_reference: str | None = None
    metadata: Metadata | None = None
    lines: tuple[OrderLine, ...] = ()
    version: int = 1

    def status(self, now: datetime) -> OrderStatus:
        """What the order is at `now`."""
        if self.creation_state is CreationState.DRAFT:
            return OrderStatus.DRAFT
        ended = self.end_date is not None and self.end_date <= now
        return OrderStatus.ENDED if ended else OrderStatus.ACTIVE

    def activated(self, *, now: datetime) -> "Order":
        """This draft, active from `now` on."""
        return self.model_copy(
            update={
                "creation_state": CreationState.ACTIVE,
                "activated_at": now,
                "updated_at": now,
                "version": self.version + 1,
            }
        )

    @property
    def anchor_day(self) -> int:
        return self.billing_anchor or day_of(self.start_date).day

    @property
    def end_day(self) -> date | None:
        """The first day that is no longer charged."""
        return None if self.end_date is None else end_day_of(self.end_date)

    def attributes(self) -> Iterator[tuple[OrderLine, OrderLineAttribute]]:
        """Every priced component with the line it stands on, in order."""
        for line in self.lines:
            for attribute in line.attributes:
                yield line, attribute

    @property
    def has_credits(self) -> bool:
        """Whether credits come with it, or something of it costs credits."""
        pricings = (attribute.pricing for _, attribute in self.attributes())
        return any(pricing.credits is not None or pricing.benefits for pricing in pricings)

    @property
    def gives_seats_credits(self) -> bool:
        """Whether some credits that come with it are its seats' own."""
        benefits = (benefit for _, attribute in self.attributes() for benefit in attribute.pricing.benefits)
        return any(benefit.recipient is Recipient.SEAT for benefit in benefits)

    def calendar(self, line: OrderLine, attribute: OrderLineAttribute) -> Calendar:
        """The billing periods of one component; the order's end cuts off the line's."""
        ends = [end_day_of(end) for end in (self.end_date, line.end_date) if end is not None]
        return Calendar(
            start=max(day_of(start) for start in (self.start_date, line.start_date) if start is not None),
            anchor_day=self.anchor_day,
            months=(self.billing_frequency_override or attribute.pricing).months,
            end=min(ends, default=None),
        )


def is_seat(attribute: OrderLineAttribute) -> bool:
    """Whether the component's quantity is seats that users may sit on."""
    return attribute.pricing.charge_type is ChargeType.SEAT_BASED


class SeatAssignments(Value):
    """Who sits where on one order: seat id to user id. One item, so that a batch of changes is all or nothing."""

    users: dict[str, str] = {}
    changed_at: dict[str, AwareDatetime] = {}
