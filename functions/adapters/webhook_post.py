"""Sends to receivers of webhooks, and to nobody behind them.

    name ──▶ all its addresses, each checked ──▶ connect to one of those ──▶ TLS for the name ──▶ POST, status

The connection is made to the address that was checked: a name that answers differently when it is asked again does not
matter. Proxies of the environment are not used, redirects are not followed, and nothing of the answer but its status
goes any further.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from typing import TypeVar

from functions.adapters.name_lookups import NameLookups, Resolve, resolved
from functions.billing.errors import InvalidInput
from functions.billing.models.receiver_url import ReceiverUrl, is_public, literal_address, parsed_url
from functions.billing.models.webhook import Answer

CONNECT_SECONDS = 5
TOTAL_SECONDS = 10
TEST_SECONDS = 3
"""For a test, whose caller waits for it: one key must not hold many functions for long."""
MAX_ANSWER_BYTES = 4096
"""Read, so that a receiver that answers at length sees no broken connection; then thrown away."""

Connected = TypeVar("Connected", bound=socket.socket)


class NotPublicError(Exception):
    """The name leads to an address that is not to be reached."""


class NoTimeLeftError(Exception):
    """The receiver used up all of the time."""


class WebhookPost:
    """Fulfils `Receivers`. `anywhere` lets in http and this machine, for development."""

    def __init__(
        self,
        *,
        anywhere: bool,
        resolve: Resolve = resolved,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._anywhere = anywhere
        self._names = NameLookups(resolve)
        self._tls = tls
        self._total_seconds = total_seconds

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            target = parsed_url(url, anywhere=self._anywhere)
        except InvalidInput:  # its sentence would tell the URL, in which receivers keep secrets
            return Answer(error="its URL is not allowed any more")
        try:
            with _Deadline(self._total_seconds) as deadline:
                addresses = self._checked_addresses(target, deadline)
                return Answer(status=self._status(target, addresses, headers, body, deadline=deadline))
        except NotPublicError:
            return Answer(error=f"the name {target.host} leads to an address that is not public")
        except NoTimeLeftError:
            return Answer(error=f"no answer within {self._total_seconds:g} seconds")
        except (OSError, http.client.HTTPException, ValueError) as error:  # UnicodeError, of names
            return Answer(error=_told(error))

    def _checked_addresses(self, target: ReceiverUrl, deadline: "_Deadline") -> Sequence[str]:
        """Of several all must be public: which one is taken is chance.

        Raises NotPublicError, NoTimeLeftError, and OSError and UnicodeError of names.
        """
        found = [target.host] if literal_address(target.host) is not None else self._resolved(target, deadline)
        addresses = [literal_address(each.partition("%")[0]) for each in found]
        if not self._anywhere and not all(each is not None and is_public(each) for each in addresses):
            raise NotPublicError
        return found

    def _resolved(self, target: ReceiverUrl, deadline: "_Deadline") -> Sequence[str]:
        try:
            return self._names.addresses(target.host, target.port, seconds_left=deadline.seconds_left)
        except TimeoutError:
            raise NoTimeLeftError from None

    def _status(
        self,
        target: ReceiverUrl,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        body: bytes,
        *,
        deadline: "_Deadline",
    ) -> int:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.auto_open = 0  # it would open itself again to the name
        with closing(connection):
            connection.sock = deadline.watch(_connected(addresses, target.port, deadline))
            if target.scheme == "https":
                # The handshake comes second, so that the deadline can end it too.
                secure = self._tls().wrap_socket(
                    connection.sock, server_hostname=target.host, do_handshake_on_connect=False
                )
                connection.sock = deadline.watch(secure)
                secure.do_handshake()
            sent = {"host": target.host_header, "connection": "close", **headers}
            connection.request("POST", target.path, body=body, headers=sent)
            response = connection.getresponse()
            with suppress(OSError, http.client.HTTPException):
                response.read(MAX_ANSWER_BYTES)
            return response.status


class _Deadline:
    """Ends it all when the time is up, and a connection too, whose own timeouts cannot: a byte a second keeps to them.

    Whatever that breaks, it raises NoTimeLeftError.
    """

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._watched: socket.socket | None = None
        self.is_over = False

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._timer.cancel()
        self.is_over = self.is_over or time.monotonic() >= self._ends_at  # the timer may be late by a moment
        if self.is_over and kind is not None and issubclass(kind, Exception):
            raise NoTimeLeftError from None

    def watch(self, connected: Connected) -> Connected:
        connected.settimeout(None)
        self._watched = connected
        if self.is_over:
            raise NoTimeLeftError
        return connected

    def seconds_left(self) -> float:
        """Raises NoTimeLeftError."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise NoTimeLeftError
        return left

    def _end(self) -> None:
        self.is_over = True
        if self._watched is not None:
            with suppress(OSError):
                self._watched.shutdown(socket.SHUT_RDWR)


def _connected(addresses: Sequence[str], port: int, deadline: _Deadline) -> socket.socket:
    """To the first of them that takes the connection. Raises OSError, NoTimeLeftError."""
    refused = OSError("no address")
    for address in addresses:
        seconds = min(CONNECT_SECONDS, deadline.seconds_left())
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError as error:
            refused = error
    raise refused


_TOLD: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate is not valid for its name"),
    (ssl.SSLError, "TLS failed"),
    (TimeoutError, f"no connection within {CONNECT_SECONDS} seconds"),
    (ConnectionRefusedError, "the connection was refused"),
    (socket.gaierror, "its name cannot be resolved"),
    (OSError, "the connection failed"),
    (http.client.HTTPException, "its answer is not HTTP"),
    (ValueError, "its name cannot be resolved"),
)


def _told(error: Exception) -> str:
    """What went wrong, in words of ours: nothing of what the receiver sent is in them."""
    return next(sentence for kind, sentence in _TOLD if isinstance(error, kind))
