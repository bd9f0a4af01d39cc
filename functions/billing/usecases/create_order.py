"""A draft order: its lines take a copy of the prices they are sold at, and keep it (law 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.billing.errors import ExternalIdExists, InvalidInput, NotFound
from functions.billing.ids import derived_uuid
from functions.billing.invoicing.terms import (
    check_billable,
    check_dates,
    check_payment_terms,
    check_seat_credits,
    end_by_terms,
)
from functions.billing.models.customer import CreationState, Customer
from functions.billing.models.order import MAX_COMPONENTS, Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import ChargeType, Pricing
from functions.billing.models.product import Product, ProductAttribute
from functions.billing.models.seats import MAX_SEATS
from functions.billing.periods import day_of
from functions.billing.ports import Collection, OrderBook

if TYPE_CHECKING:
    from functions.billing.models.plan import Plan

PartiesCheck = Callable[[str, Order], None]
"""Refuses an organization's order that names somebody unknown: see `check_parties`."""

Draft = Callable[[int], Order]
"""The order as it is asked for, under a number that it may be named after."""

NextNumber = Callable[[str], int]
"""Takes the next of an organization's order numbers: a write, which a refused order must not have made."""

CurrenciesCheck = Callable[[str, Sequence[Pricing]], None]
"""Refuses an organization's prices and credits in a currency that is archived: see `check_currencies`."""

PlansOf = Callable[[str, Sequence[str]], "Mapping[str, Plan]"]
"""Those of an organization's plans that exist, by id: no collection, because few products have any."""

_UNNUMBERED = 0

MAX_STEPS = 5_000
"""Tiers of one order, over all its components: a graduated price takes a step on each that is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttribute:
    """A priced component as asked for: with a pricing of its own, or with the one the product has under that name.

    The credits that come with that one come with a pricing of its own too, unless `keeps_credits` is false.
    """

    name: str
    quantity: int | None = None
    pricing: Pricing | None = None
    keeps_credits: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line as asked for; `attributes` None means all active attributes of the product, or of the plan.

    `plan_id` None leaves it to the product, which may have a default plan.
    """

    product_id: str
    plan_id: str | None = None
    name: str | None = None
    description: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    attributes: Sequence[NewAttribute] | None = None

    def plan_of(self, product: Product | None) -> str | None:
        """The plan that the line is sold from; None where it brings all prices itself, or the product has no plan."""
        brings_all = self.attributes is not None and all(new.pricing for new in self.attributes)
        default = None if product is None or brings_all else product.default_plan_id
        return self.plan_id or default


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrder:
    """Checks what an order names, fills in what it leaves out, and stores it as a draft."""

    orders: Collection[Order]
    customers: Collection[Customer]
    products: Collection[Product]
    plans: PlansOf
    check_parties: PartiesCheck
    check_currencies: CurrenciesCheck
    book: OrderBook
    next_number: NextNumber

    def currency_of(self, organization_id: str, customer_id: str) -> str:
        """The currency of an order that names none: its customer's. Raises InvalidInput without such a customer."""
        return self._customer(organization_id, customer_id).default_currency

    def _customer(self, organization_id: str, customer_id: str) -> Customer:
        try:
            return self.customers.get(organization_id, customer_id)
        except NotFound as error:
            raise InvalidInput(f"customerId is {customer_id!r}, expected the id of an existing customer") from error

    def __call__(self, organization_id: str, draft: Draft, lines: Sequence[NewLine], *, state: CreationState) -> Order:
        """The stored order: `draft` with its lines, and with the end that its terms give it unless it has one.

        Where it is to become active, that it can is checked before.

        Raises:
            InvalidInput: something it names does not exist, the dates do not fit, or a product has no such price.
            ExternalIdExists: another order has the external id.
        """
        order = self._checked(organization_id, draft(_UNNUMBERED), lines, state)
        numbered = draft(self.next_number(organization_id))
        order = order.model_copy(update={"number": numbered.number, "name": numbered.name})
        self.orders.insert(organization_id, order)
        return order

    def _checked(self, organization_id: str, draft: Order, lines: Sequence[NewLine], state: CreationState) -> Order:
        """The whole order, of which all is checked but for what another request may do meanwhile."""
        self._customer(organization_id, draft.customer_id)
        check_payment_terms(draft.payment_terms)
        self.check_parties(organization_id, draft)
        if draft.external_id is not None and self.orders.resolve(organization_id, draft.external_id) is not None:
            raise ExternalIdExists("order", draft.external_id)
        products = self._priced(organization_id, lines, draft.currency)
        _check_size(lines, products)
        made = [_line(draft, index, *each) for index, each in enumerate(zip(lines, products, strict=True))]
        order = draft.model_copy(update={"lines": tuple(made), "end_date": draft.end_date or end_by_terms(draft)})
        check_dates(order)
        _check_steps(order)
        if order.has_credits:
            self.check_currencies(organization_id, [attribute.pricing for _, attribute in order.attributes()])
        if state is CreationState.ACTIVE:
            check_billable(order)
            if order.gives_seats_credits:
                plan = self.book.plan(organization_id, order.customer_id).value
                check_seat_credits(order, plan, since=day_of(order.start_date))
        return order

    def _priced(self, organization_id: str, lines: Sequence[NewLine], currency: str) -> list[Product]:
        """The product of each line, at the prices of the plan that the line is sold from, if it is."""
        products = self.products.get_many(organization_id, [line.product_id for line in lines])
        plan_ids = {plan_id for line in lines if (plan_id := line.plan_of(products.get(line.product_id)))}
        plans: Mapping[str, Plan] = self.plans(organization_id, sorted(plan_ids)) if plan_ids else {}
        return [
            _at_the_plans_prices(line, products.get(line.product_id), plans, currency=currency, place=f"lines[{index}]")
            for index, line in enumerate(lines)
        ]


def _at_the_plans_prices(
    line: NewLine, product: Product | None, plans: "Mapping[str, Plan]", *, currency: str, place: str
) -> Product:
    if product is None:
        raise InvalidInput(f"{place}.productId is {line.product_id!r}, expected the id of an existing product")
    plan_id = line.plan_of(product)
    if plan_id is None:
        return product
    plan = plans.get(plan_id)
    if plan is None or plan.product_id != product.id:
        raise InvalidInput(f"{place}.planId is {plan_id!r}, expected the id of a plan of product {product.id}")
    default = f"{place}.productId is {product.id!r}, whose default plan is {plan_id!r}"
    plan.check_sale(currency, named=default if line.plan_id is None else f"{place}.planId is {plan_id!r}")
    return plan.applied_to(product)


def _check_size(lines: Sequence[NewLine], products: Sequence[Product]) -> None:
    """Every component makes a line on every invoice, and an invoice must fit into one item."""
    components = sum(
        len(product.attributes if line.attributes is None else line.attributes)
        for line, product in zip(lines, products, strict=True)
    )
    if components > MAX_COMPONENTS:
        raise InvalidInput(f"lines have {components} priced components, expected at most {MAX_COMPONENTS} on one order")


def _check_steps(order: Order) -> None:
    """The steps of a line stand on the invoice, which must fit into one item with them too."""
    points = [point for _, attribute in order.attributes() for point in attribute.pricing.price_points]
    tiers = sum(len(point.tiers) for point in points if point.currency == order.currency)
    if tiers > MAX_STEPS:
        raise InvalidInput(f"lines have {tiers} tiers in {order.currency}, expected at most {MAX_STEPS} on one order")


def _line(order: Order, index: int, line: NewLine, product: Product) -> OrderLine:
    wanted: list[tuple[NewAttribute, ProductAttribute | None]]
    if line.attributes is None:
        wanted = [(NewAttribute(name=sold.name), sold) for sold in product.attributes if sold.active]
    else:
        wanted = [(new, _sold_as(product, new.name)) for new in line.attributes]
    line_id = derived_uuid("order line", order.id, str(index))
    made = tuple(
        _attribute(
            new,
            sold,
            attribute_id=derived_uuid("order line attribute", line_id, str(number)),
            currency=order.currency,
            place=f"lines[{index}].attributes[{number}]",
        )
        for number, (new, sold) in enumerate(wanted)
    )
    return OrderLine(
        id=line_id,
        product_id=product.id,
        product_external_id=product.external_id,
        plan_id=line.plan_of(product),
        name=line.name or product.name,
        description=line.description,
        start_date=line.start_date,
        end_date=line.end_date,
        attributes=tuple(_with_overage(attribute, made) for attribute in made),
    )


def _with_overage(attribute: OrderLineAttribute, line: Sequence[OrderLineAttribute]) -> OrderLineAttribute:
    """A price in credits without a price for overage has that of the credits which come with its line."""
    rule = attribute.pricing.credits
    is_counted = attribute.pricing.charge_type is ChargeType.USAGE
    if rule is None or not is_counted or attribute.pricing.overage_unit_minor is not None:
        return attribute
    prices = [
        benefit.overage_unit_minor
        for each in line
        for benefit in each.pricing.benefits
        if benefit.currency_id == rule.currency_id and benefit.overage_unit_minor is not None
    ]
    pricing = attribute.pricing.model_copy(update={"overage_unit_minor": prices[0] if prices else None})
    return attribute.model_copy(update={"pricing": pricing})


def _sold_as(product: Product, name: str) -> ProductAttribute | None:
    """The product's attribute of that name; names may repeat, and an active one stands before those it replaced."""
    named = [attribute for attribute in product.attributes if attribute.name == name]
    return next((attribute for attribute in named if attribute.active), named[0] if named else None)


def _attribute(
    new: NewAttribute, sold: ProductAttribute | None, *, attribute_id: str, currency: str, place: str
) -> OrderLineAttribute:
    """The frozen copy: of the pricing given with the order, else of the product's own, or its plan's."""
    pricing = _pricing(new, sold)
    if pricing is None:
        raise InvalidInput(
            f"{place}.name is {new.name!r}, expected the name of an attribute of the product, or a pricing beside it"
        )
    return OrderLineAttribute(
        id=attribute_id,
        name=new.name,
        pricing=pricing,
        quantity=_quantity(new, pricing, currency),
        product_attribute_id=sold.id if sold else None,
        pricing_version=sold.pricing_version if sold and new.pricing is None else None,
    )


def _pricing(new: NewAttribute, sold: ProductAttribute | None) -> Pricing | None:
    if new.pricing is None or sold is None or not new.keeps_credits:
        return new.pricing or (sold.pricing if sold else None)
    return new.pricing.model_copy(update={"benefits": sold.pricing.benefits})


def _quantity(new: NewAttribute, pricing: Pricing, currency: str) -> int:
    """One where nobody says; of seats at least as many as are billed, and no more than can be listed."""
    if pricing.charge_type is not ChargeType.SEAT_BASED:
        return 1 if new.quantity is None else new.quantity
    seats = _least_seats(pricing, currency) if new.quantity is None else new.quantity
    if seats > MAX_SEATS:
        raise InvalidInput(f"attribute {new.name!r} has {seats} seats, expected at most {MAX_SEATS}")
    return seats


def _least_seats(pricing: Pricing, currency: str) -> int:
    """A draft need not have a price in its currency yet: that is asked for when it is activated."""
    return max([1, *(point.min_quantity for point in pricing.price_points if point.currency == currency)])
