from decimal import Decimal

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.money import format_amount, major_units, minor_digits, round_to_minor
from tests.billing.cases import case


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("EUR", 2), ("XCG", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3)],
)
def test_a_currency_has_the_minor_digits_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("currency", ["usd", "XXX", "US", ""])
def test_an_unknown_currency_is_refused_by_name(currency: str) -> None:
    with pytest.raises(InvalidInput, match=f"currency is '{currency}', expected an ISO 4217 code"):
        minor_digits(currency)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.4999999999999999999999999", 0),
        ("0.5", 1),
        ("0.5000000000000000000000001", 1),
        ("1.5", 2),
        ("2.5", 3),  # half-even would give 2
        ("-0.4", 0),
        ("-0.5", -1),
        ("-0.6", -1),
        ("-2.5", -3),
        ("1000000000000000000000000.5", 1000000000000000000000001),
    ],
)
def test_a_half_is_rounded_away_from_zero(amount: str, rounded: int) -> None:
    assert round_to_minor(Decimal(amount)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "billed"),
    [
        case("RND-01", "10.278798", "USD", "10.28"),
        case("RND-01", "10.271", "USD", "10.27"),
        case("RND-01", "10.275", "USD", "10.28"),
        case("RND-01", "1023.45", "JPY", "1,023"),
        case("RND-01", "1023.5", "JPY", "1,024"),
        case("RND-01", "99.996", "EUR", "100.00"),
        case("RND-01", "0.004", "GBP", "0.00"),
        case("RND-01", "0.005", "GBP", "0.01"),
        case("RND-01", "999999.999", "USD", "1,000,000.00"),
        case("RND-01", "0", "USD", "0.00"),
        case("RND-07", "0.725", "USD", "0.73"),
        case("fourth-digit", "1.2344", "KWD", "1.234"),
        case("fourth-digit", "1.2345", "KWD", "1.235"),
    ],
)
def test_an_amount_is_billed_in_whole_minor_units_of_its_currency(amount: str, currency: str, billed: str) -> None:
    in_minor = Decimal(amount).scaleb(minor_digits(currency))

    assert format_amount(round_to_minor(in_minor), currency) == billed


@pytest.mark.parametrize(
    ("quantity", "unit_price_minor", "billed_minor"),
    [
        case("RND-03", "150", "10", 15_00),
        case("RND-03", "123.456", "50", 61_73),  # 6172.8
        case("RND-03", "1000", "0.3333", 3_33),
        case("RND-03-JPY", "50", "10.5", 525),
        case("RND-05", "55", "6.7", 3_69),  # 368.5
        case("GRAD-11", "3", "10", 30),
        case("GRAD-11", "1000000", "0.0001", 1_00),
    ],
)
def test_a_product_is_rounded_after_the_multiplication(quantity: str, unit_price_minor: str, billed_minor: int) -> None:
    assert round_to_minor(Decimal(quantity) * Decimal(unit_price_minor)) == billed_minor


@pytest.mark.parametrize(
    ("amount_minor", "currency", "amount"),
    [
        case("RND-11", 1797, "USD", "17.97"),
        case("yen", 1797, "JPY", "1797"),
        case("dinar", 1797, "KWD", "1.797"),
        case("negative", -5, "USD", "-0.05"),
    ],
)
def test_major_units_are_exact(amount_minor: int, currency: str, amount: str) -> None:
    assert major_units(amount_minor, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "shown"),
    [
        (0, "USD", "0.00"),
        (5, "USD", "0.05"),
        (1_800_00, "USD", "1,800.00"),
        (-1_800_00, "USD", "-1,800.00"),
        (1_234_567, "JPY", "1,234,567"),
        (1_234_567, "KWD", "1,234.567"),
    ],
)
def test_an_amount_is_shown_with_separators_and_all_its_minor_digits(
    amount_minor: int, currency: str, shown: str
) -> None:
    assert format_amount(amount_minor, currency) == shown
