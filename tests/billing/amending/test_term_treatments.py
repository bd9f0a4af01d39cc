"""An end that moves changes no price: a treatment of usage bills the signals up to it, as every other does."""

from collections.abc import Callable
from datetime import date

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import Asked, Axis, Source, Treatment, UpdateLineTerm, UpdateOrderTerm
from functions.billing.models.order import OrderLineAttribute
from functions.billing.periods import midnight
from tests.billing.amending.selling import NONE, PRORATE, amend, billed, end, fee, order_of, running, send
from tests.builders import USAGE, make_attribute, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import Shop

MARCH, MID_MARCH, SOONER, APRIL = date(2025, 3, 1), date(2025, 3, 15), date(2025, 3, 20), date(2025, 4, 1)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
SINCE_TODAY, WHOLE_PERIOD = Treatment.SIGNALS_FROM_AMENDMENT, Treatment.ALL_SIGNALS_IN_PERIOD
OF_USAGE = [SINCE_TODAY, WHOLE_PERIOD]

Term = Callable[[Shop, date, Treatment | None], Asked]


def line_term(shop: Shop, new_end: date, treatment: Treatment | None) -> Asked:
    return UpdateLineTerm(line_id=order_of(shop).lines[0].id, new_end=midnight(new_end), treatment=treatment)


def order_term(_: Shop, new_end: date, treatment: Treatment | None) -> Asked:
    return UpdateOrderTerm(new_end=midnight(new_end), treatment=treatment)


TERMS = pytest.mark.parametrize("term", [line_term, order_term], ids=lambda term: term.__name__)


@TERMS
@pytest.mark.parametrize("treatment", [NONE, *OF_USAGE])
def test_signals_up_to_the_new_end_are_billed_whatever_is_said_of_usage(term: Term, treatment: Treatment) -> None:
    """31.00 stay charged; of signals on 2, 19 and 20 March, two before the end on the 20th: 2 x 0.10."""
    shop = running(fee(31_00), EMAILS, start=MARCH)
    send(shop, date(2025, 3, 2))

    amend(shop, MID_MARCH, term(shop, SOONER, treatment))

    send(shop, date(2025, 3, 19), SOONER)
    assert billed(shop, APRIL) == {MARCH: [31_00], SOONER: [20]}
    assert found(shop) == []


@pytest.mark.parametrize("treatment", OF_USAGE)
def test_an_order_that_ends_later_counts_on_whatever_is_said_of_usage(treatment: Treatment) -> None:
    """Up to 20 March 19/31 of 31.00, and then the other twelve days; signals on the 19th and the 25th: 2 x 0.10."""
    shop = running(fee(31_00), EMAILS, start=MARCH, end=SOONER)

    amend(shop, MID_MARCH, order_term(shop, APRIL, treatment))

    send(shop, date(2025, 3, 19), date(2025, 3, 25))
    assert billed(shop, APRIL) == {MARCH: [19_00], SOONER: [12_00], APRIL: [20]}
    assert found(shop) == []


@TERMS
@pytest.mark.parametrize("treatment", OF_USAGE)
def test_what_is_charged_by_periods_is_not_settled_and_the_plan_says_so(term: Term, treatment: Treatment) -> None:
    shop = running(fee(31_00), EMAILS, start=MARCH)

    plan = amend(shop, MID_MARCH, term(shop, SOONER, treatment), default=Treatment.PRORATE).plan

    assert [(each.axis, each.value, each.source) for each in plan.resolutions] == [
        (Axis.USAGE, treatment, Source.REQUEST),
        (Axis.MONEY, NONE, Source.REQUEST),
    ]
    assert plan.money_effects == ()


@TERMS
@pytest.mark.parametrize(
    ("said", "default", "resolved"),
    [
        (PRORATE, None, [(SINCE_TODAY, Source.DEFAULT), (PRORATE, Source.REQUEST)]),
        (None, WHOLE_PERIOD, [(WHOLE_PERIOD, Source.REQUEST_DEFAULT), (NONE, Source.DEFAULT)]),
        (None, PRORATE, [(SINCE_TODAY, Source.DEFAULT), (PRORATE, Source.REQUEST_DEFAULT)]),
    ],
)
def test_the_plan_says_of_both_axes_whose_choice_it_was(
    term: Term, said: Treatment | None, default: Treatment | None, resolved: list[tuple[Treatment, Source]]
) -> None:
    shop = running(fee(31_00), EMAILS, start=MARCH)

    plan = amend(shop, MID_MARCH, term(shop, SOONER, said), default=default).plan

    assert [(each.value, each.source) for each in plan.resolutions] == resolved


@TERMS
@pytest.mark.parametrize("sold", [(fee(31_00),), (fee(31_00), EMAILS)], ids=["never sold", "ended"])
def test_where_no_usage_stands_a_treatment_of_usage_is_refused(
    term: Term, sold: tuple[OrderLineAttribute, ...]
) -> None:
    shop = running(*sold, start=MARCH)
    if EMAILS in sold:
        amend(shop, date(2025, 3, 14), end(of=EMAILS.id, treatment=None))

    with pytest.raises(InvalidInput, match="expected none or prorate: what the intent changes is charged by periods"):
        amend(shop, MID_MARCH, term(shop, SOONER, SINCE_TODAY))
