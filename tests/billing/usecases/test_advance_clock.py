from datetime import date, timedelta

import pytest

from functions.billing.errors import Busy, InvalidInput, NotFound
from functions.billing.periods import midnight
from functions.billing.usecases.advance_clock import AdvanceClock
from tests.builders import NOW, START, make_attribute, make_order, make_organization, make_price, make_pricing
from tests.fakes.organizations import FakeOrganizations
from tests.fakes.shop import ORG, Shop

JUNE_15, JULY, AUGUST = date(2025, 6, 15), date(2025, 7, 1), date(2025, 8, 1)
FEE = 500_00


def sold(clock: date | None = JUNE_15, **fields: object) -> Shop:
    """One order from 1 June, of a monthly fee."""
    shop = Shop(organizations=FakeOrganizations(make_organization(test=True, clock=clock)))
    order = make_order(make_attribute(make_pricing(price_points=(make_price(FEE),))))
    shop.sell(order.model_copy(update=fields))
    return shop


def test_what_falls_due_on_the_way_is_billed_on_its_day_and_the_clock_ends_on_the_target() -> None:
    shop = sold()

    organization, invoices = shop.clock()(ORG, date(2025, 8, 20), now=NOW)

    assert organization.clock == date(2025, 8, 20)
    assert [(i.issue_date, i.created_at) for i in invoices] == [
        (START, midnight(JUNE_15)),  # due before the clock's day, and billed on it
        (JULY, midnight(JULY)),
        (AUGUST, midnight(AUGUST)),
    ]
    assert shop.organizations.get(ORG) == organization


@pytest.mark.parametrize(("day", "invoices"), [(date(2025, 6, 30), 1), (JULY, 2), (date(2025, 7, 2), 2)])
def test_a_day_is_due_when_the_clock_reaches_it(day: date, invoices: int) -> None:
    assert len(sold().clock()(ORG, day, now=NOW)[1]) == invoices


def test_the_next_due_day_is_the_first_of_all_orders_and_none_where_none_is_active() -> None:
    shop = sold()
    shop.clock()(ORG, date(2025, 7, 2), now=NOW)

    assert shop.clock().next_due_day(ORG) == AUGUST
    assert Shop().clock().next_due_day(ORG) is None


def test_the_same_day_again_changes_nothing() -> None:
    shop = sold()
    shop.clock()(ORG, JULY, now=NOW)
    before = shop.register.of(ORG)

    organization, invoices = shop.clock()(ORG, JULY, now=NOW)

    assert (organization.clock, invoices) == (JULY, [])
    assert shop.register.of(ORG) == before


def test_a_clock_that_was_never_set_begins_where_the_first_thing_is_due() -> None:
    shop = sold(clock=None)

    organization, invoices = shop.clock()(ORG, JUNE_15, now=NOW)

    assert organization.clock == JUNE_15
    assert [(i.issue_date, i.created_at) for i in invoices] == [(START, midnight(START))]


def test_several_orders_are_billed_day_after_day_and_numbered_so() -> None:
    shop = sold(auto_post_invoices=True)
    second = make_order(make_attribute(), id="ord_2", start=date(2025, 6, 20), auto_post_invoices=True)
    shop.sell(second)

    shop.clock()(ORG, date(2025, 7, 31), now=NOW)

    assert [
        (i.issue_date, i.order_id, i.number) for i in sorted(shop.register.of(ORG), key=lambda i: i.number or 0)
    ] == [
        (START, "ord_1", 1),
        (date(2025, 6, 20), "ord_2", 2),
        (JULY, "ord_1", 3),
        (date(2025, 7, 20), "ord_2", 4),
    ]


def test_the_queues_are_waited_for_before_and_after() -> None:
    drained: list[str] = []

    sold().clock(drained)(ORG, AUGUST, now=NOW)

    assert len(drained) == 2


def test_nothing_happens_while_the_queues_are_not_empty() -> None:
    def never_ends() -> None:
        raise Busy("still working")

    shop = sold()
    advance = AdvanceClock(organizations=shop.organizations, schedules=shop.schedules, bill=shop.bill, drain=never_ends)

    with pytest.raises(Busy):
        advance(ORG, AUGUST, now=NOW)

    assert shop.organizations.get(ORG).clock == JUNE_15
    assert shop.register.of(ORG) == []


def test_a_clock_goes_forward_only() -> None:
    shop = sold()

    with pytest.raises(InvalidInput, match="2025-06-14"):
        shop.clock()(ORG, date(2025, 6, 14), now=NOW)

    assert shop.register.of(ORG) == []


def test_a_live_organization_has_no_clock() -> None:
    shop = Shop(organizations=FakeOrganizations(make_organization()))

    with pytest.raises(InvalidInput, match="live"):
        shop.clock()(ORG, AUGUST, now=NOW)


def test_an_unknown_organization_is_not_found() -> None:
    with pytest.raises(NotFound):
        Shop().clock()("org_9", AUGUST, now=NOW)


def test_what_a_crash_left_promised_on_the_clocks_day_is_made_and_moves_no_clock() -> None:
    shop = sold(auto_post_invoices=True)
    shop.clock()(ORG, JULY, now=NOW)
    lost = max(shop.register.of(ORG), key=lambda invoice: invoice.issue_date)
    del shop.register.stored[ORG, lost.id]

    organization, invoices = shop.clock()(ORG, date(2025, 7, 20), now=NOW)

    assert organization.clock == date(2025, 7, 20)
    assert [(invoice.id, invoice.number, invoice.total_minor) for invoice in invoices] == [
        (lost.id, lost.number, lost.total_minor)
    ]


@pytest.mark.parametrize(
    ("clock", "allowed"),
    [
        (JUNE_15, date(2027, 6, 16)),  # 15 June 2025 + 731 days: 2026 has 365, and so have the twelve months after it
        (None, NOW.date() + timedelta(days=731)),  # a clock that was never set is where the world is
    ],
)
def test_a_clock_goes_two_years_at_once_and_further_only_when_that_is_meant(clock: date | None, allowed: date) -> None:
    too_far = allowed + timedelta(days=1)
    refused = sold(clock)

    with pytest.raises(InvalidInput, match=rf"date is {too_far}, 732 days after .* expected at most 731"):
        refused.clock()(ORG, too_far, now=NOW)

    assert (refused.organizations.get(ORG).clock, refused.register.of(ORG)) == (clock, [])
    assert sold(clock).clock()(ORG, allowed, now=NOW)[0].clock == allowed
    assert sold(clock).clock()(ORG, too_far, now=NOW, far=True)[0].clock == too_far


def test_a_clock_that_was_never_set_may_be_set_as_far_into_the_past_as_one_likes() -> None:
    shop = Shop(organizations=FakeOrganizations(make_organization(test=True, clock=None)))

    assert shop.clock()(ORG, date(1999, 1, 1), now=NOW)[0].clock == date(1999, 1, 1)


def test_steps_end_where_one_long_way_does_and_bill_the_same() -> None:
    """From 15 June, 31 days at a time: 16 July, 16 August, and then 20 August."""
    at_once, in_steps = sold(), sold()
    _, expected = at_once.clock()(ORG, date(2025, 8, 20), now=NOW)

    made, stops = [], []
    for _ in range(3):
        organization, invoices = in_steps.clock()(ORG, date(2025, 8, 20), now=NOW, at_most=timedelta(days=31))
        made += invoices
        stops.append(organization.clock)

    assert stops == [date(2025, 7, 16), date(2025, 8, 16), date(2025, 8, 20)]
    assert [(i.id, i.total_minor) for i in made] == [(i.id, i.total_minor) for i in expected]


def test_steps_begin_today_where_the_clock_was_never_set() -> None:
    shop = Shop(organizations=FakeOrganizations(make_organization(test=True, clock=None)))
    today = NOW.date()

    organization, _ = shop.clock()(ORG, today + timedelta(days=40), now=NOW, at_most=timedelta(days=31))

    assert organization.clock == today + timedelta(days=31)


def test_the_calendar_ends_before_the_longest_step_does() -> None:
    almost = Shop(organizations=FakeOrganizations(make_organization(test=True, clock=date(9999, 12, 30))))

    assert almost.clock()(ORG, date.max, now=NOW, at_most=timedelta(days=31))[0].clock == date.max
