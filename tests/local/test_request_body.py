from email.message import Message
from io import BytesIO

import pytest

from local.request_body import LIMIT_BYTES, BadBodyError, BodyTooLargeError, read_body

CHUNKED = {"Transfer-Encoding": "chunked"}


def read(content: bytes, headers: dict[str, str]) -> bytes:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return read_body(message, BytesIO(content))


def test_a_body_is_read_to_its_announced_length_and_no_further() -> None:
    assert read(b"onetwo", {"Content-Length": "3"}) == b"one"


def test_no_announced_length_is_no_body() -> None:
    assert read(b"not ours", {}) == b""


def test_chunks_are_joined_and_their_extensions_and_trailers_dropped() -> None:
    assert read(b"3;x=y\r\none\r\n4\r\ntwo!\r\n0\r\nTrailer: 1\r\n\r\n", CHUNKED) == b"onetwo!"


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    content = b"x" * LIMIT_BYTES

    assert len(read(content, {"Content-Length": str(LIMIT_BYTES)})) == LIMIT_BYTES


@pytest.mark.parametrize("chunks", [1, 2])
def test_one_byte_over_the_limit_is_too_large_in_any_number_of_chunks(chunks: int) -> None:
    sizes = [LIMIT_BYTES + 1] if chunks == 1 else [LIMIT_BYTES, 1]
    content = b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in sizes) + b"0\r\n\r\n"

    with pytest.raises(BodyTooLargeError):
        read(content, CHUNKED)


def test_one_byte_over_the_limit_is_too_large_as_announced() -> None:
    with pytest.raises(BodyTooLargeError):
        read(b"x" * (LIMIT_BYTES + 1), {"Content-Length": str(LIMIT_BYTES + 1)})


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"short", {"Content-Length": "6"}),
        (b"", {"Content-Length": "-1"}),
        (b"", {"Content-Length": "many"}),
        (b"", CHUNKED),
        (b"x\r\n", CHUNKED),
        (b"-1\r\n", CHUNKED),
        (b"5\r\none", CHUNKED),
        (b"2\r\none\r\n0\r\n\r\n", CHUNKED),
        (b"3\r\none\r\n0\r\n\r\n", CHUNKED | {"Content-Length": "3"}),
        (b"", {"Transfer-Encoding": "gzip"}),
    ],
)
def test_a_body_that_contradicts_its_headers_is_refused(content: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(BadBodyError):
        read(content, headers)
