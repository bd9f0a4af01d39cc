"""What an administrator is told of organizations, and how far their clocks go."""

from datetime import timedelta
from typing import Any

import pytest

from functions.runtime.chance import real_now
from functions.wiring import identity
from tests.functions.sales import fee, seller
from tests.world import World, invoke


def create(name: str, **fields: object) -> Any:
    return invoke("admin", {"operation": "create_organization", "name": name, **fields})["organization"]


def set_clock(organization_id: str, **fields: object) -> Any:
    return invoke("admin", {"operation": "set_clock", "organization": organization_id, **fields})


def test_all_organizations_are_listed_without_a_secret(empty_world: World) -> None:
    del empty_world
    live, test = create("Acme AI"), create("Acme Test", test=True, clock="2025-05-25")

    listed = invoke("admin", {"operation": "list_organizations"})

    assert listed == {"organizations": [live, test]}
    assert live == {"id": live["id"], "name": "Acme AI", "test": False, "clock": None}
    assert test == {"id": test["id"], "name": "Acme Test", "test": True, "clock": "2025-05-25"}


def test_without_organizations_there_is_nothing_to_list(empty_world: World) -> None:
    del empty_world

    assert invoke("admin", {"operation": "list_organizations"}) == {"organizations": []}


def test_a_clock_goes_as_many_days_as_are_asked_for_and_the_same_call_goes_on(empty_world: World) -> None:
    """25 May + 31 days = 25 June; + 31 = 26 July, which is after 1 July."""
    del empty_world
    acme = create("Acme Test", test=True, clock="2025-05-25")["id"]

    stops = [set_clock(acme, date="2025-07-01", days=31)["organization"]["clock"] for _ in range(2)]

    assert stops == ["2025-06-25", "2025-07-01"]


def test_a_clock_that_billed_nothing_tells_the_day_of_the_next_invoice(empty_world: World) -> None:
    """Sold on 1 June and billed at its activation: July is next."""
    acme = seller(empty_world)
    organization_id = acme.tenant.organization_id
    before = set_clock(organization_id, date="2025-06-01")
    acme.sell(fee())

    answer = set_clock(organization_id, date="2025-06-10")

    assert (before["invoices"], before["nextDueOn"]) == (0, None)
    assert (answer["invoices"], answer["nextDueOn"]) == (0, "2025-07-01")


def test_a_slip_of_the_pen_does_not_move_a_clock_by_centuries(empty_world: World) -> None:
    """1 January 2025 to 2207 are 182 years, 44 of them leap years without 2100: less 144 days until 25 May."""
    del empty_world
    acme = create("Acme Test", test=True, clock="2025-05-25")["id"]

    refused = set_clock(acme, date="2207-01-01", days=31)

    assert refused == {
        "error": "date is 2207-01-01, 66,329 days after 2025-05-25, where the organization is: expected at most 731, "
        "for a clock never goes back; with far (owed clock --far) it goes as far as you say",
        "code": "INVALID_INPUT",
    }
    assert str(identity.organizations().get(acme).clock) == "2025-05-25"
    assert set_clock(acme, date="2207-01-01", far=True)["organization"]["clock"] == "2207-01-01"


def test_a_clock_that_was_never_set_is_where_the_world_is(empty_world: World) -> None:
    del empty_world
    acme = create("Acme Test", test=True)["id"]
    tomorrow = str(real_now().date() + timedelta(days=1))

    assert set_clock(acme, date="2207-01-01")["code"] == "INVALID_INPUT"
    assert set_clock(acme, date=tomorrow)["organization"]["clock"] == tomorrow


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"days": 0}, "days is 0: expected at least 1"),
        ({"far": "maybe"}, "far is 'maybe': expected true or false"),
        ({"date": "July"}, "date is 'July': expected a valid date or datetime, input is too short"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_field_alone(
    empty_world: World, fields: dict[str, object], sentence: str
) -> None:
    del empty_world
    acme = create("Acme Test", test=True, clock="2025-05-25")["id"]

    assert set_clock(acme, **{"date": "2025-06-01", **fields})["error"] == sentence
    assert str(identity.organizations().get(acme).clock) == "2025-05-25"
