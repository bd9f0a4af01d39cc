"""A depletion is written once, whoever else writes it meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.depletions import DynamoDepletions
from functions.adapters.dynamodb.inventory import DynamoInventory
from functions.adapters.dynamodb.keys import Key
from functions.adapters.dynamodb.table import Records
from functions.billing.models.depletion import CreditsDepletion
from local.resources import Clients, physical_name
from tests.world import fresh_world

ORG = "org_1"


@pytest.fixture
def clients() -> Iterator[Clients]:
    with fresh_world() as world:
        yield world.clients


def depletion(id_: str = "cdp_1", hour: int = 0) -> CreditsDepletion:
    return CreditsDepletion(
        id=id_,
        customer_id="cus_1",
        credits_currency_id="cc_1",
        noticed_at=datetime(2025, 6, 10, hour, tzinfo=UTC),
    )


def all_of(clients: Clients, *, after: str = "") -> list[CreditsDepletion]:
    inventory = DynamoInventory(Records(clients.dynamodb, physical_name("records")), clients.dynamodb, "signals")
    return [each for some in inventory.depletions(ORG, after=after) for each in some]


def test_the_first_stays_as_it_is(clients: Clients) -> None:
    depletions = DynamoDepletions(Records(clients.dynamodb, physical_name("records")))

    assert depletions.add(ORG, depletion())
    assert not depletions.add(ORG, depletion(hour=1))
    assert depletions.add(ORG, depletion("cdp_2"))
    assert depletions.add("org_2", depletion())

    assert all_of(clients) == [depletion(), depletion("cdp_2")]
    assert all_of(clients, after="cdp_1") == [depletion("cdp_2")]


class Late(Records):
    """Looks before the other worker writes, and writes after it."""

    def get(self, key: Key, *, fresh: bool = True) -> None:
        del key, fresh


def test_of_two_workers_one_writes(clients: Clients) -> None:
    name = physical_name("records")
    assert DynamoDepletions(Records(clients.dynamodb, name)).add(ORG, depletion())

    assert not DynamoDepletions(Late(clients.dynamodb, name)).add(ORG, depletion(hour=1))

    item = Records(clients.dynamodb, name).get(keys.thing(ORG, "credits_depletion", "cdp_1"))
    assert item is not None
    assert item["revision"] == {"N": "1"}
    assert all_of(clients) == [depletion()]
