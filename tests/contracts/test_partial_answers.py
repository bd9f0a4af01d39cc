"""What AWS may answer in part and no local back end does."""

import pytest

from functions.runtime.chance import new_id
from local.resources import Clients, physical_name
from tests.builders import make_customer
from tests.contracts.back_ends import BackEnd
from tests.contracts.conftest import ADAPTERS
from tests.faults import Answer, Call, watched

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
