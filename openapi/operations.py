"""A route as OpenAPI describes it: what is read from its declaration and its endpoint, in the standard's words."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from functions.runtime.api import PREFIX, Binary, Cacheable, Route
from openapi.endpoints import Shapes, shapes_of
from openapi.schemas import REFERENCE, Json, Schemas, Used

ERROR = {"$ref": f"{REFERENCE}Error"}

PARAMETERS = {
    "id": "Our id of the thing.",
    "external_id": "The id that its owner gave the thing; for a customer also one of its aliases.",
    "customer_external_id": "The id that its owner gave the customer, or one of its aliases.",
    "user_external_id": "The id that its owner gave the user.",
    "alias": "Another name of the customer.",
    "seat_id": "Our id of the seat.",
    "line_id": "Our id of the invoice line.",
    "idempotency_key": "The key that the signal was sent with.",
}
"""What path parameters mean, wherever they stand; of others the name is all there is to say."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A route with what its endpoint reads and answers."""

    route: Route
    shapes: Shapes

    @classmethod
    def of(cls, route: Route) -> "Operation":
        return cls(route, shapes_of(route.endpoint))

    @property
    def path_parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.route.path)

    @property
    def models(self) -> list[Used]:
        """Those whose schemas the operation refers to."""
        read: list[Used] = [(model, "validation") for model in (self.shapes.query, self.shapes.body) if model]
        answered: list[Used] = [(self.shapes.answer, "serialization")] if self._answers_with_a_model else []
        return read + answered

    @property
    def _answers_with_a_model(self) -> bool:
        answer = self.shapes.answer
        return isinstance(answer, type) and issubclass(answer, BaseModel)

    def described(self, schemas: Schemas) -> Json:
        optional = {
            "description": _sentence(self.route.endpoint.__doc__),
            "parameters": [*map(_path_parameter, self.path_parameters), *self._query_parameters(schemas)],
            "requestBody": self._body(schemas),
        }
        return {
            "operationId": self._id,
            "summary": self._summary,
            "tags": [self.route.path.removeprefix(PREFIX).strip("/").split("/")[0]],
            **{name: value for name, value in optional.items() if value},
            "responses": {str(self.route.status): self._success(schemas), **self._refusals()},
            "security": [] if self.route.scope is None else [{"key": [self.route.scope.value]}],
        }

    @property
    def _id(self) -> str:
        """The endpoint's name; where it has two paths, one of them by the external id, that one says so."""
        name = self.route.endpoint.__name__ + ("_by_external_id" if "/external/" in self.route.path else "")
        return re.sub(r"_(\w)", lambda found: found.group(1).upper(), name)

    @property
    def _summary(self) -> str:
        return self.route.endpoint.__name__.replace("_", " ").capitalize()

    def _query_parameters(self, schemas: Schemas) -> list[Json]:
        if self.shapes.query is None:
            return []
        schema = schemas.taken_apart(self.shapes.query)
        required = schema.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in required, "schema": _unless_null(field)}
            for name, field in schema["properties"].items()
        ]

    def _body(self, schemas: Schemas) -> Json | None:
        if self.shapes.body is None:
            return None
        reference = schemas.reference(self.shapes.body, "validation")
        return {"required": True, "content": {"application/json": {"schema": reference}}}

    def _success(self, schemas: Schemas) -> Json:
        content = {self.shapes.content_type or "application/json": {"schema": self._answer(schemas)}}
        return {"description": HTTPStatus(self.route.status).phrase, "content": content}

    def _answer(self, schemas: Schemas) -> Json:
        if self.shapes.answer is Binary:
            return {"type": "string", "format": "binary"}
        return schemas.reference(self.shapes.answer, "serialization") if self._answers_with_a_model else _OBJECT

    def _refusals(self) -> Json:
        """Which errors may meet a route follows from what it reads and whether it writes."""
        statuses = {
            HTTPStatus.NOT_MODIFIED: self.shapes.answer is Cacheable,
            HTTPStatus.BAD_REQUEST: self.shapes.query or self.shapes.body or self._writes or self.path_parameters,
            HTTPStatus.FORBIDDEN: self.route.scope is not None,
            HTTPStatus.NOT_FOUND: self.path_parameters or self.shapes.query or self.shapes.body,
            HTTPStatus.CONFLICT: self._writes,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: self.shapes.body,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE: self.shapes.body,
            HTTPStatus.SERVICE_UNAVAILABLE: self.route.scope is not None,
        }
        return {str(int(status)): _refusal(status) for status, may_be in statuses.items() if may_be}

    @property
    def _writes(self) -> bool:
        return self.route.method != "GET"


_OBJECT: Json = {"type": "object"}


def _refusal(status: HTTPStatus) -> Json:
    if status is HTTPStatus.NOT_MODIFIED:
        return {"description": status.phrase}
    return {"$ref": f"#/components/responses/{int(status)}"}


def refusals() -> Json:
    """The answers that all operations share."""
    meanings = {
        HTTPStatus.BAD_REQUEST: "Something in the request breaks a rule; the sentence names it.",
        HTTPStatus.FORBIDDEN: "The API key is missing, not valid, or lacks the scope.",
        HTTPStatus.NOT_FOUND: "The organization has nothing of that id.",
        HTTPStatus.CONFLICT: "The state of the thing does not allow this now.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is compressed, which is not read.",
        HTTPStatus.SERVICE_UNAVAILABLE: "Nothing was changed; the same call may succeed in a moment.",
    }
    return {
        str(int(status)): {"description": meaning, "content": {"application/json": {"schema": ERROR}}}
        for status, meaning in meanings.items()
    }


def _path_parameter(name: str) -> Json:
    parameter: Json = {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    meaning = PARAMETERS.get(name)
    return parameter if meaning is None else {**parameter, "description": meaning}


def _unless_null(schema: Json) -> Json:
    """A field of a query as a schema: what is not given is left out, and null is not a word there."""
    rest = {key: value for key, value in schema.items() if key != "default" or value is not None}
    alternatives = [each for each in rest.pop("anyOf", []) if each != {"type": "null"}]
    match alternatives:
        case []:
            return rest
        case [only]:
            return {**only, **rest}
        case _:
            return {"anyOf": alternatives, **rest}


def _sentence(docstring: str | None) -> str | None:
    return None if docstring is None else " ".join(docstring.split())


def error_schema() -> Json:
    text: Any = {"type": "string"}
    return {
        "type": "object",
        "description": "The one shape of all errors: a sentence for people, and a code for programs.",
        "properties": {
            "error": {**text, "description": "Names the field, its value and what was expected."},
            "code": {**text, "pattern": "^[A-Z][A-Z_]*$"},
            "details": {**text, "description": "More of what is wrong, where there is more."},
            "intentIndex": {
                "type": "integer",
                "minimum": 0,
                "description": "Of amendments: the intent that is refused, counted from 0.",
            },
        },
        "required": ["error", "code"],
        "additionalProperties": False,
    }
