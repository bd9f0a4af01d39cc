"""The messages of the signal queue: what the front door sends is what the worker reads.

A message is a line of JSON, its header, and then its content, compressed and in base64, because it must be text:

* with a `request_id` in the header: the body of a request as it came, of which the signals at the indexes `skipped` are
  left out. So nothing is written anew, which would cost the front door more than all else that it does.
* without one: a list of signals. So go costs, signals that bring costs, and what of a request does not fit into one
  message or is little of it.

Messages of schema 1 have no header. Each is a `SignalBatch`, compressed and in base64.
"""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from functions.billing.errors import TooLarge
from functions.billing.models.signal import Signal, SignalBatch, Source
from functions.billing.models.signal_message import SignalMessage

MAX_MESSAGE_BYTES = 900_000
"""A message may have 1 MiB; the rest is room for its header, its attributes and what we add one day."""

_FASTEST = 1
"""The level of compression: zlib's own choice takes twice as long and saves a tenth."""

_CHARACTERS_PER_INDEX = len("9999,")

_SIGNALS = TypeAdapter(tuple[Signal, ...], config=ConfigDict(hide_input_in_errors=True))
"""What cannot be read is logged without what it says, as of a `Value`: it is the sender's own."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose request it is, when it came, and its id: it names those signals that have no key of their own."""

    organization_id: str
    received_at: datetime
    request_id: str


class Header(BaseModel):
    """The first line of a message; `skipped` are indexes in the request, counted from 0."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, hide_input_in_errors=True)

    schema_version: Literal[2] = Field(alias="schema")
    organization_id: str
    received_at: AwareDatetime
    source: Source
    request_id: str | None = None
    skipped: tuple[int, ...] = ()


def request_message(origin: Origin, body: bytes, *, size: int, skipped: Sequence[int]) -> SignalMessage | None:
    """A request's body, of which `size` signals are not to be skipped; None where it does not fit into a message."""
    content = _packed(body)
    if len(content) + len(skipped) * _CHARACTERS_PER_INDEX > MAX_MESSAGE_BYTES:
        return None
    return _message(size, content, origin, request_id=origin.request_id, skipped=tuple(skipped))


def signal_messages(batch: SignalBatch) -> list[SignalMessage]:
    """The signals in order, as one message, or halves of them where they do not fit into one."""
    return grouped_messages(batch, [(signal,) for signal in batch.signals])


def grouped_messages(origin: Origin | SignalBatch, groups: Sequence[Sequence[Signal]]) -> list[SignalMessage]:
    """The same of signals each of which may bring costs behind it: those go with it, or neither does."""
    signals = tuple(signal for group in groups for signal in group)
    content = _packed(_SIGNALS.dump_json(signals, exclude_defaults=True))
    if len(content) <= MAX_MESSAGE_BYTES:
        return [_message(len(signals), content, origin, costs=len(signals) - len(groups))]
    if len(groups) == 1:
        raise TooLarge("a signal's data is too large for one message")
    half = len(groups) // 2
    return [part for part_of in (groups[:half], groups[half:]) for part in grouped_messages(origin, part_of)]


def cost_message(batch: SignalBatch) -> SignalMessage:
    """All of the costs, for of several messages some might not be sent. Raises TooLarge."""
    content = _packed(_SIGNALS.dump_json(batch.signals, exclude_defaults=True))
    if len(content) > MAX_MESSAGE_BYTES:
        raise TooLarge(
            f"the costs have {len(content)} bytes when compressed, expected at most {MAX_MESSAGE_BYTES}: "
            "send them in several requests"
        )
    return _message(len(batch.signals), content, batch)


@dataclass(frozen=True, slots=True)
class Opened:
    """A message of schema 2; its content is what the header says."""

    header: Header
    content: bytes

    def batch(self) -> SignalBatch:
        """The signals of a message that lists them."""
        return SignalBatch(
            schema_version=self.header.schema_version,
            organization_id=self.header.organization_id,
            received_at=self.header.received_at,
            source=self.header.source,
            signals=_SIGNALS.validate_json(self.content),
        )


def opened(message: str) -> Opened | SignalBatch:
    """A message as it was delivered; one of schema 1 is a batch already. Raises what a damaged one makes of itself."""
    header, _, content = message.rpartition("\n")
    if not header:
        return SignalBatch.model_validate_json(_unpacked(content))
    return Opened(Header.model_validate_json(header), _unpacked(content))


def weight(message: str) -> int:
    """The bytes of a message's content when it is unpacked; 0 where it cannot be."""
    try:
        return len(_unpacked(message.rpartition("\n")[2]))
    except (ValueError, zlib.error):
        return 0


def _message(
    size: int,
    content: str,
    origin: Origin | SignalBatch,
    *,
    request_id: str | None = None,
    skipped: tuple[int, ...] = (),
    costs: int = 0,
) -> SignalMessage:
    def text(source: Source) -> str:
        header = Header(
            schema=2,
            organization_id=origin.organization_id,
            received_at=origin.received_at,
            source=source,
            request_id=request_id,
            skipped=skipped,
        )
        return f"{header.model_dump_json(exclude_defaults=True)}\n{content}"

    return SignalMessage(size, text, costs)


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, _FASTEST)).decode()


def _unpacked(content: str) -> bytes:
    return zlib.decompress(base64.b64decode(content))
