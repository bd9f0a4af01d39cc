"""What happened to credits, on the wire (contract: CreditTransaction)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from functions.billing.models.credit import CreditCurrency
from functions.billing.models.customer import Customer
from functions.billing.models.product import Product
from functions.billing.models.rating_plan import PlanEntry
from functions.billing.rating.transactions import Transaction, TransactionType
from functions.credits.schemas import CurrencyRef, CustomerRef, currency_ref
from functions.runtime.credit_wire import credits_of
from functions.runtime.wire import FromMoment, MomentOut, Paging, ToMoment, Wire


class Origin(StrEnum):
    """Whether the credits came with an order, or somebody gave them by hand."""

    PURCHASED = "purchased"
    GRANTED = "granted"


class TransactionQuery(Paging):
    """The filters of the listing; both moments are inclusive."""

    customer_id: str | None = None
    external_customer_id: str | None = None
    credits_currency_id: str | None = None
    credit_currency_key: str | None = None
    type: TransactionType | None = None
    order_id: str | None = None
    created_at_from: FromMoment | None = None
    created_at_to: ToMoment | None = None

    def takes(self, one: Transaction, currency: CreditCurrency) -> bool:
        """Whether it is asked for, the customer apart."""
        return (
            (self.credits_currency_id is None or one.currency_id == self.credits_currency_id)
            and (self.credit_currency_key is None or currency.key == self.credit_currency_key)
            and (self.type is None or one.type is self.type)
            and (self.order_id is None or one.order_id == self.order_id)
            and (self.created_at_from is None or one.recorded_at >= self.created_at_from)
            and (self.created_at_to is None or one.recorded_at <= self.created_at_to)
        )


class ProductRef(Wire):
    id: str
    external_id: str | None
    name: str


class TransactionOut(Wire):
    """`signalId` is null: credits are taken by the day, and the signals of a day are listed by `/signals`."""

    id: str
    customer: CustomerRef
    credit_currency: CurrencyRef
    type: TransactionType
    amount: str
    origin_code: Origin
    event_name: str | None
    signal_id: str | None = None
    order_id: str | None
    product: ProductRef | None
    created_at: MomentOut


class Row:
    """A transaction, and of what else it tells: the price that took, if one did."""

    def __init__(self, one: Transaction, customer: Customer, currency: CreditCurrency, price: PlanEntry | None) -> None:
        self.one = one
        self._customer = customer
        self._currency = currency
        self._price = price

    @property
    def age(self) -> tuple[datetime, str]:
        """Greater for what is newer."""
        return self.one.recorded_at, self.one.id

    @property
    def product_id(self) -> str | None:
        return None if self._price is None else self._price.product_id

    def out(self, products: Mapping[str, Product]) -> TransactionOut:
        product = products.get(self.product_id or "")
        return TransactionOut(
            id=self.one.id,
            customer=CustomerRef(id=self._customer.id, external_id=self._customer.external_id),
            credit_currency=currency_ref(self._currency),
            type=self.one.type,
            amount=f"{credits_of(self.one.micro):f}",
            origin_code=Origin.GRANTED if self.one.is_by_hand else Origin.PURCHASED,
            event_name=None if self._price is None else self._price.event_name,
            order_id=self.one.order_id,
            product=product and ProductRef(id=product.id, external_id=product.external_id, name=product.name),
            created_at=self.one.recorded_at,
        )


def newest_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.age, reverse=True)
