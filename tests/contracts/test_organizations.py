"""`Organizations`: a test organization's clock goes forward and never back."""

from datetime import date

import pytest

from functions.billing.errors import InvalidInput, NotFound
from tests.builders import NOW, make_organization
from tests.contracts.back_ends import BackEnd

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


def test_an_organization_is_read_back_and_listed(back_end: BackEnd, organization_id: str) -> None:
    organization = make_organization(id=organization_id, test=True)

    back_end.organizations.insert(organization)

    assert back_end.organizations.get(organization_id) == organization
    assert organization in list(back_end.organizations.all())


def test_an_unknown_organization_is_not_found(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(NotFound):
        back_end.organizations.get(organization_id)
    with pytest.raises(NotFound):
        back_end.organizations.set_clock(organization_id, JUNE, now=NOW)


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
