"""Tax per rate: rounded once, half away from zero, and shared out to the lines.

Where the case of the field rounds otherwise, the row says which rule is not ours.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.invoicing.build import build_invoice
from functions.billing.invoicing.tax import overall_rate, taxed, with_tax
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.tax import TaxCategory, TaxDecision
from functions.billing.money import format_amount
from tests.billing.cases import case
from tests.builders import (
    NOW,
    RECURRING,
    make_attribute,
    make_facts,
    make_invoice,
    make_invoice_line,
    make_order,
    make_price,
    make_pricing,
)

law = settings(derandomize=True, database=None, deadline=None, max_examples=100)

REVERSE_CHARGE = TaxDecision(rate=Decimal(0), category=TaxCategory.REVERSE_CHARGE, country="DE", reason="because")


def at(rate: str) -> TaxDecision:
    return TaxDecision(rate=Decimal(rate), category=TaxCategory.STANDARD, country="FR")


def lines_of(*amounts: int) -> list[InvoiceLine]:
    return [make_invoice_line(amount, id=f"line_{number}") for number, amount in enumerate(amounts)]


def taxes_of(rate: str, *amounts: int) -> tuple[list[int], int]:
    """What each line shows, and the subtotal."""
    lines, (subtotal,) = taxed([(line, at(rate)) for line in lines_of(*amounts)])
    return [line.tax_minor for line in lines], subtotal.tax_minor


# ---- an invoice


def test_an_invoice_with_tax_is_owed_with_it() -> None:
    invoice = with_tax(make_invoice(*lines_of(10_00, 5_00)), at("20"))

    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (15_00, 3_00, 18_00)
    assert invoice.remaining_minor == 18_00
    assert [(line.tax_rate, line.tax_minor) for line in invoice.lines] == [(Decimal(20), 2_00), (Decimal(20), 1_00)]
    (subtotal,) = invoice.taxes
    assert (subtotal.rate, subtotal.category, subtotal.country) == (Decimal(20), TaxCategory.STANDARD, "FR")
    assert (subtotal.taxable_minor, subtotal.tax_minor) == (15_00, 3_00)


def test_a_rate_of_none_has_a_subtotal_that_says_why() -> None:
    invoice = with_tax(make_invoice(*lines_of(15_00)), REVERSE_CHARGE)

    assert [(tax.category, tax.reason, tax.taxable_minor, tax.tax_minor) for tax in invoice.taxes] == [
        (TaxCategory.REVERSE_CHARGE, "because", 15_00, 0)
    ]


@pytest.mark.parametrize("decision", [None, REVERSE_CHARGE, at("7")])
def test_the_tax_that_lines_had_before_is_replaced(decision: TaxDecision | None) -> None:
    before = with_tax(make_invoice(*lines_of(10_00, 5_00)), at("20"))

    assert with_tax(before, decision) == with_tax(make_invoice(*lines_of(10_00, 5_00)), decision)


def test_without_tax_nothing_is_shown_of_it() -> None:
    invoice = make_invoice(*lines_of(10_00))

    assert with_tax(invoice, None) == invoice
    assert (invoice.taxes, invoice.tax_minor) == ((), 0)


def test_several_rates_have_a_subtotal_each_in_the_order_in_which_they_come_up() -> None:
    decisions = [at("20"), at("10"), at("20")]

    lines, subtotals = taxed(list(zip(lines_of(1_00, 1_00, 3_00), decisions, strict=True)))

    assert [line.tax_minor for line in lines] == [20, 10, 60]
    assert [(tax.rate, tax.taxable_minor, tax.tax_minor) for tax in subtotals] == [
        (Decimal(20), 4_00, 80),
        (Decimal(10), 1_00, 10),
    ]


# ---- cases of the field


@pytest.mark.parametrize(
    ("rate", "amounts", "tax_minor"),
    [
        case("TAX-01", "20", [35_00], 7_00),
        case("RND-07", "5", [29_00, -14_50], 73),  # 72.5; the product publishes 72, cut off or half-even
        case("RND-13", "40", [0] * 6 + [1] * 2, 1),  # 0.8; what a line's rounding left off (0.4 each) is not taxed
        case("COM-03", "20", [8_00, 93], 1_79),  # 160 and 18.6, which are not rounded one by one
        case("DISC-05", "8.25", [60_00, 20_00, -10_00], 5_78),  # 577.5
        case("JPY", "10", [1005], 101),
        case("KWD", "5", [10_010], 501),
    ],
)
def test_the_tax_of_a_rate_is_rounded_once(rate: str, amounts: list[int], tax_minor: int) -> None:
    assert taxes_of(rate, *amounts)[1] == tax_minor


@pytest.mark.parametrize(
    ("amounts", "rates"),
    [case("RND-09", (3_24, 6_47, 29_12, 38_82, 8_74, 17_47, 26_21, 34_94), "10 20 10 10 10 20 10 10")],
)
def test_per_rate_is_neither_per_line_nor_per_invoice(amounts: tuple[int, ...], rates: str) -> None:
    """1887 summed from rounded lines, 1889 summed exactly and rounded, 1890 by EN 16931 (BR-CO-17): ours."""
    lines, subtotals = taxed(list(zip(lines_of(*amounts), map(at, rates.split()), strict=True)))

    assert [(tax.taxable_minor, tax.tax_minor) for tax in subtotals] == [(141_07, 14_11), (23_94, 4_79)]
    assert sum(line.tax_minor for line in lines) == 18_90


def test_a_prorated_fee_is_taxed_after_its_own_rounding() -> None:
    """PRO-11: 50.00 and 20%, 24 of January's 31 days: 38.71 and 7.74."""
    order = make_order(
        make_attribute(make_pricing(RECURRING, make_price(50_00))), start=date(2023, 1, 8), billing_anchor=1
    )

    invoice = build_invoice(make_facts(order, tax=at("20")), date(2023, 1, 8), now=NOW)

    assert invoice is not None
    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (38_71, 7_74, 46_45)


@pytest.mark.parametrize(("currency", "shown"), [("USD", "0.51"), ("JPY", "51"), ("KWD", "0.051")])
def test_tax_is_whole_minor_units_of_any_currency(currency: str, shown: str) -> None:
    invoice = with_tax(make_invoice(*lines_of(505), currency=currency), at("10"))  # 50.5 minor units

    assert format_amount(invoice.tax_minor, currency) == shown


# ---- rounding


@pytest.mark.parametrize(
    ("amount", "tax"),
    [
        (149, 7),  # 7.45
        (150, 8),  # 7.5
        (151, 8),  # 7.55
        (-149, -7),
        (-150, -8),
        (-151, -8),
        (10, 1),  # 0.5
        (-10, -1),
        (9, 0),
        (-9, 0),
        (0, 0),
    ],
)
def test_an_exact_half_is_rounded_away_from_zero(amount: int, tax: int) -> None:
    assert taxes_of("5", amount) == ([tax], tax)


@pytest.mark.parametrize(
    ("amounts", "taxes"),
    [
        ([10, 10], [1, 0]),  # two halves are one unit
        ([10, 10, 10], [1, 1, 0]),  # three are 1.5
        ([-10, -10], [-1, 0]),  # given back as it was charged
        ([-10, -10, -10], [-1, -1, 0]),
        ([10, -10], [1, -1]),
        ([3, 3, 3, 3], [1, 0, 0, 0]),  # 0.15 each, 0.6 together
        ([9, 11, 100], [0, 1, 5]),  # 0.45, 0.55 and 5: the largest remainder comes first
        ([100, -30], [5, -1]),  # 5 and -1.5, together 3.5
        ([0, 10], [0, 1]),
    ],
)
def test_the_lines_share_the_subtotal(amounts: list[int], taxes: list[int]) -> None:
    assert taxes_of("5", *amounts) == (taxes, sum(taxes))


# ---- laws

rates = st.decimals(0, 100, places=4, allow_nan=False).map(lambda rate: f"{rate:f}")
amounts_minor = st.integers(-(10**15), 10**15) | st.integers(-200, 200)
invoices = st.lists(st.tuples(amounts_minor, rates), min_size=1, max_size=12)
of_few_rates = st.lists(st.tuples(amounts_minor, st.sampled_from(["0", "5", "8.25", "20"])), min_size=1, max_size=30)


def _taxed(rows: Sequence[tuple[int, str]]) -> tuple[list[InvoiceLine], dict[Decimal, int]]:
    lines = lines_of(*[amount for amount, _ in rows])
    done, subtotals = taxed([(line, at(rate)) for line, (_, rate) in zip(lines, rows, strict=True)])
    assert len(subtotals) == len({line.tax_rate for line in done})
    return list(done), {tax.rate: tax.tax_minor for tax in subtotals}


def _exact(amount_minor: int, rate: Decimal) -> Fraction:
    return amount_minor * Fraction(rate) / 100


@law
@given(invoices | of_few_rates)
def test_what_the_lines_of_a_rate_show_adds_up_to_its_subtotal(rows: list[tuple[int, str]]) -> None:
    lines, subtotals = _taxed(rows)

    shown: Counter[Decimal] = Counter()
    for line in lines:
        shown[line.tax_rate] += line.tax_minor
    assert shown == subtotals


@law
@given(invoices | of_few_rates)
def test_a_subtotal_is_half_a_unit_from_exact_at_most_and_a_line_less_than_one(rows: list[tuple[int, str]]) -> None:
    lines, subtotals = _taxed(rows)

    for rate, tax_minor in subtotals.items():
        exact = _exact(sum(line.amount_minor for line in lines if line.tax_rate == rate), rate)
        assert Fraction(-1, 2) < abs(tax_minor) - abs(exact) <= Fraction(1, 2)
    for line in lines:
        assert abs(line.tax_minor - _exact(line.amount_minor, line.tax_rate)) < 1


@law
@given(invoices | of_few_rates)
def test_what_is_given_back_mirrors_what_was_charged_line_by_line(rows: list[tuple[int, str]]) -> None:
    charged, _ = _taxed(rows)

    given_back, _ = _taxed([(-amount, rate) for amount, rate in rows])

    assert [line.tax_minor for line in given_back] == [-line.tax_minor for line in charged]


# ---- the rate of the whole


def test_the_overall_rate_is_the_rate_or_what_several_come_to() -> None:
    one = with_tax(make_invoice(*lines_of(1, 1)), at("8.25"))
    lines, subtotals = taxed(list(zip(lines_of(1_00, 2_00), [at("20"), at("10")], strict=True)))
    two = make_invoice(*lines).model_copy(update={"taxes": subtotals})
    lines, subtotals = taxed(list(zip(lines_of(1_00, -1_00), [at("20"), at("10")], strict=True)))
    of_nothing = make_invoice(*lines).model_copy(update={"taxes": subtotals})

    assert overall_rate(one) == Decimal("8.25")
    assert overall_rate(two) == Decimal("13.3333")  # 40 of 300
    assert overall_rate(of_nothing) == 0
    assert overall_rate(make_invoice()) == 0
