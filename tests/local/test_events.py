import base64
from typing import TypeAlias

import pytest

from infra.resources import FUNCTIONS, SIGNAL_QUEUE
from local.events import LambdaContext, decoded_path, http_event, queue_event
from local.messages import Message, Request
from local.resources import queue_arn
from local.routes import Match

Headers: TypeAlias = tuple[tuple[str, str], ...]

PRODUCTS = Match("products", "ANY /api/v2/products/{proxy+}", {"proxy": "prod_1"})


def make_request(
    method: str = "GET", *, query: str = "", headers: Headers = (), body: bytes = b"", source_ip: str = "127.0.0.1"
) -> Request:
    return Request(method, "/api/v2/products/prod_1", query, headers, body, source_ip)


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("/products/plain", "/products/plain"),
        ("/products/a%20b", "/products/a b"),
        ("/products/a%2Fb", "/products/a/b"),
        ("/products/caf%C3%A9", "/products/café"),
        ("/products/100%25", "/products/100%25"),
        ("/products/a%252Fb", "/products/a%252Fb"),
        ("/products/%E2%25%82", "/products/\N{REPLACEMENT CHARACTER}%25\N{REPLACEMENT CHARACTER}"),
        ("/products/50%", "/products/50%"),
    ],
)
def test_the_path_is_decoded_but_for_the_percent_sign(sent: str, seen: str) -> None:
    assert decoded_path(sent) == seen


def test_header_names_are_lower_case_and_repeats_are_joined_by_a_comma() -> None:
    request = make_request(headers=(("X-Tag", "one"), ("x-tag", "two"), ("Accept", "*/*")))

    assert http_event(request, PRODUCTS)["headers"] == {"x-tag": "one,two", "accept": "*/*"}


def test_the_query_stays_raw_and_is_also_given_decoded_with_repeats_joined() -> None:
    event = http_event(make_request(query="name=a+b&id=1&id=2&empty="), PRODUCTS)

    assert event["rawQueryString"] == "name=a+b&id=1&id=2&empty="
    assert event["queryStringParameters"] == {"name": "a b", "id": "1,2", "empty": ""}


def test_what_is_not_there_is_left_out_as_in_aws() -> None:
    event = http_event(make_request(), Match("health", "$default", {}))

    assert event.keys().isdisjoint({"queryStringParameters", "pathParameters", "body"})
    assert event["isBase64Encoded"] is False
    assert event["rawQueryString"] == ""


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8", "text/plain"])
def test_a_body_of_a_text_type_arrives_as_text(content_type: str) -> None:
    event = http_event(make_request("POST", headers=(("Content-Type", content_type),), body="é".encode()), PRODUCTS)

    assert (event["body"], event["isBase64Encoded"]) == ("é", False)


@pytest.mark.parametrize("headers", [(), (("Content-Type", "application/x-www-form-urlencoded"),)])
def test_a_body_of_any_other_type_arrives_in_base64(headers: Headers) -> None:
    event = http_event(make_request("POST", headers=headers, body=b"\x1f\x8b"), PRODUCTS)

    assert base64.b64decode(str(event["body"])) == b"\x1f\x8b"
    assert event["isBase64Encoded"] is True


def test_the_request_context_says_who_asked_for_what() -> None:
    request = make_request(headers=(("User-Agent", "paid-python/1.12.0"),), source_ip="127.0.0.1")

    context = http_event(request, PRODUCTS)["requestContext"]

    assert isinstance(context, dict)
    assert context["http"] == {
        "method": "GET",
        "path": "/api/v2/products/prod_1",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "paid-python/1.12.0",
    }
    assert context["routeKey"] == "ANY /api/v2/products/{proxy+}"
    assert context["stage"] == "$default"
    assert isinstance(context["timeEpoch"], int)


def test_two_requests_have_two_request_ids() -> None:
    first, second = (http_event(make_request(), PRODUCTS)["requestContext"] for _ in range(2))

    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["requestId"] != second["requestId"]


def test_a_queue_record_is_what_lambda_receives_from_sqs() -> None:
    message = Message("m1", "receipt", "text", "1cb251ec0d568de6a929b520c4aed8d1", {"ApproximateReceiveCount": "2"})

    event = queue_event([message], queue_arn(SIGNAL_QUEUE.name))

    assert event == {
        "Records": [
            {
                "messageId": "m1",
                "receiptHandle": "receipt",
                "body": "text",
                "attributes": {"ApproximateReceiveCount": "2"},
                "messageAttributes": {},
                "md5OfBody": "1cb251ec0d568de6a929b520c4aed8d1",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:owed-signals",
                "awsRegion": "us-east-1",
            }
        ]
    }


def test_the_context_counts_down_from_the_functions_own_timeout() -> None:
    function = next(function for function in FUNCTIONS if function.name == "rate_signals")

    context = LambdaContext(function)

    limit = function.timeout_seconds * 1_000
    assert limit - 1_000 < context.get_remaining_time_in_millis() <= limit
    assert (context.function_name, context.memory_limit_in_mb) == ("rate_signals", "1024")
