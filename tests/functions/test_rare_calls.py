"""What functions ask of AWS now and then: by a cold start, for a log in pieces, when something is not there yet."""

from datetime import date
from typing import Any

import pytest

from functions.billing.models.invoice import Invoice
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.wiring import costing, ledgers, margins, remembering, signalling
from infra.resources import DOCUMENT_QUEUE, SNAPSHOTS
from local.resources import physical_name
from tests.builders import NOW
from tests.faults import Call, listening, watched
from tests.functions.accounts import own_clients, taken
from tests.functions.calling import links, report, spend
from tests.functions.sales import Seller, at, fee, seller, usage
from tests.functions.spending import GOOD
from tests.world import World, invoke

SIGNAL = {"eventName": "email_sent", "customer": {"externalCustomerId": "acme"}, "idempotencyKey": "key 1"}


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def test_a_clock_that_is_advanced_posts_invoices_and_has_their_documents_made(acme: Seller) -> None:
    """As `owed clock` does it; the queues are worked off here whenever it looks whether they are empty."""
    acme.sell(fee(at(500_00)), autoPostInvoices=True)

    def work_meanwhile(call: Call) -> None:
        if call.operation == "GetQueueAttributes":
            acme.world.work()

    with listening(own_clients(), work_meanwhile):
        answer = invoke(
            "admin", {"operation": "set_clock", "organization": acme.tenant.organization_id, "date": "2025-08-01"}
        )

    assert answer["invoices"] == 2  # of 1 July and 1 August
    assert acme.totals() == [("2025-06-01", 500_00), ("2025-07-01", 500_00), ("2025-08-01", 500_00)]
    assert all(acme.tenant.call("GET", f"/invoices/{each['id']}/pdf").status == 200 for each in acme.invoices())


def test_a_pdf_that_is_asked_for_before_it_is_made_is_made_and_stored(acme: Seller) -> None:
    acme.sell(fee(at(500_00)))
    (draft,) = acme.invoices()
    assert acme.tenant.call("POST", f"/invoices/{draft['id']}/post").status == 200
    assert len(taken(acme.world, DOCUMENT_QUEUE)) == 1  # and nobody works on it

    first = acme.tenant.call("GET", f"/invoices/{draft['id']}/pdf")
    with watched(own_clients()) as watch:
        second = acme.tenant.call("GET", f"/invoices/{draft['id']}/pdf")

    assert first.body == second.body
    assert "PutObject" not in watch.calls


def test_late_usage_of_a_log_in_pieces_is_explained(acme: Seller) -> None:
    acme.sell(usage(at(10)), autoPostInvoices=True)
    acme.send(date(2025, 6, 5))
    acme.clock("2025-07-01")
    acme.send(date(2025, 6, 20))
    acme.clock("2025-08-01")
    june, july = acme.invoices()
    for invoice in (june, july):
        ledgers.invoices().modify(acme.tenant.organization_id, invoice["id"], with_an_empty_piece)

    late = acme.lines(july)[0]
    it: Any = acme.tenant.get(f"/invoices/{july['id']}/lines/{late['id']}/explanation")

    assert (it["quantity"]["billedBefore"], it["quantity"]["counted"]) == (1, 2)
    assert it["signals"]["count"] == 1


def with_an_empty_piece(invoice: Invoice) -> Invoice:
    return invoice.model_copy(update={"log_positions": {**invoice.log_positions, 1: 0}})


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_cold_start_knows_the_keys_of_a_long_log(acme: Seller, *, is_kept: bool) -> None:
    """From the snapshot that was written with segment 64, or, where that is gone, from the log."""
    fill_log(acme, segments=66)
    if not is_kept:
        lose_snapshots(acme.world)

    start_cold()
    signals = acme.tenant.call("POST", "/signals/bulk", {"signals": [SIGNAL]})
    start_cold()
    costs = acme.tenant.call("POST", "/costs/bulk", {"costs": [{**GOOD, "idempotencyKey": "a cost"}]})
    start_cold()
    acme.world.work()

    assert (signals.body["ingested"], signals.body["duplicates"]) == (0, 1)
    assert (costs.status, costs.body["ingested"]) == (200, 1)


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_cold_start_finds_the_price_that_a_cost_of_a_long_log_got_later(acme: Seller, *, is_kept: bool) -> None:
    acme.sell(usage(at(10)))
    fill_log(acme, segments=66)
    spend(acme, "0", is_unpriced=True, paid=links())
    signal_id = report(acme, paid=links(enable_cost_tracing=True))
    (unpriced,) = acme.tenant.get("/traces")["traces"]
    spend(acme, "0.25", prices=unpriced["id"])
    if not is_kept:
        lose_snapshots(acme.world)

    start_cold()
    (cost,) = acme.tenant.get(f"/signals/{signal_id}/cost")["costs"]

    assert (cost["id"], cost["amount"], cost["isUnpriced"]) == (unpriced["id"], "0.25", False)


def fill_log(acme: Seller, *, segments: int) -> None:
    """A segment for each of the keys "key 1", "key 2" and so on."""
    log = LogId(acme.tenant.organization_id, acme.customer_id)
    for number in range(1, segments + 1):
        entry = Entry(key_hash=hash_key(f"key {number}"), event_name="email_sent", occurred_at=NOW)
        remembering.signal_log().append(
            Segment(log=log, number=number, cumulative=number, logged_at=NOW, entries=(entry,))
        )


def lose_snapshots(world: World) -> None:
    bucket = physical_name(SNAPSHOTS.name)
    for each in world.clients.s3.list_objects_v2(Bucket=bucket)["Contents"]:
        world.clients.s3.delete_object(Bucket=bucket, Key=each["Key"])


def start_cold() -> None:
    for factory in (remembering.signal_log, signalling.accept_signals, costing.accept_costs, margins.read_signal_cost):
        factory.cache_clear()
