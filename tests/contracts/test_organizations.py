"""`Organizations`: what is changed is the newest version; a test organization's clock goes forward and never back."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.organization import Organization
from functions.billing.models.tax import TaxSettings
from tests.builders import NOW, make_organization
from tests.contracts.back_ends import BackEnd

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
FRENCH = TaxSettings(country="FR", vat_number="FR12345678901", rates={"FR": Decimal(20), "CH": Decimal("8.1")})


def named(name: str) -> Callable[[Organization], Organization]:
    return lambda organization: organization.model_copy(update={"name": name})


def taxed(settings: TaxSettings | None) -> Callable[[Organization], Organization]:
    return lambda organization: organization.model_copy(update={"tax": settings})


def test_an_organization_is_read_back_and_listed(back_end: BackEnd, organization_id: str) -> None:
    organization = make_organization(id=organization_id, test=True)

    back_end.organizations.insert(organization)

    assert back_end.organizations.get(organization_id) == organization
    assert organization in list(back_end.organizations.all())


def test_an_unknown_organization_is_not_found(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(NotFound):
        back_end.organizations.get(organization_id)
    with pytest.raises(NotFound):
        back_end.organizations.modify(organization_id, named("Acme AG"))
    with pytest.raises(NotFound):
        back_end.organizations.set_clock(organization_id, JUNE, now=NOW)


@pytest.mark.parametrize("settings", [FRENCH, None])
def test_tax_settings_are_read_back(back_end: BackEnd, organization_id: str, settings: TaxSettings | None) -> None:
    back_end.organizations.insert(make_organization(id=organization_id))
    back_end.organizations.modify(organization_id, taxed(FRENCH))

    changed = back_end.organizations.modify(organization_id, taxed(settings))

    assert changed.tax == back_end.organizations.get(organization_id).tax == settings


def test_a_change_that_was_outrun_is_made_again(back_end: BackEnd, organization_id: str) -> None:
    back_end.organizations.insert(make_organization(id=organization_id, test=True))

    def outrun(organization: Organization) -> Organization:
        if organization.clock is None:
            back_end.organizations.set_clock(organization_id, JUNE, now=NOW)
        return taxed(FRENCH)(organization)

    changed = back_end.organizations.modify(organization_id, outrun)

    assert (changed.clock, changed.tax) == (JUNE, FRENCH)
    assert back_end.organizations.get(organization_id) == changed


def test_a_change_that_is_refused_changes_nothing(back_end: BackEnd, organization_id: str) -> None:
    back_end.organizations.insert(make_organization(id=organization_id))

    def refuse(_: Organization) -> Organization:
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        back_end.organizations.modify(organization_id, refuse)

    assert back_end.organizations.get(organization_id) == make_organization(id=organization_id)


def test_a_clock_goes_forward_and_stands_on_the_same_day(back_end: BackEnd, organization_id: str) -> None:
    back_end.organizations.insert(make_organization(id=organization_id, test=True))

    for day in (JUNE, JULY, JULY):
        assert back_end.organizations.set_clock(organization_id, day, now=NOW).clock == day

    assert back_end.organizations.get(organization_id).clock == JULY


def test_a_clock_does_not_go_back(back_end: BackEnd, organization_id: str) -> None:
    back_end.organizations.insert(make_organization(id=organization_id, test=True, clock=JULY))

    with pytest.raises(InvalidInput, match="2025-06-01"):
        back_end.organizations.set_clock(organization_id, JUNE, now=NOW)

    assert back_end.organizations.get(organization_id).clock == JULY
