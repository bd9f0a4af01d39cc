"""HTTP on the loopback: one thread per connection, kept alive between requests."""

import errno
import logging
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.errors import CannotStartError
from local.gateway import Answer, error_response
from local.messages import Request, Response
from local.request_body import LIMIT_BYTES, BadBodyError, BodyTooLargeError, read_body

HOST = "127.0.0.1"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
IDLE_SECONDS = 75
CLOSE_SECONDS = 3

logger = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Holds its port from the first moment on and serves from `serving` on."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        self.answer: Answer = _not_ready
        self._open = 0
        self._closing = False
        self._changed = threading.Condition()
        try:
            super().__init__((HOST, port), Exchange)
        except OSError as error:
            raise CannotStartError(_why_not_bound(port, error)) from error

    def server_bind(self) -> None:
        # HTTPServer's own looks the host up in DNS for a name that nobody reads.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        logger.warning("the connection %s of %s broke", request, client_address, exc_info=sys.exception())

    @contextmanager
    def serving(self, answer: Answer) -> Iterator[None]:
        """On leaving, requests under way are answered first, for as long as a stop may take."""
        self.answer = answer
        thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="http", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            with self._changed:
                self._closing = True
                self._changed.wait_for(lambda: self._open == 0, CLOSE_SECONDS)

    @contextmanager
    def exchange(self) -> Iterator[bool]:
        """Counts a request from its first byte to its last; yields whether it may still be answered."""
        with self._changed:
            may_answer = not self._closing
            self._open += 1
        try:
            yield may_answer
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()


class Exchange(BaseHTTPRequestHandler):
    """One connection: reads requests, asks the gateway, writes responses."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Headers and body leave in one packet; Nagle would hold the second one back for 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def exchange(self) -> None:
        with self.server.exchange() as may_answer:
            response = self._response() if may_answer else self._refusal_while_stopping()
            self._write(response)

    def _response(self) -> Response:
        try:
            body = read_body(self.headers, self.rfile)
        except BodyTooLargeError:
            self.close_connection = True
            sentence = f"The body is longer than {LIMIT_BYTES} bytes"
            return error_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence, "BODY_TOO_LARGE")
        except BadBodyError as error:
            self.close_connection = True
            return error_response(HTTPStatus.BAD_REQUEST, str(error), "BAD_REQUEST")
        path, _, query = self.path.partition("?")
        return self.server.answer(
            Request(
                method=self.command,
                path=path,
                query=query,
                headers=tuple(self.headers.items()),
                body=body,
                source_ip=str(self.client_address[0]),
            )
        )

    def _refusal_while_stopping(self) -> Response:
        self.close_connection = True
        return error_response(HTTPStatus.SERVICE_UNAVAILABLE, "The system stops", "STOPPING")

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name != "content-length":
                self.send_header(name, value)
        for cookie in response.cookies:
            self.send_header("set-cookie", cookie)
        self.send_header("content-length", str(len(response.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """For what the base class finds wrong before there is a request: an unknown method, a broken line."""
        self.close_connection = True
        if not hasattr(self, "command"):
            self.command = "GET"
        sentence = message or explain or HTTPStatus(code).phrase
        self._write(error_response(HTTPStatus(code), sentence, "BAD_REQUEST"))

    def version_string(self) -> str:
        return "owed"

    def log_message(self, *_: object) -> None:
        """The gateway logs each request once it is answered."""


for _method in METHODS:
    setattr(Exchange, f"do_{_method}", Exchange.exchange)


def _not_ready(_: Request) -> Response:
    return error_response(HTTPStatus.SERVICE_UNAVAILABLE, "The system starts", "STARTING")


def _why_not_bound(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use; choose another with --port (make run: PORT=...), or 0 for a free one."
    return f"Port {port} cannot be opened: {error.strerror or error}."
