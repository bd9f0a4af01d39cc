"""What is sent to receivers, over real sockets on the loopback: what they may do, and what must not happen."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

import pytest

from functions.adapters.webhook_post import MAX_ANSWER_BYTES
from functions.billing.models.webhook import Answer
from tests.posting import BODY, LOOPBACK, answering, heard, leading_to, sent
from tests.receiver import receiving

PUBLIC = "93.184.215.14"
NOT_PUBLIC = Answer(error="the name example.com leads to an address that is not public")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that was connected to, and none is."""
    tried: list[object] = []

    def refuse(address: object, **_: object) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


def test_a_post_carries_its_headers_and_body_and_brings_back_the_status() -> None:
    with receiving() as receiver:
        receiver.answers.append(202)

        answer = sent(receiver.url + "?a=b")

    assert answer == Answer(status=202)
    (received,) = receiver.received
    assert (received.path, received.raw, received.headers["x-test"]) == ("/hooks?a=b", BODY, "1")
    assert receiver.url.startswith(f"http://{received.headers['host']}/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with receiving() as receiver:
        receiver.answers.append(status)

        answer = sent(receiver.url)

    assert answer == Answer(status=status)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "address", [LOOPBACK, "169.254.169.254", "10.0.0.1", "::1", "fe80::1%eth0", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
)
def test_a_name_that_leads_inside_is_not_connected_to(connections: list[object], address: str) -> None:
    answer = sent("https://example.com/", anywhere=False, resolve=leading_to(address))

    assert (answer, connections) == (NOT_PUBLIC, [])


def test_one_address_inside_among_public_ones_is_enough_to_send_nothing(connections: list[object]) -> None:
    answer = sent("https://example.com/", anywhere=False, resolve=leading_to(PUBLIC, "10.0.0.1"))

    assert (answer, connections) == (NOT_PUBLIC, [])


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://[::1]/", "http://example.com/", "https://localhost/"])
def test_a_url_that_could_not_be_saved_is_not_sent_to_either(connections: list[object], url: str) -> None:
    answer = sent(url, anywhere=False, resolve=leading_to(PUBLIC))

    assert answer.error == "its URL is not allowed any more"  # without the URL, which may hold a secret
    assert connections == []


def test_the_connection_is_made_to_the_address_that_was_checked(connections: list[object]) -> None:
    """A name that answers differently when it is asked again is not asked again."""
    answers = iter([[PUBLIC], [LOOPBACK]])

    answer = sent("https://example.com/", anywhere=False, resolve=lambda _host, _port: next(answers))

    assert answer == Answer(error="the connection was refused")
    assert connections == [(PUBLIC, 443)]
    assert next(answers) == [LOOPBACK]


def test_all_addresses_of_a_name_are_tried_before_it_is_given_up(connections: list[object]) -> None:
    sent("https://example.com/", anywhere=False, resolve=leading_to("2606:4700:4700::1111", PUBLIC))

    assert connections == [("2606:4700:4700::1111", 443), (PUBLIC, 443)]


def test_a_name_that_nobody_knows_is_told() -> None:
    def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror

    assert sent("https://example.com/", anywhere=False, resolve=nowhere) == Answer(error="its name cannot be resolved")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with receiving() as receiver:
        assert sent(receiver.url) == Answer(status=200)


def test_a_receiver_that_says_nothing_is_left_when_the_time_is_up() -> None:
    ended = threading.Event()

    def wait(connection: socket.socket) -> None:
        heard(connection)
        ended.wait(5)

    with answering(wait) as url:
        answer = sent(url, total_seconds=0.2)
        ended.set()

    assert answer == Answer(error="no answer within 0.2 seconds")


def test_a_receiver_that_drips_is_left_when_the_time_is_up() -> None:
    """Each byte comes well within a socket's own timeout; all of them never would."""
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        heard(connection)
        while not ended.wait(0.02):
            try:
                connection.send(b"H")
            except OSError:
                return

    with answering(drip) as url:
        answer = sent(url, total_seconds=0.3)
        ended.set()

    assert answer == Answer(error="no answer within 0.3 seconds")


def test_a_body_that_drips_after_its_status_holds_nobody_up_for_longer_than_that() -> None:
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n")
        while not ended.wait(0.02):
            try:
                connection.send(b"x")
            except OSError:
                return

    with answering(drip) as url:
        answer = sent(url, total_seconds=0.3)
        ended.set()

    assert answer == Answer(status=200)


def test_a_handshake_that_never_ends_is_left_when_the_time_is_up() -> None:
    ended = threading.Event()

    def wait(connection: socket.socket) -> None:
        connection.recv(65_536)
        ended.wait(5)

    with answering(wait) as url:
        answer = sent(url.replace("http:", "https:"), total_seconds=0.2)
        ended.set()

    assert answer == Answer(error="no answer within 0.2 seconds")


def test_a_long_answer_is_not_read_to_its_end() -> None:
    """More than the sockets between the two can hold: only who reads it all would come to its end."""
    size = 50_000_000
    written: list[int] = []

    def babble(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(f"HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n".encode())
        with suppress(OSError):
            for _ in range(size // MAX_ANSWER_BYTES):
                connection.sendall(b"x" * MAX_ANSWER_BYTES)
                written.append(MAX_ANSWER_BYTES)

    with answering(babble) as url:
        answer = sent(url)

    assert answer == Answer(status=200)
    assert sum(written) < size


@pytest.mark.parametrize("nonsense", [b"\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n"])
def test_what_is_not_http_is_told(nonsense: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(nonsense)

    with answering(talk) as url:
        assert sent(url) == Answer(error="its answer is not HTTP")


def test_nothing_of_an_answer_but_its_status_comes_back() -> None:
    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(b"HTTP/1.1 500 secret-reason\r\nx-secret: secret\r\n\r\nsecret")

    with answering(talk) as url:
        assert sent(url) == Answer(status=500)
