"""Costs without a price on the wire: a page at a time, newest first, by a mark that says where to go on."""

import base64
import binascii
from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints
from pydantic.alias_generators import to_camel

from functions.billing.errors import InvalidInput, shown
from functions.billing.models.entity import ExternalId
from functions.billing.models.unpriced import Place, Repriced, UnpricedCost, UnpricedPage
from functions.runtime.fields import Id
from functions.runtime.wire import DEFAULT_LIMIT, MAX_LIMIT, MomentOut, Wire

_Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
_Mark = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class UnpricedQuery(Wire):
    """Whose costs, of how many at most, and from where on: `before` is the `next` of the page before."""

    customer_id: Id | None = None
    external_customer_id: ExternalId | None = None
    before: _Mark | None = None
    limit: _Limit = DEFAULT_LIMIT

    def place(self) -> Place | None:
        """Raises InvalidInput."""
        return None if self.before is None else _place(self.before)


class RepriceRequest(UnpricedQuery):
    """The same in a body: which costs are to be priced."""


class UnpricedOut(Wire):
    """`usage` is null for a call that was not counted in tokens, which no list can price."""

    id: str
    customer_id: str
    external_customer_id: str | None
    product_id: str | None
    external_product_id: str | None
    vendor: str | None
    model: str | None
    usage: dict[str, JsonValue] | None
    metadata: JsonValue
    occurred_at: MomentOut
    created_at: MomentOut


class UnpricedListing(Wire):
    """What is read at once is bounded: a page may hold fewer than asked for, or none, and `next` not be null."""

    data: list[UnpricedOut]
    next: str | None


class RepricedOut(Wire):
    """Of the costs of a page: how many got a price, and how many still have none."""

    priced: int
    unpriced: int
    next: str | None


def unpriced_listing(page: UnpricedPage) -> UnpricedListing:
    return UnpricedListing(data=[_out(cost) for cost in page.costs], next=_mark(page.next))


def repriced_out(done: Repriced) -> RepricedOut:
    return RepricedOut(priced=done.priced, unpriced=done.unpriced, next=_mark(done.next))


def _out(unpriced: UnpricedCost) -> UnpricedOut:
    entry, usage = unpriced.entry, unpriced.usage
    return UnpricedOut(
        id=unpriced.id,
        customer_id=unpriced.segment.log.customer_id,
        external_customer_id=entry.external_customer_id,
        product_id=entry.product_id,
        external_product_id=entry.external_product_id,
        vendor=unpriced.cost.vendor,
        model=unpriced.cost.model,
        usage=None if usage is None else {to_camel(name): count for name, count in usage.model_dump().items()},
        metadata=(entry.data or {}).get("metadata"),
        occurred_at=entry.occurred_at,
        created_at=unpriced.segment.logged_at,
    )


def _mark(place: Place | None) -> str | None:
    return None if place is None else base64.urlsafe_b64encode(f"{place.index}.{place.moment}".encode()).decode()


def _place(mark: str) -> Place:
    try:
        index, dot, moment = base64.urlsafe_b64decode(mark).decode().partition(".")
    except (binascii.Error, ValueError):
        index, dot, moment = "", "", ""
    if not (dot and moment and index.isascii() and index.isdigit() and len(index) <= len("1000")):
        raise InvalidInput(f"before is {shown(mark)!r}, expected the next of an earlier page")
    return Place(moment, int(index))
