"""`CreditBooks`: a grant is given once, and stays as it was given."""

from functions.billing.models.credit import CreditBook, ManualGrant
from tests.builders import NOW
from tests.contracts.back_ends import BackEnd

GRANT = ManualGrant(id="cg_1", currency_id="cc_1", amount_micro=5, starts_at=NOW, created_at=NOW, is_undated=True)
OTHER = GRANT.model_copy(update={"id": "cg_2", "expires_at": NOW.replace(year=2030)})


def test_nobody_was_granted_anything_before(back_end: BackEnd, organization_id: str) -> None:
    assert back_end.books.get(organization_id, "cus_1") == CreditBook()


def test_grants_are_added_in_their_order_to_their_customer(back_end: BackEnd, organization_id: str) -> None:
    for grant in (GRANT, OTHER):
        assert back_end.books.add(organization_id, "cus_1", grant) is None

    assert back_end.books.get(organization_id, "cus_1") == CreditBook(grants=(GRANT, OTHER))
    assert back_end.books.get(organization_id, "cus_2") == CreditBook()


def test_a_grant_of_the_same_id_is_the_one_that_there_is(back_end: BackEnd, organization_id: str) -> None:
    back_end.books.add(organization_id, "cus_1", GRANT)

    assert back_end.books.add(organization_id, "cus_1", GRANT.model_copy(update={"amount_micro": 7})) == GRANT

    assert back_end.books.get(organization_id, "cus_1").grants == (GRANT,)


def test_one_like_it_that_comes_in_moments_is_the_one_that_there_is(back_end: BackEnd, organization_id: str) -> None:
    """As when the request is sent again; its id is another."""
    back_end.books.add(organization_id, "cus_1", GRANT)

    assert back_end.books.add(organization_id, "cus_1", GRANT.model_copy(update={"id": "cg_3"})) == GRANT
    assert back_end.books.add(organization_id, "cus_2", GRANT.model_copy(update={"id": "cg_4"})) is None

    assert back_end.books.get(organization_id, "cus_1").grants == (GRANT,)


def test_whoever_has_a_book_is_found_however_it_was_opened(back_end: BackEnd, organization_id: str) -> None:
    back_end.books.add(organization_id, "cus_2", GRANT)
    for customer_id in ("cus_1", "cus_2", "cus_1"):
        back_end.books.open(organization_id, customer_id)

    assert back_end.books.holders(organization_id, limit=3) == ["cus_1", "cus_2"]
    assert back_end.books.holders(organization_id, limit=1) == ["cus_1"]
    assert back_end.books.holders("org_other", limit=3) == []
    assert back_end.books.get(organization_id, "cus_2").grants == (GRANT,)
