from datetime import date

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
