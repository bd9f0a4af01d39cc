"""Reads a request's body within API Gateway's limit, whether its length is announced or it comes in chunks."""

from email.message import Message
from io import BufferedIOBase

LIMIT_BYTES = 10 * 1024 * 1024
"""API Gateway's limit for an HTTP API; it cannot be raised there."""

DRAIN_BYTES = 8 * LIMIT_BYTES
PIECE_BYTES = 65_536
LINE_BYTES = 4096


class BodyTooLargeError(Exception):
    pass


class BadBodyError(Exception):
    pass


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    encoding = headers.get("transfer-encoding", "identity").strip().lower()
    announced = headers.get("content-length")
    if encoding == "identity":
        return _read_announced(stream, announced or "0")
    # With both, two readers may see two different requests: RFC 9112 lets a server refuse.
    if encoding != "chunked" or announced is not None:
        raise BadBodyError(f"The transfer encoding {encoding!r} is not understood here.")
    return _read_chunked(stream)


def _read_announced(stream: BufferedIOBase, announced: str) -> bytes:
    if not announced.strip().isdecimal():
        raise BadBodyError(f"The content-length {announced!r} is not a number.")
    length = int(announced)
    if length > LIMIT_BYTES:
        # A client reads our answer only after it has sent everything, so what it sends is read and dropped.
        _drop(stream, min(length, DRAIN_BYTES))
        raise BodyTooLargeError
    return _read_exactly(stream, length)


def _read_chunked(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    total = 0
    while size := _chunk_size(stream):
        total += size
        if total > DRAIN_BYTES:
            raise BodyTooLargeError
        if total > LIMIT_BYTES:
            _drop(stream, size)
        else:
            body += _read_exactly(stream, size)
        if stream.readline(LINE_BYTES).strip():
            raise BadBodyError("A chunk of the body is longer than it says.")
    while stream.readline(LINE_BYTES).strip():  # trailers
        pass
    if total > LIMIT_BYTES:
        raise BodyTooLargeError
    return bytes(body)


def _chunk_size(stream: BufferedIOBase) -> int:
    line = stream.readline(LINE_BYTES)
    digits = line.partition(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise BadBodyError("A chunk of the body does not begin with its size.")
    return int(digits, 16)


def _read_exactly(stream: BufferedIOBase, length: int) -> bytes:
    body = stream.read(length)
    if len(body) < length:
        raise BadBodyError("The body ended before its announced length.")
    return body


def _drop(stream: BufferedIOBase, length: int) -> None:
    while length > 0 and (piece := stream.read(min(length, PIECE_BYTES))):
        length -= len(piece)
