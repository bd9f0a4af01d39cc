import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

import pytest

from local.errors import CannotStartError
from local.messages import Request, Response
from local.request_body import LIMIT_BYTES
from local.server import Server

CHUNKED = {"Transfer-Encoding": "chunked"}


def echo(request: Request) -> Response:
    told = {"method": request.method, "path": request.path, "query": request.query, "length": len(request.body)}
    return Response(200, {"content-type": "application/json"}, json.dumps(told).encode(), ["a=1", "b=2"])


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(0) as server, server.serving(echo):
        yield server


@pytest.fixture
def connection(server: Server) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield connection
    connection.close()


def exchange(
    connection: HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[HTTPResponse, bytes]:
    connection.request(method, path, body=body)
    response = connection.getresponse()
    return response, response.read()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_passed_on_with_path_and_query_apart(connection: HTTPConnection, method: str) -> None:
    response, content = exchange(connection, method, "/a%2Fb?c=d%20e&f", body=b"123" if method != "GET" else None)

    assert response.status == 200
    assert json.loads(content) == {
        "method": method,
        "path": "/a%2Fb",
        "query": "c=d%20e&f",
        "length": 0 if method == "GET" else 3,
    }


def test_one_connection_carries_many_requests(connection: HTTPConnection) -> None:
    exchange(connection, "POST", "/first", body=b"x")
    first = connection.sock
    exchange(connection, "GET", "/second")

    assert connection.sock is first


def test_a_chunked_body_arrives_whole(connection: HTTPConnection) -> None:
    connection.request("POST", "/", body=iter([b"one", b"two"]), headers=CHUNKED, encode_chunked=True)
    response = connection.getresponse()

    assert response.status == 200
    assert json.loads(response.read())["length"] == len(b"onetwo")


def test_head_answers_the_length_without_the_body(connection: HTTPConnection) -> None:
    response, content = exchange(connection, "HEAD", "/")

    assert int(response.headers["content-length"]) > 0
    assert content == b""


def test_each_cookie_has_a_header_of_its_own(connection: HTTPConnection) -> None:
    response, _ = exchange(connection, "GET", "/")

    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_a_body_over_the_limit_is_a_413_in_the_shape_of_the_api(connection: HTTPConnection) -> None:
    response, content = exchange(connection, "POST", "/", body=b"x" * (LIMIT_BYTES + 1))

    assert response.status == 413
    assert json.loads(content) == {"error": f"The body is longer than {LIMIT_BYTES} bytes", "code": "BODY_TOO_LARGE"}


@pytest.mark.parametrize("request_line", [b"BREW / HTTP/1.1", b"GET / HTTP/9.9", b"nonsense"])
def test_what_is_no_request_gets_the_error_body_too(server: Server, request_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as raw:
        raw.sendall(request_line + b"\r\nHost: x\r\n\r\n")
        answer = raw.makefile("rb").read()

    assert set(json.loads(answer.rpartition(b"\r\n\r\n")[2] or answer)) == {"error", "code"}


def test_a_port_in_use_is_told_in_one_sentence(server: Server) -> None:
    with pytest.raises(CannotStartError, match=f"Port {server.server_port} is in use"):
        Server(server.server_port)


def test_a_request_under_way_is_answered_before_the_server_is_gone() -> None:
    arrived, may_answer = threading.Event(), threading.Event()

    def slow(_: Request) -> Response:
        arrived.set()
        may_answer.wait(5)
        return Response(200, {}, b"done")

    answers: list[bytes] = []
    with Server(0) as server:
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        asking = threading.Thread(target=lambda: answers.append(exchange(connection, "GET", "/")[1]))
        with server.serving(slow):
            asking.start()
            arrived.wait(5)
            threading.Timer(0.2, may_answer.set).start()

        assert may_answer.is_set()
    asking.join(5)
    connection.close()
    assert answers == [b"done"]


def test_a_kept_connection_is_told_that_the_system_stops() -> None:
    with Server(0) as server:
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        with server.serving(echo):
            exchange(connection, "GET", "/")
        response, content = exchange(connection, "GET", "/")
        connection.close()

    assert response.status == 503
    assert json.loads(content)["code"] == "STOPPING"
