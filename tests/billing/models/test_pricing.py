import pytest
from pydantic import ValidationError

from functions.billing.errors import InvalidInput
from functions.billing.models.pricing import BillingTiming, ChargeType, PricePoint, default_timing
from tests.builders import ADVANCE, ARREARS, ONE_TIME, RECURRING, SEATS, USAGE, make_price, make_pricing


@pytest.mark.parametrize(
    ("charge_type", "timing"), [(ONE_TIME, ADVANCE), (RECURRING, ADVANCE), (SEATS, ADVANCE), (USAGE, ARREARS)]
)
def test_only_usage_is_charged_in_arrears_unless_something_else_is_said(
    charge_type: ChargeType, timing: BillingTiming
) -> None:
    assert default_timing(charge_type) is timing


def test_usage_in_advance_is_refused_because_it_is_not_known_before() -> None:
    with pytest.raises(ValidationError, match="billingType of usage is Advance, expected Arrears"):
        make_pricing(USAGE, timing=ADVANCE)


@pytest.mark.parametrize("event_name", [None, ""])
def test_usage_of_no_event_is_refused(event_name: str | None) -> None:
    with pytest.raises(ValidationError, match="eventName is missing"):
        make_pricing(USAGE, event_name=event_name)


@pytest.mark.parametrize(("maximum", "accepted"), [(9, False), (10, True), (11, True), (None, True)])
def test_the_most_is_not_below_the_least(maximum: int | None, *, accepted: bool) -> None:
    if accepted:
        assert make_price(min_quantity=10, max_quantity=maximum).max_quantity == maximum
    else:
        with pytest.raises(ValidationError, match="maxQuantity 9 is below minQuantity 10"):
            make_price(min_quantity=10, max_quantity=maximum)


@pytest.mark.parametrize("field", ["unit_price_minor", "included_quantity", "min_quantity", "max_quantity"])
@pytest.mark.parametrize("value", [-1, 10**12 + 1, 0.5])
def test_prices_and_quantities_are_whole_and_neither_negative_nor_beyond_a_million_millions(
    field: str, value: float
) -> None:
    with pytest.raises(ValidationError, match=field):
        PricePoint.model_validate({"currency": "USD", "unit_price_minor": 1, field: value})


def test_a_price_is_found_by_its_currency() -> None:
    pricing = make_pricing(RECURRING, make_price(500_00), make_price(450_00, currency="EUR"))

    assert pricing.price_in("EUR").unit_price_minor == 450_00
    assert pricing.is_sold_in("USD")
    assert not pricing.is_sold_in("GBP")


def test_a_price_that_does_not_exist_is_an_error_and_not_zero() -> None:
    pricing = make_pricing(RECURRING, make_price(), make_price(currency="EUR"))

    with pytest.raises(InvalidInput, match="no price point in GBP; the pricing has USD, EUR"):
        pricing.price_in("GBP")


def test_two_prices_in_one_currency_are_refused() -> None:
    with pytest.raises(ValidationError, match="name a currency twice: USD, USD"):
        make_pricing(RECURRING, make_price(1), make_price(2))
