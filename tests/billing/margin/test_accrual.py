"""What is still to be invoiced: all of it, however many invoices will say it."""

from datetime import UTC, date, datetime

from functions.billing.invoicing.build import BillingFacts
from functions.billing.invoicing.dues import first_schedule
from functions.billing.invoicing.lines import MAX_LATE_LINES
from functions.billing.invoicing.preview import day_all_is_due, days_to_come
from functions.billing.margin.accrual import still_to_invoice
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from tests.builders import RECURRING, USAGE, activated, make_attribute, make_facts, make_order, make_pricing

NOW = datetime(2025, 6, 15, tzinfo=UTC)


def still(facts: BillingFacts, before: date) -> tuple[list[Invoice], list[int]]:
    """And what was spent for it."""
    spent: list[int] = []
    return list(still_to_invoice(facts, [], before=before, now=NOW, spend=spent.append)), spent


def of_two_years(components: int) -> tuple[Order, list[date]]:
    """By the month since June 2023, each counting an event of its own."""
    start = date(2023, 6, 1)
    prices = (make_pricing(USAGE, event_name=f"e{number}") for number in range(components))
    attributes = [make_attribute(pricing, id=f"ola_{number}") for number, pricing in enumerate(prices)]
    months = [date(2023 + (5 + month) // 12, (5 + month) % 12 + 1, 1) for month in range(24)]
    return activated(make_order(*attributes, start=start), start), months


def test_late_usage_is_accrued_however_many_lines_it_takes() -> None:
    """24 months of 10 prices, all used once after they were billed: 240 lines, and an invoice takes 50."""
    order, months = of_two_years(10)
    billed = {"next_billing_on": date(2025, 7, 1), "billed_until": date(2025, 6, 1)}
    used = {attribute.id: dict.fromkeys(months, 1) for _, attribute in order.attributes()}
    facts = make_facts(order, used, schedule=first_schedule(order).model_copy(update=billed))

    found, spent = still(facts, date(2025, 7, 1))

    assert sum(len(invoice.lines) for invoice in found) == 240 > 3 * MAX_LATE_LINES
    assert spent == [240, 10]  # and of 1 July its ten components


def test_late_usage_of_an_order_that_is_billed_no_more_is_not_accrued() -> None:
    order, months = of_two_years(1)
    done = {"next_billing_on": None, "billed_until": date(2025, 6, 1)}
    facts = make_facts(order, {"ola_0": {months[0]: 1}}, schedule=first_schedule(order).model_copy(update=done))

    assert still(facts, date(2025, 7, 1)) == ([], [])


def test_days_are_billed_in_memory_no_further_than_what_is_asked_for_falls_due() -> None:
    """In advance and in arrears by the month: what June is charged stands on the invoices of 1 June and 1 July."""
    start = date(2025, 6, 1)
    pricings = (make_pricing(RECURRING), make_pricing(USAGE))
    attributes = [make_attribute(pricing, id=f"ola_{number}") for number, pricing in enumerate(pricings)]
    order = activated(make_order(*attributes, start=start), start)
    facts = make_facts(order, {"ola_1": {start: 2}}, schedule=first_schedule(order))

    found, spent = still(facts, date(2025, 7, 1))

    assert [invoice.issue_date for invoice in found] == [date(2025, 6, 1), date(2025, 7, 1)]
    assert spent == [2, 2]
    assert day_all_is_due(order, date(2025, 7, 1)) == date(2025, 7, 1)
    assert day_all_is_due(order, date(2025, 7, 2)) == date(2025, 8, 1)


def test_a_day_on_which_nothing_is_charged_is_one_all_the_same() -> None:
    order, _ = of_two_years(1)
    facts = make_facts(order, {}, schedule=first_schedule(order))

    steps = list(days_to_come(facts, through=date(2023, 9, 1), now=NOW))

    assert steps == [None, None, None]
