"""What crosses the runner's edges: HTTP requests and responses, queue messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `path` is still percent-encoded and `headers` keep their order and repeats."""

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cookies: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of a queue message; the receipt is good for this delivery alone."""

    id: str
    receipt: str
    body: str
    body_md5: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
