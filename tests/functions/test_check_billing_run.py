"""The look after the billing run, against the stored schedules and invoices."""

from datetime import timedelta

import pytest

from functions.billing.periods import day_of
from functions.runtime.chance import real_now
from functions.wiring import checking
from infra.resources import INVOICE_QUEUE
from tests.faults import watched
from tests.functions.accounts import own_clients, taken
from tests.functions.sales import Seller, at, fee
from tests.measurements import values
from tests.world import World, invoke

TODAY = day_of(real_now())


@pytest.fixture
def acme(world: World, monkeypatch: pytest.MonkeyPatch) -> Seller:
    """By the real time, for the run leaves those to themselves that have a clock."""
    monkeypatch.setattr(checking, "PAUSE_SECONDS", 0)
    checking.check_billing_run.cache_clear()
    tenant = world.tenant(test=False)
    return Seller(world, tenant, tenant.create("/customers/", name="Acme Ltd", externalId="acme")["id"])


def look(as_of: str = "2999-01-01") -> tuple[int, list[str]]:
    """How many orders are not finished, and which; a day to come is today."""
    answer = invoke("check_billing_run", {"as_of": as_of})
    return answer["unfinished"], [each["order_id"] for each in answer["orders"]]


def test_an_order_that_is_due_and_was_not_asked_for_is_named(acme: Seller) -> None:
    order = acme.order(fee(at(500_00)), startDate=f"{TODAY}T00:00:00Z")
    acme.tenant.call("POST", f"/orders/{order['id']}/activate")
    taken(acme.world, INVOICE_QUEUE)

    assert look() == (1, [order["id"]])

    invoke("start_billing_run", {"as_of": f"{TODAY}T00:10:00Z"})
    acme.world.work()
    assert look() == (0, [])
    assert [total for _, total in acme.totals()] == [500_00]


def test_an_order_whose_invoice_is_missing_is_named(acme: Seller) -> None:
    order = acme.sell(fee(at(500_00)), startDate=f"{TODAY}T00:00:00Z")
    (invoice,) = acme.invoices()
    key = {"pk": {"S": f"{acme.tenant.organization_id}#invoice"}, "sk": {"S": invoice["id"]}}
    acme.world.clients.dynamodb.delete_item(TableName="owed-records", Key=key)

    assert look() == (1, [order["id"]])


def test_the_day_that_the_schedule_names_counts(acme: Seller) -> None:
    order = acme.order(fee(at(500_00)), startDate=f"{TODAY}T00:00:00Z")
    acme.tenant.call("POST", f"/orders/{order['id']}/activate")
    taken(acme.world, INVOICE_QUEUE)

    assert look(f"{TODAY - timedelta(days=1)}T02:00:00Z") == (0, [])
    assert look(f"{TODAY}T02:00:00Z") == (1, [order["id"]])


def test_the_metric_is_written_also_when_all_is_well(acme: Seller, capsys: pytest.CaptureFixture[str]) -> None:
    look()
    well = values(capsys.readouterr().out)
    order = acme.order(fee(at(500_00)), startDate=f"{TODAY}T00:00:00Z")
    acme.tenant.call("POST", f"/orders/{order['id']}/activate")
    taken(acme.world, INVOICE_QUEUE)
    capsys.readouterr()
    look()

    assert well == {"BillingRunUnfinished": 0}
    assert values(capsys.readouterr().out) == {"BillingRunUnfinished": 1}


def test_a_look_at_orders_that_are_billed_takes_three_calls(acme: Seller) -> None:
    """The organizations, the schedules, and for each hundred of them what they promised."""
    for _ in range(3):
        acme.sell(fee(at(500_00)), startDate=f"{TODAY}T00:00:00Z")

    with watched(own_clients()) as watch:
        assert look() == (0, [])

    assert watch.calls == ["Query", "Query", "BatchGetItem"]
