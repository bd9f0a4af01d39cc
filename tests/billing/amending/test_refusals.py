"""What cannot be amended, and is refused in words: nothing is changed then."""

from datetime import date
from typing import Any

import pytest

from functions.billing.amending.locks import NotAmendable
from functions.billing.amending.options import options_of
from functions.billing.errors import BillingError, InvalidInput, NotFound
from functions.billing.models.amendment import AddFromCatalog, Asked, Axis, Treatment, UpdateOrderTerm, UpdatePricing
from functions.billing.models.order import FirstPart, OrderLineAttribute, SeatAssignments
from functions.billing.models.pricing import ChargeType, PricingModel
from functions.billing.models.seats import seats_of
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from functions.billing.usecases.amend_order import PlanConflict, Wanted
from tests.billing.amending.selling import (
    FEE_ID,
    NONE,
    PRORATE,
    added,
    amend,
    end,
    fee,
    latest,
    order_of,
    quantity,
    running,
)
from tests.builders import (
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    make_attribute,
    make_order,
    make_price,
    make_pricing,
    make_product_attribute,
)
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

MARCH, MID_MARCH = date(2025, 3, 1), date(2025, 3, 15)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
PAGES = make_attribute(
    make_pricing(USAGE, model=PricingModel.PREPAID_CREDITS, credits={"currency_id": "cc_1"}, event_name="page_read")
)
IN_CREDITS = make_attribute(PAGES.pricing.model_copy(update={"event_name": "email_opened"}))
SETUP = make_attribute(make_pricing(ONE_TIME, make_price(500_00)))
PERCENT = make_attribute(
    make_pricing(RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage=10, price_points=()), id="ola_percent"
)


@pytest.mark.parametrize(
    ("intent", "sentence"),
    [
        (quantity(2, of="ola_none"), "order line attribute ola_none was not found"),
        (quantity(2, of=EMAILS.id, treatment=None), "newQuantity is 2, expected none: 'email_sent' is counted"),
        (
            quantity(2, treatment=Treatment.SIGNALS_FROM_AMENDMENT),
            "treatment is signalsFromAmendment, expected none or",
        ),
        (
            quantity(2, of=SETUP.id, treatment=None),
            "ola_oneTime cannot be amended: it is charged once, and that is done",
        ),
        (quantity(2, of=PERCENT.id), "treatment is prorate, expected none: a percentage is taken of the lines"),
        (end(of=EMAILS.id, treatment=PRORATE), "treatment is prorate, expected signalsFromAmendment or allSignals"),
        (
            end(of=EMAILS.id, treatment=Treatment.ALL_SIGNALS_IN_PERIOD),
            "treatment is allSignalsInPeriod, expected another: no price follows",
        ),
        (
            UpdatePricing(attribute_id=FEE_ID),
            "neither is given, expected exactly one of newUnitPriceMinor and newPricing",
        ),
        (
            UpdatePricing(attribute_id=FEE_ID, pricing=EMAILS.pricing, unit_price_minor=1),
            "both are given, expected exactly one of newUnitPriceMinor and newPricing",
        ),
        (UpdatePricing(attribute_id=FEE_ID, pricing=EMAILS.pricing), "newPricing has the charge type usage, expected"),
        (
            UpdatePricing(attribute_id=FEE_ID, pricing=make_pricing(RECURRING, make_price(5, currency="EUR"))),
            "newPricing has no price point in USD, expected one",
        ),
        (
            UpdatePricing(
                attribute_id=EMAILS.id, pricing=IN_CREDITS.pricing, treatment=Treatment.ALL_SIGNALS_IN_PERIOD
            ),
            "treatment is allSignalsInPeriod, expected signalsFromAmendment: a price is in credits, and others",
        ),
        (
            UpdatePricing(attribute_id=PAGES.id, pricing=EMAILS.pricing, treatment=Treatment.ALL_SIGNALS_IN_PERIOD),
            "treatment is allSignalsInPeriod, expected signalsFromAmendment: a price is in credits, and others",
        ),
        (
            added(IN_CREDITS, treatment=Treatment.ALL_SIGNALS_IN_PERIOD),
            "treatment is allSignalsInPeriod, expected signalsFromAmendment: a price is in credits, and others",
        ),
        (added(EMAILS), "'email_sent' of product prod_1 is counted by line"),
        (
            added(fee(1_00), product_attribute_id="pa_nobody"),
            "productAttributeId is 'pa_nobody', expected none, or the id",
        ),
        (UpdateOrderTerm(new_end=midnight(date(2025, 3, 14))), "expected no day before 2025-03-15"),
        (
            UpdateOrderTerm(new_end=midnight(date(2025, 5, 1)), extend_line_ids=("line_none",)),
            "order line line_none was not found",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_and_changes_nothing(intent: Asked, sentence: str) -> None:
    shop = running(fee(10_00), EMAILS, PAGES, SETUP, PERCENT, start=MARCH)
    before = order_of(shop)

    with pytest.raises(BillingError) as refused:
        amend(shop, MID_MARCH, intent)

    assert sentence in refused.value.sentence
    assert refused.value.more == {"intentIndex": 0}
    assert order_of(shop) == before


def test_of_many_intents_the_one_to_blame_is_named_and_none_is_done() -> None:
    shop = running(fee(10_00), EMAILS, start=MARCH)

    with pytest.raises(NotFound) as refused:
        amend(shop, MID_MARCH, quantity(2), quantity(3, of="ola_none"))

    assert refused.value.more == {"intentIndex": 1}
    assert order_of(shop).version == 2


def test_of_two_intents_on_one_component_the_second_is_refused() -> None:
    shop = running(fee(10_00), start=MARCH)

    with pytest.raises(InvalidInput, match=r"which intents\[0\] changes already"):
        amend(shop, MID_MARCH, quantity(2), end())


@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2025, 3, 31), None), (date(2025, 4, 1), "ORDER_ENDED"), (date(2025, 4, 2), "ORDER_ENDED")],
)
def test_an_order_can_be_amended_until_the_day_before_its_end(day: date, code: str | None) -> None:
    shop = running(fee(10_00), start=MARCH, end=date(2025, 4, 1))
    order, standing = shop.amend.standing(ORG, "ord_1", now=midnight(day))

    not_amendable = options_of(order, standing).not_amendable

    assert (None if not_amendable is None else not_amendable.code) == code
    if code is not None:
        with pytest.raises(NotAmendable):
            amend(shop, day, quantity(2))


@pytest.mark.parametrize(("usage", "is_available"), [(EMAILS, True), (PAGES, False)])
def test_signals_are_not_counted_anew_where_they_took_credits(usage: OrderLineAttribute, is_available: bool) -> None:  # noqa: FBT001 - a column
    order, standing = running(usage, start=MARCH).amend.standing(ORG, "ord_1", now=midnight(MID_MARCH))

    (line,) = options_of(order, standing).lines

    (of_usage,) = line.attributes
    update_pricing = next(each for each in of_usage.intents if each.kind == "updatePricing")
    reasons = {choice.value: choice.unavailable for choice in update_pricing.axes[Axis.USAGE]}
    assert reasons[Treatment.SIGNALS_FROM_AMENDMENT] is None
    assert (reasons[Treatment.ALL_SIGNALS_IN_PERIOD] is None) == is_available


def test_a_draft_cannot_be_amended() -> None:
    shop = Shop()
    shop.orders.insert(ORG, make_order(fee(10_00), start=MARCH))

    with pytest.raises(NotAmendable) as refused:
        amend(shop, MID_MARCH, quantity(2))

    assert refused.value.code == "ORDER_NOT_ACTIVE"


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_of_the_order_is_a_conflict(version: int) -> None:
    shop = running(fee(10_00), start=MARCH)

    with pytest.raises(PlanConflict, match=f"orderVersion is {version}, expected 2"):
        execute(shop, MID_MARCH, order_version=version)


@pytest.mark.parametrize("drift", ["the day", "a billing run", "the order's end"])
def test_a_plan_that_is_another_by_now_is_a_conflict(drift: str) -> None:
    shop = running(fee(10_00), fee(1_00).model_copy(update={"id": "ola_daily"}), start=MARCH)
    wanted = Wanted(order_version=2, intents=[quantity(2)])
    shown = shop.amend.preview(ORG, "ord_1", wanted, now=midnight(MID_MARCH))
    day = date(2025, 3, 16) if drift == "the day" else MID_MARCH
    if drift == "a billing run":
        amend(shop, MID_MARCH, quantity(2, of="ola_daily"))
        shop.bill_until(MID_MARCH)
    if drift == "the order's end":
        end_ = {"end_date": midnight(date(2025, 3, 20))}
        shop.update(ORG, "ord_1", end_, state=None, now=midnight(MID_MARCH))

    with pytest.raises(PlanConflict):
        execute(shop, day, order_version=order_of(shop).version, plan_hash=shown.plan_hash)


@pytest.mark.parametrize("charge_type", [USAGE, RECURRING])
def test_a_price_of_the_catalogue_that_is_another_by_now_is_a_conflict(charge_type: ChargeType) -> None:
    """Also where the plan shows none of it: usage, and what is added without a first charge."""
    shop = running(fee(10_00), start=MARCH)
    pricing = make_pricing(charge_type, make_price(10))
    sold = make_product_attribute(pricing)
    shop.products.modify(ORG, "prod_1", lambda product: product.model_copy(update={"attributes": (sold,)}))
    first_part = FirstPart.NONE if charge_type is RECURRING else None
    intent = AddFromCatalog(product_attribute_id=sold.id, first_part=first_part)
    shown = shop.amend.preview(ORG, "ord_1", Wanted(order_version=2, intents=[intent]), now=midnight(MID_MARCH))
    dearer = sold.sold_at(pricing.model_copy(update={"price_points": (make_price(11),)}), now=midnight(MID_MARCH))
    shop.products.modify(ORG, "prod_1", lambda product: product.model_copy(update={"attributes": (dearer,)}))

    with pytest.raises(PlanConflict, match=f"planHash is {shown.plan_hash}, expected"):
        execute(shop, MID_MARCH, intents=[intent], plan_hash=shown.plan_hash)


def test_the_plan_that_was_shown_is_executed_and_its_repeat_answered_with_the_same() -> None:
    shop = running(fee(10_00), start=MARCH)
    wanted = Wanted(order_version=2, intents=[quantity(2)])
    shown = shop.amend.preview(ORG, "ord_1", wanted, now=midnight(MID_MARCH))

    done = execute(shop, MID_MARCH, order_version=2, plan_hash=shown.plan_hash)
    again = execute(shop, date(2025, 3, 20), order_version=2, plan_hash=shown.plan_hash)

    assert done.plan == shown
    assert again == done
    assert order_of(shop).version == 3
    assert len(shop.invoice_queue.sent) == 3  # at activation, and for each of the two


def test_a_component_that_was_replaced_is_amended_no_more() -> None:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, quantity(2, treatment=NONE))

    with pytest.raises(InvalidInput, match="stands in its place from 2025-04-01 on: amend that one"):
        amend(shop, MID_MARCH, quantity(3))


def test_of_a_voided_invoice_nothing_is_given_back_until_it_is_billed_again() -> None:
    shop = running(fee(10_00), start=MARCH)
    (invoice,) = shop.register.of(ORG)
    shop.void(ORG, invoice.id, now=midnight(MID_MARCH))

    with pytest.raises(InvalidInput, match="the invoice that charges the current period is voided"):
        amend(shop, MID_MARCH, quantity(2))
    shop.rebill(ORG, invoice.id, now=midnight(MID_MARCH))
    amend(shop, MID_MARCH, quantity(2))

    assert found(shop) == []


def test_an_invoice_that_was_given_back_in_part_cannot_be_voided() -> None:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, quantity(2))
    first, second = (*shop.register.of(ORG), *shop.bill_until(MID_MARCH))

    with pytest.raises(InvalidInput, match="cannot be voided: an amendment gave back what"):
        shop.void(ORG, first.id, now=midnight(MID_MARCH))

    shop.void(ORG, second.id, now=midnight(MID_MARCH))
    assert found(shop) == []


@pytest.mark.parametrize(("new", "is_refused"), [(2, True), (3, False), (4, False)])
def test_the_number_of_seats_is_not_lowered_below_the_last_that_is_taken(new: int, *, is_refused: bool) -> None:
    seats = make_attribute(make_pricing(SEATS, make_price(10_00)), quantity=5)
    shop = running(seats, start=MARCH)
    seat_id = seats_of_shop(shop)[2]
    seat(shop, seat_id)

    if is_refused:
        with pytest.raises(InvalidInput, match=f"newQuantity is 2, but user ada sits on seat {seat_id}"):
            amend(shop, MID_MARCH, quantity(new, of=seats.id))
    else:
        amend(shop, MID_MARCH, quantity(new, of=seats.id))
        assert seats_of_shop(shop)[2] == seat_id
        assert len(seats_of_shop(shop)) == new


def test_seats_do_not_end_while_somebody_sits_on_one_of_them() -> None:
    seats = make_attribute(make_pricing(SEATS, make_price(10_00)), quantity=2)
    shop = running(seats, start=MARCH)
    seat(shop, seats_of_shop(shop)[0])

    with pytest.raises(InvalidInput, match=f"{seats.id} cannot end: user ada sits on seat"):
        amend(shop, MID_MARCH, end(of=seats.id))


@pytest.mark.parametrize("billed", [False, True])
def test_what_is_charged_once_can_be_taken_back_until_it_is_charged(*, billed: bool) -> None:
    """What is added on a billed day falls due on the next."""
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MARCH, added(SETUP))
    setup_id = latest(shop).id
    if billed:
        shop.bill_until(date(2025, 3, 2))
        with pytest.raises(InvalidInput, match="it is charged once, and that is done"):
            amend(shop, date(2025, 3, 2), end(of=setup_id))
    else:
        amend(shop, MARCH, end(of=setup_id))
        assert setup_id not in {attribute.id for _, attribute in order_of(shop).attributes()}


@pytest.mark.parametrize("treatment", [NONE, PRORATE])
def test_a_full_order_can_be_amended_but_gets_no_more_components(treatment: Treatment) -> None:
    shop = running(*(fee(10_00).model_copy(update={"id": f"ola_{number}"}) for number in range(500)), start=MARCH)

    amend(shop, MID_MARCH, quantity(2, of="ola_0", treatment=treatment))
    with pytest.raises(InvalidInput, match="would have 501 priced components that stand, expected at most 500"):
        amend(shop, MID_MARCH, added(fee(10_00)))
    amend(shop, MID_MARCH, end(of="ola_1"))
    amend(shop, MID_MARCH, added(fee(10_00)))


def test_what_never_comes_locks_nothing() -> None:
    """Seven from April on, but the order ends on 25 March; nor do they come when the end moves back."""
    shop = running(fee(10_00, 5), start=MARCH)
    amend(shop, MID_MARCH, quantity(7, treatment=NONE))
    amend(shop, MID_MARCH, UpdateOrderTerm(new_end=midnight(date(2025, 3, 25))))

    amend(shop, date(2025, 3, 17), quantity(8))

    assert [each.quantity for _, each in order_of(shop).attributes()] == [5, 8]


def seats_of_shop(shop: Shop) -> list[str]:
    return [seat.id for seat in seats_of(order_of(shop), SeatAssignments(), [], on=MID_MARCH)]


def seat(shop: Shop, seat_id: str) -> None:
    plan = shop.book.plan(ORG, "cus_1")
    seated = SeatAssignments(users={seat_id: "ada"})
    shop.book.commit_seats(ORG, order_of(shop), Stored(seated, 0), plan)


def execute(shop: Shop, day: date, **fields: Any) -> Any:
    wanted = Wanted(**{"order_version": 2, "intents": [quantity(2)], "digest": "same", **fields})
    return shop.amend.execute(ORG, "ord_1", wanted, now=midnight(day))
