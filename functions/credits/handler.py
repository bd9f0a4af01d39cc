"""`/credits`, and `/customers/{id}/credits`: what customers hold beforehand, and what is left of it."""

from datetime import datetime

from functions.billing.errors import ExternalIdExists, InvalidInput
from functions.billing.ids import derived_id
from functions.billing.models.credit import CreditCurrency, CreditCurrencyStatus, ManualGrant
from functions.billing.models.customer import Customer
from functions.billing.models.organization import Scope
from functions.billing.models.pricing import CREDIT_DIGITS
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import day_of
from functions.billing.ports import Booked
from functions.billing.usecases.read_credits import Credits
from functions.credits.schemas import (
    BalancesOut,
    CreateCurrency,
    CreateGrant,
    CurrenciesOut,
    CurrencyOut,
    CurrencyQuery,
    GrantedOut,
    PendingOut,
    UpdateCurrency,
    balances_out,
    currency_out,
    granted_out,
    pending_out,
)
from functions.credits.transaction_listing import listed
from functions.credits.transaction_schemas import TransactionOut, TransactionQuery
from functions.runtime.api import Api, Request
from functions.runtime.chance import new_id
from functions.runtime.naming import named_id
from functions.runtime.wire import Json, Listing, Paging, changes, listing
from functions.wiring import crediting, entities, identity

api = Api(identity.authenticate)
handler = api.handle

_ALL = 1_000_000


@api.route("GET", "/credits/currencies", scope=Scope.READ)
def list_credit_currencies(request: Request) -> CurrenciesOut:
    query = request.query_as(CurrencyQuery)
    found = crediting.currencies().page(request.organization_id, limit=_ALL, offset=0, where=query.takes)
    return CurrenciesOut(data=[currency_out(currency) for currency in found.items])


@api.route("POST", "/credits/currencies", scope=Scope.WRITE, status=201)
def create_credit_currency(request: Request) -> CurrencyOut:
    new = request.body_as(CreateCurrency)
    currency = CreditCurrency(
        id=new_id("cc"),
        external_id=new.key,
        name=new.name,
        description=new.description,
        created_at=request.now,
        updated_at=request.now,
    )
    try:
        crediting.currencies().insert(request.organization_id, currency)
    except ExternalIdExists as error:
        sentence = f"key is {new.key!r}, expected one that no other credit currency has"
        raise InvalidInput(sentence, code=error.code) from None
    return currency_out(currency)


@api.route("PUT", "/credits/currencies/{id}", scope=Scope.WRITE)
def update_credit_currency(request: Request) -> CurrencyOut:
    update = changes(request.body_as(UpdateCurrency))
    currency = crediting.currencies().modify(
        request.organization_id,
        request.parameters["id"],
        lambda currency: currency.model_copy(update=_with_date(currency, update, now=request.now)),
    )
    return currency_out(currency)


def _with_date(currency: CreditCurrency, update: Json, *, now: datetime) -> Json:
    """The day of archiving goes with the status, and stays when it is archived again."""
    status = update.get("status") or currency.status
    archived_at = (currency.archived_at or now) if status is CreditCurrencyStatus.ARCHIVED else None
    return {**update, "status": status, "archived_at": archived_at, "updated_at": now}


@api.route("POST", "/customers/external/{external_id}/credits/grants", scope=Scope.WRITE, status=201)
@api.route("POST", "/customers/{id}/credits/grants", scope=Scope.WRITE, status=201)
def grant_customer_credits(request: Request) -> GrantedOut:
    new, customer = request.body_as(CreateGrant), _customer(request)
    currency = _named_currency(request, new.credit_currency_key)
    booked = _booked(request, customer, currency, _grant(new, customer, currency, now=request.now))
    return granted_out(booked.grant, customer, currency, created=booked.is_new)


@api.route("GET", "/customers/external/{external_id}/credits/balances", scope=Scope.READ)
@api.route("GET", "/customers/{id}/credits/balances", scope=Scope.READ)
def get_customer_credit_balances(request: Request) -> BalancesOut:
    read = _read(request, _customer(request))
    return balances_out(read, _currencies(request, read), today=day_of(request.now))


@api.route("GET", "/customers/external/{external_id}/credits/pending-consumption", scope=Scope.READ)
@api.route("GET", "/customers/{id}/credits/pending-consumption", scope=Scope.READ)
def list_pending_credit_consumption(request: Request) -> Listing[PendingOut]:
    paging = request.query_as(Paging)
    read = _read(request, _customer(request))
    rows = pending_out(read, _currencies(request, read))
    return listing(rows[paging.offset : paging.offset + paging.limit], len(rows), paging)


@api.route("GET", "/credits/transactions", scope=Scope.READ)
def list_credit_transactions(request: Request) -> Listing[TransactionOut]:
    return listed(request, request.query_as(TransactionQuery))


def _customer(request: Request) -> Customer:
    customers = entities.customers()
    return customers.get(request.organization_id, named_id(request, customers, "customer"))


def _named_currency(request: Request, key: str) -> CreditCurrency:
    currency_id = crediting.currencies().resolve(request.organization_id, key)
    found = crediting.currencies().get_many(request.organization_id, [currency_id] if currency_id else [])
    for currency in found.values():
        return currency
    raise _not_active(key)


def _booked(request: Request, customer: Customer, currency: CreditCurrency, grant: ManualGrant) -> Booked:
    """The grant, given now, or the one that it repeats; a new one neither in an archived currency nor for the past."""

    def given(plan: RatingPlan) -> ManualGrant:
        return grant.model_copy(update={"created_at": plan.next_moment(identity.present(request.organization_id))})

    refusal = _refusal(currency, grant, now=request.now)
    if refusal is None:
        return crediting.books().add(request.organization_id, customer.id, given)
    before = crediting.books().get(request.organization_id, customer.id).repeated(grant)
    if before is None:
        raise refusal
    return Booked(before, is_new=False)


def _refusal(currency: CreditCurrency, grant: ManualGrant, *, now: datetime) -> InvalidInput | None:
    """Why a new grant cannot be given now."""
    if currency.status is not CreditCurrencyStatus.ACTIVE:
        return _not_active(currency.key)
    if grant.expires_at is not None and grant.expires_at <= now:
        return InvalidInput(f"expiresAt is {grant.expires_at.isoformat()}, expected a moment in the future")
    return None


def _not_active(key: str) -> InvalidInput:
    return InvalidInput(f"creditCurrencyKey is {key!r}, expected the key of an active credit currency")


def _grant(new: CreateGrant, customer: Customer, currency: CreditCurrency, *, now: datetime) -> ManualGrant:
    """One that says when it starts is named by what it says: sent again after an answer was lost, it is the same.

    Of others that is told by when they come: see `CreditBook.repeated`.
    """
    if not new.amount:
        raise InvalidInput("amount is 0, expected a number above 0")
    starts_at = new.starts_at or now
    if starts_at > now:
        raise InvalidInput(f"startsAt is {starts_at.isoformat()}, expected no moment after the present")
    said = (customer.id, currency.id, str(new.amount), starts_at.isoformat(), str(new.expires_at))
    return ManualGrant(
        id=new_id("cg") if new.starts_at is None else derived_id("cg", *said),
        currency_id=currency.id,
        amount_micro=int(new.amount.scaleb(CREDIT_DIGITS)),
        starts_at=starts_at,
        expires_at=new.expires_at,
        created_at=now,
        is_undated=new.starts_at is None,
    )


def _read(request: Request, customer: Customer) -> Credits:
    return crediting.read_credits()(request.organization_id, customer.id, today=day_of(request.now))


def _currencies(request: Request, read: Credits) -> dict[str, CreditCurrency]:
    return crediting.currencies().get_many(request.organization_id, read.currency_ids)
