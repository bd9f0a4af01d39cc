"""Customers and their users: found, changed, deleted."""

from functools import cache
from typing import TYPE_CHECKING

from functions.billing.usecases.delete_customer import DeleteCustomer
from functions.billing.usecases.find_customers import FindCustomers
from functions.billing.usecases.read_customer_state import ReadCustomerState
from functions.billing.usecases.upsert_user import UpsertUser
from functions.wiring import entities, people

if TYPE_CHECKING:
    from datetime import date

    from functions.billing.models.credit import CreditCurrency
    from functions.billing.usecases.read_credits import Credits


@cache
def find_customers() -> FindCustomers:
    return FindCustomers(customers=entities.customers())


@cache
def delete_customer() -> DeleteCustomer:
    return DeleteCustomer(
        customers=entities.customers(), contacts=entities.contacts(), aliases=people.aliases(), users=people.users()
    )


@cache
def upsert_user() -> UpsertUser:
    return UpsertUser(
        users=people.users(), seats=people.seats(), change_seats=people.change_seats, orders=entities.orders()
    )


def credits_of(organization_id: str, customer_id: str, *, today: "date") -> "tuple[Credits, dict[str, CreditCurrency]]":
    """With the currencies that they are of."""
    from functions.wiring import crediting  # noqa: PLC0415 - one of many calls asks how a customer stands

    read = crediting.read_credits()(organization_id, customer_id, today=today)
    return read, crediting.currencies().get_many(organization_id, read.currency_ids)


@cache
def read_customer_state() -> ReadCustomerState:
    return ReadCustomerState(
        customers=entities.customers(), orders=entities.orders(), seats=people.seats(), users=people.users()
    )
