"""One customer by several names in one request: what is taken for a repeat is never sent, so names are not mixed up."""

import pytest

from tests.functions.accounts import Account, account
from tests.world import World


@pytest.fixture
def acme(empty_world: World) -> Account:
    return account(empty_world)


def test_a_name_that_has_moved_since_it_was_remembered_takes_no_signal_from_its_earlier_holder(acme: Account) -> None:
    """The front door has seen `a` lead to the first customer; meanwhile it leads to the second."""
    tenant = acme.seller.tenant
    first = tenant.create("/customers/", name="First", externalId="a")
    acme.send("earlier", customer="a")
    acme.world.work()
    assert tenant.call("PUT", f"/customers/{first['id']}", {"externalId": "b"}).status == 200
    second = tenant.create("/customers/", name="Second", externalId="a")

    by_name, by_id = acme.signal("k", customer="a"), acme.signal("k")
    by_id["customer"] = {"customerId": first["id"]}
    answer = tenant.call("POST", "/signals/bulk", {"signals": [by_name, by_id]})
    acme.world.work()

    assert (answer.body["ingested"], answer.body["duplicates"]) == (2, 0)
    receipts = tenant.get("/signals/receipts/k")["receipts"]
    assert {each["customerId"] for each in receipts} == {first["id"], second["id"]}


def test_two_names_of_one_customer_are_told_apart_by_the_log_which_counts_once(acme: Account) -> None:
    tenant = acme.seller.tenant
    customer = tenant.create("/customers/", name="First", externalId="a")
    by_name, by_id = acme.signal("k", customer="a"), acme.signal("k")
    by_id["customer"] = {"customerId": customer["id"]}

    answer = tenant.call("POST", "/signals/bulk", {"signals": [by_name, by_id]})
    acme.world.work()

    assert answer.body["ingested"] == 2
    assert len(tenant.get("/signals/receipts/k")["receipts"]) == 1
    assert acme.balance()["addsUp"]
