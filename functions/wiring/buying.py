"""Customers and their users: found, changed, deleted."""

from functools import cache

from functions.billing.usecases.delete_customer import DeleteCustomer
from functions.billing.usecases.find_customers import FindCustomers
from functions.billing.usecases.read_customer_state import ReadCustomerState
from functions.billing.usecases.upsert_user import UpsertUser
from functions.wiring import entities, people


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


@cache
def read_customer_state() -> ReadCustomerState:
    return ReadCustomerState(
        customers=entities.customers(), orders=entities.orders(), seats=people.seats(), users=people.users()
    )
