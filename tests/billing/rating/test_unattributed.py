"""Why a signal counts for nothing: each reason, and beside each the signal that just counts."""

from datetime import date, timedelta
from typing import Any

import pytest

from functions.billing.models.pricing import PricingModel
from functions.billing.models.segment import Entry
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import midnight
from functions.billing.rating.unattributed import Miss, Reason, why_unattributed
from functions.billing.rating.usage import Matcher
from tests.builders import START, USAGE, make_attribute, make_entry, make_line, make_order, make_plan, make_pricing

DAY = timedelta(days=1)
JULY = date(2025, 7, 1)
EMAILS = make_attribute(make_pricing(USAGE))
CALLS = make_attribute(make_pricing(USAGE, event_name="call_made"))
SDR = make_line(EMAILS, product_external_id="sdr")
PLAN = make_plan(make_order(lines=(SDR,), end=JULY))
MARGIN = make_attribute(
    make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier=2, price_points=(), event_name=None), id="ola_margin"
)


def why(entry: Entry, plan: RatingPlan = PLAN) -> Reason:
    assert Matcher(plan).matches(entry) == []
    return why_unattributed(plan, entry, customer_id="cus_1")


def counts(entry: Entry, plan: RatingPlan = PLAN) -> bool:
    return Matcher(plan).matches(entry) != []


@pytest.mark.parametrize(
    "plan",
    [
        make_plan(),
        make_plan(make_order()),
        make_plan(make_order(MARGIN)),
        make_plan(make_order(lines=(make_line(EMAILS, start_date=midnight(JULY)),), end=JULY)),
    ],
    ids=["no order", "a fee only", "costs only", "an order that ended before its line began"],
)
def test_a_customer_without_a_usage_price(plan: RatingPlan) -> None:
    assert why(make_entry(), plan) == Reason(
        Miss.NO_USAGE_PRICE, "customer cus_1 has no active order with a usage price"
    )


def test_an_event_that_nobody_counts() -> None:
    plan = make_plan(make_order(EMAILS), make_order(CALLS, make_attribute(make_pricing(USAGE), id="again"), id="ord_2"))

    assert why(make_entry(event_name="Email_sent"), plan) == Reason(
        Miss.EVENT_NOT_COUNTED,
        "no order of customer cus_1 counts 'Email_sent', expected one of 'call_made', 'email_sent'",
    )
    assert counts(make_entry(event_name="email_sent"), plan)


@pytest.mark.parametrize(
    ("events", "end"), [(10, "'event_9'"), (11, "'event_8' and 1 more"), (12, "'event_7' and 2 more")]
)
def test_a_sentence_names_ten_events_and_says_how_many_more_there_are(events: int, end: str) -> None:
    counted = [make_attribute(make_pricing(USAGE, event_name=f"event_{n}")) for n in range(events)]

    assert why(make_entry(), make_plan(make_order(*counted))).sentence.endswith(end)


def test_a_signal_of_no_product() -> None:
    assert why(make_entry(external_product_id=None)) == Reason(
        Miss.NO_PRODUCT, "'email_sent' is counted for product prod_1 ('sdr'), the signal names no product"
    )


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ({"product_id": "prod_2"}, "product prod_2"),
        ({"product_id": "prod_2", "external_product_id": "chatbot"}, "product prod_2 ('chatbot')"),
        ({"product_id": "prod_2", "external_product_id": "sdr"}, "product prod_2 ('sdr')"),
        ({"external_product_id": "SDR"}, "external product id 'SDR', which led to no product"),
    ],
)
def test_a_signal_of_another_product(named: dict[str, Any], shown: str) -> None:
    assert why(make_entry(**named)) == Reason(
        Miss.OTHER_PRODUCT, f"'email_sent' is counted for product prod_1 ('sdr'), the signal names {shown}"
    )


def test_a_product_is_right_by_its_id_or_by_the_name_it_was_sold_under() -> None:
    assert counts(make_entry(product_id="prod_1"))
    assert counts(make_entry(external_product_id="sdr"))


def test_the_products_named_are_those_that_count_on_the_day_of_the_signal() -> None:
    before, then = make_line(EMAILS, product_id="prod_a"), make_line(EMAILS, product_id="prod_b")
    plan = make_plan(make_order(lines=(before,), end=JULY), make_order(lines=(then,), start=JULY, id="ord_2"))

    in_july = why(make_entry(JULY, product_id="prod_c"), plan)
    in_may = why(make_entry(START - DAY, product_id="prod_c"), plan)

    assert in_july.sentence == "'email_sent' is counted for product prod_b, the signal names product prod_c"
    assert in_may.sentence == "'email_sent' is counted for product prod_a, prod_b, the signal names product prod_c"


@pytest.mark.parametrize("day", [START - DAY, JULY])
def test_a_day_outside_of_the_order(day: date) -> None:
    assert why(make_entry(day)) == Reason(
        Miss.OUTSIDE_DATES,
        f"the signal is of {day}, order ord_1 counts 'email_sent' of product prod_1 ('sdr') from 2025-06-01 to "
        "2025-06-30",
    )


@pytest.mark.parametrize("day", [START, JULY - DAY])
def test_the_first_and_the_last_day_of_an_order_count(day: date) -> None:
    assert counts(make_entry(day))


def test_an_order_without_an_end_counts_on() -> None:
    sentence = why(make_entry(START - DAY), make_plan(make_order(EMAILS))).sentence

    assert sentence.endswith("order ord_1 counts 'email_sent' of product prod_1 from 2025-06-01 on")


@pytest.mark.parametrize(
    ("day", "order_id"),
    [
        (date(2025, 5, 31), "ord_june"),
        (date(2025, 7, 10), "ord_june"),
        (date(2025, 7, 23), "ord_august"),
        (date(2025, 9, 1), "ord_august"),
    ],
)
def test_of_several_orders_the_nearest_is_named(day: date, order_id: str) -> None:
    """June ends with the 30th, ten days before 10 July; August begins nine days after 23 July."""
    plan = make_plan(
        make_order(EMAILS, end=JULY, id="ord_june"),
        make_order(EMAILS, start=date(2025, 8, 1), end=date(2025, 9, 1), id="ord_august"),
    )

    assert f"order {order_id} counts" in why(make_entry(day), plan).sentence


def test_the_nearest_miss_is_told_and_not_one_further_away() -> None:
    """A price of the same event and product on other days is nearer than one of another product on that day."""
    other = make_line(EMAILS, product_id="prod_2")
    plan = make_plan(
        make_order(lines=(SDR,), end=JULY), make_order(lines=(other,), id="ord_2"), make_order(CALLS, id="ord_3")
    )

    assert why(make_entry(JULY), plan).code is Miss.OUTSIDE_DATES
    assert why(make_entry(JULY, product_id="prod_3"), plan).code is Miss.OTHER_PRODUCT
    assert why(make_entry(JULY, event_name="other"), plan).code is Miss.EVENT_NOT_COUNTED
