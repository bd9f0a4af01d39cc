"""`/customers`: who is billed, the other names they go by, their users, and how they stand."""

from functions.billing.models.customer import Customer, CustomerAlias, CustomerUser
from functions.billing.models.organization import Scope
from functions.billing.periods import day_of
from functions.customers.alias_schemas import AliasOut, CreateAlias, alias_out
from functions.customers.schemas import CreateCustomer, CustomerOut, CustomerQuery, UpdateCustomer, customer_out
from functions.customers.state_schemas import CustomerStateOut, customer_state_out
from functions.customers.user_schemas import UpsertUser, UserOut, UserPath, user_out
from functions.runtime.api import Api, Json, Request
from functions.runtime.chance import new_id
from functions.runtime.naming import named_id, resolved_id
from functions.runtime.wire import Listing, Paging, changes, listing
from functions.wiring import buying, entities, identity, people

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/customers/", scope=Scope.READ)
def list_customers(request: Request) -> Listing[CustomerOut]:
    query = request.query_as(CustomerQuery)
    page = buying.find_customers()(
        request.organization_id,
        external_id=query.external_id,
        where=None if query.is_open else query.takes,
        limit=query.limit,
        offset=query.offset,
    )
    return listing([customer_out(customer) for customer in page.items], page.total, query)


@api.route("POST", "/customers/", scope=Scope.WRITE, status=201)
def create_customer(request: Request) -> CustomerOut:
    given = {"default_currency": request.principal.default_currency, **changes(request.body_as(CreateCustomer))}
    customer = Customer(id=new_id("cus"), created_at=request.now, updated_at=request.now, **given)
    entities.customers().insert(request.organization_id, customer)
    return customer_out(customer)


@api.route("GET", "/customers/external/{external_id}", scope=Scope.READ)
@api.route("GET", "/customers/{id}", scope=Scope.READ)
def get_customer(request: Request) -> CustomerOut:
    return customer_out(entities.customers().get(request.organization_id, _customer_id(request)))


@api.route("PUT", "/customers/external/{external_id}", scope=Scope.WRITE)
@api.route("PUT", "/customers/{id}", scope=Scope.WRITE)
def update_customer(request: Request) -> CustomerOut:
    update = {**changes(request.body_as(UpdateCustomer)), "updated_at": request.now}
    customer = entities.customers().modify(
        request.organization_id, _customer_id(request), lambda customer: customer.model_copy(update=update)
    )
    return customer_out(customer)


@api.route("DELETE", "/customers/external/{external_id}", scope=Scope.WRITE)
@api.route("DELETE", "/customers/{id}", scope=Scope.WRITE)
def delete_customer(request: Request) -> Json:
    buying.delete_customer()(request.organization_id, _customer_id(request))
    return {}


@api.route("GET", "/customers/external/{external_id}/state", scope=Scope.READ)
@api.route("GET", "/customers/{id}/state", scope=Scope.READ)
def get_customer_state(request: Request) -> CustomerStateOut:
    state = buying.read_customer_state()(request.organization_id, _customer_id(request), now=request.now)
    read, currencies = buying.credits_of(request.organization_id, state.customer.id, today=day_of(request.now))
    return customer_state_out(state, read, currencies, now=request.now)


@api.route("GET", "/customers/external/{external_id}/aliases", scope=Scope.READ)
@api.route("GET", "/customers/{id}/aliases", scope=Scope.READ)
def list_aliases(request: Request) -> Listing[AliasOut]:
    paging = request.query_as(Paging)
    customer = entities.customers().get(request.organization_id, _customer_id(request))
    aliases = people.aliases().of(request.organization_id, customer.id)
    page = aliases[paging.offset : paging.offset + paging.limit]
    return listing([alias_out(alias) for alias in page], len(aliases), paging)


@api.route("POST", "/customers/external/{external_id}/aliases", scope=Scope.WRITE, status=201)
@api.route("POST", "/customers/{id}/aliases", scope=Scope.WRITE, status=201)
def create_alias(request: Request) -> AliasOut:
    given = changes(request.body_as(CreateAlias))
    customer = entities.customers().get(request.organization_id, _customer_id(request))
    alias = CustomerAlias(customer_id=customer.id, created_at=request.now, updated_at=request.now, **given)
    people.aliases().insert(request.organization_id, alias)
    return alias_out(alias)


@api.route("DELETE", "/customers/external/{external_id}/aliases/{alias}", scope=Scope.WRITE)
@api.route("DELETE", "/customers/{id}/aliases/{alias}", scope=Scope.WRITE)
def delete_alias(request: Request) -> Json:
    customer = entities.customers().get(request.organization_id, _customer_id(request))
    people.aliases().delete(request.organization_id, customer.id, request.parameters["alias"])
    return {}


@api.route("PUT", "/customers/{customer_external_id}/users/{user_external_id}", scope=Scope.WRITE)
def upsert_user(request: Request) -> UserOut:
    path = UserPath.of(request.parameters)
    fields = changes(request.body_as(UpsertUser))
    named = path.customer_external_id
    new = CustomerUser(
        id=new_id("usr"),
        external_id=path.user_external_id,
        customer_id=resolved_id(request, entities.customers(), "customer", external_id=named),
        created_at=request.now,
        updated_at=request.now,
    )
    return user_out(buying.upsert_user()(request.organization_id, new, fields, now=request.now), path)


def _customer_id(request: Request) -> str:
    return named_id(request, entities.customers(), "customer")
