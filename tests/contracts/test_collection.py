"""`Collection`: unique external ids, exact sizes, and no change that overwrites another."""

from collections.abc import Callable

import pytest

from functions.billing.errors import Conflict, ExternalIdExists, InvalidInput, NotFound
from functions.billing.models.customer import Customer
from functions.billing.ports import Holders
from tests.builders import make_contact, make_customer, make_order
from tests.contracts.back_ends import BackEnd

Change = Callable[[Customer], Customer]


def test_what_is_inserted_is_found_by_both_its_ids(back_end: BackEnd, organization_id: str) -> None:
    customer = make_customer(external_id="acme", metadata={"tier": None, "seats": 3})

    back_end.customers.insert(organization_id, customer)

    assert back_end.customers.get(organization_id, "cus_1") == customer
    assert back_end.customers.resolve(organization_id, "acme") == "cus_1"


def test_what_is_not_there_is_not_found(back_end: BackEnd, organization_id: str) -> None:
    assert back_end.customers.resolve(organization_id, "acme") is None
    with pytest.raises(NotFound):
        back_end.customers.get(organization_id, "cus_1")
    with pytest.raises(NotFound):
        back_end.customers.modify(organization_id, "cus_1", lambda customer: customer)
    with pytest.raises(NotFound):
        back_end.customers.delete(organization_id, "cus_1")


def test_another_organization_sees_nothing_and_may_use_the_same_ids(back_end: BackEnd, organization_id: str) -> None:
    other = f"{organization_id}x"
    back_end.customers.insert(organization_id, make_customer(external_id="acme"))

    assert back_end.customers.resolve(other, "acme") is None
    assert back_end.customers.page(other, limit=9, offset=0).total == 0
    back_end.customers.insert(other, make_customer(external_id="acme"))


def test_of_many_ids_those_that_exist_are_answered(back_end: BackEnd, organization_id: str) -> None:
    """More than the hundred that one read of DynamoDB takes."""
    for customer_id in ("cus_1", "cus_2"):
        back_end.customers.insert(organization_id, make_customer(id=customer_id))

    found = back_end.customers.get_many(organization_id, ["cus_1", *(f"gone_{n}" for n in range(205)), "cus_2", ""])

    assert found.keys() == {"cus_1", "cus_2"}


def test_a_taken_external_id_is_refused_and_nothing_is_written(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(external_id="acme"))

    with pytest.raises(ExternalIdExists):
        back_end.customers.insert(organization_id, make_customer(id="cus_2", external_id="acme"))

    assert ids(back_end, organization_id) == ["cus_1"]
    assert back_end.customers.resolve(organization_id, "acme") == "cus_1"


def test_an_external_id_moves_and_the_old_one_is_free(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(external_id="old"))

    back_end.customers.modify(organization_id, "cus_1", renamed("new"))
    back_end.customers.insert(organization_id, make_customer(id="cus_2", external_id="old"))

    assert back_end.customers.resolve(organization_id, "new") == "cus_1"
    assert back_end.customers.resolve(organization_id, "old") == "cus_2"


def test_an_external_id_is_given_up(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(external_id="acme"))

    back_end.customers.modify(organization_id, "cus_1", renamed(None))

    assert back_end.customers.resolve(organization_id, "acme") is None


def test_moving_to_a_taken_external_id_is_refused_and_changes_nothing(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(external_id="acme"))
    back_end.customers.insert(organization_id, make_customer(id="cus_2", external_id="zeta"))

    with pytest.raises(ExternalIdExists):
        back_end.customers.modify(organization_id, "cus_2", renamed("acme"))

    assert back_end.customers.resolve(organization_id, "acme") == "cus_1"
    assert back_end.customers.resolve(organization_id, "zeta") == "cus_2"


def test_a_deleted_thing_frees_its_external_id(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(external_id="acme"))

    back_end.customers.delete(organization_id, "cus_1")

    assert back_end.customers.resolve(organization_id, "acme") is None
    back_end.customers.insert(organization_id, make_customer(id="cus_2", external_id="acme"))
    assert ids(back_end, organization_id) == ["cus_2"]


def test_an_external_id_knows_who_had_it_and_how_often_it_moved(back_end: BackEnd, organization_id: str) -> None:
    holders: list[Holders] = []

    def then(change: Callable[[], object]) -> None:
        change()
        holders.append(back_end.customers.holders(organization_id, "acme"))

    customers = back_end.customers
    then(lambda: None)
    then(lambda: customers.insert(organization_id, make_customer(external_id="acme")))
    then(lambda: customers.modify(organization_id, "cus_1", named("Acme Inc")))
    then(lambda: customers.modify(organization_id, "cus_1", renamed("new")))
    then(lambda: customers.insert(organization_id, make_customer(id="cus_2", external_id="acme")))
    then(lambda: customers.delete(organization_id, "cus_2"))
    then(lambda: customers.modify(organization_id, "cus_1", renamed("acme")))
    then(lambda: customers.modify(organization_id, "cus_1", renamed(None)))

    assert holders == [
        Holders(None, frozenset(), 0),
        Holders("cus_1", frozenset(), 0),
        Holders("cus_1", frozenset(), 0),
        Holders(None, frozenset({"cus_1"}), 1),
        Holders("cus_2", frozenset({"cus_1"}), 1),
        Holders(None, frozenset({"cus_1", "cus_2"}), 2),
        Holders("cus_1", frozenset({"cus_1", "cus_2"}), 2),
        Holders(None, frozenset({"cus_1", "cus_2"}), 3),
    ]
    assert customers.holders(organization_id, "new") == Holders(None, frozenset({"cus_1"}), 1)


def test_what_was_refused_moved_nothing(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(external_id="acme"))
    back_end.customers.insert(organization_id, make_customer(id="cus_2", external_id="zeta"))
    back_end.orders.insert(organization_id, make_order())

    with pytest.raises(ExternalIdExists):
        back_end.customers.modify(organization_id, "cus_1", renamed("zeta"))
    with pytest.raises(Conflict):
        back_end.customers.delete(organization_id, "cus_1")

    assert back_end.customers.holders(organization_id, "acme") == Holders("cus_1", frozenset(), 0)
    assert back_end.customers.holders(organization_id, "zeta") == Holders("cus_2", frozenset(), 0)


def test_pages_are_in_the_order_of_ids_and_know_the_exact_total(back_end: BackEnd, organization_id: str) -> None:
    for customer_id in ("cus_3", "cus_1", "cus_5", "cus_2", "cus_4"):
        back_end.customers.insert(organization_id, make_customer(id=customer_id))
    back_end.customers.delete(organization_id, "cus_4")

    pages = [back_end.customers.page(organization_id, limit=2, offset=offset) for offset in (0, 2, 4)]

    assert [[customer.id for customer in page.items] for page in pages] == [["cus_1", "cus_2"], ["cus_3", "cus_5"], []]
    assert {page.total for page in pages} == {4}


def test_a_filtered_page_counts_what_the_filter_takes(back_end: BackEnd, organization_id: str) -> None:
    for number in range(5):
        back_end.customers.insert(organization_id, make_customer(id=f"cus_{number}", name=f"{number % 2}"))

    page = back_end.customers.page(organization_id, limit=1, offset=1, where=lambda customer: customer.name == "0")

    assert [customer.id for customer in page.items] == ["cus_2"]
    assert page.total == 3


def test_a_change_is_made_again_when_somebody_was_faster(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(name="a"))
    seen: list[str] = []

    def append_c(customer: Customer) -> Customer:
        seen.append(customer.name)
        if len(seen) == 1:
            back_end.customers.modify(organization_id, "cus_1", lambda faster: named(f"{faster.name}b")(faster))
        return named(f"{customer.name}c")(customer)

    changed = back_end.customers.modify(organization_id, "cus_1", append_c)

    assert seen == ["a", "ab"]
    assert changed == back_end.customers.get(organization_id, "cus_1")
    assert changed.name == "abc"


def test_what_a_change_raises_is_raised_and_nothing_is_written(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer(name="a"))

    def refuse(_: Customer) -> Customer:
        raise InvalidInput("no")

    with pytest.raises(InvalidInput, match="no"):
        back_end.customers.modify(organization_id, "cus_1", refuse)

    assert back_end.customers.get(organization_id, "cus_1").name == "a"


def test_a_check_before_deleting_is_made_again_when_somebody_was_faster(
    back_end: BackEnd, organization_id: str
) -> None:
    back_end.customers.insert(organization_id, make_customer(name="a"))
    seen: list[str] = []

    def check(customer: Customer) -> None:
        seen.append(customer.name)
        if len(seen) == 1:
            back_end.customers.modify(organization_id, "cus_1", named("b"))
        else:
            raise InvalidInput("no")

    with pytest.raises(InvalidInput, match="no"):
        back_end.customers.delete(organization_id, "cus_1", check=check)

    assert seen == ["a", "b"]
    assert ids(back_end, organization_id) == ["cus_1"]


@pytest.mark.parametrize("role", ["customer_id", "billing_customer_id"])
def test_a_customer_with_orders_stays_until_they_are_gone(back_end: BackEnd, organization_id: str, role: str) -> None:
    for customer_id in ("cus_1", "cus_2"):
        back_end.customers.insert(organization_id, make_customer(id=customer_id))
    back_end.orders.insert(organization_id, make_order().model_copy(update={role: "cus_2"}))

    with pytest.raises(Conflict):
        back_end.customers.delete(organization_id, "cus_2")
    assert back_end.customers.is_in_use(organization_id, "cus_2")
    back_end.orders.delete(organization_id, "ord_1")
    back_end.customers.delete(organization_id, "cus_2")

    assert ids(back_end, organization_id) == ["cus_1"]


def test_a_changed_customer_still_knows_its_orders(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer())
    back_end.orders.insert(organization_id, make_order())

    back_end.customers.modify(organization_id, "cus_1", named("Acme Inc"))

    assert back_end.customers.is_in_use(organization_id, "cus_1")


def test_a_contact_does_not_keep_its_customer(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer())
    back_end.contacts.insert(organization_id, make_contact())

    back_end.customers.delete(organization_id, "cus_1")

    with pytest.raises(NotFound):
        back_end.customers.get(organization_id, "cus_1")


def test_nothing_is_inserted_for_a_customer_who_is_not_there(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(InvalidInput, match="cus_1"):
        back_end.orders.insert(organization_id, make_order())
    with pytest.raises(InvalidInput, match="cus_1"):
        back_end.contacts.insert(organization_id, make_contact())

    assert back_end.orders.page(organization_id, limit=1, offset=0).total == 0
    assert back_end.contacts.page(organization_id, limit=1, offset=0).total == 0


def test_a_page_of_one_owner_holds_what_is_its(back_end: BackEnd, organization_id: str) -> None:
    for customer_id in ("cus_1", "cus_2"):
        back_end.customers.insert(organization_id, make_customer(id=customer_id))
        back_end.contacts.insert(organization_id, make_contact(id=f"con_{customer_id}", customer_id=customer_id))

    page = back_end.contacts.page(organization_id, limit=9, offset=0, owner="cus_2")

    assert ([contact.id for contact in page.items], page.total) == (["con_cus_2"], 1)


def test_an_order_carries_its_own_revision(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer())
    back_end.orders.insert(organization_id, make_order())

    changed = back_end.orders.modify(
        organization_id, "ord_1", lambda order: order.model_copy(update={"name": "Renewal"})
    )

    assert changed.version == back_end.orders.get(organization_id, "ord_1").version == 2


def ids(back_end: BackEnd, organization_id: str) -> list[str]:
    """Of all customers; the counted total must agree with what is listed."""
    page = back_end.customers.page(organization_id, limit=100, offset=0)
    assert page.total == len(page.items)
    return [customer.id for customer in page.items]


def renamed(external_id: str | None) -> Change:
    return lambda customer: customer.model_copy(update={"external_id": external_id})


def named(name: str) -> Change:
    return lambda customer: customer.model_copy(update={"name": name})
