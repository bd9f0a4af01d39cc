"""Changes that are made today, of what brings credits: what met what before, and what was charged, stays."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import Asked, Treatment, UpdateOrderTerm, UpdatePricing
from functions.billing.models.credit import CreditGrant
from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import BillingTiming, CreditBenefit, PricingModel
from functions.billing.periods import midnight
from functions.billing.usecases.amend_order import Wanted
from tests.billing.amending.selling import added, fee
from tests.builders import ADVANCE, ARREARS, USAGE, make_attribute, make_order, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop, make_signal

MICRO = 10**6
JUNE, MID_JUNE, JULY = date(2025, 6, 1), date(2025, 6, 15), date(2025, 7, 1)
HUNDRED = CreditBenefit(currency_id="cc_1", amount_micro=100 * MICRO)


def pages(id_: str, event_name: str) -> OrderLineAttribute:
    """A credit each; what is not granted is 0.10."""
    pricing = make_pricing(
        USAGE,
        model=PricingModel.PREPAID_CREDITS,
        price_points=(),
        event_name=event_name,
        credits={"currency_id": "cc_1", "cost": Decimal(1), "quantity_path": "pages"},
        overage_unit_minor=10,
    )
    return make_attribute(pricing, id=id_)


def put(shop: Shop, day: date) -> None:
    shop.update(ORG, "ord_1", {"end_date": midnight(day)}, state=None, now=midnight(day) + timedelta(hours=10))


def amend(shop: Shop, day: date, *asked: Asked, order_id: str = "ord_1", hour: int = 10) -> None:
    """The order's end, unless something else is asked for."""
    intents = asked or (UpdateOrderTerm(new_end=midnight(day)),)
    wanted = Wanted(order_version=shop.orders.get(ORG, order_id).version, intents=intents, digest=str(intents))
    shop.amend.execute(ORG, order_id, wanted, now=midnight(day) + timedelta(hours=hour))


def read(shop: Shop, event_name: str, count: int, *, on: date) -> None:
    occurred_at = midnight(on) + timedelta(hours=9)
    shop.receive(make_signal(f"{on}", event_name=event_name, occurred_at=occurred_at, data={"pages": count}))


def overage(shop: Shop, order_id: str) -> list[int]:
    """The millionths that were not met, of each line of its invoices."""
    invoices = [each for each in shop.register.of(ORG) if each.order_id == order_id]
    return [line.quantity for invoice in invoices for line in invoice.lines]


@pytest.mark.parametrize("timing", [ADVANCE, ARREARS])
@pytest.mark.parametrize("ends", [put, amend])
def test_an_end_that_is_set_today_moves_no_turn_of_the_credits_that_it_cuts_off(
    ends: Callable[[Shop, date], None], timing: BillingTiming
) -> None:
    """On the 6th 100 were taken of those by hand, gone on the 20th, before those of June: these met 100 of 2 June.

    Asked on the 8th, by an order for the past: 50 of 150 are overage of its May, charged then.
    """
    by_hand = CreditGrant(
        id="cg_1",
        currency_id="cc_1",
        amount_micro=100 * MICRO,
        starts_on=date(2025, 6, 5),
        expires_on=date(2025, 6, 20),
    )
    shop = Shop(grants=[by_hand])
    brings = fee(31_00, timing=timing, benefits=(HUNDRED,))
    shop.sell(make_order(brings, auto_post_invoices=True), on=midnight(JUNE))
    shop.sell(make_order(pages("ola_2", "read"), id="ord_2", auto_post_invoices=True), on=midnight(JUNE))
    shop.bill_until(JUNE)
    read(shop, "read", 100, on=date(2025, 6, 6))
    read(shop, "copied", 150, on=date(2025, 6, 2))
    past = make_order(pages("ola_3", "copied"), id="ord_3", start=date(2025, 5, 4), auto_post_invoices=True)
    shop.sell(past, on=midnight(date(2025, 6, 8)))
    shop.bill_until(date(2025, 6, 8), "ord_3")
    assert overage(shop, "ord_3") == [50 * MICRO]

    ends(shop, MID_JUNE)

    shop.bill_until(date(2025, 7, 4), "ord_3")
    assert overage(shop, "ord_3") == [50 * MICRO]
    assert found(shop) == []


@pytest.mark.parametrize("has_brought", [False, True])
@pytest.mark.parametrize(
    ("day", "hour", "unmet"), [(MID_JUNE - timedelta(days=1), 11, 0), (MID_JUNE, 9, 100), (MID_JUNE, 11, 100)]
)
def test_credits_of_what_is_added_meet_nothing_that_is_charged_on_its_day(
    day: date, hour: int, unmet: int, *, has_brought: bool
) -> None:
    """On the 15th at ten another order ends, with 100 that nothing met: charged then, unless credits came before."""
    shop = Shop()
    brings = fee(31_00, benefits=(HUNDRED,) if has_brought else ())
    shop.sell(make_order(brings, auto_post_invoices=True), on=midnight(JUNE))
    shop.sell(make_order(pages("ola_2", "read"), id="ord_2", auto_post_invoices=True), on=midnight(JUNE))
    shop.bill_until(JUNE)
    read(shop, "read", 100 + 100 * has_brought, on=date(2025, 6, 6))
    more = added(fee(10_00, benefits=(HUNDRED,)))

    for on, at, order_id, asked in sorted([(MID_JUNE, 10, "ord_2", ()), (day, hour, "ord_1", (more,))], key=_moment):
        amend(shop, on, *asked, order_id=order_id, hour=at)
        shop.bill_until(on, order_id)

    assert overage(shop, "ord_2") == [unmet * MICRO] * bool(unmet)
    shop.rate(ORG, "cus_1")
    assert found(shop) == []


def _moment(change: tuple[date, int, str, object]) -> tuple[date, int]:
    return change[0], change[1]


@pytest.mark.parametrize("keeps_benefits", [False, True])
def test_credits_that_came_with_a_price_of_signals_are_not_taken_back_from_what_was_charged(
    *, keeps_benefits: bool
) -> None:
    """100 of 120 are met by what came on the 1st, 20 are charged on the 10th: no price may take that one's place."""
    shop = Shop()
    mails = make_pricing(USAGE, make_price(1), event_name="mailed", benefits=(HUNDRED,))
    shop.sell(make_order(make_attribute(mails), auto_post_invoices=True), on=midnight(JUNE))
    shop.sell(make_order(pages("ola_2", "read"), id="ord_2", auto_post_invoices=True), on=midnight(JUNE))
    shop.bill_until(JUNE)
    read(shop, "read", 120, on=date(2025, 6, 6))
    amend(shop, date(2025, 6, 10), order_id="ord_2")
    shop.bill_until(date(2025, 6, 10), "ord_2")
    assert overage(shop, "ord_2") == [20 * MICRO]
    (sold,) = shop.orders.get(ORG, "ord_1").attributes()
    dearer = make_pricing(USAGE, make_price(2), event_name="mailed")
    anew = UpdatePricing(
        attribute_id=sold[1].id,
        pricing=dearer,
        keeps_benefits=keeps_benefits,
        treatment=Treatment.ALL_SIGNALS_IN_PERIOD,
    )

    with pytest.raises(InvalidInput, match="expected signalsFromAmendment: credits came with the price"):
        amend(shop, MID_JUNE, anew)

    amend(shop, MID_JUNE, anew.model_copy(update={"treatment": Treatment.SIGNALS_FROM_AMENDMENT}))
    shop.bill_until(JULY, "ord_1")
    shop.rate(ORG, "cus_1")
    assert found(shop) == []
