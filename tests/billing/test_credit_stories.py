"""Credits from the grant to the invoice, played over the fakes: what is granted is taken, what is not is charged."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.invoicing.document_lines import document_line
from functions.billing.models.credit import CreditGrant
from functions.billing.models.invoice import Invoice
from functions.billing.models.pricing import PricingModel
from functions.billing.models.signal import Signal
from functions.billing.periods import midnight
from tests.builders import USAGE, make_attribute, make_order, make_pricing
from tests.fakes.shop import Shop, make_signal

JUNE, JULY, AUGUST = (date(2025, month, 1) for month in (6, 7, 8))
MICRO = 10**6

PAGES = make_attribute(
    make_pricing(
        USAGE,
        model=PricingModel.PREPAID_CREDITS,
        price_points=(),
        credits={"currency_id": "cc_1", "cost": Decimal("0.5"), "quantity_path": "pages"},
        overage_unit_minor=10,
    )
)


def grant(amount: int, start: date, end: date | None = None) -> CreditGrant:
    return CreditGrant(id=f"{start}", currency_id="cc_1", amount_micro=amount * MICRO, starts_on=start, expires_on=end)


def pages(key: str, count: object, *, on: date) -> Signal:
    return make_signal(key, occurred_at=midnight(on) + timedelta(hours=9), data={"pages": count})


def shop_with(*grants: CreditGrant) -> Shop:
    shop = Shop(grants=list(grants))
    shop.sell(make_order(PAGES, auto_post_invoices=True))
    return shop


def charged(invoices: list[Invoice]) -> list[tuple[date, int, int, bool]]:
    """The period, the millionths of credits, the amount, and whether it is late, of each line."""
    lines = [line for invoice in invoices for line in invoice.lines]
    return [(line.period_start, line.quantity, line.amount_minor, line.is_late) for line in lines]


def test_what_was_granted_costs_nothing_and_what_goes_beyond_is_charged_in_arrears() -> None:
    """400 pages at half a credit take 200 credits, of 100 that there are: 100 x 0.10 = 10.00."""
    shop = shop_with(grant(100, JUNE))

    shop.receive(pages("a", 400, on=date(2025, 6, 10)))

    assert charged(shop.bill_until(JULY)) == [(JUNE, 100 * MICRO, 10_00, False)]


def test_where_there_are_enough_credits_there_is_no_invoice() -> None:
    shop = shop_with(grant(200, JUNE))

    shop.receive(pages("a", 400, on=date(2025, 6, 10)))

    assert shop.bill_until(JULY) == []


def test_credits_that_are_left_serve_the_next_month() -> None:
    """200 - 50 in June, so that of 200 in July 150 are met: 50 x 0.10 = 5.00."""
    shop = shop_with(grant(200, JUNE))

    shop.receive(pages("a", 100, on=date(2025, 6, 10)), pages("b", 400, on=date(2025, 7, 10)))

    assert charged(shop.bill_until(AUGUST)) == [(JULY, 50 * MICRO, 5_00, False)]


def test_a_late_signal_takes_what_it_would_have_taken_in_time_and_its_overage_is_billed_late() -> None:
    """In June 80 of 100 credits; then 40 more of June: 20 over, and nothing is left for July's 10."""
    shop = shop_with(grant(100, JUNE))
    shop.receive(pages("a", 160, on=date(2025, 6, 10)))
    assert shop.bill_until(JULY) == []

    shop.receive(pages("late", 80, on=date(2025, 6, 20)), pages("b", 20, on=date(2025, 7, 10)))

    assert charged(shop.bill_until(AUGUST)) == [(JULY, 10 * MICRO, 1_00, False), (JUNE, 20 * MICRO, 2_00, True)]


def test_a_part_of_a_credit_is_charged_to_the_cent_and_says_how() -> None:
    """3.3 pages take 1.65 credits: 1.65 x 0.10 = 0.165, rounded to 0.17."""
    shop = shop_with()

    shop.receive(pages("a", 3.3, on=date(2025, 6, 10)))

    (invoice,) = shop.bill_until(JULY)
    (line,) = invoice.lines
    assert (line.quantity, line.billed_quantity, line.unit_price_minor, line.amount_minor) == (1_650_000, 1, None, 17)
    assert (
        document_line(line, "USD").note
        == "Overage: 1.65 credits used beyond those granted \N{MULTIPLICATION SIGN} 0.10"
    )


@pytest.mark.parametrize("count", [None, "many", "", "1e3", " 7", "\N{ARABIC-INDIC DIGIT SEVEN}", True, {"a": 1}, [5]])
def test_a_quantity_that_is_none_counts_as_one(count: object) -> None:
    """Half a credit: 0.05."""
    shop = shop_with()

    shop.receive(pages("a", count, on=date(2025, 6, 10)))

    assert charged(shop.bill_until(JULY)) == [(JUNE, 500_000, 5, False)]


@pytest.mark.parametrize(("count", "micro", "minor"), [("400", 200_000_000, 20_00), ("3.3", 1_650_000, 17)])
def test_a_number_that_was_sent_as_a_string_counts_as_that_number(count: str, micro: int, minor: int) -> None:
    """400 pages take 200 credits at 0.10; 3.3 take 1.65."""
    shop = shop_with()

    shop.receive(pages("a", count, on=date(2025, 6, 10)))

    assert charged(shop.bill_until(JULY)) == [(JUNE, micro, minor, False)]


@pytest.mark.parametrize("count", [-3, -0.5, "-3"])
def test_a_quantity_below_zero_takes_nothing(count: object) -> None:
    shop = shop_with()

    shop.receive(pages("a", count, on=date(2025, 6, 10)))

    assert shop.bill_until(JULY) == []


def test_without_a_price_for_overage_what_is_missing_waits_for_the_next_grant() -> None:
    shop = Shop()
    free = PAGES.pricing.model_copy(update={"overage_unit_minor": None})
    shop.sell(make_order(make_attribute(free), auto_post_invoices=True))

    shop.receive(pages("a", 400, on=date(2025, 6, 10)))

    assert shop.bill_until(AUGUST) == []
