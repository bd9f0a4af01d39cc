"""`/health`, the description of all routes, and whatever path nobody else answers: those get the API's own 404 body."""

from functions.billing.errors import Forbidden
from functions.health.document import openapi_document
from functions.runtime.api import Api, Cacheable, Json, Principal, Request


def _nobody(authorization: str | None) -> Principal:
    """This function has no table to look keys up in, and no route that asks for one."""
    del authorization
    raise Forbidden("there is nothing here for any API key")


api = Api(_nobody)
handler = api.handle


@api.route("GET", "/health", scope=None, prefix="")
def get_health(request: Request) -> Json:
    """Says that requests arrive and are answered; it asks no other service."""
    del request
    return {"status": "ok"}


@api.route("GET", "/openapi.json", scope=None, prefix="")
def get_openapi(request: Request) -> Cacheable:
    """This document."""
    del request
    return openapi_document()
