"""Webhooks over TLS: the certificate must be the name's, whichever address the connection is made to."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from functions.billing.models.webhook import Answer
from tests.certificates import Authority
from tests.posting import LOOPBACK, answering, heard, leading_to, sent


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@contextmanager
def https(authority: Authority, name: str) -> Iterator[tuple[int, list[str | None]]]:
    """A port whose certificate is for that name, and the names that were asked for in handshakes."""
    context = authority.server_context(name)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, wanted, _context: asked.append(wanted)

    def serve(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                heard(secure)
                secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        except OSError:
            return

    with answering(serve) as url:
        yield int(url.rpartition(":")[2].strip("/")), asked


def trusting(authority: Authority) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(authority.certificate))


def test_the_certificate_is_checked_against_the_name_not_the_address(authority: Authority) -> None:
    with https(authority, "hooks.example.com") as (port, asked):
        url = f"https://hooks.example.com:{port}/"

        assert sent(url, resolve=leading_to(LOOPBACK), tls=trusting(authority)) == Answer(status=204)

    assert asked == ["hooks.example.com"]


@pytest.mark.parametrize("name", ["other.example.com", "example.com"])
def test_a_certificate_of_another_name_ends_it(authority: Authority, name: str) -> None:
    with https(authority, "hooks.example.com") as (port, _):
        answer = sent(f"https://{name}:{port}/", resolve=leading_to(LOOPBACK), tls=trusting(authority))

    assert answer == Answer(error="its certificate is not valid for its name")


def test_a_certificate_that_nobody_vouches_for_ends_it(authority: Authority) -> None:
    with https(authority, "hooks.example.com") as (port, _):
        answer = sent(f"https://hooks.example.com:{port}/", resolve=leading_to(LOOPBACK))

    assert answer == Answer(error="its certificate is not valid for its name")
