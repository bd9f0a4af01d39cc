"""Posts to receivers on the loopback, over real sockets, which do with a connection as they are told."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from functions.adapters.webhook_post import WebhookPost
from functions.billing.models.webhook import Answer

LOOPBACK = "127.0.0.1"
BODY = b'{"a":1}'


def leading_to(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    return lambda _host, _port: addresses


def sent(url: str, **settings: object) -> Answer:
    post = WebhookPost(**{"anywhere": True, **settings})  # type: ignore[arg-type] # each test gives what matters
    return post.post(url, headers={"x-test": "1"}, body=BODY)


def heard(connection: socket.socket) -> None:
    """Reads the request to its end: who closes before breaks the connection."""
    request = b""
    while not request.endswith(BODY):
        request += connection.recv(65_536)


@contextmanager
def answering(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a receiver that does with each connection as it is told."""
    with socket.create_server((LOOPBACK, 0)) as listening:

        def run() -> None:
            with listening.accept()[0] as connection:
                serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}/"
        thread.join(5)
