"""What AWS may answer and no local back end does: part of it, or that a transaction is under way."""

import pytest
from botocore.exceptions import ClientError

from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import Stored
from functions.runtime.chance import new_id
from local.resources import Clients, physical_name
from tests.builders import make_customer
from tests.contracts.back_ends import BackEnd
from tests.contracts.conftest import ADAPTERS
from tests.faults import Answer, Call, is_throttled, meets_a_transaction, watched

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)


def test_keys_that_a_batch_read_left_out_are_read_again(back_end: BackEnd, clients: Clients) -> None:
    organization_id = new_id("org")
    wanted = {"cus_1", "cus_2", "cus_3"}
    for customer_id in wanted:
        back_end.customers.insert(organization_id, make_customer(id=customer_id))

    def leaves_one_out(call: Call) -> Answer:
        http, parsed = call.send()
        table = physical_name("records")
        left_out = parsed["Responses"][table].pop()
        key = {name: left_out[name] for name in ("pk", "sk")}
        return http, {**parsed, "UnprocessedKeys": {table: {"Keys": [key], "ConsistentRead": True}}}

    with watched(clients, leaves_one_out, at=0) as watch:
        found = back_end.customers.get_many(organization_id, wanted)

    assert found.keys() == wanted
    assert watch.calls == ["BatchGetItem"] * 2


def test_a_single_write_waits_for_a_transaction_that_holds_its_item(back_end: BackEnd, clients: Clients) -> None:
    schedule = BillingSchedule(order_id="ord_1", customer_id="cus_1")
    organization_id = new_id("org")

    with watched(clients, meets_a_transaction, at=0) as watch:
        assert back_end.schedules.move(organization_id, [Stored(schedule, 0)]) == {"ord_1"}

    assert back_end.schedules.get(organization_id, "ord_1") == Stored(schedule, 1)
    assert watch.calls == ["BatchExecuteStatement"] * 2


def test_a_transaction_waits_for_another_one(back_end: BackEnd, clients: Clients) -> None:
    organization_id = new_id("org")

    with watched(clients, meets_a_transaction, at=0) as watch:
        back_end.customers.insert(organization_id, make_customer())

    assert back_end.customers.page(organization_id, limit=1, offset=0).total == 1
    assert watch.calls == ["TransactWriteItems"] * 2


def test_a_transaction_that_is_throttled_is_an_error_and_changes_nothing(back_end: BackEnd, clients: Clients) -> None:
    organization_id = new_id("org")

    with watched(clients, is_throttled, at=0), pytest.raises(ClientError, match="TransactionCanceled"):
        back_end.customers.insert(organization_id, make_customer())

    assert back_end.customers.page(organization_id, limit=1, offset=0).total == 0
