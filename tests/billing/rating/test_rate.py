import pytest

from functions.billing.errors import InvalidInput
from functions.billing.rating.rate import rate
from tests.builders import USAGE, make_price, make_pricing

PRICING = make_pricing(USAGE, make_price(10), make_price(9, currency="EUR"), make_price(15, currency="JPY"))


@pytest.mark.parametrize(("currency", "amount_minor"), [("USD", 50 * 10), ("EUR", 50 * 9), ("JPY", 50 * 15)])
def test_a_quantity_is_charged_at_the_price_of_the_currency(currency: str, amount_minor: int) -> None:
    assert rate(PRICING, 50, currency=currency).amount == amount_minor


def test_a_currency_without_a_price_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no price point in GBP"):
        rate(PRICING, 50, currency="GBP")
