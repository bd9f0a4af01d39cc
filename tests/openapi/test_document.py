"""The OpenAPI document: valid, complete, and what the handlers say today."""

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from functions.runtime.api import Binary, Json, Request
from functions.runtime.wire import Creation, Paging, Sparse
from openapi.document import COMMAND, FILE, document, text
from openapi.endpoints import UnreadableEndpointError, shapes_of
from openapi.schemas import Schemas
from tests.functions.routes import ROUTES


@pytest.fixture(scope="module")
def committed() -> Any:
    return json.loads(FILE.read_text(encoding="utf-8"))


def test_what_is_committed_is_what_the_handlers_say_today() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), f"the routes have changed: run `{COMMAND}`"


def test_it_keeps_to_the_standard() -> None:
    validate(json.loads(json.dumps(document())))


def test_every_route_is_in_it_with_its_scope(committed: Any) -> None:
    described = {
        (method.upper(), path): operation["security"]
        for path, operations in committed["paths"].items()
        for method, operation in operations.items()
    }

    assert described == {
        (known.method, known.path): [] if known.scope is None else [{"key": [known.scope.value]}] for known in ROUTES
    }


def test_every_operation_has_a_name_of_its_own(committed: Any) -> None:
    names = [operation["operationId"] for paths in committed["paths"].values() for operation in paths.values()]

    assert len(set(names)) == len(names)
    assert {"createCustomer", "getCustomer", "getCustomerByExternalId"} <= set(names)


def test_an_operation_says_what_it_reads_and_answers(committed: Any) -> None:
    create, listing = (committed["paths"]["/api/v2/contacts/"][method] for method in ("post", "get"))

    body = create["requestBody"]["content"]["application/json"]["schema"]
    made = create["responses"]["201"]["content"]["application/json"]["schema"]
    assert (body, made) == (reference("CreateContact"), reference("ContactOut"))
    assert [parameter["name"] for parameter in listing["parameters"]] == ["limit", "offset"]
    assert listing["parameters"][0]["schema"] == {"default": 100, "maximum": 1000, "minimum": 1, "type": "integer"}


def test_limits_that_are_checked_by_code_are_in_it_too(committed: Any) -> None:
    schemas = committed["components"]["schemas"]

    assert schemas["PricePointIn"]["properties"]["currency"]["pattern"] == "^[A-Z]{3}$"
    assert schemas["PricePointIn"]["properties"]["tiers"]["maxItems"] == 100
    assert schemas["SignalBulkRequest"]["properties"]["signals"]["items"] == reference("SignalIn")
    assert {"maximum": 1000, "minimum": 0, "type": "number"}.items() <= factor(schemas).items()


def factor(schemas: Any) -> dict[str, Any]:
    multiplier: dict[str, Any] = schemas["PricingIn"]["properties"]["costPlusMultiplier"]["anyOf"][0]
    return multiplier


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


class Named(Creation):
    name: str = "nobody"
    note: str = ""


class Renamed(Paging):
    after: str | None = None


class Bare(Sparse):
    given: int
    left_out: int | None


def test_a_default_that_a_caller_gets_is_told_and_an_empty_one_is_not() -> None:
    schemas = Schemas([(Named, "validation")])

    properties = schemas.definitions["Named"]["properties"]
    assert (properties["name"], properties["note"]) == ({"default": "nobody", "type": "string"}, {"type": "string"})


def test_what_a_sparse_answer_leaves_out_is_not_required() -> None:
    assert Schemas([(Bare, "serialization")]).definitions["Bare"]["required"] == ["given"]


def endpoint_that_hands_on(request: Request) -> Named:
    return handed_on(request)


def handed_on(request: Request) -> Named:
    request.query_as(Renamed)
    return request.body_as(Named)


def test_what_a_function_reads_that_is_handed_the_request_is_found() -> None:
    shapes = shapes_of(endpoint_that_hands_on)

    assert (shapes.query, shapes.body, shapes.answer) == (Renamed, Named, Named)


def endpoint_of_two_minds(request: Request) -> Json:
    return {"either": request.body_as(Named), "or": request.body_as(Renamed)}


def endpoint_that_computes(request: Request) -> Json:
    models = [Named]
    return {"first": request.body_as(models[0])}


def endpoint_of_any_type(request: Request) -> Binary:
    return Binary(b"", str(request.parameters), "file")


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (endpoint_of_two_minds, "endpoint_of_two_minds calls body_as with Named, Renamed, expected one of them"),
        (endpoint_that_computes, "endpoint_that_computes has request.body_as(models[0]), expected a model by its name"),
        (endpoint_of_any_type, "endpoint_of_any_type answers with Binary, expected its type as a plain text"),
    ],
)
def test_an_endpoint_that_cannot_be_read_is_refused_rather_than_guessed(endpoint: Any, expected: str) -> None:
    with pytest.raises(UnreadableEndpointError) as caught:
        shapes_of(endpoint)

    assert str(caught.value) == expected
