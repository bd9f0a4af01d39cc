"""Transactions of credits add up: what was granted and not taken is available, or has expired."""

from hypothesis import given
from hypothesis import strategies as st

from functions.billing.models.credit import CreditGrant
from functions.billing.models.rating_plan import PlanEntry
from functions.billing.models.usage import RatingPlan
from functions.billing.rating.burn_down import Need, burn_down
from functions.billing.rating.transactions import TransactionType, transactions
from tests.billing.rating.paper import june
from tests.billing.rating.test_burn_down import grant, need, needs_of, some_grants

PLAN = RatingPlan(
    entries=tuple(
        PlanEntry(
            order_id=f"ord_{source}",
            order_line_id="line",
            order_line_attribute_id=source,
            product_id="prod_1",
            event_name="read",
            start=june(1),
            anchor_day=1,
            months=1,
        )
        for source in ("a", "b")
    )
)


@given(some_grants(), needs_of, st.integers(0, 20))
def test_what_is_granted_and_not_taken_is_left_or_has_expired(
    grants: list[CreditGrant], needs: list[Need], day: int
) -> None:
    state = burn_down(grants, needs, through=june(day))

    rows = list(transactions(PLAN, [state], []))

    granted = sum(row.micro for row in rows if row.type is TransactionType.GRANT)
    spent = -sum(row.micro for row in rows if row.type is TransactionType.SPEND)
    assert spent == sum(pot.used for pot in state.pots)
    assert granted - spent == sum(pot.available + pot.expired for pot in state.pots)
    assert len({row.id for row in rows}) == len(rows)


def test_what_one_day_takes_of_two_grants_is_two_and_what_two_take_of_one_is_two() -> None:
    grants = [grant("soon", 5, 1, 20), grant("late", 100, 1)]
    state = burn_down(grants, [need(8, 2), need(4, 2), need(2, 3, source="b")], through=june(3))

    spends = sorted(
        (row.recorded_at.date(), row.micro, row.order_id)
        for row in transactions(PLAN, [state], [])
        if row.type is TransactionType.SPEND
    )

    assert spends == [(june(2), -7, "ord_a"), (june(2), -5, "ord_a"), (june(3), -2, "ord_b")]
