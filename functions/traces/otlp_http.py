"""OTLP over HTTP: what comes in, packed or not, and the answers of its specification.

What can never succeed is a 4xx, and the sender drops it. All else is a 503 with Retry-After, a mistake of ours among
it: exporters do not repeat a 500, and the spans would be lost.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from functions.billing.errors import BillingError, InvalidInput, TooLarge, UnsupportedEncoding, shown
from functions.runtime.api import MAX_BODY_BYTES, Json, decoded, status_of

MAX_UNPACKED_BYTES = 20_000_000
"""Of a body that came compressed: a small one may be gigabytes."""

MAX_MEMBERS = 100
"""Of gzip in one body: each costs some time, and is seldom more than one."""

UNAVAILABLE = 503
RETRY_AFTER_SECONDS = 1

_NONE, _GZIP, _DEFLATE = ("", "identity"), "gzip", "deflate"
_EITHER_HEADER = zlib.MAX_WBITS | 32
"""Of gzip or zlib: zlib sees which."""
_GZIP_BEGINNING = b"\x1f\x8b"

_CODES = {400: 3, 403: 7, 404: 5, 405: 12, 409: 10, 413: 8, 415: 3, UNAVAILABLE: 14}
"""Of google.rpc.Code, by the status of HTTP."""


class MediaType(StrEnum):
    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


@dataclass(frozen=True, slots=True)
class PartialSuccess:
    """The sentence says why spans were refused; without any it is a warning; empty where there is nothing to say."""

    rejected_spans: int = 0
    error_message: str = ""


def media_type(headers: Mapping[str, str]) -> MediaType:
    """Raises UnsupportedEncoding."""
    sent = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        return MediaType(sent)
    except ValueError:
        expected = " or ".join(MediaType)
        raise UnsupportedEncoding(f"the content-type is {shown(sent)!r}, expected {expected}") from None


def body_of(event: Mapping[str, Any]) -> bytes:
    """Raises TooLarge, UnsupportedEncoding, and InvalidInput for what is packed wrongly."""
    text = event.get("body") or ""
    content = decoded(text) if event.get("isBase64Encoded") else text.encode()
    if len(content) > MAX_BODY_BYTES:
        raise TooLarge(f"the body has {len(content)} bytes, expected at most {MAX_BODY_BYTES}")
    encoding = event.get("headers", {}).get("content-encoding", "").strip().lower()
    if encoding in _NONE:
        return content
    if encoding not in {_GZIP, _DEFLATE}:
        raise UnsupportedEncoding(f"the content-encoding is {shown(encoding)!r}, expected gzip, deflate or none")
    if text and not event.get("isBase64Encoded"):
        # API Gateway goes by the media type alone, and makes text of whatever says that it is JSON.
        raise InvalidInput(
            f"the content-encoding is {encoding!r}, and the body arrived as text: expected JSON without packing, or "
            f"{MediaType.PROTOBUF}, which may be packed"
        )
    return _unpacked(content, encoding)


def success(media: MediaType, partial: PartialSuccess) -> Json:
    if media is MediaType.JSON:
        return _respond(200, media, json.dumps(_in_json(partial)))
    from functions.traces.messages import Response  # noqa: PLC0415 - the first request loads protobuf

    said = None if partial == PartialSuccess() else asdict(partial)
    return _respond(200, media, Response(partial_success=said).SerializeToString())


def refusal(media: MediaType, error: BillingError) -> Json:
    return _failure(media, status_of(error), error.sentence)


def unavailable(media: MediaType) -> Json:
    return _failure(media, UNAVAILABLE, "something went wrong on our side: send the same spans again, each counts once")


def _failure(media: MediaType, status: int, sentence: str) -> Json:
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)} if status == UNAVAILABLE else {}
    said = {"code": _CODES[status], "message": sentence}
    if media is MediaType.JSON:
        return _respond(status, media, json.dumps(said), **headers)
    from functions.traces.messages import Status  # noqa: PLC0415 - as above

    return _respond(status, media, Status(**said).SerializeToString(), **headers)


def _in_json(partial: PartialSuccess) -> Json:
    if partial == PartialSuccess():
        return {}
    # Protobuf's JSON has numbers of 64 bits as texts, and leaves out zero.
    rejected = {"rejectedSpans": str(partial.rejected_spans)} if partial.rejected_spans else {}
    return {"partialSuccess": {**rejected, "errorMessage": partial.error_message}}


def _unpacked(content: bytes, encoding: str) -> bytes:
    """Never more than is allowed, whatever it would become. Of gzip there may be several members, one after another."""
    unpacked, left = bytearray(), content
    for _ in range(MAX_MEMBERS):
        unpacking = zlib.decompressobj(_window(encoding, left))
        try:
            unpacked += unpacking.decompress(left, MAX_UNPACKED_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            raise InvalidInput(f"the content-encoding is {encoding!r} and the body is none: {error}") from error
        if len(unpacked) > MAX_UNPACKED_BYTES:
            raise TooLarge(
                f"the body has more than {MAX_UNPACKED_BYTES} bytes when it is unpacked, expected smaller batches"
            )
        left = unpacking.unused_data
        if not unpacking.eof or (left and not left.startswith(_GZIP_BEGINNING)):
            raise InvalidInput(f"the content-encoding is {encoding!r}, and the body does not end where that does")
        if not left:
            return bytes(unpacked)
    raise TooLarge(f"the body has more than {MAX_MEMBERS} members of gzip, expected smaller batches")


def _window(encoding: str, content: bytes) -> int:
    """Some send deflate without zlib's header, though HTTP means one with it."""
    if encoding == _DEFLATE and (len(content) < 2 or int.from_bytes(content[:2]) % 31 or content[0] & 15 != 8):  # noqa: PLR2004 - RFC 1950
        return -zlib.MAX_WBITS
    return _EITHER_HEADER


def _respond(status: int, media: MediaType, body: str | bytes, **headers: str) -> Json:
    return {
        "statusCode": status,
        "headers": {"content-type": media.value, **headers},
        "body": body if isinstance(body, str) else base64.b64encode(body).decode(),
        "isBase64Encoded": isinstance(body, bytes),
    }
