"""`CreditBooks`: a grant is given once, and stays as it was given."""

from collections.abc import Callable

from functions.billing.invoicing.dues import first_schedule
from functions.billing.models.credit import CreditBook, ManualGrant
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import Booked, Stored
from tests.builders import NOW, START, USAGE, activated, make_attribute, make_customer, make_order, make_pricing
from tests.contracts.back_ends import BackEnd

GRANT = ManualGrant(id="cg_1", currency_id="cc_1", amount_micro=5, starts_at=NOW, created_at=NOW, is_undated=True)
OTHER = GRANT.model_copy(update={"id": "cg_2", "expires_at": NOW.replace(year=2030)})


def giving(grant: ManualGrant) -> Callable[[RatingPlan], ManualGrant]:
    return lambda _: grant


def test_nobody_was_granted_anything_before(back_end: BackEnd, organization_id: str) -> None:
    assert back_end.books.get(organization_id, "cus_1") == CreditBook()


def test_grants_are_added_in_their_order_to_their_customer(back_end: BackEnd, organization_id: str) -> None:
    for grant in (GRANT, OTHER):
        assert back_end.books.add(organization_id, "cus_1", giving(grant)) == Booked(grant, is_new=True)

    assert back_end.books.get(organization_id, "cus_1") == CreditBook(grants=(GRANT, OTHER))
    assert back_end.books.get(organization_id, "cus_2") == CreditBook()


def test_a_grant_of_the_same_id_is_the_one_that_there_is(back_end: BackEnd, organization_id: str) -> None:
    back_end.books.add(organization_id, "cus_1", giving(GRANT))

    again = back_end.books.add(organization_id, "cus_1", giving(GRANT.model_copy(update={"amount_micro": 7})))

    assert again == Booked(GRANT, is_new=False)

    assert back_end.books.get(organization_id, "cus_1").grants == (GRANT,)


def test_one_like_it_that_comes_in_moments_is_the_one_that_there_is(back_end: BackEnd, organization_id: str) -> None:
    """As when the request is sent again; its id is another."""
    back_end.books.add(organization_id, "cus_1", giving(GRANT))

    again = back_end.books.add(organization_id, "cus_1", giving(GRANT.model_copy(update={"id": "cg_3"})))
    of_another = back_end.books.add(organization_id, "cus_2", giving(GRANT.model_copy(update={"id": "cg_4"})))

    assert again == Booked(GRANT, is_new=False)
    assert of_another.is_new

    assert back_end.books.get(organization_id, "cus_1").grants == (GRANT,)


def test_a_grant_that_an_activation_overtakes_is_given_by_the_plan_that_follows(
    back_end: BackEnd, organization_id: str
) -> None:
    """It would else be given before the activation, and change what that was billed: the worst moment is in between."""
    seen: list[int] = []

    def give(plan: RatingPlan) -> ManualGrant:
        if not seen:
            activate(back_end, organization_id)
        seen.append(plan.version)
        return GRANT.model_copy(update={"amount_micro": 1 + plan.version})

    booked = back_end.books.add(organization_id, "cus_1", give)

    assert seen == [0, 1]
    assert booked == Booked(GRANT.model_copy(update={"amount_micro": 2}), is_new=True)
    assert back_end.books.get(organization_id, "cus_1").grants == (booked.grant,)


def activate(back_end: BackEnd, organization_id: str) -> None:
    order = make_order(make_attribute(make_pricing(USAGE)))
    back_end.customers.insert(organization_id, make_customer())
    back_end.orders.insert(organization_id, order)
    active = activated(order, on=START)
    back_end.book.commit(
        organization_id,
        order=Stored(active, 1),
        plan=Stored(RatingPlan().with_order(active), 0),
        schedule=Stored(first_schedule(active), 0),
    )


def test_whoever_has_a_book_is_found_however_it_was_opened(back_end: BackEnd, organization_id: str) -> None:
    back_end.books.add(organization_id, "cus_2", giving(GRANT))
    for customer_id in ("cus_1", "cus_2", "cus_1"):
        back_end.books.open(organization_id, customer_id)

    assert back_end.books.holders(organization_id, limit=3) == ["cus_1", "cus_2"]
    assert back_end.books.holders(organization_id, limit=1) == ["cus_1"]
    assert back_end.books.holders("org_other", limit=3) == []
    assert back_end.books.get(organization_id, "cus_2").grants == (GRANT,)
