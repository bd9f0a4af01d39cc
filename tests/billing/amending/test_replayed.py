"""What the replay of the log says of an order that was amended: an amendment excuses no other invoice."""

from datetime import date

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.replay import replayed as made_again
from functions.billing.models.amendment import Treatment, UpdatePricing
from functions.billing.models.audit import Book, Difference
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from tests.billing.amending.selling import amend, fee, order_of, quantity, running
from tests.builders import USAGE, make_attribute, make_order, make_price, make_pricing
from tests.fakes.audit import found, replayed
from tests.fakes.shop import ORG, Shop, make_signals

MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)
ALL = Treatment.ALL_SIGNALS_IN_PERIOD
SUPPORT = fee(50_00).model_copy(update={"id": "ola_support"})


def forge(shop: Shop, issue_date: date, *, end: date) -> None:
    """The invoice of that day becomes what it would have been, had the order ended then."""
    (invoice,) = (each for each in shop.register.of(ORG) if each.issue_date == issue_date)
    forged = made_again(order_of(shop).model_copy(update={"end_date": midnight(end)}), invoice, {})
    assert forged.subtotal_minor < invoice.subtotal_minor
    shop.register.stored[ORG, forged.id] = Stored(forged, shop.register.load(ORG, forged.id).revision)


def is_excused(shop: Shop) -> bool:
    """Whether of all invoices that are not as they were only remarks are made; the books beside them tell as well."""
    of_invoices = [each for each in replayed(shop).findings if each.book is Book.INVOICE]
    assert of_invoices
    return not any(isinstance(each, Difference) for each in of_invoices)


def move_end(shop: Shop, day: date, end: date) -> None:
    shop.update(ORG, "ord_1", {"end_date": midnight(end)}, state=None, now=midnight(day))


def test_an_invoice_that_was_tampered_with_is_found_though_its_order_was_amended_since() -> None:
    """10 of 31 days of the support are charged: as if the order had ended on the 11th."""
    shop = running(fee(10_00), SUPPORT, start=MARCH)
    amend(shop, date(2025, 3, 15), quantity(2))
    assert found(shop) == []

    forge(shop, MARCH, end=date(2025, 3, 11))

    assert not is_excused(shop)


def test_an_end_that_was_moved_before_an_invoice_excuses_it_no_more_because_of_an_amendment_after_it() -> None:
    shop = running(fee(10_00), SUPPORT, start=MARCH, end=date(2026, 3, 1))
    move_end(shop, date(2025, 3, 20), date(2027, 3, 1))
    shop.bill_until(APRIL)
    amend(shop, date(2025, 4, 15), quantity(2))
    assert found(shop) == []

    forge(shop, APRIL, end=date(2025, 4, 11))

    assert not is_excused(shop)


def test_an_end_that_an_update_moves_may_excuse_an_invoice_before_it_also_of_an_amended_order() -> None:
    """Nobody knows where the end was, so that it is said, and is no difference."""
    shop = running(fee(10_00), SUPPORT, start=MARCH)
    amend(shop, date(2025, 3, 15), quantity(2))
    move_end(shop, date(2025, 3, 20), date(2027, 3, 1))
    assert found(shop) == []

    forge(shop, MARCH, end=date(2025, 3, 11))

    assert is_excused(shop)
    assert "the end of order ord_1 has moved since; with the end 2025-03-11" in found(shop)[0]


@pytest.mark.parametrize("updated", [False, True])
def test_an_end_moved_when_nobody_noted_it_yet_excuses_as_before(*, updated: bool) -> None:
    """An order of a version before: what it says of itself is when it was updated."""
    shop = running(fee(10_00), SUPPORT, start=MARCH)
    if updated:
        move_end(shop, date(2025, 3, 10), date(2027, 3, 1))
        stored = shop.orders.stored[ORG, "ord_1"]
        unsaid = stored.value.model_copy(update={"end_moved_at": None})
        shop.orders.stored[ORG, "ord_1"] = Stored(unsaid, stored.revision)
    amend(shop, date(2025, 3, 15), quantity(2))

    forge(shop, MARCH, end=date(2025, 3, 11))

    assert is_excused(shop) is updated


def test_all_signals_of_a_period_are_not_left_to_another_order_that_was_billed_without_them() -> None:
    """The first order counts the e-mails of the quarter; June is billed to the second without them."""
    emails = make_pricing(USAGE, make_price(10), frequency="quarterly")
    shop = Shop()
    shop.sell(make_order(make_attribute(emails), auto_post_invoices=True))
    second = make_attribute(make_pricing(USAGE, make_price(10)), id="ola_second")
    shop.sell(make_order(second, fee(1_00), id="ord_2", auto_post_invoices=True))
    shop.receive(*make_signals("12", occurred_at=midnight(date(2025, 6, 20))))
    july = date(2025, 7, 1)
    shop.bill_until(july, "ord_2")
    other = emails.model_copy(update={"event_name": "other"})

    with pytest.raises(InvalidInput, match="has counted since 2025-06-01 would count for order ord_2 instead"):
        amend(shop, july, UpdatePricing(attribute_id="ola_email_sent", pricing=other, treatment=ALL))

    amend(shop, july, UpdatePricing(attribute_id="ola_email_sent", pricing=other))
    shop.rate(ORG, "cus_1")
    assert found(shop) == []
