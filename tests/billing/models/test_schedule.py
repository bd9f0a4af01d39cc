from datetime import date, datetime

import pytest

from functions.billing.models.schedule import BillingSchedule
from functions.billing.periods import day_of


def schedule(next_billing_on: date | None) -> BillingSchedule:
    return BillingSchedule(order_id="ord_1", customer_id="cus_1", next_billing_on=next_billing_on)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2023-02-28T18:00Z", False),
        ("2023-02-28T19:00Z", False),
        ("2023-03-01T00:00Z", True),
        ("2023-03-01T18:00Z", True),
        ("2023-03-02T00:10Z", True),
    ],
)
def test_an_order_is_due_from_its_billing_day_in_utc(moment: str, *, due: bool) -> None:
    """TZ-01 bills five and a half hours earlier: in Kolkata it is March already."""
    assert schedule(date(2023, 3, 1)).is_due(day_of(datetime.fromisoformat(moment))) is due


def test_an_order_with_nothing_left_is_never_due() -> None:
    assert not schedule(None).is_due(date.max)
