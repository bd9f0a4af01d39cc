"""What a customer has bought: an order, its lines, and the pricing each line was sold at."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from functions.billing.models.customer import CreationState
from functions.billing.models.entity import CurrencyCode, Entity, Metadata, Name, Value, unwritten
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

MAX_COMPONENTS = 500
"""Priced components of one order, over all its lines."""


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


class FirstPart(StrEnum):
    """What the part of a period costs with which a component begins that was added to a running order."""

    NONE = "none"
    PRORATED = "prorated"
    FULL = "full"


class Repayment(Value):
    """What was charged in advance for the days from `start` up to `end` is given back, on the invoice of `due_on`."""

    start: date
    end: date
    due_on: date


class AmendedTerm(Value):
    """The days of a component as amendments have set them; None where its line and order say them.

    It stands from `starts_on` until `ends_on`, in periods that are counted from `counted_from`. An end comes too late
    for a period that is charged already: that one lasts until `paid_until`, and `repayment` tells what of it is given
    back. Nothing falls due before `due_from`, and what the end cut short not before `closes_on`: those days are billed.
    Components that follow one another have the id of the first of them as their `lineage`; one that `goes_on` does so
    within a period, with whose first part its credits came.
    """

    starts_on: date | None = None
    ends_on: date | None = None
    counted_from: date | None = None
    paid_until: date | None = None
    repayment: Repayment | None = None
    due_from: date | None = None
    closes_on: date | None = None
    first_part: FirstPart | None = None
    lineage: str | None = None
    goes_on: bool = unwritten(default=False)


_AS_SOLD = AmendedTerm()


class OrderLineAttribute(Value):
    """The frozen copy of the pricing that a line was sold at (law 3), and how many of it.

    `product_attribute_id` and `pricing_version` say where it was copied from, the version being that of the line's plan
    if it has one; both are None for a pricing given with the order itself. `amended` is None for a component that no
    amendment has touched.
    """

    id: str
    name: Name
    pricing: Pricing
    quantity: Annotated[int, Field(ge=0)] = 1
    product_attribute_id: str | None = None
    pricing_version: int | None = None
    amended: AmendedTerm | None = None

    @property
    def term(self) -> AmendedTerm:
        return self.amended or _AS_SOLD

    @property
    def counts_signals(self) -> bool:
        return self.pricing.charge_type is ChargeType.USAGE

    @property
    def happens_once(self) -> bool:
        return self.pricing.charge_type is ChargeType.ONE_TIME

    @property
    def lineage(self) -> str:
        """The id of the first of the components that followed one another up to this one."""
        return self.term.lineage or self.id


class CappedEnd(Value):
    """The end that a line had of its own until an earlier one of its order capped it, on that day."""

    end: AwareDatetime
    on: date


class OrderLine(Value):
    """One product of an order, sold from a plan if `plan_id` is given.

    Its own dates, where given, lie within the order's; else the order's are its own. `capped` is None where no
    amendment of the order's end moved its own.
    """

    id: str
    product_id: str
    plan_id: str | None = None
    product_external_id: str | None = None
    name: Name
    description: str | None = None
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    capped: CappedEnd | None = unwritten(default=None)
    attributes: tuple[OrderLineAttribute, ...] = ()


class Order(Entity):
    """An agreement with a customer. Billing goes by whole UTC days: from the start's day up to the end's midnight.

    `end_moved_at` is when an update last moved the end of the active order; None before its first amendment, and where
    nothing noted it. Nobody notes where the end was before, as amendments do of all that they change.
    """

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
    end_moved_at: AwareDatetime | None = None

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
    def end_unmoved_since(self) -> datetime:
        """No update moved the end later than that."""
        return self.end_moved_at or self.updated_at

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

    def line_end(self, line: OrderLine) -> datetime | None:
        """When the line ends: with the order, or before it. No line outlives its order."""
        return min((end for end in (self.end_date, line.end_date) if end is not None), default=None)

    def end_of(self, line: OrderLine, attribute: OrderLineAttribute) -> date | None:
        """The first day on which the component no longer stands; the earliest of all ends that are set."""
        line_end = self.line_end(line)
        ends = [] if line_end is None else [end_day_of(line_end)]
        if attribute.term.ends_on is not None:
            ends.append(attribute.term.ends_on)
        return min(ends, default=None)

    def calendar(self, line: OrderLine, attribute: OrderLineAttribute) -> Calendar:
        """The billing periods of one component: until its end, or that of what is charged in advance."""
        term, end = attribute.term, self.end_of(line, attribute)
        return Calendar(
            start=term.starts_on or max(day_of(start) for start in (self.start_date, line.start_date) if start),
            anchor_day=self.anchor_day,
            months=(self.billing_frequency_override or attribute.pricing).months,
            end=end if end is None or term.paid_until is None else max(end, term.paid_until),
            counted_from=term.counted_from,
        )


def is_seat(attribute: OrderLineAttribute) -> bool:
    """Whether the component's quantity is seats that users may sit on."""
    return attribute.pricing.charge_type is ChargeType.SEAT_BASED


class SeatAssignments(Value):
    """Who sits where on one order: seat id to user id. One item, so that a batch of changes is all or nothing."""

    users: dict[str, str] = {}
    changed_at: dict[str, AwareDatetime] = {}
