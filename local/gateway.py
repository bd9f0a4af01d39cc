"""What stands before the functions: API Gateway for everybody, Lambda's Invoke for the operator's command."""

import base64
import json
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

from local.events import decoded_path, http_event
from local.functions import FunctionFailedError, Functions
from local.messages import Json, Request, Response
from local.routes import match

Answer: TypeAlias = Callable[[Request], Response]

INVOCATION = re.compile(r"/2015-03-31/functions/(?P<name>[\w-]+)/invocations")
SIGNED = "AWS4-HMAC-SHA256 "
LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")

logger = logging.getLogger(__name__)


class Gateway:
    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def answer(self, request: Request) -> Response:
        invocation = INVOCATION.fullmatch(request.path)
        response = self._invoke(request, invocation["name"]) if invocation else self._call(request)
        logger.info("%s %s %d", request.method, request.path, response.status)
        return response

    def _call(self, request: Request) -> Response:
        matched = match(request.method, decoded_path(request.path))
        try:
            return _response(self._functions.invoke(matched.function, http_event(request, matched)))
        except FunctionFailedError:
            return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error", "INTERNAL")

    def _invoke(self, request: Request, name: str) -> Response:
        """In AWS only IAM lets this through; here it is what no page in a browser can send or pretend."""
        is_signed = request.header("authorization").startswith(SIGNED)
        is_local = LOOPBACK_HOST.fullmatch(request.header("host"))
        if request.method != "POST" or not is_signed or not is_local:
            return error_response(HTTPStatus.FORBIDDEN, "Only a signed AWS request may invoke a function", "FORBIDDEN")
        if name not in self._functions:
            return _json_response(
                HTTPStatus.NOT_FOUND,
                {"Type": "User", "Message": f"Function not found: {name}"},
                {"x-amzn-errortype": "ResourceNotFoundException"},
            )
        try:
            payload: Json = json.loads(request.body or b"{}")
        except ValueError:
            return error_response(HTTPStatus.BAD_REQUEST, "The payload is not JSON", "BAD_REQUEST")
        try:
            return _json_response(HTTPStatus.OK, self._functions.invoke(name, payload))
        except FunctionFailedError as error:
            failure: Json = {"errorType": error.error_type, "errorMessage": error.message}
            return _json_response(HTTPStatus.OK, failure, {"x-amz-function-error": "Unhandled"})


def error_response(status: HTTPStatus, sentence: str, code: str) -> Response:
    """API Gateway's own refusals, in the API's error shape."""
    return _json_response(status, {"error": sentence, "code": code})


def _json_response(status: HTTPStatus, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(
        status,
        {"content-type": "application/json"} | (headers or {}),
        json.dumps(content).encode(),
    )


def _response(result: object) -> Response:
    match result:
        case {"statusCode": int(status), **rest}:
            headers = rest.get("headers") or {}
            body = str(rest.get("body") or "")
        case _:
            logger.error("a function answered without a statusCode")
            return error_response(HTTPStatus.BAD_GATEWAY, "Internal error", "INTERNAL")
    if not isinstance(headers, dict):
        return error_response(HTTPStatus.BAD_GATEWAY, "Internal error", "INTERNAL")
    cookies = rest.get("cookies")
    return Response(
        status,
        {"content-type": "application/json"} | {str(name).lower(): str(value) for name, value in headers.items()},
        base64.b64decode(body) if rest.get("isBase64Encoded") else body.encode(),
        [str(cookie) for cookie in cookies] if isinstance(cookies, list) else (),
    )
