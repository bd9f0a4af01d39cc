"""What the invoices of an order amount to, and when they come: prices and dates in, real invoices out."""

from datetime import date
from typing import Any

import pytest

from tests.functions.sales import Seller, at, day_of, fee, once, seats, seller, usage
from tests.world import World

JUNE_5, JULY_5 = date(2025, 6, 5), date(2025, 7, 5)


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def periods(acme: Seller, invoice: Any) -> list[tuple[str, str]]:
    return [(day_of(line["startDate"]), day_of(line["endDate"])) for line in acme.lines(invoice)]


# ---- what falls due when


def test_fixed_prices_come_in_advance_usage_in_arrears_and_setup_once(acme: Seller) -> None:
    acme.sell(once(at(1_000_00)), fee(at(500_00)), seats(at(30_00, minQuantity=10)), usage(at(10)))
    acme.send(*[JUNE_5] * 3)

    acme.clock("2025-08-01")

    assert acme.totals() == [
        ("2025-06-01", 1_000_00 + 500_00 + 10 * 30_00),
        ("2025-07-01", 500_00 + 10 * 30_00 + 3 * 10),
        ("2025-08-01", 500_00 + 10 * 30_00),
    ]


def test_what_is_sold_in_arrears_comes_when_its_period_has_ended(acme: Seller) -> None:
    acme.sell(once(at(1_000_00), billingType="Arrears"), fee(at(500_00), billingType="Arrears"))
    assert acme.invoices() == []

    acme.clock("2025-08-01")

    assert acme.totals() == [("2025-07-01", 1_000_00 + 500_00), ("2025-08-01", 500_00)]
    assert periods(acme, acme.invoices()[1]) == [("2025-07-01", "2025-08-01")]


def test_an_order_that_starts_later_is_billed_when_it_starts(acme: Seller) -> None:
    acme.sell(fee(), startDate="2025-06-15T00:00:00Z")
    assert acme.invoices() == []

    acme.clock("2025-06-15")

    assert acme.totals() == [("2025-06-15", 100_00)]


# ---- backdated activation


def test_a_backdated_order_has_an_invoice_for_each_elapsed_period_and_the_latest_is_posted(empty_world: World) -> None:
    acme = seller(empty_world, clock="2025-08-10")

    acme.sell(fee(at(500_00)), autoPostInvoices=True)

    assert acme.totals() == [("2025-06-01", 500_00), ("2025-07-01", 500_00), ("2025-08-01", 500_00)]
    assert [invoice["status"] for invoice in acme.invoices()] == ["draft", "draft", "posted"]
    assert acme.invoices()[2]["displayNumber"] == "INV-000001"


def test_without_auto_post_all_of_them_are_drafts(empty_world: World) -> None:
    acme = seller(empty_world, clock="2025-08-10")

    acme.sell(fee())

    assert [invoice["status"] for invoice in acme.invoices()] == ["draft"] * 3


def test_signals_from_before_the_activation_count_in_their_own_periods(empty_world: World) -> None:
    acme = seller(empty_world, clock="2025-08-10")
    draft = acme.order(usage(at(10)))
    acme.send(JUNE_5, JUNE_5, JULY_5)

    acme.activate(draft)

    assert acme.totals() == [("2025-07-01", 2 * 10), ("2025-08-01", 1 * 10)]


# ---- the calendar


def test_a_month_end_anchor_is_clamped_and_counted_from_the_anchor(empty_world: World) -> None:
    acme = seller(empty_world, clock="2025-01-31")
    acme.sell(fee(at(310_00)), startDate="2025-01-31T00:00:00Z")

    acme.clock("2025-05-30")

    assert acme.totals() == [
        ("2025-01-31", 310_00),
        ("2025-02-28", 310_00),
        ("2025-03-31", 310_00),
        ("2025-04-30", 310_00),
    ]
    assert [periods(acme, invoice)[0] for invoice in acme.invoices()][:3] == [
        ("2025-01-31", "2025-02-28"),
        ("2025-02-28", "2025-03-31"),
        ("2025-03-31", "2025-04-30"),
    ]


def test_in_a_leap_year_february_has_a_day_more(empty_world: World) -> None:
    acme = seller(empty_world, clock="2024-01-31")
    acme.sell(fee(), startDate="2024-01-31T00:00:00Z")

    acme.clock("2024-03-01")

    assert [day for day, _ in acme.totals()] == ["2024-01-31", "2024-02-29"]


def test_a_start_before_the_anchor_makes_a_stub_by_days(acme: Seller) -> None:
    acme.sell(fee(at(300_00)), usage(at(10)), startDate="2025-06-21T00:00:00Z", billingAnchor=1)
    acme.send(date(2025, 6, 25))

    acme.clock("2025-07-01")

    stub = 300_00 * 10 // 30  # 10 of June's 30 days
    assert acme.totals() == [("2025-06-21", stub), ("2025-07-01", 300_00 + 10)]
    assert periods(acme, acme.invoices()[0]) == [("2025-06-21", "2025-07-01")]


# ---- the end


def test_an_order_that_ends_gets_its_last_arrears_and_no_more(acme: Seller) -> None:
    order = acme.sell(fee(at(310_00)), usage(at(10)), endDate="2025-07-11T00:00:00Z")
    acme.send(JUNE_5, JULY_5, date(2025, 7, 10), date(2025, 7, 11))

    acme.clock("2025-10-01")

    cut_off = 310_00 * 10 // 31  # 10 of July's 31 days
    assert acme.totals() == [("2025-06-01", 310_00), ("2025-07-01", cut_off + 10), ("2025-07-11", 2 * 10)]
    assert acme.tenant.get(f"/orders/{order['id']}")["totalBilledAmount"] == 310_00 + cut_off + 10 + 2 * 10


def test_a_line_that_ends_before_its_order_is_billed_no_longer(acme: Seller) -> None:
    acme.sell(fee(at(300_00)), line={"endDate": "2025-07-01T00:00:00Z"})

    acme.clock("2025-09-01")

    assert acme.totals() == [("2025-06-01", 300_00)]


# ---- quantities


@pytest.mark.parametrize(
    ("quantities", "used", "billed"),
    [
        ({"includedQuantity": 3}, 2, None),
        ({"includedQuantity": 3}, 3, None),
        ({"includedQuantity": 3}, 4, 1),
        ({"minQuantity": 3}, 0, 3),
        ({"minQuantity": 3}, 3, 3),
        ({"minQuantity": 3}, 4, 4),
        ({"maxQuantity": 3}, 2, 2),
        ({"maxQuantity": 3}, 3, 3),
        ({"maxQuantity": 3}, 4, 3),
        ({"includedQuantity": 2, "minQuantity": 1, "maxQuantity": 2}, 1, 1),
        ({"includedQuantity": 2, "minQuantity": 1, "maxQuantity": 2}, 9, 2),
        ({}, 0, None),
    ],
)
def test_the_billed_quantity_is_what_is_above_the_included_within_its_bounds(
    acme: Seller, quantities: dict[str, int], used: int, billed: int | None
) -> None:
    acme.sell(usage(at(10) | quantities))
    acme.send(*[JUNE_5] * used)

    acme.clock("2025-07-01")

    lines = [line for invoice in acme.invoices() for line in acme.lines(invoice)]
    assert [(line["quantity"], line["totalPriceBeforeTax"]) for line in lines] == (
        [] if billed is None else [(billed, billed * 10)]
    )


def test_fixed_prices_are_bounded_in_the_same_way(acme: Seller) -> None:
    quantity = {"attributes": [{"name": "Fee", "quantity": 7}]}

    acme.sell(fee(at(10_00, includedQuantity=2, maxQuantity=4)), line=quantity)

    assert acme.totals() == [("2025-06-01", 4 * 10_00)]


# ---- currencies


@pytest.mark.parametrize(("currency", "unit_price"), [("JPY", 1_000), ("KWD", 12_345), ("EUR", 99)])
def test_an_order_is_billed_in_its_own_currency_in_whole_minor_units(
    acme: Seller, currency: str, unit_price: int
) -> None:
    prices = at(100_00), at(unit_price, currency)

    order = acme.sell(fee(*prices), usage(at(1), at(7, currency)), currency=currency)
    acme.send(JUNE_5, JUNE_5)
    acme.clock("2025-07-01")

    assert order["currency"] == currency
    assert {invoice["currency"] for invoice in acme.invoices()} == {currency}
    assert acme.totals() == [("2025-06-01", unit_price), ("2025-07-01", unit_price + 2 * 7)]


def test_a_part_of_a_month_is_rounded_half_up_once_per_line(acme: Seller) -> None:
    acme.sell(
        fee(at(101, "JPY"), name="A"),
        fee(at(101, "JPY"), name="B"),
        currency="JPY",
        startDate="2025-06-16T00:00:00Z",
        billingAnchor=1,
    )

    acme.clock("2025-06-16")

    assert acme.totals() == [("2025-06-16", 51 + 51)]  # 101 yen for 15 of 30 days is 50.5, each


# ---- who pays


def test_another_customer_may_be_billed(acme: Seller) -> None:
    parent = acme.tenant.create("/customers/", name="Acme Holding", externalId="holding")

    order = acme.sell(fee(), billingCustomerId=parent["id"])

    assert acme.invoices()[0]["customerId"] == parent["id"]
    assert [invoice["orderId"] for invoice in acme.invoices(externalCustomerId="holding")] == [order["id"]]
    assert acme.invoices(externalCustomerId="acme") == []


def test_two_orders_of_a_customer_have_their_own_invoices_and_count_a_signal_once(acme: Seller) -> None:
    first = acme.sell(usage(at(10)))
    product_id = acme.tenant.get("/products/")["data"][0]["id"]
    second = acme.tenant.create(
        "/orders/", customerId=acme.customer_id, startDate="2025-06-01T00:00:00Z", lines=[{"productId": product_id}]
    )
    acme.activate(second)
    acme.send(JUNE_5)

    acme.clock("2025-07-01")

    assert [(invoice["orderId"], invoice["invoiceTotal"]) for invoice in acme.invoices()] == [(first["id"], 10)]
