"""Both forms of a path: by our id (`/contacts/{id}`) and by the caller's own (`/contacts/external/{external_id}`)."""

from typing import Protocol

from functions.billing.errors import NotFound
from functions.runtime.api import Request


class Resolver(Protocol):
    def resolve(self, organization_id: str, external_id: str) -> str | None: ...


def named_id(request: Request, collection: Resolver, kind: str) -> str:
    """The id of the thing that the path names. Raises NotFound for an external id that leads nowhere."""
    if "id" in request.parameters:
        return request.parameters["id"]
    return resolved_id(request, collection, kind, external_id=request.parameters["external_id"])


NOBODY = "nobody"
"""In the place of an owner that there is not: nothing is its."""


def asked_customer(request: Request, customers: Resolver, *, customer_id: str | None, named: str | None) -> str | None:
    """The customer of a listing's two filters, None for any; NOBODY for a name that leads nowhere or to another."""
    if named is None:
        return customer_id
    led_to = customers.resolve(request.organization_id, named)
    return led_to if led_to is not None and customer_id in {None, led_to} else NOBODY


def resolved_id(request: Request, collection: Resolver, kind: str, *, external_id: str) -> str:
    """The id of the thing that an external id leads to. Raises NotFound."""
    found = collection.resolve(request.organization_id, external_id)
    if found is None:
        raise NotFound(kind, external_id)
    return found
