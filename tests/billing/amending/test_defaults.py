"""What a request says for all of its intents holds for those that name nothing, as far as it fits them."""

from datetime import date

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import Amendment, Source, Treatment, UpdateOrderTerm
from functions.billing.models.order import FirstPart
from functions.billing.models.pricing import PricingModel
from functions.billing.periods import midnight
from tests.billing.amending.selling import NONE, PRORATE, added, amend, amounts, end, fee, order_of, quantity, running
from tests.builders import RECURRING, USAGE, make_attribute, make_price, make_pricing
from tests.fakes.shop import ORG

MARCH, MID_MARCH, DAY_AFTER = date(2025, 3, 1), date(2025, 3, 15), date(2025, 3, 16)
FROM_NOW, ALL = Treatment.SIGNALS_FROM_AMENDMENT, Treatment.ALL_SIGNALS_IN_PERIOD
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
PERCENT = make_attribute(
    make_pricing(RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage="10", price_points=()), id="ola_percent"
)


@pytest.mark.parametrize(
    ("default", "first_part", "charged", "source"),
    [
        (None, None, [17_00], Source.DEFAULT),
        (NONE, None, [], Source.REQUEST_DEFAULT),
        (PRORATE, None, [17_00], Source.REQUEST_DEFAULT),
        (ALL, None, [17_00], Source.DEFAULT),
        (NONE, FirstPart.FULL, [31_00], Source.REQUEST),
    ],
)
def test_the_default_says_what_the_first_part_costs_of_what_is_added(
    default: Treatment | None, first_part: FirstPart | None, charged: list[int], source: Source
) -> None:
    """31.00 a month from 15 March on: 17 of 31 days."""
    shop = running(fee(10_00), start=MARCH)

    done = amend(shop, MID_MARCH, added(fee(31_00), first_part=first_part), default=default)

    assert sources(done)[0] == source
    assert amounts(shop, DAY_AFTER) == charged


@pytest.mark.parametrize("default", [ALL, FROM_NOW, PRORATE, NONE])
def test_usage_ends_whatever_the_default_is(default: Treatment) -> None:
    """For all signals in the period there is no price when it ends."""
    shop = running(EMAILS, fee(1_00), start=MARCH)

    done = amend(shop, MID_MARCH, end(of=EMAILS.id, treatment=None), default=default)

    assert [(each.value, each.source) for each in done.plan.resolutions] == [
        (FROM_NOW, Source.REQUEST_DEFAULT if default is FROM_NOW else Source.DEFAULT)
    ]


def test_a_percentage_ends_with_its_period_where_the_default_prorates_and_other_things_at_once() -> None:
    shop = running(fee(10_00), PERCENT, start=MARCH)

    done = amend(shop, MID_MARCH, end(of=PERCENT.id, treatment=None), end(treatment=None), default=PRORATE)

    assert [each.value for each in done.plan.resolutions] == [NONE, PRORATE]
    assert sources(done) == [Source.DEFAULT, Source.REQUEST_DEFAULT]
    ends = {each.id: each.term.ends_on for _, each in order_of(shop).attributes()}
    assert ends == {"ola_recurring": MID_MARCH, PERCENT.id: date(2025, 4, 1)}


def test_an_end_moves_though_the_default_cannot_give_back_of_a_voided_invoice() -> None:
    shop = running(fee(10_00), start=MARCH)
    (invoice,) = shop.register.of(ORG)
    shop.void(ORG, invoice.id, now=midnight(MID_MARCH))

    done = amend(shop, MID_MARCH, UpdateOrderTerm(new_end=midnight(date(2025, 3, 20))), default=PRORATE)

    assert sources(done) == [Source.DEFAULT]


def test_what_the_intent_itself_names_is_refused_though_the_default_would_do() -> None:
    shop = running(fee(10_00), PERCENT, start=MARCH)

    with pytest.raises(InvalidInput, match="treatment is prorate, expected none"):
        amend(shop, MID_MARCH, quantity(2), end(of=PERCENT.id), default=NONE)

    assert order_of(shop).version == 2


def sources(done: Amendment) -> list[Source]:
    return [each.source for each in done.plan.resolutions]
