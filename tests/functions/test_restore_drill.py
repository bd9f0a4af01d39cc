"""The restore drill of docs/operations.md: tables of an earlier instant, and the work that goes on with them.

Signals 1 and 2 are counted before the instant. After it signal 3 is counted and the invoice of June is posted, and
signal 4 waits in the queue: that is what the disaster leaves there.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from functions.wiring import aws
from infra.resources import DOCUMENTS, RECORDS, SIGNALS, Table
from local.resources import create_missing, physical_name
from tests.functions.sales import Seller, at, seller, usage
from tests.world import World, forget, invoke

Items = list[dict[str, Any]]
Instant = Mapping[Table, Items]


def instant(world: World) -> Instant:
    """What point-in-time recovery would bring back of now."""
    pages = world.clients.dynamodb.get_paginator("scan")
    return {
        table: [item for page in pages.paginate(TableName=physical_name(table.name)) for item in page["Items"]]
        for table in (RECORDS, SIGNALS)
    }


def restore(world: World, items: Instant) -> None:
    """Puts restored tables in the place of those that are there; processes that remember the old ones end."""
    for table, kept in items.items():
        world.clients.dynamodb.delete_table(TableName=physical_name(table.name))
        create_missing(world.clients)
        for item in kept:
            world.clients.dynamodb.put_item(TableName=physical_name(table.name), Item=item)
    forget()


class Drill:
    """The story above, up to the disaster."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acme: Seller = seller(world)
        self.acme.sell(usage(at(10)), autoPostInvoices=True)
        self.send("1", "2")
        world.work()
        self.before = instant(world)
        self.send("3")
        self.acme.clock("2025-07-01")
        self.after = instant(world)
        assert self.amounts() == [("INV-000001", 30)]
        self.send("4")

    @property
    def organization_id(self) -> str:
        return self.acme.tenant.organization_id

    def send(self, *keys: str) -> None:
        product_id = self.acme.tenant.get("/products/")["data"][0]["id"]
        signals = [
            {
                "eventName": "email_sent",
                "customer": {"externalCustomerId": "acme"},
                "attribution": {"productId": product_id},
                "timestamp": f"2025-06-0{key}T12:00:00Z",
                "idempotencyKey": key,
            }
            for key in keys
        ]
        assert self.acme.tenant.call("POST", "/signals/bulk", {"signals": signals}).status == 200

    def restored(self, *, records: Instant, signals: Instant) -> None:
        restore(self.world, {RECORDS: records[RECORDS], SIGNALS: signals[SIGNALS]})

    def amounts(self) -> list[tuple[str, int]]:
        return [(invoice["displayNumber"], invoice["invoiceTotal"]) for invoice in self.acme.invoices()]

    def logged(self) -> int:
        return int(self.acme.tenant.get("/signals/")["pagination"]["total"])

    def differences(self) -> list[str]:
        """What `owed replay` finds."""
        found: list[str] = []
        after = None
        while True:
            part = invoke("admin", {"operation": "replay", "organization": self.organization_id, "after": after})
            found += [each["sentence"] for each in part["differences"]]
            after = part["next"]
            if after is None:
                return found

    def balance(self) -> Any:
        return invoke("admin", {"operation": "balance", "organization": self.organization_id})["balance"]


@pytest.fixture
def drill(empty_world: World) -> Drill:
    return Drill(empty_world)


def test_both_tables_of_one_instant_bill_what_they_hold_and_say_what_is_lost(drill: Drill) -> None:
    drill.restored(records=drill.before, signals=drill.before)
    drill.world.work()

    balance = drill.balance()
    drill.acme.clock("2025-07-01")

    # 1, 2 and 4 are there; 3 was accepted, and the message of 4 says so
    assert (balance["accepted"], balance["counted"]) == (4, 3)
    assert sum(each["signals"] for each in balance["missing"]) == 1
    assert drill.differences() == []
    assert drill.amounts() == [("INV-000001", 3 * 10)]


def test_what_is_sent_again_after_a_restore_counts_once(drill: Drill) -> None:
    drill.restored(records=drill.before, signals=drill.before)
    drill.world.work()

    drill.send("1", "2", "3", "4")
    drill.world.work()
    drill.acme.clock("2025-07-01")

    assert drill.logged() == 4
    assert drill.amounts() == [("INV-000001", 4 * 10)]
    assert drill.differences() == []


def test_a_log_that_is_newer_than_the_records_is_rated_to_its_end(drill: Drill) -> None:
    """The advice: restore the records alone. The log can neither be changed nor lost by a mistake of ours."""
    drill.restored(records=drill.before, signals=drill.after)
    drill.world.work()

    drill.acme.clock("2025-07-01")

    balance = drill.balance()
    assert (balance["accepted"], balance["counted"], balance["addsUp"]) == (4, 4, True)
    assert drill.amounts() == [("INV-000001", 4 * 10)]
    assert drill.differences() == []


@pytest.fixture
def versioned(empty_world: World) -> Iterator[Any]:
    """The bucket of documents as it is deployed; locally it keeps one version of each."""
    s3, bucket = empty_world.clients.s3, physical_name(DOCUMENTS.name)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    yield s3
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def test_an_invoice_that_is_lost_with_its_number_stays_readable_in_the_bucket(versioned: Any, drill: Drill) -> None:
    drill.restored(records=drill.before, signals=drill.after)
    drill.world.work()
    drill.acme.clock("2025-07-01")

    bucket, prefix = physical_name(DOCUMENTS.name), f"invoices/{drill.organization_id}/2025/07/INV-000001.json"
    versions = versioned.list_object_versions(Bucket=bucket, Prefix=prefix)["Versions"]
    read = [versioned.get_object(Bucket=bucket, Key=prefix, VersionId=each["VersionId"]) for each in versions]

    # 3 and 4 signals at 0.10: the invoice that was sent to the customer, and the one in its place
    quantities = [json.loads(each["Body"].read())["lines"][0]["quantity"] for each in read]
    assert sorted(quantities) == [3, 4]


def test_a_log_that_is_older_than_the_records_is_seen_and_mended_by_counting_anew(drill: Drill) -> None:
    """Its next segment takes a number that the checkpoint is past already: only a recount finds it."""
    drill.restored(records=drill.after, signals=drill.before)
    drill.world.work()

    wrong = drill.differences()
    assert any(sentence.startswith(f"usage {drill.acme.customer_id}") for sentence in wrong), wrong

    pk = f"{drill.organization_id}#{drill.acme.customer_id}#rating"
    aws.dynamodb().delete_item(TableName=physical_name(RECORDS.name), Key={"pk": {"S": pk}, "sk": {"S": "0"}})
    drill.send("1", "2", "3", "4")
    drill.world.work()

    assert drill.logged() == 4
    assert [each for each in drill.differences() if each.startswith("usage")] == []
    assert drill.amounts() == [("INV-000001", 30)]
