"""What an administrator says of who an organization is on its invoices."""

import json
from typing import Any

import pytest

from functions.wiring import identity
from infra.resources import DOCUMENTS
from local.resources import physical_name
from tests.functions.sales import Seller, at, fee, seller
from tests.world import World, invoke

FRENCH = {
    "legal_name": "Acme AI SAS",
    "line1": "1 Rue de Rivoli",
    "city": "Paris",
    "zip_code": "75001",
    "country": "France",
    "email": "billing@acme.example",
    "pay_to": ["IBAN FR76 3000 6000 0112 3456 7890 189", "BIC AGRIFRPP"],
}


def ask(operation: str, organization: str, **fields: object) -> Any:
    return invoke("admin", {"operation": operation, "organization": organization, **fields})


def test_a_letterhead_is_set_replaced_and_cleared(empty_world: World) -> None:
    acme = empty_world.tenant().organization_id

    assert ask("show_letterhead", acme)["letterhead"] is None
    first = ask("set_letterhead", acme, **FRENCH)
    assert first["organization"]["id"] == acme
    assert first["letterhead"] == {
        "legalName": "Acme AI SAS",
        "address": {
            "line1": "1 Rue de Rivoli",
            "line2": None,
            "city": "Paris",
            "state": None,
            "zipCode": "75001",
            "country": "France",
        },
        "email": "billing@acme.example",
        "payTo": ["IBAN FR76 3000 6000 0112 3456 7890 189", "BIC AGRIFRPP"],
    }
    second = ask("set_letterhead", acme, email="us@acme.example")
    assert second["letterhead"] == {"legalName": None, "address": None, "email": "us@acme.example", "payTo": []}
    assert ask("show_letterhead", acme) == second
    assert ask("clear_letterhead", acme)["letterhead"] is None
    assert ask("show_letterhead", acme)["letterhead"] is None


def test_the_same_again_changes_nothing(empty_world: World) -> None:
    acme = empty_world.tenant().organization_id
    ask("set_letterhead", acme, **FRENCH)
    before = identity.organizations().get(acme)

    ask("set_letterhead", acme, **FRENCH)

    assert identity.organizations().get(acme) == before


@pytest.mark.usefixtures("empty_world")
@pytest.mark.parametrize("operation", ["show_letterhead", "clear_letterhead", "set_letterhead"])
def test_an_unknown_organization_is_not_found(operation: str) -> None:
    answer = ask(operation, "org_nobody", **(FRENCH if operation == "set_letterhead" else {}))

    assert answer == {"error": "organization org_nobody was not found", "code": "NOT_FOUND"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "nothing is given, expected at least one of the fields; clear_letterhead takes all away"),
        ({"city": ""}, "city is '': expected one line of text"),
        ({"city": "Paris\nLyon"}, "city is 'Paris\\nLyon': expected one line of text"),
        ({"email": "a" * 256}, f"email is {'a' * 256!r}: expected at most 255 characters"),
        ({"pay_to": ["IBAN"] * 9}, "pay_to"),
    ],
)
def test_what_would_not_fit_the_page_is_refused_and_changes_nothing(
    empty_world: World, fields: dict[str, object], sentence: str
) -> None:
    acme = empty_world.tenant().organization_id
    before = ask("set_letterhead", acme, **FRENCH)

    answer = ask("set_letterhead", acme, **fields)

    assert answer["code"] == "INVALID_INPUT"
    assert answer["error"].startswith(sentence[:60])
    assert ask("show_letterhead", acme) == before


def test_what_is_made_or_posted_from_then_on_shows_it_and_what_was_posted_before_does_not(empty_world: World) -> None:
    """Two orders billed on 1 June, of which one posts itself; the letterhead comes before the other is posted."""
    acme = seller(empty_world)
    acme.sell(fee(at(35_00)), autoPostInvoices=True)
    acme.sell(fee(at(20_00), name="Other"))
    draft = next(invoice for invoice in acme.invoices() if invoice["status"] == "draft")

    ask("set_letterhead", acme.tenant.organization_id, **FRENCH)
    assert acme.tenant.call("POST", f"/invoices/{draft['id']}/post").status == 200
    acme.world.work()
    acme.clock("2025-07-01")

    first, second, third = (
        json.loads(document(acme, name))["seller"]
        for name in ("2025/06/INV-000001.json", "2025/06/INV-000002.json", "2025/07/INV-000003.json")
    )
    assert (first["legal_name"], first["address"], first["pay_to"]) == (None, None, None)
    assert second == third
    assert (second["legal_name"], second["email"]) == ("Acme AI SAS", "billing@acme.example")
    assert second["address"]["city"] == "Paris"
    assert second["pay_to"] == ["IBAN FR76 3000 6000 0112 3456 7890 189", "BIC AGRIFRPP"]


def document(acme: Seller, name: str) -> str:
    key = f"invoices/{acme.tenant.organization_id}/{name}"
    return str(acme.world.clients.s3.get_object(Bucket=physical_name(DOCUMENTS.name), Key=key)["Body"].read(), "utf-8")
