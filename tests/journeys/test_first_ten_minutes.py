"""The guide's first ten minutes through the published client: every amount from the guide's prices."""

from datetime import UTC, date, datetime

from local import guide
from tests.client import client_of
from tests.journeys.guide import draft_order
from tests.world import World

SETUP_FEE, PLATFORM_FEE, SEAT = 1_000_00, 500_00, 30_00
EMAIL, MEETING = 10, 50_00


def test_the_guide_ends_in_exact_invoices(world: World) -> None:
    acme = world.tenant("Acme AI", clock=date(2025, 5, 25))
    paid = client_of(acme)
    order = draft_order(paid)
    paid.orders.activate_order_by_id(order.id)
    world.advance_clock(acme, date(2025, 6, 30))
    for bulk in guide.june_in_bulks():
        paid.signals.create_signals(signals=bulk)

    world.advance_clock(acme, date(2025, 7, 1))
    world.advance_clock(acme, date(2025, 8, 1))

    june, july, august = paid.invoices.list_invoices().data
    assert june.invoice_total == SETUP_FEE + PLATFORM_FEE + guide.SEATS * SEAT == 1_800_00
    assert (
        july.invoice_total
        == PLATFORM_FEE + guide.SEATS * SEAT + guide.EMAILS * EMAIL + guide.MEETINGS * MEETING
        == 1_274_00
    )
    assert august.invoice_total == PLATFORM_FEE + guide.SEATS * SEAT == 800_00
    lines = paid.invoices.get_invoice_lines(july.id).data
    assert [(line.quantity, line.total_price_before_tax) for line in lines] == [
        (1, PLATFORM_FEE),
        (guide.SEATS, guide.SEATS * SEAT),
        (guide.EMAILS, guide.EMAILS * EMAIL),
        (guide.MEETINGS, guide.MEETINGS * MEETING),
    ]
    assert [invoice.display_number for invoice in (june, july, august)] == ["INV-000001", "INV-000002", "INV-000003"]
    assert [invoice.status for invoice in (june, july, august)] == ["posted"] * 3
    assert june.due_date == datetime(2025, 7, 1, tzinfo=UTC)


def test_a_bulk_sent_twice_counts_once_and_says_so(world: World) -> None:
    acme = world.tenant("Acme AI", clock=date(2025, 6, 30))
    paid = client_of(acme)
    draft_order(paid)
    bulk = next(guide.june_in_bulks())

    first = paid.signals.create_signals(signals=bulk)
    world.work()
    second = paid.signals.create_signals(signals=bulk)
    world.work()

    assert (first.ingested, first.duplicates, first.failed) == (guide.BULK, 0, 0)
    assert (second.ingested, second.duplicates, second.failed) == (0, guide.BULK, 0)
    assert paid.signals.list_signals(limit=1).pagination.total == guide.BULK
