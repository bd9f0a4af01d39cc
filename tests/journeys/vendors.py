"""Vendors of models, imitated on the loopback: each path answers every request with the same JSON."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from local.request_body import read_body


@contextmanager
def vendors(answers: Mapping[str, object]) -> Iterator[str]:
    """`answers` by path; yields their URL."""

    class Vendor(Handler):
        def taken(self, body: bytes) -> None:
            del body
            self.answer(200, json.dumps(answers[self.path]).encode())

    with serving(Vendor) as url:
        yield url


class Handler(BaseHTTPRequestHandler):
    """Speaks as much HTTP as clients need."""

    def taken(self, body: bytes) -> None:
        """Answers."""
        raise NotImplementedError

    def do_POST(self) -> None:
        self.taken(read_body(self.headers, self.rfile))

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing that anybody reads."""


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """On a free port of the loopback; yields its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
