"""Intents that name what is sold, with the products that they name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from functions.billing.amending.attributes import at_price
from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.amendment import AddAttribute, AddFromCatalog, AddNew, Asked, Intent
from functions.billing.models.pricing import ChargeType, Pricing
from functions.billing.models.product import Product, product_id_of


def products_named(asked: Iterable[Asked]) -> set[str]:
    """The ids of the products that have to be known."""
    return {product_id for each in asked if (product_id := _product_id(each)) is not None}


def resolved(asked: Sequence[Asked], products: Mapping[str, Product], *, currency: str) -> list[Intent]:
    """The same intents, with the prices of the products. Raises InvalidInput for what nobody sells."""
    return list(_resolved(asked, products, currency))


def _resolved(asked: Sequence[Asked], products: Mapping[str, Product], currency: str) -> Iterator[Intent]:
    for index, each in enumerate(asked):
        try:
            match each:
                case AddFromCatalog():
                    yield _from_catalog(each, products, currency)
                case AddNew():
                    yield _new(each, products, currency)
                case _:
                    yield each
        except InvalidInput as error:
            error.more = {"intentIndex": index}
            raise


def _product_id(asked: Asked) -> str | None:
    match asked:
        case AddFromCatalog():
            return product_id_of(asked.product_attribute_id)
        case AddNew():
            return asked.product_id
        case _:
            return None


def _from_catalog(asked: AddFromCatalog, products: Mapping[str, Product], currency: str) -> AddAttribute:
    product = products.get(product_id_of(asked.product_attribute_id))
    try:
        sold = None if product is None else product.attribute(asked.product_attribute_id)
    except NotFound:
        sold = None
    if product is None or sold is None or not sold.active:
        raise InvalidInput(
            f"productAttributeId is {asked.product_attribute_id!r}, expected the id of an active attribute of a product"
        )
    if asked.quantity is not None and sold.pricing.charge_type is ChargeType.USAGE:
        raise InvalidInput(f"quantity is {asked.quantity}, expected none: {sold.name!r} is counted from signals")
    is_own_price = asked.unit_price_minor is not None
    pricing = (
        sold.pricing
        if asked.unit_price_minor is None
        else at_price(sold.pricing, currency, asked.unit_price_minor, named="unitPriceMinor")
    )
    return AddAttribute(
        product_id=product.id,
        product_external_id=product.external_id,
        product_name=product.name,
        name=sold.name,
        pricing=pricing,
        quantity=_least(pricing, currency) if asked.quantity is None else asked.quantity,
        product_attribute_id=sold.id,
        pricing_version=None if is_own_price else sold.pricing_version,
        first_part=asked.first_part,
    )


def _new(asked: AddNew, products: Mapping[str, Product], currency: str) -> AddAttribute:
    if asked.currency not in {None, currency}:
        raise InvalidInput(f"currency is {asked.currency}, expected {currency}: it is the order's currency")
    product = products.get(asked.product_id)
    if product is None:
        raise InvalidInput(f"productId is {asked.product_id!r}, expected the id of an existing product")
    if asked.product_attribute_id not in {None, *(each.id for each in product.attributes)}:
        raise InvalidInput(
            f"productAttributeId is {asked.product_attribute_id!r}, expected none, or the id of an attribute of "
            f"product {product.id}"
        )
    return AddAttribute(
        product_id=product.id,
        product_external_id=product.external_id,
        product_name=product.name,
        name=asked.line_name,
        line_name=asked.line_name,
        pricing=asked.pricing,
        quantity=_own_quantity(asked),
        product_attribute_id=asked.product_attribute_id,
        first_part=asked.first_part,
        treatment=asked.treatment,
    )


def _own_quantity(asked: AddNew) -> int:
    """Clients have to say one, also of usage: 0, as options show it, or 1. Its credits come once with either."""
    if asked.pricing.charge_type is not ChargeType.USAGE:
        return asked.quantity
    if asked.quantity > 1:
        raise InvalidInput(
            f"quantity is {asked.quantity}, expected 0 or 1: {asked.line_name!r} is counted from signals"
        )
    return 1


def _least(pricing: Pricing, currency: str) -> int:
    """One where nobody says; of seats at least as many as are billed."""
    if pricing.charge_type is not ChargeType.SEAT_BASED or not pricing.is_sold_in(currency):
        return 1
    return max(1, pricing.price_in(currency).min_quantity)
