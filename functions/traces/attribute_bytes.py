"""What the bytes of an attribute say: read here where they are as all senders write them, by protobuf where not.

protobuf allows a message's fields in any order and several times, a number in more bytes than it needs, and fields
that nobody knows. Where nothing of that is there, some bytes compared tell what the parser would, in a third of the
time. The tests hold both against each other.
"""

import base64
from collections.abc import Callable
from math import isfinite

from google.protobuf.message import DecodeError
from pydantic import JsonValue

from functions.billing.telemetry.attributes import METADATA, READ, is_read
from functions.traces import messages
from functions.traces.limits import Limits

API_KEY, TOKEN = "api.key", "token"

MAX_ATTRIBUTE_BYTES = 1_000_000
"""Of one that is read: no data and no metadata that is kept may be so large."""

REMEMBERED_BYTES = 256
"""Of an attribute: shorter ones come again in a batch, and longer ones are texts of prompts."""
_REMEMBERED = 50_000
"""Different attributes: beyond them nothing is gained, and whoever sends a million is not to fill the memory."""

_Read = tuple[str, JsonValue] | None
"""None for one that nobody asks for: its value is left as it came."""

_KEY, _VALUE, _TEXT, _WHOLE_NUMBER = 0x0A, 0x12, 0x0A, 0x18
"""The tags of what is mostly there: of an attribute its key and value, of a value a text or a whole number."""
_MORE = 0x80
"""In a byte of a number: it goes on. So what is below is a number of one byte."""

_WANTED = {name.encode(): name for name in (*READ, API_KEY, TOKEN)}
_METADATA = METADATA.encode()


def is_wanted(name: str) -> bool:
    """Whether anybody asks for the attribute: those of keys are not among what a span says."""
    return is_read(name) or name in {API_KEY, TOKEN}


class KnownAttributes(dict[bytes, _Read]):
    """What each attribute says: most of a batch's are the same in all of its spans, and are read once."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits

    def __missing__(self, content: bytes) -> _Read:
        """Raises DecodeError and TooLarge."""
        read = read_attribute(content, self._limits)
        if len(content) <= REMEMBERED_BYTES and len(self) < _REMEMBERED:
            self[content] = read
        return read


def read_attribute(content: bytes, limits: Limits) -> _Read:
    value_at = _value_at(content)
    key = content[2:value_at]
    if value_at and key not in _WANTED and not key.startswith(_METADATA):
        return None if _ends_with_value(content, value_at) else parsed(content, limits)
    value = _plain_value(content, value_at) if value_at and key.isascii() else None
    return parsed(content, limits) if value is None else (_WANTED.get(key) or key.decode(), value)


def _value_at(content: bytes) -> int:
    """Behind a key of some characters, 0 where it does not begin with one or ends with it."""
    size = len(content)
    if size < 2 or content[0] != _KEY or content[1] >= _MORE:  # noqa: PLR2004 - a tag and a length
        return 0
    value_at = 2 + content[1]
    return value_at if value_at + 3 < size and content[value_at] == _VALUE else 0


def _plain_value(content: bytes, start: int) -> str | int | None:
    """A short text of ASCII or a small whole number, where one begins there and nothing comes after it."""
    left = len(content) - start - 2
    if content[start + 1] != left or left >= _MORE:
        return None
    kind, first = content[start + 2], content[start + 3]
    if kind == _TEXT and first == left - 2:
        text = content[start + 4 :]
        return text.decode() if text.isascii() else None
    if kind == _WHOLE_NUMBER and left == 2 and first < _MORE:  # noqa: PLR2004 - a tag and one byte
        return first
    if kind == _WHOLE_NUMBER and left == 3 and first >= _MORE > content[-1]:  # noqa: PLR2004 - and two
        return first - _MORE + (content[-1] << 7)
    return None


def _ends_with_value(content: bytes, start: int) -> bool:
    """Whether the value that begins there has all of the bytes that are left: then there is no second key."""
    size = shift = 0
    for place in range(start + 1, min(len(content), start + 5)):
        byte = content[place]
        size |= (byte & ~_MORE) << shift
        shift += 7
        if byte < _MORE:
            return place + 1 + size == len(content)
    return False


def parsed(content: bytes, limits: Limits) -> _Read:
    """As protobuf reads it. Raises DecodeError and TooLarge."""
    if len(content) > MAX_ATTRIBUTE_BYTES:
        raise DecodeError(f"an attribute has {len(content)} bytes, expected at most {MAX_ATTRIBUTE_BYTES}")
    attribute = messages.KeyValue.FromString(content)
    name = attribute.key
    return (name, _value(attribute.value, limits.take)) if is_wanted(name) else None


def _value(value: messages.Untyped, take: Callable[[str, int], None]) -> JsonValue:
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            take("values", len(value.array_value.values))
            return [_value(each, take) for each in value.array_value.values]
        case "kvlist_value":
            take("values", len(value.kvlist_value.values))
            return {each.key: _value(each.value, take) for each in value.kvlist_value.values}
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "double_value":
            return value.double_value if isfinite(value.double_value) else str(value.double_value)
        case _:
            plain: JsonValue = getattr(value, kind)
            return plain
