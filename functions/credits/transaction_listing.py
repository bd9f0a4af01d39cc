"""`GET /credits/transactions`: what happened to the credits of one customer, or of all who have some."""

from collections.abc import Iterator, Sequence
from itertools import chain

from functions.billing.errors import InvalidInput
from functions.billing.models.credit import CreditCurrency
from functions.billing.models.customer import Customer
from functions.billing.periods import day_of
from functions.billing.rating.transactions import transactions
from functions.credits.transaction_schemas import Row, TransactionOut, TransactionQuery, newest_first
from functions.runtime.api import Request
from functions.runtime.naming import asked_customer
from functions.runtime.wire import Listing, listing
from functions.wiring import crediting, entities

MAX_SORTED = 100
"""Of how many customers an answer is the newest first: it takes the transactions of all of them, each computed anew."""

MAX_WALKED = 500
"""Of how many customers a page may be made, one after the other: each takes some calls, and somebody waits."""

_AT_ONCE = 100


def listed(request: Request, query: TransactionQuery) -> Listing[TransactionOut]:
    customer_ids = _asked_for(request, query)
    if len(customer_ids) <= MAX_SORTED:
        rows = newest_first(chain.from_iterable(_by_customer(request, query, customer_ids)))
        page, total = rows[query.offset : query.offset + query.limit], len(rows)
    else:
        page, total = _walked(request, query, customer_ids)
        is_cut = len(page) < query.limit and query.offset + len(page) < total
        query = query.model_copy(update={"limit": len(page)}) if is_cut else query
    named = {row.product_id for row in page if row.product_id is not None}
    products = entities.products().get_many(request.organization_id, named)
    return listing([row.out(products) for row in page], total, query)


def _walked(request: Request, query: TransactionQuery, customer_ids: Sequence[str]) -> tuple[list[Row], int]:
    """The page, and how many there are: while there may be more behind it, at least one more than it shows.

    Raises InvalidInput where it lies further back than one call can compute.
    """
    page, count = list[Row](), 0
    for rows in _by_customer(request, query, customer_ids[:MAX_WALKED]):
        page += rows[max(0, query.offset - count) :]
        count += len(rows)
        if len(page) > query.limit:
            return page[: query.limit], count
    if len(customer_ids) <= MAX_WALKED:
        return page, count
    if page:
        return page, count + 1
    raise InvalidInput(
        f"customerId is missing, expected one: of the first {MAX_WALKED} customers with credits there are {count} such "
        "transactions, and one call computes no more",
        code="TOO_MUCH_TO_READ",
    )


def _asked_for(request: Request, query: TransactionQuery) -> Sequence[str]:
    """Those that the filters name, an order by its customer; else who has credits, and one more than may be walked."""
    customers, organization_id = entities.customers(), request.organization_id
    asked = asked_customer(request, customers, customer_id=query.customer_id, named=query.external_customer_id)
    if asked is not None:
        return [asked]
    if query.order_id is not None:
        orders = entities.orders().get_many(organization_id, [query.order_id])
        return [order.customer_id for order in orders.values()]
    return crediting.books().holders(organization_id, limit=MAX_WALKED + 1)


def _by_customer(request: Request, query: TransactionQuery, customer_ids: Sequence[str]) -> Iterator[list[Row]]:
    """Each customer's that are asked for, the newest first, and no sooner than somebody wants them."""
    currencies: dict[str, CreditCurrency] = {}
    for start in range(0, len(customer_ids), _AT_ONCE):
        some = customer_ids[start : start + _AT_ONCE]
        customers = entities.customers().get_many(request.organization_id, some)
        for customer_id in some:
            if customer_id in customers:
                yield newest_first(_rows(request, query, customers[customer_id], currencies))


def _rows(
    request: Request, query: TransactionQuery, customer: Customer, currencies: dict[str, CreditCurrency]
) -> Iterator[Row]:
    """`currencies` are those that are known, and gets those that are not."""
    read = crediting.read_credits()(request.organization_id, customer.id, today=day_of(request.now))
    unknown = read.currency_ids - currencies.keys()
    if unknown:
        currencies |= crediting.currencies().get_many(request.organization_id, unknown)
    prices = {entry.order_line_attribute_id: entry for entry in read.plan.entries}
    for one in transactions(read.plan, read.burnt.values(), read.waiting):
        currency = currencies[one.currency_id]
        if query.takes(one, currency):
            yield Row(one, customer, currency, prices.get(one.source or ""))
