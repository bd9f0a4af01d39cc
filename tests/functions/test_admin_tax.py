"""What an administrator sets of an organization's tax."""

from typing import Any

import pytest

from functions.wiring import identity
from tests.world import World, invoke

FRENCH = {"country": "FR", "rates": {"FR": "20"}}


def ask(operation: str, organization: str, **fields: object) -> Any:
    return invoke("admin", {"operation": operation, "organization": organization, **fields})


def test_tax_is_set_replaced_and_cleared(empty_world: World) -> None:
    acme = empty_world.tenant().organization_id

    assert ask("show_tax", acme)["tax"] is None
    first = ask("set_tax", acme, country="el", vat_number="EL 123456789", rates={"EL": 24, "uk": "20.50"})
    assert first["organization"]["id"] == acme
    assert first["tax"] == {"country": "GR", "vatNumber": "EL123456789", "rates": {"GB": 20.5, "GR": 24}}
    second = ask("set_tax", acme, **FRENCH)
    assert second["tax"] == {"country": "FR", "vatNumber": None, "rates": {"FR": 20}}
    assert ask("show_tax", acme) == second
    assert ask("clear_tax", acme)["tax"] is None
    assert ask("show_tax", acme)["tax"] is None


def test_another_organization_and_the_clock_stay_as_they_are(empty_world: World) -> None:
    acme, other = (empty_world.tenant(name).organization_id for name in ("Acme AI", "Other"))
    ask("set_clock", acme, date="2025-06-01")

    ask("set_tax", acme, **FRENCH)

    assert ask("show_tax", acme)["organization"]["clock"] == "2025-06-01"
    assert ask("show_tax", other)["tax"] is None


def test_the_same_settings_again_change_nothing(empty_world: World) -> None:
    acme = empty_world.tenant().organization_id
    ask("set_tax", acme, **FRENCH)
    before = identity.organizations().get(acme)

    ask("set_tax", acme, **FRENCH)

    assert identity.organizations().get(acme) == before


@pytest.mark.usefixtures("empty_world")
@pytest.mark.parametrize("operation", ["show_tax", "clear_tax", "set_tax"])
def test_an_unknown_organization_is_not_found(operation: str) -> None:
    answer = ask(operation, "org_nobody", **(FRENCH if operation == "set_tax" else {}))

    assert answer == {"error": "organization org_nobody was not found", "code": "NOT_FOUND"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"country": "France"}, "country is 'France': expected the two letters of a country such as FR"),
        ({"rates": {}}, "rates has none for FR, the organization's own country"),
        ({"rates": {"DE": 19}}, "rates has none for FR, the organization's own country"),
        ({"rates": {"FR": 101}}, "rates.FR is 101: expected at most 100"),
        ({"rates": {"FR": -1}}, "rates.FR is -1: expected at least 0"),
        ({"rates": {"FR": "much"}}, "rates.FR is 'much': expected a valid decimal"),
        (
            {"rates": {"FR": 20, "USA": 0}},
            "rates names 'USA', expected the two letters of a country such as FR, each once",
        ),
        (
            {"rates": {"FR": 20, "fr": 10}},
            "rates names 'fr', expected the two letters of a country such as FR, each once",
        ),
        ({"vat_number": "DE123456789"}, "vat_number is 'DE123456789', expected a VAT number of FR"),
    ],
)
def test_settings_that_make_no_sense_are_refused_and_change_nothing(
    empty_world: World, fields: dict[str, object], sentence: str
) -> None:
    acme = empty_world.tenant().organization_id
    ask("set_tax", acme, **FRENCH)

    answer = ask("set_tax", acme, **{**FRENCH, **fields})

    assert answer == {"error": sentence, "code": "INVALID_INPUT"}
    assert ask("show_tax", acme)["tax"] == {"country": "FR", "vatNumber": None, "rates": {"FR": 20}}


def test_outside_the_union_a_number_is_taken_as_it_is(empty_world: World) -> None:
    acme = empty_world.tenant().organization_id

    answer = ask("set_tax", acme, country="CH", vat_number="CHE-123.456.789 MWST", rates={"CH": "8.1"})

    assert answer["tax"]["vatNumber"] == "CHE-123.456.789 MWST"
