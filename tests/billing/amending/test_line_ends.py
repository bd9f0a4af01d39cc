"""Lines with ends of their own: an earlier end of the order caps them, a later one extends those that it lists."""

from datetime import date, timedelta
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.errors import BillingError, InvalidInput
from functions.billing.models.amendment import Amendment, ChangeKind, Treatment, UpdateLineTerm, UpdateOrderTerm
from functions.billing.models.pricing import BillingTiming
from functions.billing.periods import midnight
from functions.billing.ports import Stored
from tests.billing.amending.selling import NONE, PRORATE, amend, amounts, fee, move, order_of, running
from tests.billing.strategies import law
from tests.builders import make_line, make_order
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

MAY, JULY, AUGUST = (date(2025, month, 1) for month in (5, 7, 8))
SEPTEMBER, JANUARY, MID_JUNE = date(2025, 9, 1), date(2026, 1, 1), date(2025, 6, 15)
DAY = timedelta(days=1)

OWN_ENDS = {"open": None, "same": SEPTEMBER, "early": AUGUST}


def three_lines() -> Shop:
    """From May until September, 31.00 a month each: a line without an end, one until September, one until August."""
    shop = Shop()
    lines = tuple(
        make_line(fee(31_00).model_copy(update={"id": f"ola_{name}"})).model_copy(
            update={"id": name, "end_date": None if end is None else midnight(end)}
        )
        for name, end in OWN_ENDS.items()
    )
    order = make_order(start=MAY, end=SEPTEMBER, auto_post_invoices=True).model_copy(update={"lines": lines})
    shop.sell(order, on=midnight(MAY))
    shop.bill_until(MAY)
    return shop


def extend(shop: Shop, day: date, new_end: date, *line_ids: str, treatment: Treatment | None = None) -> Amendment:
    return amend(shop, day, UpdateOrderTerm(new_end=midnight(new_end), extend_line_ids=line_ids, treatment=treatment))


def months_billed(shop: Shop) -> dict[str, int]:
    """By line how many months of 31.00 it was charged for, less what was given back, until long after its end."""
    shop.bill_until(date(2026, 2, 1))
    lines = [line for invoice in shop.register.of(ORG) for line in invoice.lines]
    by_line = groupby(sorted(lines, key=lambda each: each.order_line_id), key=lambda each: each.order_line_id)
    totals = {line_id: sum(line.amount_minor for line in of_line) for line_id, of_line in by_line}
    assert found(shop) == []
    assert all(total % 31_00 == 0 for total in totals.values())
    return {line_id: total // 31_00 for line_id, total in totals.items()}


def ends(shop: Shop) -> dict[str, date | None]:
    order = order_of(shop)
    shown = {line.id: order.line_end(line) for line in order.lines}
    return {line_id: None if end is None else end.date() for line_id, end in shown.items()}


@pytest.mark.parametrize(
    ("listed", "months"),
    [
        (None, {"open": 8, "same": 4, "early": 3}),
        ((), {"open": 8, "same": 4, "early": 3}),
        (("early",), {"open": 8, "same": 4, "early": 8}),
        (("same",), {"open": 8, "same": 8, "early": 3}),
        (("open",), {"open": 8, "same": 4, "early": 3}),
    ],
)
def test_a_later_end_extends_the_dated_lines_that_it_lists_and_open_ones_follow(
    listed: tuple[str, ...] | None, months: dict[str, int]
) -> None:
    """May to August are 4 months, May to July 3; until January there are 8."""
    shop = three_lines()

    amend(shop, MID_JUNE, UpdateOrderTerm(new_end=midnight(JANUARY), extend_line_ids=listed))

    assert months_billed(shop) == months


def test_an_earlier_end_caps_every_line_that_would_outlive_it() -> None:
    """May and June."""
    shop = three_lines()

    done = move(shop, MID_JUNE, JULY)

    assert ends(shop) == {"open": JULY, "same": JULY, "early": JULY}
    assert [(each.attribute_id, each.new_end) for each in done.plan.operations.replaces] == [
        ("ola_same", midnight(JULY)),
        ("ola_early", midnight(JULY)),
    ]
    dated = [each.order_line_id for each in done.plan.state_diff if each.change is ChangeKind.LINE_TERM]
    assert dated == ["same", "early"]
    assert months_billed(shop) == {"open": 2, "same": 2, "early": 2}


@pytest.mark.parametrize("billed", [False, True])
@pytest.mark.parametrize("treatment", [NONE, PRORATE])
@pytest.mark.parametrize("cut_off", [date(2025, 6, 20), JULY, AUGUST])
def test_an_end_of_the_order_that_moves_back_on_its_day_leaves_every_line_as_it_was(
    cut_off: date, treatment: Treatment, *, billed: bool
) -> None:
    shop = three_lines()

    move(shop, MID_JUNE, cut_off, treatment)
    if billed:
        shop.bill_until(MID_JUNE)
    move(shop, MID_JUNE, SEPTEMBER)

    assert ends(shop) == OWN_ENDS | {"open": SEPTEMBER}
    assert [line.end_date for line in order_of(shop).lines] == [None, midnight(SEPTEMBER), midnight(AUGUST)]
    assert all(line.capped is None for line in order_of(shop).lines)
    assert months_billed(shop) == {"open": 4, "same": 4, "early": 3}


def test_so_it_does_by_several_steps() -> None:
    """Capped twice, half way back, and back."""
    shop = three_lines()

    for new_end in (AUGUST, JULY, date(2025, 8, 15), SEPTEMBER):
        move(shop, MID_JUNE, new_end)

    assert months_billed(shop) == {"open": 4, "same": 4, "early": 3}


def test_from_the_next_day_on_a_line_that_was_capped_has_that_end() -> None:
    """Only the open line follows; the others are listed to go on, and were charged for May and June before."""
    first, second = three_lines(), three_lines()
    for shop in (first, second):
        move(shop, MID_JUNE, JULY)

    move(first, MID_JUNE + DAY, SEPTEMBER)
    extend(second, MID_JUNE + DAY, SEPTEMBER, "same")

    assert months_billed(first) == {"open": 4, "same": 2, "early": 2}
    assert months_billed(second) == {"open": 4, "same": 4, "early": 2}


def test_a_line_that_an_amendment_ends_by_itself_has_no_end_to_go_back_to() -> None:
    shop = three_lines()
    move(shop, MID_JUNE, JULY)
    amend(shop, MID_JUNE, UpdateLineTerm(line_id="same", new_end=midnight(date(2025, 6, 30)), treatment=NONE))

    move(shop, MID_JUNE, SEPTEMBER)

    assert ends(shop)["same"] == date(2025, 6, 30)


def test_an_end_date_of_the_order_cuts_off_and_shows_no_line_that_outlives_it() -> None:
    """By an update the lines keep the ends of their own; an amendment takes them for what is shown: May and June."""
    updated, amended = three_lines(), three_lines()
    for shop in (updated, amended):
        shop.update(ORG, "ord_1", {"end_date": midnight(JULY)}, state=None, now=midnight(MID_JUNE))
        assert ends(shop) == {"open": JULY, "same": JULY, "early": JULY}

    updated.update(ORG, "ord_1", {"end_date": midnight(JANUARY)}, state=None, now=midnight(MID_JUNE))
    extend(amended, MID_JUNE, JANUARY, "early")

    assert months_billed(updated) == {"open": 8, "same": 4, "early": 3}
    assert months_billed(amended) == {"open": 8, "same": 2, "early": 8}


@pytest.mark.parametrize("new_end", [JULY, date(2025, 8, 31)])
def test_an_earlier_end_that_lists_lines_to_extend_is_refused(new_end: date) -> None:
    shop = three_lines()
    before = order_of(shop)

    with pytest.raises(InvalidInput, match=r"extendLineIds names 1, expected none: newEndDate .* is earlier"):
        extend(shop, MID_JUNE, new_end, "same")

    assert order_of(shop) == before


moves = st.tuples(st.integers(0, 1), st.integers(1, 200), st.none() | st.sets(st.sampled_from([*OWN_ENDS])))


@settings(law, max_examples=60)
@given(st.lists(moves, min_size=1, max_size=7))
def test_after_any_moves_every_line_ends_where_a_list_of_ends_says(
    told: list[tuple[int, int, set[str] | None]],
) -> None:
    """`mornings` are the ends of the lines with one of their own as the day began; None follows the order."""
    shop, today = three_lines(), MID_JUNE
    order_end, own = SEPTEMBER, dict(OWN_ENDS)
    mornings = dict(own)
    for wait, days, listed in told:
        if wait:
            today, mornings = today + wait * DAY, dict(own)
        new_end = today + days * DAY
        try:
            extend(shop, today, new_end, *sorted(listed or ()), treatment=NONE)
        except BillingError:
            continue
        for name, end in own.items():
            if end is None:
                continue
            if name in (listed or ()):
                own[name] = mornings[name] = new_end
            else:
                own[name] = min(mornings[name] or end, new_end)
        order_end = new_end
        shop.bill_until(today)

    assert ends(shop) == {name: end or order_end for name, end in own.items()}
    shop.bill_until(date(2026, 3, 1))
    assert found(shop) == []


def test_a_line_that_was_capped_today_and_billed_to_its_end_comes_back_with_no_later_end() -> None:
    """An update moves the order's end on; 7 of 31 days of 31.00 in arrears are charged on the 8th, and no more."""
    march, eighth = date(2025, 3, 1), date(2025, 3, 8)
    shop = running(fee(31_00, timing=BillingTiming.ARREARS), start=march)
    order = order_of(shop)
    line = order.lines[0].model_copy(update={"end_date": midnight(date(2025, 6, 1))})
    shop.orders.stored[ORG, order.id] = Stored(order.model_copy(update={"lines": (line,)}), order.version)
    move(shop, eighth, eighth)
    shop.update(ORG, order.id, {"end_date": midnight(date(2025, 7, 1))}, state=None, now=midnight(eighth))

    assert amounts(shop, eighth) == [7_00]
    move(shop, eighth, date(2025, 3, 9))

    assert amounts(shop, date(2025, 3, 9)) == []
