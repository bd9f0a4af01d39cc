"""A receiver of webhooks on the loopback, as a customer of ours would have one."""

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """By both signatures, computed here as docs/webhooks.md tells receivers to do it."""
        t, _, s = self.headers["x-webhook-signature"].partition(",")
        text = hmac.digest(secret.encode(), t.removeprefix("t=").encode() + b"." + self.raw, hashlib.sha256)
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.raw
        standard = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
        return (
            s == "s=" + base64.b64encode(text).decode()
            and self.headers["webhook-signature"] == "v1," + base64.b64encode(standard).decode()
        )


@dataclass
class Receiver:
    """`answers` are the statuses of the requests to come, 200 when there is none; `meanwhile` is done before each."""

    url: str = ""
    answers: deque[int] = field(default_factory=deque[int])
    received: list[Received] = field(default_factory=list[Received])
    meanwhile: Callable[[], object] = lambda: None

    def events(self) -> list[tuple[str, str]]:
        """Of each request the event and the id of what it is about."""
        return [(each.body["event"], next(iter(each.body["data"].values()))["id"]) for each in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.path, headers, raw))
            receiver.meanwhile()
            self.send_response(receiver.answers.popleft() if receiver.answers else 200)
            self.send_header("location", receiver.url + "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(5)
