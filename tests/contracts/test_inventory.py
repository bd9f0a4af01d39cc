"""What the stages of an audit go through: all of an organization in the order of its keys, from any of them on."""

from datetime import timedelta
from typing import Protocol

import pytest

from functions.adapters.dynamodb.inventory import DynamoInventory
from functions.adapters.dynamodb.table import Records
from functions.billing.models.segment import Entry, Fence, LogId, Segment, hash_key
from functions.billing.usecases.check_invoices import Invoices
from functions.billing.usecases.check_numbers import Numbers
from functions.billing.usecases.replay_customers import Customers
from functions.billing.usecases.replay_deleted_customers import Segments
from local.resources import physical_name
from tests.builders import NOW, make_customer, make_invoice
from tests.contracts.back_ends import BackEnd
from tests.fakes.collection import FakeCollection
from tests.fakes.inventory import FakeInventory
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.signal_log import FakeSignalLog


class Inventory(Customers, Segments, Numbers, Invoices, Protocol):
    """What all stages ask for."""


@pytest.fixture
def inventory(back_end: BackEnd) -> Inventory:
    if back_end.clients is not None:
        client = back_end.clients.dynamodb
        return DynamoInventory(Records(client, physical_name("records")), client, physical_name("signals"))
    customers, log, register = back_end.customers, back_end.log(), back_end.register
    assert isinstance(customers, FakeCollection)
    assert isinstance(log, FakeSignalLog)
    assert isinstance(register, FakeInvoiceRegister)
    payments = back_end.payments
    assert isinstance(payments, FakeCollection)
    return FakeInventory(customers=customers, log=log, register=register, payments=payments)


def other(organization_id: str) -> str:
    """An organization whose name begins like this one's."""
    return f"{organization_id}x"


def test_customers_follow_each_other(back_end: BackEnd, inventory: Inventory, organization_id: str) -> None:
    for customer_id in ("cus_2", "cus_1", "cus_3"):
        back_end.customers.insert(organization_id, make_customer(id=customer_id, external_id=f"ext {customer_id}"))
    back_end.customers.insert(other(organization_id), make_customer(id="cus_4"))

    assert list(inventory.customer_ids(organization_id, after="")) == ["cus_1", "cus_2", "cus_3"]
    assert list(inventory.customer_ids(organization_id, after="cus_1")) == ["cus_2", "cus_3"]
    assert list(inventory.customer_ids(organization_id, after="cus_3")) == []


def test_segments_with_signals_follow_each_other_by_their_time(
    back_end: BackEnd, inventory: Inventory, organization_id: str
) -> None:
    log, shard = LogId(organization_id, "cus_1"), LogId(organization_id, "cus_1", 1)
    entry = Entry(key_hash=hash_key("1"), event_name="call", occurred_at=NOW)
    for place, (where, number, entries) in enumerate(
        [
            (log, 1, ()),
            (log, 2, (entry,)),
            (LogId(organization_id, "cus_0"), 1, (entry,)),
            (LogId(other(organization_id), "cus_1"), 1, (entry,)),
            (log, 3, (entry, entry)),
            (shard, 1, (entry,)),
        ]
    ):
        fence = None if entries else Fence("acme", 1)
        logged_at = NOW + timedelta(seconds=place)
        back_end.log().append(Segment(where, number, 1, logged_at, entries, fence))

    found = [segment for some in inventory.segments(organization_id, after="") for segment in some]

    assert [(each.log.customer_id, each.log.shard, each.number) for each in found] == [
        ("cus_1", 0, 2),
        ("cus_0", 0, 1),
        ("cus_1", 0, 3),
        ("cus_1", 1, 1),
    ]
    assert [each for some in inventory.segments(organization_id, after=found[1].key) for each in some] == found[2:]
    assert list(inventory.segments(organization_id, after=found[-1].key)) == []


def test_invoices_follow_each_other_by_their_ids(back_end: BackEnd, inventory: Inventory, organization_id: str) -> None:
    """More than are answered at a time."""
    invoices = [make_invoice(id=f"inv_{number:03d}") for number in range(103)]
    back_end.register.insert(organization_id, invoices[::-1])
    back_end.register.insert(other(organization_id), [make_invoice(id="inv_foreign")])

    some, *more = list(inventory.invoices(organization_id, after=""))

    assert [*some, *(invoice for others in more for invoice in others)] == invoices
    assert more
    assert [i for others in inventory.invoices(organization_id, after="inv_100") for i in others] == invoices[101:]


def test_numbers_follow_each_other_with_the_invoices_that_they_were_given_to(
    back_end: BackEnd, inventory: Inventory, organization_id: str
) -> None:
    take = back_end.register.take_numbers
    take(organization_id, ["c", "a"], after=0)
    take(other(organization_id), ["z"], after=0)
    take(organization_id, ["b"], after=2)
    take(organization_id, [f"inv_{number}" for number in range(120)], after=3)

    some, *more = list(inventory.numbers(organization_id, after=0))
    found = [*some, *(each for others in more for each in others)]

    assert found[:4] == [(1, "c"), (2, "a"), (3, "b"), (4, "inv_0")]
    assert [each.number for each in found] == list(range(1, 124))
    assert [each for others in inventory.numbers(organization_id, after=3) for each in others] == found[3:]
    assert list(inventory.numbers(organization_id, after=123)) == []


def test_an_organization_without_anything_has_nothing(inventory: Inventory, organization_id: str) -> None:
    assert list(inventory.customer_ids(organization_id, after="")) == []
    assert list(inventory.segments(organization_id, after="")) == []
    assert list(inventory.invoices(organization_id, after="")) == []
    assert list(inventory.numbers(organization_id, after=0)) == []
