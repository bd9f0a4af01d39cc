"""A signal counts for what it was sold to count for, and for nothing that an amendment puts beside it."""

from datetime import date

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import AddFromCatalog, UpdateOrderTerm, UpdatePricing
from functions.billing.periods import midnight
from tests.billing.amending.selling import amend, amounts, end, running, send
from tests.builders import USAGE, make_attribute, make_price, make_pricing, make_product_attribute
from tests.fakes.shop import ORG

MARCH, MID_MARCH = date(2025, 3, 1), date(2025, 3, 15)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))


def test_a_signal_does_not_count_for_a_second_price_of_its_line_that_an_amendment_adds() -> None:
    """As where a client lost the answer, and executes the same again with the next version."""
    shop = running(EMAILS, start=MARCH)
    sold = make_product_attribute(EMAILS.pricing)
    shop.products.modify(ORG, "prod_1", lambda product: product.model_copy(update={"attributes": (sold,)}))

    with pytest.raises(
        InvalidInput, match="'email_sent' of product prod_1 is counted by component ola_email_sent of the"
    ):
        amend(shop, MID_MARCH, AddFromCatalog(product_attribute_id=sold.id))

    amend(shop, MID_MARCH, end(of=EMAILS.id, treatment=None))
    amend(shop, MID_MARCH, AddFromCatalog(product_attribute_id=sold.id))
    send(shop, date(2025, 3, 20))
    assert amounts(shop, date(2025, 4, 1)) == [10]


def test_a_price_of_other_signals_does_not_count_what_another_price_of_its_line_counts() -> None:
    calls = EMAILS.model_copy(
        update={"id": "ola_calls", "pricing": EMAILS.pricing.model_copy(update={"event_name": "called"})}
    )
    shop = running(EMAILS, calls, start=MARCH)

    with pytest.raises(InvalidInput, match="is counted by component ola_"):
        amend(shop, MID_MARCH, UpdatePricing(attribute_id=calls.id, pricing=EMAILS.pricing))


def test_two_prices_of_one_signal_that_were_sold_so_are_amended_like_any_other() -> None:
    """A signal costs 0.10 and 0.10 at first, then 0.10 and 0.30; the order was to end, and goes on."""
    both = [EMAILS, EMAILS.model_copy(update={"id": "ola_other"})]
    shop = running(*both, start=MARCH, end=date(2025, 3, 25))
    send(shop, date(2025, 3, 2), date(2025, 3, 20), date(2025, 3, 28))

    amend(shop, MID_MARCH, UpdatePricing(attribute_id="ola_other", unit_price_minor=30))
    amend(shop, MID_MARCH, UpdateOrderTerm(new_end=midnight(date(2025, 5, 1))))

    assert sum(amounts(shop, MID_MARCH) + amounts(shop, date(2025, 3, 16)) + amounts(shop, date(2025, 4, 1))) == 100
