from datetime import date

from functions.billing.invoicing.issue_days import issue_days
from functions.billing.models.order import Order
from functions.billing.models.pricing import BillingFrequency
from tests.builders import USAGE, activated, make_attribute, make_order, make_pricing

JULY, AUGUST, SEPTEMBER = date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)
EMAILS = make_attribute(make_pricing(USAGE))
YEARLY = make_attribute(make_pricing(USAGE, frequency=BillingFrequency.ANNUAL))


def days(order: Order, due_on: date, until: date) -> list[date]:
    return list(issue_days(order, due_on, until=until))


def test_an_order_is_billed_on_each_day_on_which_something_falls_due() -> None:
    assert days(make_order(EMAILS), JULY, SEPTEMBER) == [JULY, AUGUST, SEPTEMBER]
    assert days(make_order(EMAILS), JULY, date(2025, 8, 31)) == [JULY, AUGUST]
    assert days(make_order(EMAILS), JULY, date(2025, 6, 30)) == []


def test_after_its_end_it_is_looked_at_again_every_31_days() -> None:
    ended = make_order(EMAILS, end=JULY)

    assert days(ended, JULY, date(2025, 10, 2)) == [JULY, AUGUST, SEPTEMBER, date(2025, 10, 2)]


def test_an_order_activated_after_its_end_is_first_looked_at_31_days_after_that() -> None:
    """On 20 August; 20 September is 31 days later."""
    ended = activated(make_order(EMAILS, end=JULY), on=date(2025, 8, 20))

    assert {JULY, date(2025, 9, 20), date(2025, 10, 21)} <= set(days(ended, JULY, date(2025, 10, 21)))


def test_a_look_taken_before_an_order_went_on_is_not_forgotten() -> None:
    """A year that ended on 1 July and was looked at on 1 August; then the order was extended by a year."""
    extended = make_order(YEARLY, start=date(2024, 7, 1), end=date(2026, 7, 1))

    found = days(extended, JULY, date(2026, 7, 1))

    assert {JULY, AUGUST, date(2026, 7, 1)} <= set(found)
    assert len(found) == 13  # the day, eleven looks in the year, and the next day on which something falls due
