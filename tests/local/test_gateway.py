import base64
import json
from collections.abc import Mapping, Sequence

import pytest

from local.gateway import Gateway
from local.messages import Json, Request, Response
from tests.local.stubs import Answer, functions_answering, raising

SIGNED = (("Authorization", "AWS4-HMAC-SHA256 Credential=local/20250601/us-east-1/lambda/aws4_request"),)
LOCAL = (("Host", "127.0.0.1:8400"),)


def answer(answers: Mapping[str, Answer], request: Request) -> Response:
    return Gateway(functions_answering(answers)).answer(request)


def invocation(
    function: str = "admin",
    *,
    method: str = "POST",
    headers: Sequence[tuple[str, str]] = (*SIGNED, *LOCAL),
    body: bytes = b'{"operation": "list_keys"}',
) -> Request:
    return Request(method, f"/2015-03-31/functions/{function}/invocations", headers=headers, body=body)


def test_a_functions_answer_becomes_the_response() -> None:
    created = {"statusCode": 201, "headers": {"X-Request-Id": "r1"}, "body": '{"id":"prod_1"}'}

    response = answer({"products": lambda _: created}, Request("POST", "/api/v2/products/"))

    assert response.status == 201
    assert response.headers == {"content-type": "application/json", "x-request-id": "r1"}
    assert response.body == b'{"id":"prod_1"}'


def test_a_binary_answer_is_decoded() -> None:
    pdf = {
        "statusCode": 200,
        "headers": {"Content-Type": "application/pdf"},
        "body": base64.b64encode(b"%PDF-1.7\xff").decode(),
        "isBase64Encoded": True,
    }

    response = answer({"invoice_documents": lambda _: pdf}, Request("GET", "/api/v2/invoices/inv_1/pdf"))

    assert response.headers["content-type"] == "application/pdf"
    assert response.body == b"%PDF-1.7\xff"


def test_an_escaped_path_reaches_the_function_that_its_decoded_form_names() -> None:
    seen: Json = {}

    def products(event: Json) -> Json:
        seen.update(event)
        return {"statusCode": 200, "body": "{}"}

    answer({"products": products}, Request("GET", "/api/v2/products/external/a%2Fb"))

    assert seen["rawPath"] == "/api/v2/products/external/a/b"


def test_what_no_route_matches_goes_to_the_default_function() -> None:
    not_found = {"statusCode": 404, "body": '{"error":"..."}'}

    assert answer({"health": lambda _: not_found}, Request("GET", "/nowhere")).status == 404


@pytest.mark.parametrize(
    "result", [None, {}, {"body": "{}"}, {"statusCode": "200"}, {"statusCode": 200, "headers": [1]}]
)
def test_an_answer_that_is_no_response_is_a_502(result: object) -> None:
    assert answer({"products": lambda _: result}, Request("GET", "/api/v2/products")).status == 502


def test_an_error_in_a_function_shows_nothing_of_itself() -> None:
    response = answer({"products": raising(ValueError("secret"))}, Request("GET", "/api/v2/products"))

    assert response.status == 500
    assert json.loads(response.body) == {"error": "Internal error", "code": "INTERNAL"}


def test_a_signed_request_invokes_a_function_with_its_payload() -> None:
    response = answer({"admin": lambda event: {"keys": [], "asked": event}}, invocation())

    assert response.status == 200
    assert json.loads(response.body) == {"keys": [], "asked": {"operation": "list_keys"}}


@pytest.mark.parametrize(
    "request_",
    [
        invocation(headers=LOCAL),
        invocation(headers=(*LOCAL, ("Authorization", "Bearer owed_test_1"))),
        invocation(headers=SIGNED),
        invocation(headers=(*SIGNED, ("Host", "evil.example"))),
        invocation(headers=(*SIGNED, ("Host", "127.0.0.1.evil.example:8400"))),
        invocation(method="GET"),
    ],
)
def test_what_a_web_page_could_send_invokes_nothing(request_: Request) -> None:
    response = answer({"admin": raising(AssertionError("was invoked"))}, request_)

    assert response.status == 403


def test_an_unknown_function_is_not_found_as_in_lambda() -> None:
    response = answer({}, invocation("nothing"))

    assert response.status == 404
    assert response.headers["x-amzn-errortype"] == "ResourceNotFoundException"


def test_a_payload_that_is_not_json_is_refused() -> None:
    assert answer({"admin": lambda _: None}, invocation(body=b"{")).status == 400


def test_an_error_of_an_invoked_function_is_reported_as_lambda_does() -> None:
    response = answer({"admin": raising(ValueError("no"))}, invocation())

    assert response.status == 200
    assert response.headers["x-amz-function-error"] == "Unhandled"
    assert json.loads(response.body) == {"errorType": "ValueError", "errorMessage": "no"}
