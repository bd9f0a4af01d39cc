"""Anything that may be sold, used and asked of the calendar, for the laws of the core.

Derandomized: the same examples every time, so that a red build is red again.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from functions.billing.models.order import FrequencyOverride, Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import BillingFrequency, PricePoint, Pricing, PricingModel
from functions.billing.models.segment import Entry, Segment
from functions.billing.models.tiers import Tier
from functions.billing.periods import Calendar, midnight
from tests.builders import (
    ADVANCE,
    ARREARS,
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    make_attribute,
    make_entry,
    make_line,
    make_order,
    make_plan,
    make_price,
    make_pricing,
    make_segments,
)

law = settings(derandomize=True, database=None, deadline=None, max_examples=40)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THIRTY_YEARS = timedelta(days=30 * 366)

HORIZON = date(2027, 12, 31)
"""By then every order of `orders` was charged at least once, a year in arrears included."""

CENT = 10**10
"""A cent of costs."""

anchors = st.integers(1, 31)
shares = st.integers(1, 366).flatmap(lambda full: st.tuples(st.integers(1, full), st.just(full)))


# ---- the calendar


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    start = draw(st.dates(date(1999, 1, 1), date(2027, 12, 31)))
    return Calendar(
        start=start,
        anchor_day=draw(anchors),
        months=draw(st.sampled_from([1, 3, 6, 12]) | st.integers(1, 40)),
        end=draw(st.none() | st.dates(start + DAY, start + THIRTY_YEARS)),
    )


# ---- prices

GRADUATED, VOLUME = PricingModel.GRADUATED, PricingModel.VOLUME

amounts_minor = st.integers(0, 10_000)
quantities = st.just(0) | st.integers(0, 120)
"""Beyond the largest bound of a tier and the largest included quantity together."""


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    """One to five tiers within the first sixty units, each with an amount for a unit, a flat one, or both."""
    bounds = sorted(draw(st.sets(st.integers(0, 60), max_size=4)))
    found: list[Tier] = []
    for bound in [*bounds, None]:
        unit, flat = draw(
            st.tuples(amounts_minor, st.none() | amounts_minor) | st.tuples(st.none() | amounts_minor, amounts_minor)
        )
        found.append(Tier(up_to=bound, unit_minor=unit, flat_minor=flat))
    return tuple(found)


@st.composite
def prices(draw: st.DrawFn) -> PricePoint:
    """A price per unit, with an included, a least and a most quantity."""
    least = draw(st.just(0) | st.integers(0, 50))
    return make_price(
        draw(amounts_minor),
        included_quantity=draw(st.just(0) | st.integers(0, 50)),
        min_quantity=least,
        max_quantity=draw(st.none() | st.integers(least, 100)),
    )


@st.composite
def tiered_prices(draw: st.DrawFn) -> PricePoint:
    """As `prices`, in tiers."""
    return draw(prices()).model_copy(update={"tiers": draw(tiers())})


def unbounded(found: Sequence[Tier]) -> PricePoint:
    """A price in these tiers that bills every unit."""
    return make_price(0, tiers=found)


@st.composite
def usage_pricings(draw: st.DrawFn) -> Pricing:
    """Whatever may be charged for signals or costs."""
    model = draw(st.sampled_from([PricingModel.PER_UNIT, GRADUATED, VOLUME, PricingModel.COST_PLUS]))
    if model is PricingModel.COST_PLUS:
        multiplier = draw(st.decimals(0, 10, places=5))
        return make_pricing(USAGE, model=model, multiplier=multiplier, event_name=None, price_points=())
    return make_pricing(USAGE, draw(tiered_prices() if model.has_tiers else prices()), model=model)


# ---- signals

FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 6, 30)
EVENTS, PRODUCTS = ("email_sent", "meeting_booked"), ("prod_1", "prod_2")

moments = st.integers(0, 240 * 24).map(lambda hours: datetime(2024, 12, 1, tzinfo=UTC) + hours * HOUR)
product_names = st.sampled_from(
    [
        {"product_id": "prod_1"},
        {"product_id": "prod_2"},
        {"external_product_id": "prod_1-external"},
        {"external_product_id": "somebody"},
        {"product_id": None},
    ]
)
entries = st.builds(
    lambda occurred_at, event, product: make_entry(occurred_at, event, **product),
    moments,
    st.sampled_from(EVENTS),
    product_names,
)


@st.composite
def usage_orders(draw: st.DrawFn, order_id: str) -> Order:
    """An order that counts some events of some products; its attributes' ids begin with its own."""
    start = draw(st.dates(FIRST_DAY, LAST_DAY))
    priced = draw(st.lists(st.tuples(st.sampled_from(PRODUCTS), st.sampled_from(EVENTS)), max_size=3))
    lines = [
        make_line(
            make_attribute(make_pricing(USAGE, event_name=event), id=f"{order_id}:{index}"),
            product_id=product,
            product_external_id=f"{product}-external",
        )
        for index, (product, event) in enumerate(priced)
    ]
    return make_order(
        lines=lines,
        id=order_id,
        start=start,
        end=draw(st.none() | st.dates(start + DAY, LAST_DAY + DAY)),
        billing_anchor=draw(st.none() | anchors),
    )


any_order = st.sampled_from(["ord_0", "ord_1", "ord_2"]).flatmap(usage_orders)
plans = st.lists(any_order, max_size=3).map(lambda orders: make_plan(*orders))


def cut(signals: Sequence[Entry], places: Iterable[int]) -> list[Segment]:
    """The signals as a log: a new segment begins at each place."""
    edges = [0, *sorted(places), len(signals)]
    return make_segments(*(signals[start:end] for start, end in pairwise(edges)))


# ---- orders

KINDS = [
    (ONE_TIME, ADVANCE),
    (ONE_TIME, ARREARS),
    (RECURRING, ADVANCE),
    (RECURRING, ARREARS),
    (SEATS, ADVANCE),
    (SEATS, ARREARS),
    (USAGE, ARREARS),
]

frequencies: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"frequency": BillingFrequency.MONTHLY},
        {"frequency": BillingFrequency.MONTHLY},
        {"frequency": BillingFrequency.QUARTERLY},
        {"frequency": BillingFrequency.SEMI_ANNUALLY},
        {"frequency": BillingFrequency.ANNUAL},
        {"frequency": BillingFrequency.CUSTOM, "custom_months": 5},
    ]
)


@st.composite
def pricings(draw: st.DrawFn) -> Pricing:
    """Whatever may be sold, by any model and at any frequency."""
    charge_type, timing = draw(st.sampled_from(KINDS))
    frequency = draw(frequencies)
    if charge_type is USAGE:
        return draw(usage_pricings()).model_copy(update=frequency)
    if charge_type is RECURRING and draw(st.integers(0, 3)) == 0:
        percentage = Decimal(draw(st.integers(0, 2000))).scaleb(-1)
        fields: dict[str, Any] = {"model": PricingModel.PERCENT_OF_TOTAL, "percentage": percentage, "price_points": ()}
        return make_pricing(RECURRING, timing=timing, **fields, **frequency)
    model = draw(st.sampled_from([PricingModel.PER_UNIT, GRADUATED, VOLUME]))
    price = draw(tiered_prices() if model.has_tiers else prices())
    return make_pricing(charge_type, price, model=model, timing=timing, **frequency)


@st.composite
def attributes(draw: st.DrawFn, attribute_id: str) -> OrderLineAttribute:
    return make_attribute(draw(pricings()), id=attribute_id, quantity=draw(st.integers(0, 20)))


@st.composite
def lines(draw: st.DrawFn, line_id: str, start: date, last_end: date | None) -> OrderLine:
    """A line of an order, often with dates of its own inside the order's."""
    latest = last_end or start + 400 * DAY
    own_start = draw(st.none() | st.dates(start, latest - DAY))
    own_end = draw(st.none() | st.dates((own_start or start) + DAY, latest))
    return make_line(
        *(draw(attributes(f"{line_id}:{index}")) for index in range(draw(st.integers(1, 3)))),
        id=line_id,
        start_date=own_start and midnight(own_start),
        end_date=own_end and midnight(own_end),
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    start = draw(st.dates(date(2025, 1, 1), date(2025, 3, 31)))
    end = draw(st.none() | st.dates(start + DAY, date(2026, 6, 1)))
    override = draw(st.none() | st.none() | frequencies)
    return make_order(
        lines=[draw(lines(f"line_{index}", start, end)) for index in range(draw(st.integers(1, 2)))],
        start=start,
        end=end,
        billing_anchor=draw(st.none() | anchors),
        billing_frequency_override=override and FrequencyOverride.model_validate(override),
        auto_post_invoices=True,
    )
