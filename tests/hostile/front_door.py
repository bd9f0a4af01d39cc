"""The API as whoever is outside sees it: HTTP in and out, through the local gateway's own code, without a socket."""

import json
from dataclasses import dataclass
from typing import Any

from infra.resources import Function
from local.events import LambdaContext
from local.functions import Functions, Handler
from local.gateway import Gateway
from local.messages import Json, Request, Response
from tests.world import PREFIX, invoke


def _with_its_role(function: Function) -> Handler:
    def handle(event: Json, context: LambdaContext) -> object:
        del context
        return invoke(function.name, event)

    return handle


GATEWAY = Gateway(Functions(load=_with_its_role))

LARGEST_ANSWER = 6_000_000
"""Bytes. Lambda turns a larger one into a 502, whatever the function meant by it."""


@dataclass(frozen=True)
class Reply:
    """What came back; a refusal has a sentence and a code."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def sentence(self) -> str:
        return str(self.body["error"])

    @property
    def said(self) -> str:
        """All words of a refusal."""
        return f"{self.sentence} {self.body.get('details', '')}"


@dataclass(frozen=True)
class Caller:
    """Sends bytes as they are; `path` is below the API's prefix and stays as it is spelled."""

    authorization: str

    def send(
        self,
        method: str,
        path: str,
        content: bytes = b"",
        *,
        query: str = "",
        headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),),
    ) -> Reply:
        return reply_to(
            Request(
                method,
                PREFIX + path,
                query=query,
                headers=(("authorization", self.authorization), *headers),
                body=content,
            )
        )


def reply_to(request: Request) -> Reply:
    """Whatever is sent, the answer is within Lambda's limit."""
    response: Response = GATEWAY.answer(request)
    assert len(response.body) < LARGEST_ANSWER, f"{request.method} {request.path}: {len(response.body)} bytes"
    return Reply(int(response.status), dict(response.headers), response.body)
