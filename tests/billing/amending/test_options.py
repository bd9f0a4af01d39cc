"""What `options` says of a treatment is what a preview does: it is taken, or refused for the reason that was given."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import ClassVar

import pytest

from functions.billing.amending.options import Choice, IntentOptions, options_of
from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import (
    Asked,
    Axis,
    EndAttribute,
    Treatment,
    UpdateLineTerm,
    UpdateOrderTerm,
    UpdatePricing,
)
from functions.billing.models.order import FirstPart, Order, OrderLine, OrderLineAttribute, SeatAssignments
from functions.billing.models.pricing import BillingFrequency, CreditBenefit, PricingModel, Recipient
from functions.billing.models.seats import seat_ids
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from functions.billing.usecases.amend_order import Wanted
from tests.billing.amending.selling import (
    FEE_ID,
    NONE,
    PRORATE,
    added,
    amend,
    billed,
    end,
    fee,
    order_of,
    quantity,
    running,
    send,
)
from tests.builders import ARREARS, ONE_TIME, RECURRING, SEATS, USAGE, make_attribute, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

MARCH, MID_MARCH, LATER = date(2025, 3, 1), date(2025, 3, 15), date(2025, 3, 20)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
PERCENT = make_attribute(
    make_pricing(RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage="10", price_points=()), id="ola_percent"
)
OF_SEATS = CreditBenefit(currency_id="ccy_1", amount_micro=100_000_000, recipient=Recipient.SEAT)
TWO_SEATS = make_attribute(make_pricing(SEATS, make_price(10_00)), id="ola_seats", quantity=2)


def ordinary() -> Shop:
    shop = running(fee(10_00), EMAILS, PERCENT, TWO_SEATS, start=MARCH)
    send(shop, date(2025, 3, 2))
    return shop


def voided() -> Shop:
    shop = running(fee(10_00), EMAILS, PERCENT, start=MARCH)
    (invoice,) = shop.register.of(ORG)
    shop.void(ORG, invoice.id, now=midnight(MID_MARCH))
    return shop


def billed_again() -> Shop:
    shop = voided()
    shop.rebill(ORG, shop.register.of(ORG)[0].id, now=midnight(MID_MARCH))
    return shop


def in_arrears() -> Shop:
    return running(fee(10_00, timing=ARREARS), start=MARCH)


def of_a_whole_first_part() -> Shop:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, added(fee(30_00), first_part=FirstPart.FULL))
    return shop


def of_a_free_first_part() -> Shop:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, added(fee(30_00), first_part=FirstPart.NONE))
    return shop


def to_end_with_the_period() -> Shop:
    shop = running(fee(10_00), fee(1_00).model_copy(update={"id": "ola_other"}), start=MARCH)
    amend(shop, MID_MARCH, end(treatment=NONE))
    return shop


def to_end_and_given_back() -> Shop:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, UpdateOrderTerm(new_end=midnight(date(2025, 3, 25)), treatment=PRORATE))
    return shop


def to_be_another_next_month() -> Shop:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, quantity(2, treatment=NONE))
    return shop


def with_somebody_on_a_seat() -> Shop:
    shop = running(TWO_SEATS, start=MARCH)
    (sold,) = (each for _, each in order_of(shop).attributes())
    seats = shop.book.seats(ORG, "ord_1")
    taken = SeatAssignments(users={seat_ids(order_of(shop), sold)[0]: "ada"})
    shop.book.commit_seats(ORG, order_of(shop), Stored(taken, seats.revision), shop.book.plan(ORG, "cus_1"))
    return shop


def with_credits_of_seats() -> Shop:
    return running(TWO_SEATS, fee(10_00, benefits=(OF_SEATS,)), start=MARCH)


def in_the_last_period() -> Shop:
    return running(fee(10_00), EMAILS, PERCENT, TWO_SEATS, start=MARCH, end=date(2025, 3, 25))


def paid_behind_its_end() -> Shop:
    shop = running(fee(10_00), PERCENT, start=MARCH)
    amend(shop, MARCH, UpdateOrderTerm(new_end=midnight(date(2025, 3, 25)), treatment=NONE))
    return shop


def of_fees_that_are_charged_once() -> Shop:
    """One charged, one to come, and one to come whose credits are there."""
    benefit = CreditBenefit(currency_id="ccy", amount_micro=100_000_000)
    once = make_pricing(ONE_TIME, make_price(500_00))
    in_arrears = once.model_copy(update={"timing": ARREARS})
    with_credits = in_arrears.model_copy(update={"benefits": (benefit,)})
    pricings = {"ola_charged": once, "ola_to_come": in_arrears, "ola_with_credits": with_credits}
    return running(*(make_attribute(pricing, id=name) for name, pricing in pricings.items()), start=MARCH)


STORIES: list[Callable[[], Shop]] = [
    ordinary,
    voided,
    billed_again,
    in_arrears,
    of_a_whole_first_part,
    of_a_free_first_part,
    to_end_with_the_period,
    to_end_and_given_back,
    to_be_another_next_month,
    with_somebody_on_a_seat,
    with_credits_of_seats,
    of_fees_that_are_charged_once,
    in_the_last_period,
    paid_behind_its_end,
]


def offered(shop: Shop, day: date) -> Iterator[tuple[Choice, Asked]]:
    """Every treatment with an intent that asks for it and changes something; ends move back, to tomorrow."""
    order, standing = shop.amend.standing(ORG, "ord_1", now=midnight(day))
    options, sooner = options_of(order, standing), midnight(day + timedelta(days=1))
    for line in options.lines:
        for attribute in line.attributes:
            for intent in attribute.intents:
                for choice in choices_of(intent):
                    yield choice, _asked(intent.kind, attribute.attribute, choice.value)
        for intent in line.intents:
            for choice in choices_of(intent):
                yield choice, UpdateLineTerm(line_id=line.line.id, new_end=sooner, treatment=choice.value)
    for choice in choices_of(options.order_term):
        yield choice, UpdateOrderTerm(new_end=sooner, treatment=choice.value)


def choices_of(intent: IntentOptions) -> list[Choice]:
    return [choice for choices in intent.axes.values() for choice in choices]


def _asked(kind: str, attribute: OrderLineAttribute, treatment: Treatment) -> Asked:
    match kind:
        case "updateQuantity":
            return quantity(attribute.quantity + 1, of=attribute.id, treatment=treatment)
        case "updatePricing":
            if attribute.counts_signals:
                return UpdatePricing(attribute_id=attribute.id, unit_price_minor=11, treatment=treatment)
            number = attribute.quantity + 1
            return UpdatePricing(
                attribute_id=attribute.id, pricing=attribute.pricing, quantity=number, treatment=treatment
            )
        case "endAttribute":
            return EndAttribute(attribute_id=attribute.id, treatment=treatment)
        case _:
            raise AssertionError(kind)


@pytest.mark.parametrize("day", [MID_MARCH, LATER], ids=str)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_what_is_offered_is_taken_and_what_is_not_is_refused_for_that_reason(
    story: Callable[[], Shop], day: date
) -> None:
    shop, wrong = story(), []
    for choice, asked in offered(shop, day):
        wanted = Wanted(order_version=order_of(shop).version, intents=[asked])
        try:
            shop.amend.preview(ORG, "ord_1", wanted, now=midnight(day))
        except InvalidInput as refusal:
            said = choice.unavailable or "nothing"
            if said.removeprefix("it cannot end earlier so: ") not in refusal.sentence:
                wrong.append((asked, said, refusal.sentence))
        else:
            if choice.unavailable is not None:
                wrong.append((asked, choice.unavailable, "accepted"))

    assert wrong == []


def test_a_line_whose_invoice_is_voided_offers_no_proration_of_its_end() -> None:
    order, standing = voided().amend.standing(ORG, "ord_1", now=midnight(MID_MARCH))

    none, prorate = options_of(order, standing).order_term.axes[Axis.MONEY]

    assert none == Choice(NONE)
    assert prorate.unavailable is not None
    assert f"of {FEE_ID}, the invoice that charges the current period is voided" in prorate.unavailable


@pytest.mark.parametrize(
    ("day", "has_stub"),
    [(date(2025, 12, 31), True), (date(2026, 1, 1), False), (date(2026, 1, 2), True), (date(2026, 4, 1), True)],
    ids=str,
)
def test_a_stub_exists_on_every_day_but_those_on_which_a_year_of_the_order_begins(day: date, *, has_stub: bool) -> None:
    """On 1 April a month begins, but what is added by the year is charged by its days, or not, until January."""
    shop = running(fee(10_00), start=date(2025, 1, 1))
    year = fee(365_00, frequency=BillingFrequency.ANNUAL)
    shop.bill_until(day)

    assert options_of(*shop.amend.standing(ORG, "ord_1", now=midnight(day))).has_stub is has_stub

    done = amend(shop, day, added(year, first_part=FirstPart.NONE))
    assert (done.plan.money_effects == ()) is has_stub


class Walked(Order):
    """Counts how often somebody goes through all of its components."""

    walks: ClassVar[list[int]] = []

    def attributes(self) -> Iterator[tuple[OrderLine, OrderLineAttribute]]:
        self.walks.append(1)
        return super().attributes()


@pytest.mark.parametrize("components", [1, 40])
def test_however_many_components_there_are_they_are_gone_through_as_often(components: int) -> None:
    """Once for the lineages, and once for the end of the period."""
    shop = running(*(fee(1_00).model_copy(update={"id": f"ola_{at}"}) for at in range(components)), start=MARCH)
    order, standing = shop.amend.standing(ORG, "ord_1", now=midnight(MID_MARCH))
    Walked.walks.clear()

    options = options_of(Walked.model_validate(order.model_dump()), standing)

    assert len(options.lines[0].attributes) == components
    assert len(Walked.walks) == 2


@pytest.mark.parametrize("story", [in_the_last_period, paid_behind_its_end], ids=lambda story: story.__name__)
def test_in_its_last_period_all_can_be_ended_and_nothing_be_changed_with_none(story: Callable[[], Shop]) -> None:
    order, standing = story().amend.standing(ORG, "ord_1", now=midnight(MID_MARCH))
    attributes = [each for each in options_of(order, standing).lines[0].attributes if not each.attribute.counts_signals]
    first = {(each.attribute.id, intent.kind): choices_of(intent)[0] for each in attributes for intent in each.intents}

    assert {choice.value for choice in first.values()} == {NONE}
    assert {choice.unavailable for (_, kind), choice in first.items() if kind == "endAttribute"} == {None}
    assert {choice.unavailable for (_, kind), choice in first.items() if kind != "endAttribute"} == {
        "it ends on 2025-03-25, and changes nothing before"
    }


def test_what_ends_with_its_last_period_stays_ended_where_the_end_moves_on() -> None:
    """24/31 of 10.00 and of 10 % of it, and the rest of the month and April without the percentage."""
    shop = running(fee(10_00), PERCENT, start=MARCH, end=date(2025, 3, 25))
    amend(shop, MID_MARCH, end(of=PERCENT.id, treatment=None))
    amend(shop, MID_MARCH, UpdateOrderTerm(new_end=midnight(date(2025, 6, 1))))

    assert billed(shop, date(2025, 4, 1)) == {MARCH: [7_74, 77], date(2025, 3, 25): [2_26], date(2025, 4, 1): [10_00]}
    assert found(shop) == []


def test_a_fee_that_is_charged_once_offers_everything_until_it_is_charged_or_its_credits_are_there() -> None:
    order, standing = of_fees_that_are_charged_once().amend.standing(ORG, "ord_1", now=midnight(MID_MARCH))

    charged, to_come, with_credits = options_of(order, standing).lines[0].attributes

    assert (charged.intents, charged.locked) == ((), "it is charged once, and that is done")
    assert (with_credits.intents, with_credits.locked) == ((), "its credits came on 2025-03-01, and may be taken")
    assert {choice.unavailable for intent in to_come.intents for choice in choices_of(intent)} == {None}
