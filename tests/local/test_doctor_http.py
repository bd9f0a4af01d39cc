"""What `owed doctor` sends, over real sockets on the loopback: the key goes nowhere but where it was meant to go."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.doctor_api import KeyInTheClearError, send_by_http

KEY = "owed_live_good"

Heard = list[tuple[str, str | None]]
"""Of each request its target and its header `Authorization`."""


@contextmanager
def serving(status: int, **headers: str) -> Iterator[tuple[str, Heard]]:
    heard: Heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            heard.append((self.path, self.headers["authorization"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join(5)


def test_the_key_is_sent_by_http_to_this_machine() -> None:
    with serving(200) as (url, heard):
        reply = send_by_http("GET", f"{url}/a", KEY, None)

    assert (reply.status, heard) == (200, [("/a", f"Bearer {KEY}")])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_an_answer_and_the_key_does_not_follow_it(method: str, status: int) -> None:
    with serving(200) as (other, heard_elsewhere), serving(status, location=f"{other}/stolen") as (url, heard):
        reply = send_by_http(method, f"{url}/a", KEY, {} if method == "POST" else None)

    assert (reply.status, len(heard), heard_elsewhere) == (status, 1, [])


@pytest.mark.parametrize("key", [KEY, ""])
def test_a_key_for_another_host_by_http_does_not_leave_this_machine(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """The proxy would be the first to read it, and to read that anything was sent."""
    with serving(200) as (proxy, heard):
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.setenv("no_proxy", "")

        with pytest.raises(KeyInTheClearError):
            send_by_http("GET", "http://api.example.com/a", key, None)

    assert heard == []


def test_what_needs_no_key_may_go_by_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(200) as (proxy, heard):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")

        reply = send_by_http("GET", "http://api.example.com/health", None, None)

    assert (reply.status, heard) == (200, [("http://api.example.com/health", None)])
