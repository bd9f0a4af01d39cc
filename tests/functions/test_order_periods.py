"""`/orders`: how long its periods are, and when its terms end it."""

from typing import Any

import pytest

from tests.functions.sales import Json, Seller, at, fee, seller, usage
from tests.world import World

MIDNIGHT = "T00:00:00.000Z"
OVERRIDES: list[tuple[Json, str]] = [  # and where the period that begins on 1 June ends
    ({"frequency": "monthly", "customMonths": None}, "2025-07-01"),
    ({"frequency": "quarterly", "customMonths": None}, "2025-09-01"),
    ({"frequency": "semiAnnually", "customMonths": None}, "2025-12-01"),
    ({"frequency": "annual", "customMonths": None}, "2026-06-01"),
    ({"frequency": "custom", "customMonths": 18}, "2026-12-01"),
]


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """It is 10 June, and orders of these tests begin on the first."""
    return seller(empty_world, clock="2025-06-10")


def path(order: Any) -> str:
    return f"/orders/{order['id']}"


def update(acme: Seller, order: Any, **fields: object) -> Any:
    answer = acme.tenant.call("PUT", path(order), fields)
    assert answer.status == 200, answer
    return answer.body


# ---- the frequency of an order


@pytest.mark.parametrize("override", [override for override, _ in OVERRIDES])
def test_one_frequency_for_the_whole_order_is_shown_as_it_was_given(acme: Seller, override: Json) -> None:
    order = acme.order(fee(), billingFrequencyOverride=override)

    assert (order["billingFrequencyOverridden"], order["billingFrequencyOverride"]) == (True, override)
    assert acme.tenant.get(path(order)) == order


@pytest.mark.parametrize(("override", "period_end"), OVERRIDES)
def test_it_sets_the_length_of_every_lines_periods_and_leaves_the_prices_as_they_are(
    acme: Seller, override: Json, period_end: str
) -> None:
    """500.00 a year becomes 500.00 a quarter, not 125.00: the price is that of one billing period."""
    order = acme.order(fee(at(500_00), billingFrequency="Annual"), usage(at(10)), billingFrequencyOverride=override)

    active = acme.activate(order)
    (invoice,) = acme.invoices()
    (line,) = acme.lines(invoice)

    assert active["orderAmount"] == invoice["invoiceTotal"] == 500_00
    assert (line["startDate"], line["endDate"]) == ("2025-06-01" + MIDNIGHT, period_end + MIDNIGHT)


@pytest.mark.parametrize(
    ("frequency", "line", "share"),
    [
        ({"billingFrequency": "Quarterly"}, {}, (92, 92)),  # 1 June to 1 September
        ({"billingFrequency": "Quarterly"}, {"endDate": "2025-06-24T00:00:00Z"}, (23, 92)),
        ({"billingFrequency": "Quarterly"}, {"startDate": "2025-08-09T00:00:00Z"}, (23, 92)),  # to the anchor day
        ({"billingFrequency": "Annual"}, {"endDate": "2025-08-13T00:00:00Z"}, (73, 365)),
        (
            {"billingFrequency": "Custom", "billingFrequencyCustomMonths": 2},
            {"endDate": "2025-06-02T00:00:00Z"},
            (1, 61),
        ),
    ],
)
def test_a_line_with_dates_of_its_own_is_charged_for_its_days_of_a_longer_period(
    acme: Seller, frequency: Json, line: Json, share: tuple[int, int]
) -> None:
    days, of_days = share

    order = acme.order(fee(at(of_days * 100_00), **frequency), line=line)

    assert order["pendingBillingAmount"] == days * 100_00
    assert order["orderAmount"] == of_days * 100_00


# ---- terms


def test_terms_end_a_new_order_that_many_months_after_its_start(acme: Seller) -> None:
    order = acme.order(fee(), subscriptionTerms=12)

    assert (order["subscriptionTerms"], order["endDate"]) == (12, "2026-06-01" + MIDNIGHT)
    assert acme.tenant.get(f"{path(order)}/lines")["data"][0]["endDate"] == order["endDate"]


@pytest.mark.parametrize(
    ("start", "end"),
    [("2025-01-30", "2025-02-28"), ("2025-01-31", "2025-02-28"), ("2025-02-01", "2025-03-01")],
)
def test_terms_end_on_the_last_day_of_a_month_that_is_too_short(acme: Seller, start: str, end: str) -> None:
    order = acme.order(fee(at(100_00)), startDate=f"{start}T15:30:00Z", subscriptionTerms=1)

    assert order["endDate"] == end + MIDNIGHT
    assert order["pendingBillingAmount"] == 100_00, "the terms are one whole period"


def test_an_end_that_is_given_stands_against_the_terms(acme: Seller) -> None:
    order = acme.order(fee(), subscriptionTerms=12, endDate="2025-09-15T00:00:00Z")

    assert (order["subscriptionTerms"], order["endDate"]) == (12, "2025-09-15" + MIDNIGHT)


def test_terms_of_a_draft_may_change_and_its_end_with_them(acme: Seller) -> None:
    order = acme.order(fee())

    assert update(acme, order, subscriptionTerms=12)["endDate"] == "2026-06-01" + MIDNIGHT
    assert update(acme, order, subscriptionTerms=6)["endDate"] == "2025-12-01" + MIDNIGHT
    assert (
        update(acme, order, endDate="2025-09-01T00:00:00Z", subscriptionTerms=24)["endDate"] == "2025-09-01" + MIDNIGHT
    )
    assert update(acme, order, subscriptionTerms=3, creationState="active")["endDate"] == "2025-09-01" + MIDNIGHT


def test_terms_of_an_active_order_are_stored_and_move_nothing(acme: Seller) -> None:
    order = acme.sell(fee(), subscriptionTerms=12)

    changed = update(acme, order, subscriptionTerms=24)

    assert (changed["subscriptionTerms"], changed["endDate"]) == (24, "2026-06-01" + MIDNIGHT)
    assert acme.totals() == [("2025-06-01", 100_00)]
