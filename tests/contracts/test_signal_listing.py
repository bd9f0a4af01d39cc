"""The listing of signals: newest first over customers and shards, and whole however AWS answers."""

from datetime import timedelta

import pytest

from functions.adapters.dynamodb.signal_listing import DynamoSignalListing
from functions.billing.models.segment import Entry, Fence, LogId, Segment, hash_key
from functions.billing.models.signal_filter import SignalFilter
from local.resources import Clients, physical_name
from tests.builders import NOW
from tests.contracts.back_ends import BackEnd
from tests.contracts.conftest import ADAPTERS
from tests.faults import Answer, Call, watched

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)


@pytest.fixture
def listing(clients: Clients) -> DynamoSignalListing:
    return DynamoSignalListing(clients.dynamodb, physical_name("signals"))


def logged(back_end: BackEnd, log: LogId, number: int, minute: int, *names: str) -> None:
    entries = tuple(Entry(key_hash=hash_key(name), event_name=name, occurred_at=NOW) for name in names)
    back_end.log().append(Segment(log, number, 0, NOW + timedelta(minutes=minute), entries))


def names(listing: DynamoSignalListing, organization_id: str, customer_id: str | None = None) -> list[str]:
    page = listing.page(organization_id, SignalFilter(customer_id=customer_id), limit=1000, offset=0)
    assert page.total == len(page.items)
    return [signal.event_name for signal in page.items]


def test_the_shards_of_a_log_are_listed_as_the_one_log_that_they_are(
    back_end: BackEnd, listing: DynamoSignalListing, organization_id: str
) -> None:
    """Shard 0 was split in minute 2, its child 2 in minute 5; fences and the marks of splits hold no signals."""
    shards = [LogId(organization_id, "cus_1", shard) for shard in range(7)]
    logged(back_end, shards[0], 1, 1, "a", "b")
    back_end.log().append(Segment(shards[0], 2, 2, NOW + timedelta(minutes=2), (), splits=True))
    logged(back_end, shards[1], 1, 4, "d")
    back_end.log().append(Segment(shards[1], 2, 1, NOW + timedelta(minutes=5), (), fence=Fence("acme", 1)))
    logged(back_end, shards[2], 1, 3, "c")
    back_end.log().append(Segment(shards[2], 2, 1, NOW + timedelta(minutes=5), (), splits=True))
    logged(back_end, shards[1], 3, 7, "f")
    logged(back_end, shards[6], 1, 6, "e")
    logged(back_end, LogId(organization_id, "cus_2"), 1, 0, "another's")

    assert names(listing, organization_id, "cus_1") == list("fedcba")
    assert names(listing, organization_id) == [*"fedcba", "another's"]
    assert listing.customers(organization_id, 9) == ["cus_1", "cus_2"]
    assert listing.customers(organization_id, 1) == ["cus_1"]


def test_segments_that_a_batch_read_left_out_are_read_again(
    back_end: BackEnd, listing: DynamoSignalListing, organization_id: str, clients: Clients
) -> None:
    for number in range(1, 4):
        logged(back_end, LogId(organization_id, "cus_1"), number, number, str(number))

    def leaves_one_out(call: Call) -> Answer:
        http, parsed = call.send()
        table = physical_name("signals")
        left_out = parsed["Responses"][table].pop()
        key = {name: left_out[name] for name in ("pk", "sk")}
        return http, {**parsed, "UnprocessedKeys": {table: {"Keys": [key], "ConsistentRead": True}}}

    with watched(clients, leaves_one_out, at="BatchGetItem") as watch:
        assert names(listing, organization_id) == ["3", "2", "1"]

    assert watch.calls == ["Query", "BatchGetItem", "BatchGetItem"]
