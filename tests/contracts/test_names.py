"""What only the adapters have: pointers of external ids as items, aliases among them, and the listing of signals."""

from dataclasses import replace

import pytest

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.aliases import DynamoAliases
from functions.adapters.dynamodb.items import key_item
from functions.adapters.dynamodb.kinds import CUSTOMER
from functions.adapters.dynamodb.signal_listing import DynamoSignalListing
from functions.adapters.dynamodb.table import Records
from functions.billing.errors import Conflict, ExternalIdExists, NotFound
from functions.billing.models.customer import CustomerAlias
from functions.billing.models.segment import Entry, Fence, LogId, Segment, SignalPosition, hash_key
from functions.billing.models.signal_filter import SignalFilter
from functions.billing.ports import Holders
from local.resources import Clients, physical_name
from tests.builders import NOW, make_customer
from tests.contracts.back_ends import BackEnd
from tests.contracts.conftest import ADAPTERS

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)


@pytest.fixture
def aliases(clients: Clients) -> DynamoAliases:
    return DynamoAliases(Records(clients.dynamodb, physical_name("records")))


def alias(name: str, customer_id: str) -> CustomerAlias:
    return CustomerAlias(alias=name, customer_id=customer_id, created_at=NOW, updated_at=NOW)


def test_aliases_and_external_ids_are_claimed_and_let_go_of_alike(
    back_end: BackEnd, aliases: DynamoAliases, organization_id: str
) -> None:
    for customer_id in ("cus_1", "cus_2"):
        back_end.customers.insert(organization_id, make_customer(id=customer_id))

    aliases.insert(organization_id, alias("acme", "cus_1"))
    with pytest.raises(ExternalIdExists):
        back_end.customers.insert(organization_id, make_customer(id="cus_3", external_id="acme"))
    with pytest.raises(Conflict):
        aliases.insert(organization_id, alias("acme", "cus_2"))
    aliases.delete(organization_id, "cus_1", "acme")
    with pytest.raises(NotFound):
        aliases.delete(organization_id, "cus_1", "acme")
    back_end.customers.insert(organization_id, make_customer(id="cus_3", external_id="acme"))
    back_end.customers.delete(organization_id, "cus_3")
    aliases.insert(organization_id, alias("acme", "cus_2"))

    holders = back_end.customers.holders(organization_id, "acme")
    assert holders == Holders("cus_2", frozenset({"cus_1", "cus_3"}), 2)
    assert [found.alias for found in aliases.of(organization_id, "cus_2")] == ["acme"]
    assert aliases.of(organization_id, "cus_1") == []


def test_a_pointer_from_before_moves_were_counted_is_read_and_let_go_of(
    back_end: BackEnd, clients: Clients, organization_id: str
) -> None:
    back_end.customers.insert(organization_id, make_customer(external_id="acme"))
    key = key_item(keys.external(organization_id, CUSTOMER.name, "acme"))
    clients.dynamodb.put_item(TableName=physical_name("records"), Item={**key, "id": {"S": "cus_1"}})

    assert back_end.customers.holders(organization_id, "acme") == Holders("cus_1", frozenset(), 0)
    back_end.customers.delete(organization_id, "cus_1")

    assert back_end.customers.holders(organization_id, "acme") == Holders(None, frozenset({"cus_1"}), 1)


def test_a_fence_is_in_no_listing_and_its_number_no_signal(
    back_end: BackEnd, clients: Clients, organization_id: str
) -> None:
    log, listing = LogId(organization_id, "cus_1"), DynamoSignalListing(clients.dynamodb, physical_name("signals"))
    entry = Entry(key_hash=hash_key("1"), event_name="email_sent", occurred_at=NOW)
    signals = Segment(log=log, number=1, cumulative=1, logged_at=NOW, entries=(entry,))
    back_end.log().append(signals)
    back_end.log().append(replace(signals, number=2, entries=(), fence=Fence("acme", 1)))

    for wanted in (SignalFilter(), SignalFilter(customer_id="cus_1")):
        page = listing.page(organization_id, wanted, limit=10, offset=0)
        assert (list(page.items), page.total) == ([signals.signal(0)], 1)
    with pytest.raises(NotFound):
        listing.get(organization_id, SignalPosition(log, 2, 0).signal_id)
