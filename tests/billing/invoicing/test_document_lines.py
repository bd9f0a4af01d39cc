"""How lines are explained: made from prices by the core, then read as the page shows them."""

# ruff: noqa: RUF001 - the multiplication sign is what the page shows

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.invoicing.document_lines import DocumentLine, DocumentStep, document_line
from functions.billing.invoicing.dues import due_on
from functions.billing.invoicing.lines import charge_line, charged_on, late_lines
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.pricing import ChargeType, PricePoint, Pricing, PricingModel
from functions.billing.models.schedule import BillingSchedule
from tests.builders import (
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    make_attribute,
    make_invoice_line,
    make_line,
    make_order,
    make_price,
    make_pricing,
)

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
GRADUATED, VOLUME = PricingModel.GRADUATED, PricingModel.VOLUME

TIERS = (
    {"up_to": 1000, "unit_minor": 10},
    {"up_to": 5000, "unit_minor": 8, "flat_minor": 50_00},
    {"unit_minor": 5},
)


def tiered(charge_type: ChargeType, model: PricingModel, *tiers: dict[str, int], **fields: Any) -> Pricing:
    return make_pricing(charge_type, make_price(0, tiers=tiers, **fields), model=model)


def charged(pricing: Pricing, quantity: int, *, start: date = JUNE, currency: str = "USD") -> DocumentLine:
    """The line of one component, of which `quantity` was ordered or used in the period from `start`."""
    attribute = make_attribute(pricing, id="ola", name="Emails", quantity=quantity)
    order = make_order(attribute, start=start, billing_anchor=1, currency=currency)
    [due] = due_on(order, JULY if pricing.charge_type is USAGE else start)
    line = charge_line(order, due, {"ola": {start: quantity}})
    assert line is not None
    return document_line(line, currency)


def late(pricing: Pricing, used: int, *, before: int) -> DocumentLine:
    """The line of what was used of June after `before` of it was billed in July."""
    [line] = late_lines_of(pricing, used, before=before)
    return document_line(line, "USD")


def late_lines_of(pricing: Pricing, used: int, *, before: int) -> list[InvoiceLine]:
    order = make_order(make_attribute(pricing, id="ola", name="Emails"), start=JUNE)
    schedule = BillingSchedule(
        order_id=order.id, customer_id="cus_1", billed_until=JULY, billed_usage={"ola": {JUNE: before}}
    )
    return list(late_lines(order, date(2025, 8, 1), {"ola": {JUNE: used}}, schedule))


# ---- one price


def test_a_line_at_one_price_multiplies_out_and_needs_no_steps() -> None:
    line = charged(make_pricing(SEATS, make_price(30_00)), 10)

    assert (line.description, line.period) == ("AI SDR: Emails", "1 Jun \N{EN DASH} 30 Jun 2025")
    assert (line.quantity, line.unit_price, line.amount) == ("10", "30.00", "300.00")
    assert (line.note, line.steps) == (None, ())


def test_a_one_time_charge_shows_its_day() -> None:
    assert charged(make_pricing(ONE_TIME), 1).period == "1 Jun 2025"


@pytest.mark.parametrize(
    ("price", "used", "quantity", "note"),
    [
        ({}, 1240, "1,240", None),
        ({"included_quantity": 1000}, 2240, "1,240", "2,240 used, 1,240 charged"),
        ({"min_quantity": 1000}, 3, "1,000", "3 used, minimum of 1,000 charged"),
        ({"max_quantity": 1000}, 1240, "1,000", "1,240 used, 1,000 charged"),
    ],
)
def test_a_line_shows_the_charged_quantity_and_says_what_was_used(
    price: dict[str, int], used: int, quantity: str, note: str | None
) -> None:
    for model in (PricingModel.PER_UNIT, GRADUATED, VOLUME):
        tiers = {"tiers": TIERS} if model.has_tiers else {}
        line = charged(make_pricing(USAGE, make_price(10, **price, **tiers), model=model), used)

        assert (line.quantity, line.note) == (quantity, note)


def test_what_was_sold_and_not_used_was_ordered() -> None:
    line = charged(make_pricing(SEATS, make_price(30_00, included_quantity=2)), 10)

    assert line.note == "10 ordered, 8 charged"


# ---- parts of a period


def test_a_part_of_a_period_shows_the_full_amount_that_is_prorated() -> None:
    line = charged(make_pricing(RECURRING, make_price(500_00)), 1, start=date(2025, 6, 20))

    # 500.00 * 11 / 30 = 183.333...
    assert line.steps == (DocumentStep("11 of 30 days", "500.00 × 11 / 30", "183.33"),)
    assert line.amount == "183.33"


def test_a_part_of_several_units_prorates_their_sum() -> None:
    line = charged(make_pricing(SEATS, make_price(9_99)), 3, start=date(2025, 6, 21))

    assert (line.quantity, line.unit_price) == ("3", "9.99")
    assert line.steps == (DocumentStep("10 of 30 days", "29.97 × 10 / 30", "9.99"),)


def test_a_part_of_tiers_prorates_what_the_tiers_add_up_to() -> None:
    line = charged(tiered(SEATS, GRADUATED, *TIERS), 1200, start=date(2025, 6, 20))

    assert line.steps == (
        DocumentStep("Tier 1, up to 1,000", "1,000 × 0.10", "100.00"),
        DocumentStep("Tier 2, 1,001\N{EN DASH}5,000", "200 × 0.08", "16.00"),
        DocumentStep("Tier 2, flat fee", "", "50.00"),
        DocumentStep("11 of 30 days", "166.00 × 11 / 30", "60.87"),
    )
    assert line.amount == "60.87"


# ---- tiers


def test_graduated_tiers_show_each_slice_at_its_price() -> None:
    line = charged(tiered(USAGE, GRADUATED, *TIERS), 6240)

    assert line.steps == (
        DocumentStep("Tier 1, up to 1,000", "1,000 × 0.10", "100.00"),
        DocumentStep("Tier 2, 1,001\N{EN DASH}5,000", "4,000 × 0.08", "320.00"),
        DocumentStep("Tier 2, flat fee", "", "50.00"),
        DocumentStep("Tier 3, from 5,001", "1,240 × 0.05", "62.00"),
    )
    assert (line.quantity, line.unit_price, line.amount) == ("6,240", "", "532.00")


def test_volume_tiers_show_that_all_units_have_the_price_of_the_tier_reached() -> None:
    line = charged(tiered(USAGE, VOLUME, *TIERS), 1240)

    assert line.steps == (
        DocumentStep("All at tier 2, 1,001\N{EN DASH}5,000", "1,240 × 0.08", "99.20"),
        DocumentStep("Tier 2, flat fee", "", "50.00"),
    )
    assert line.amount == "149.20"


def test_a_tier_with_nothing_but_a_flat_fee_shows_its_bounds() -> None:
    line = charged(tiered(USAGE, VOLUME, {"up_to": 10, "flat_minor": 5_00}, {"flat_minor": 9_00}), 11)

    assert line.steps == (DocumentStep("Tier 2, from 11, flat fee", "", "9.00"),)


def test_a_flat_fee_due_without_usage_is_shown() -> None:
    line = charged(tiered(USAGE, GRADUATED, {"up_to": 10, "flat_minor": 5_00, "unit_minor": 1}, {"unit_minor": 1}), 0)

    assert line.steps == (DocumentStep("Tier 1, up to 10, flat fee", "", "5.00"),)
    assert (line.quantity, line.amount) == ("0", "5.00")


def test_the_only_tier_has_no_bounds() -> None:
    line = charged(tiered(USAGE, GRADUATED, {"unit_minor": 10}), 1240)

    assert line.steps == (DocumentStep("Tier 1", "1,240 × 0.10", "124.00"),)


@pytest.mark.parametrize(("currency", "step"), [("JPY", "10 × 1,234"), ("USD", "10 × 12.34"), ("KWD", "10 × 1.234")])
def test_a_step_has_the_digits_of_its_currency(currency: str, step: str) -> None:
    price = make_price(0, currency=currency, tiers=[{"unit_minor": 1234}])

    line = charged(make_pricing(USAGE, price, model=GRADUATED), 10, currency=currency)

    assert line.steps[0].calculation == step


# ---- multiples


COST_PLUS = make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier=Decimal("1.33333"), event_name=None)


def test_a_percentage_says_of_what() -> None:
    fee = make_attribute(make_pricing(RECURRING, make_price(800_00)), id="fee")
    support = make_pricing(RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage=Decimal("5.0"))
    order = make_order(lines=[make_line(fee, make_attribute(support, id="support", name="Support"))])

    line = document_line(charged_on(order, JUNE, {})[1], "USD")

    assert line.note == "5% of 800.00 in recurring charges on this invoice"
    assert (line.quantity, line.unit_price, line.amount, line.steps) == ("", "", "40.00", ())


@pytest.mark.parametrize(
    ("costs", "note", "amount"),
    [
        (10 * 10**12, "costs of 10.00 × 1.33333", "13.33"),
        (10 * 10**12 + 123456, "costs of 10.000000123456 × 1.33333", "13.33"),
        (37504 * 10**8, "costs of 3.7504 × 1.33333", "5.00"),
        (1234567 * 10**12, "costs of 1,234,567.00 × 1.33333", "1,646,085.22"),
    ],
)
def test_costs_show_every_digit_that_was_recorded(costs: int, note: str, amount: str) -> None:
    line = charged(COST_PLUS, costs)

    assert (line.note, line.amount) == (note, amount)
    assert (line.quantity, line.unit_price, line.steps) == ("", "", ())


# ---- late usage


def test_late_usage_shows_the_whole_less_what_was_billed_before() -> None:
    line = late(make_pricing(USAGE, make_price(10)), 1300, before=1240)

    assert line.description == "Late usage, AI SDR: Emails"
    assert line.period == "1 Jun \N{EN DASH} 30 Jun 2025"
    assert line.note == "1,300 used in all, of which 1,240 billed before"
    assert line.steps == (
        DocumentStep("All usage", "1,300 × 0.10", "130.00"),
        DocumentStep("Less billed before", "", "-124.00"),
    )
    assert (line.quantity, line.unit_price, line.amount) == ("60", "0.10", "6.00")


def test_late_usage_beyond_what_is_included_multiplies_out() -> None:
    line = late(make_pricing(USAGE, make_price(10, included_quantity=1000)), 1300, before=900)

    assert line.note == "1,300 used in all, of which 900 billed before; 300 charged"
    assert (line.quantity, line.unit_price, line.amount) == ("300", "0.10", "30.00")
    assert line.steps == ()


def test_late_usage_in_tiers_shows_the_tiers_of_the_whole() -> None:
    line = late(tiered(USAGE, GRADUATED, *TIERS), 1300, before=990)

    assert line.steps == (
        DocumentStep("Tier 1, up to 1,000", "1,000 × 0.10", "100.00"),
        DocumentStep("Tier 2, 1,001\N{EN DASH}5,000", "300 × 0.08", "24.00"),
        DocumentStep("Tier 2, flat fee", "", "50.00"),
        DocumentStep("Less billed before", "", "-99.00"),
    )
    assert (line.quantity, line.unit_price, line.amount) == ("", "", "75.00")


def test_late_usage_that_reaches_a_cheaper_tier_gives_back() -> None:
    line = late(tiered(USAGE, VOLUME, {"up_to": 1000, "unit_minor": 10}, {"unit_minor": 8}), 1040, before=990)

    assert line.steps == (
        DocumentStep("All at tier 2, from 1,001", "1,040 × 0.08", "83.20"),
        DocumentStep("Less billed before", "", "-99.00"),
    )
    assert (line.quantity, line.amount) == ("", "-15.80")


def test_late_costs_show_all_costs_less_what_was_billed_before() -> None:
    line = late(COST_PLUS, 13 * 10**12, before=10 * 10**12)

    assert line.note == "costs of 13.00 in all, of which 10.00 billed before"
    assert line.steps == (
        DocumentStep("All costs", "13.00 × 1.33333", "17.33"),
        DocumentStep("Less billed before", "", "-13.33"),
    )
    assert (line.quantity, line.amount) == ("", "4.00")


def test_late_usage_of_a_period_without_a_bill_says_so() -> None:
    usage = late(make_pricing(USAGE, make_price(10)), 60, before=0)
    costs = late(COST_PLUS, 10**13, before=0)

    assert (usage.note, usage.steps, usage.amount) == ("60 used, none billed before", (), "6.00")
    assert costs.note == "costs of 10.00, none billed before"
    assert costs.steps == (DocumentStep("All costs", "10.00 × 1.33333", "13.33"),)


def test_usage_that_became_less_reads_well() -> None:
    line = late(make_pricing(USAGE, make_price(10)), 1200, before=1240)

    assert line.note == "1,200 used in all, 1,240 billed before"
    assert (line.quantity, line.unit_price, line.amount) == ("-40", "0.10", "-4.00")


# ---- taxes


def test_a_tax_follows_what_else_there_is_to_note() -> None:
    line = make_invoice_line(quantity=3, billed_quantity=5)

    assert document_line(line, "USD", tax="VAT 20% (FR)").note == "3 ordered, minimum of 5 charged; VAT 20% (FR)"


# ---- laws, as a reader with nothing but the page would check them

amounts = st.none() | st.integers(0, 10**6)


@st.composite
def tiered_prices(draw: st.DrawFn) -> PricePoint:
    bounds = sorted(draw(st.sets(st.integers(0, 3000), max_size=4)))
    tiers: list[dict[str, int | None]] = []
    for up_to in (*bounds, None):
        unit = draw(amounts)
        flat = draw(amounts if unit is not None else st.integers(0, 10**6))
        tiers.append({"up_to": up_to, "unit_minor": unit, "flat_minor": flat})
    included, least = draw(st.integers(0, 100)), draw(st.integers(0, 100))
    most = draw(st.none() | st.integers(least, 4000))
    return make_price(0, tiers=tiers, included_quantity=included, min_quantity=least, max_quantity=most)


def read(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def multiplied_out(calculation: str) -> Fraction:
    quantity, price = calculation.split(" × ")
    return read(quantity) * read(price)


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(tiered_prices(), st.sampled_from([GRADUATED, VOLUME]), st.integers(0, 4000), st.integers(1, 30))
def test_the_steps_of_a_tiered_line_add_up_to_it_before_proration(
    price: PricePoint, model: PricingModel, quantity: int, day: int
) -> None:
    order = make_order(
        make_attribute(make_pricing(SEATS, price, model=model), quantity=quantity),
        start=date(2025, 6, day),
        billing_anchor=1,
    )
    [due] = due_on(order, date(2025, 6, day))
    made = charge_line(order, due, {})
    if made is None:
        return

    line = document_line(made, "USD")

    *tiers, last = line.steps
    if day == 1:
        tiers.append(last)
        assert sum(read(step.amount) for step in tiers) == read(line.amount)
    else:
        full, share = last.calculation.split(" × ")
        days, full_days = (int(number) for number in share.split(" / "))
        assert (days, full_days) == (31 - day, 30)
        assert sum(read(step.amount) for step in tiers) == read(full)
        assert abs(read(full) * days / full_days - read(last.amount)) <= Fraction("0.005")
        assert last.amount == line.amount
    for step in tiers:
        assert not step.calculation or multiplied_out(step.calculation) == read(step.amount)


@st.composite
def usage_prices(draw: st.DrawFn) -> Pricing:
    model = draw(st.sampled_from([PricingModel.PER_UNIT, GRADUATED, VOLUME, PricingModel.COST_PLUS]))
    if model is PricingModel.COST_PLUS:
        return COST_PLUS
    price = draw(tiered_prices())
    return make_pricing(USAGE, price if model.has_tiers else price.model_copy(update={"tiers": ()}), model=model)


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(usage_prices(), st.integers(0, 4000), st.integers(0, 4000))
def test_the_steps_of_a_late_line_add_up_to_it(pricing: Pricing, before: int, used: int) -> None:
    unit = 10**10 if pricing.model is PricingModel.COST_PLUS else 1
    for made in late_lines_of(pricing, used * unit, before=before * unit):
        line = document_line(made, "USD")

        if line.steps:
            assert sum(read(step.amount) for step in line.steps) == read(line.amount)
        if line.quantity:
            assert read(line.quantity) * read(line.unit_price) == read(line.amount)
