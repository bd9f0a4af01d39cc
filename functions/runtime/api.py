"""HTTP in and out: routes, authentication, one error shape.

Routes are closed unless declared public. A resource declares `api = Api()` and its routes; `api.handle` is its Lambda
handler. Our own router rather than Powertools' resolver: that one loads 230 modules more at every cold start, and keeps
the request in a class attribute, which the local runner, serving several functions in one process, could not bear.
"""

import base64
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from functions.billing.errors import (
    BillingError,
    Busy,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    UnsupportedEncoding,
    shown,
)
from functions.billing.models.organization import Scope
from functions.runtime.sentences import index_of, sentence_of

logger = logging.getLogger(__name__)
"""Lambda's own JSON format, not Powertools' logger: that one would add fifty modules to every cold start."""

PREFIX = "/api/v2"
MAX_BODY_BYTES = 6_000_000
"""What Lambda takes: a larger body would fail without our sentence."""

Model = TypeVar("Model", bound=BaseModel)
Json = dict[str, Any]

_LOOKS_LIKE_A_KEY = re.compile(r"owed_(?:live|test)_[\w-]{20,}", re.ASCII)

STATUSES: tuple[tuple[type[BillingError], int], ...] = (
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (UnsupportedEncoding, 415),
    (Busy, 503),
    (BillingError, 400),
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the organization of the key, its present, and what the key may do."""

    organization_id: str
    now: datetime
    test: bool
    scopes: frozenset[Scope]
    default_currency: str = "USD"

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


Authenticate = Callable[[str | None], Principal]
"""Turns the Authorization header into who calls. Raises Forbidden."""


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidInput(f"the body is marked as base64 and is none: {error}") from error


def _plain_json(content: bytes) -> object:
    return from_json(content, allow_inf_nan=False)


@dataclass(frozen=True)
class Request:
    """One call: who, which path parameters, and the raw query and body to be parsed by `query_as` and `body_as`."""

    principal: Principal
    parameters: Mapping[str, str]
    event: Mapping[str, Any]

    @property
    def organization_id(self) -> str:
        return self.principal.organization_id

    @property
    def now(self) -> datetime:
        return self.principal.now

    @property
    def request_id(self) -> str:
        return str(self.event["requestContext"]["requestId"])

    @cached_property
    def body(self) -> bytes:
        """Raises TooLarge, UnsupportedEncoding, and InvalidInput for base64 that is none."""
        encoding = self.event.get("headers", {}).get("content-encoding", "identity")
        if encoding.strip().lower() not in {"", "identity"}:
            # Neither API Gateway nor we unpack it: a small body may be gigabytes.
            sentence = f"the content-encoding is {shown(encoding)!r}, expected none: send the JSON as it is"
            raise UnsupportedEncoding(sentence)
        text = self.event.get("body") or ""
        content = decoded(text) if self.event.get("isBase64Encoded") else text.encode()
        if len(content) > MAX_BODY_BYTES:
            raise TooLarge(f"the body has {len(content)} bytes, expected at most {MAX_BODY_BYTES}")
        return content

    def body_as(self, model: type[Model], *, parse: Callable[[bytes], object] = _plain_json) -> Model:
        """The JSON body; raises InvalidInput, or ValidationError, which is answered with 400 too."""
        try:
            body = parse(self.body or b"{}")
        except ValueError as error:
            raise InvalidInput(f"the body is not valid JSON: {error}") from error
        return model.model_validate(body)

    def query_as(self, model: type[Model]) -> Model:
        """The query string; a name given twice counts with its last value, an empty value as not given."""
        pairs = parse_qsl(self.event.get("rawQueryString") or "")
        return model.model_validate_strings(dict(pairs))


@dataclass(frozen=True, slots=True)
class Binary:
    """An answer that is not JSON."""

    content: bytes
    content_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Cacheable:
    """A JSON text that stays the same from call to call; who knows the `etag` already is not sent it again."""

    content: str
    etag: str


Answer = BaseModel | Json | Binary | Cacheable
Endpoint = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path (parameters in braces), who may call it, and the status of its success."""

    method: str
    path: str
    endpoint: Endpoint
    scope: Scope | None
    status: int

    @property
    def pattern(self) -> re.Pattern[str]:
        """An external id may hold slashes and line ends: API Gateway decodes `%2F` before we see the path."""
        path = re.sub(r"\{(id|seat_id|line_id)\}", r"(?P<\1>[^/]+)", self.path.rstrip("/"))
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>.+)", path), re.DOTALL)


class Api:
    """The routes of one resource. Of several that match a path the longest answers."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._patterns: list[tuple[re.Pattern[str], Route]] = []

    @property
    def routes(self) -> list[Route]:
        return [route for _, route in self._patterns]

    def route(
        self, method: str, path: str, *, scope: Scope | None, status: int = 200, prefix: str = PREFIX
    ) -> Callable[[Endpoint], Endpoint]:
        """Declares a route below the API's prefix; `scope=None` makes it public."""

        def declare(endpoint: Endpoint) -> Endpoint:
            route = Route(method, prefix + path, endpoint, scope, status)
            self._patterns.append((route.pattern, route))
            self._patterns.sort(key=lambda known: -len(known[1].path))
            return endpoint

        return declare

    def handle(self, event: Mapping[str, Any], context: object) -> Json:
        """The Lambda handler: API Gateway's payload 2.0 in and out, and a line for the log.

        That names the route and not the path: what stands in a path is the caller's, and may be anybody's name.
        """
        del context
        ids: Json = {"request_id": event["requestContext"].get("requestId"), "organization_id": None, "route": None}
        answer = self._answered(event, ids)
        logger.info("request answered", extra={**ids, "status": answer["statusCode"]})
        return answer

    def _answered(self, event: Mapping[str, Any], ids: Json) -> Json:
        """Fills in `ids` what it learns on the way."""
        method = event["requestContext"]["http"]["method"]
        try:
            refuse_keys_in_url(event)
            return self._dispatch(method, event["rawPath"], event, ids)
        except ValidationError as error:
            return _refusal(_refused(error))
        except BillingError as error:
            return _refusal(error)
        except Exception:  # the one place where a mistake of ours becomes a 500
            logger.exception("request failed", extra=ids)
            return _json(500, {"error": "something went wrong on our side", "code": "INTERNAL"})

    def _dispatch(self, method: str, path: str, event: Mapping[str, Any], ids: Json) -> Json:
        path = path.rstrip("/") or "/"
        found = [(route, m) for pattern, route in self._patterns if (m := pattern.fullmatch(path))]
        for route, match in found:
            if route.method == method:
                ids["route"] = f"{route.method} {route.path}"
                return self._call(route, match, event, ids)
        if not found:
            return _json(404, {"error": f"there is no path {shown(path)}", "code": "UNKNOWN_PATH"})
        known = ", ".join(sorted({route.method for route, _ in found}))
        sentence = f"{shown(path)} does not know {shown(method)}, expected one of {known}"
        return _json(405, {"error": sentence, "code": "UNKNOWN_METHOD"}, allow=known)

    def _call(self, route: Route, match: re.Match[str], event: Mapping[str, Any], ids: Json) -> Json:
        principal = NOBODY
        if route.scope is not None:
            principal = self._authenticate(event.get("headers", {}).get("authorization"))
            ids["organization_id"] = principal.organization_id
            if not principal.may(route.scope):
                raise Forbidden(f"the API key lacks the scope {route.scope.value!r}")
        parameters = {name: unquote(value) for name, value in match.groupdict().items()}
        answer = route.endpoint(Request(principal, parameters, event))
        if isinstance(answer, Binary):
            return _binary(answer)
        if isinstance(answer, Cacheable):
            return _cacheable(answer, event.get("headers", {}).get("if-none-match", ""))
        if isinstance(answer, BaseModel):
            return _respond(route.status, answer.model_dump_json(by_alias=True))
        return _json(route.status, answer)


NOBODY = Principal("", datetime.max.replace(tzinfo=UTC), test=False, scopes=frozenset())
"""The caller of a public route."""


def refuse_keys_in_url(event: Mapping[str, Any]) -> None:
    """Before anything is done or logged: the sentence does not repeat the key. Raises InvalidInput."""
    for text in (event["rawPath"], event.get("rawQueryString") or ""):
        if _LOOKS_LIKE_A_KEY.search(unquote(text)):
            raise InvalidInput(
                "the URL holds what looks like an API key, and URLs are logged on their way: revoke that key, and send "
                "a new one in the header 'Authorization: Bearer <key>'",
                code="KEY_IN_URL",
            )


def _refused(error: ValidationError) -> InvalidInput:
    sentence, details = sentence_of(error)
    refused, intent = InvalidInput(sentence, details=details), index_of(error, "intents")
    refused.more = {} if intent is None else {"intentIndex": intent}
    return refused


def status_of(error: BillingError) -> int:
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def _refusal(error: BillingError) -> Json:
    body = {"error": error.sentence, "code": error.code, **error.more}
    return _json(status_of(error), body if error.details is None else {**body, "details": error.details})


def _json(status: int, body: Json, **headers: str) -> Json:
    return _respond(status, json.dumps(body), **headers)


def _respond(status: int, body: str, **headers: str) -> Json:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **headers},
        "body": body,
        "isBase64Encoded": False,
    }


def _binary(answer: Binary) -> Json:
    return {
        "statusCode": 200,
        "headers": {
            "content-type": answer.content_type,
            "content-disposition": f'inline; filename="{answer.file_name}"',
        },
        "body": base64.b64encode(answer.content).decode(),
        "isBase64Encoded": True,
    }


def _cacheable(answer: Cacheable, known: str) -> Json:
    is_known = answer.etag in known
    caching = {"etag": answer.etag, "cache-control": "public, max-age=300"}
    return _respond(304 if is_known else 200, "" if is_known else answer.content, **caching)
