"""The published client, connected to the handlers without a socket."""

import base64

import httpx
from paid import Paid

from local.messages import Request
from tests.world import PREFIX, Tenant, send


class HandlerTransport(httpx.BaseTransport):
    """Carries the client's HTTP requests to the functions that the routes name."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = send(
            Request(
                request.method,
                request.url.raw_path.decode().partition("?")[0],
                query=request.url.query.decode(),
                headers=request.headers.multi_items(),
                body=request.read(),
            )
        )
        content = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
        return httpx.Response(answer["statusCode"], headers=answer["headers"], content=content, request=request)


def client_of(tenant: Tenant) -> Paid:
    return Paid(
        token=tenant.secret,
        base_url=f"http://owed.test{PREFIX}",
        httpx_client=httpx.Client(transport=HandlerTransport()),
    )
