"""`inspect` of the admin function: what `owed doctor` tells of the inside."""

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.adapters.dead_letters import PARKED_CHANGES
from functions.billing.models.segment import PAYLOAD_HASH_BYTES, Entry, LogId, Segment, hash_key
from functions.wiring import counting
from infra.resources import DOCUMENTS, INVOICE_QUEUE
from local.resources import physical_name
from tests.functions.sales import Seller, at, fee, seller, usage
from tests.world import World, invoke


def inspect() -> Any:
    return invoke("admin", {"operation": "inspect"})


def segment(log: LogId, number: int, *, appended_at: datetime) -> Segment:
    entry = Entry(
        key_hash=hash_key(str(number)),
        payload_hash=bytes(PAYLOAD_HASH_BYTES),
        event_name="email_sent",
        occurred_at=appended_at,
    )
    return Segment(log=log, number=number, cumulative=number, logged_at=appended_at, entries=(entry,))


def test_a_system_at_rest_has_nothing_to_tell(empty_world: World) -> None:
    acme = seller(empty_world)
    acme.sell(fee(), usage(at(10)), autoPostInvoices=True)

    told = inspect()

    assert (told["organizations"], told["waiting"], told["signalsWaiting"]) == (1, 0, 0)
    assert (told["unbilled"], told["unrated"], told["parked"]) == (0, 0, 0)
    assert abs(datetime.fromisoformat(told["now"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_order_that_is_due_and_not_billed_is_named_until_it_is(empty_world: World) -> None:
    tenant = empty_world.tenant(test=False)
    acme = Seller(empty_world, tenant, tenant.create("/customers/", name="Acme Ltd")["id"])
    order = acme.order(fee())
    assert tenant.call("POST", f"/orders/{order['id']}/activate").status == 200

    due = inspect()
    empty_world.deliver(INVOICE_QUEUE)
    billed = inspect()

    assert (due["unbilled"], due["waiting"]) == (1, 1)
    assert due["unbilledOrders"] == [{"organization": tenant.organization_id, "order": order["id"]}]
    assert billed["unbilled"] == 0


def test_signals_that_are_kept_and_not_rated_are_told_after_a_quarter_of_an_hour(empty_world: World) -> None:
    tenant = empty_world.tenant(test=False)
    customer = tenant.create("/customers/", name="Acme Ltd")
    log = LogId(tenant.organization_id, customer["id"])
    now = datetime.now(UTC)
    counting.signal_log().append(segment(log, 1, appended_at=now - timedelta(minutes=16)))
    counting.signal_log().append(segment(log, 2, appended_at=now))

    told = inspect()

    assert told["unrated"] == 1
    (log_told,) = told["unratedLogs"]
    assert (log_told["organization"], log_told["customer"]) == (tenant.organization_id, customer["id"])

    invoke("admin", {"operation": "balance", "organization": tenant.organization_id})
    assert inspect()["unrated"] == 0


def test_changes_are_told_as_long_as_they_are_parked_and_nothing_else_that_is_kept(empty_world: World) -> None:
    s3, bucket = empty_world.clients.s3, physical_name(DOCUMENTS.name)
    names = [f"{PARKED_CHANGES}/{number:02d}-event.json" for number in range(21)]
    for name in (*names, "dead-letters/signals/org_1/message"):
        s3.put_object(Bucket=bucket, Key=name, Body=b"{}")

    parked = inspect()
    for name in names:
        s3.delete_object(Bucket=bucket, Key=name)

    assert (parked["parked"], parked["parkedChanges"]) == (21, names[:20])
    assert inspect()["parked"] == 0
