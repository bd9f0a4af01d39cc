"""A message of the signal queue that nobody could work on: as much of it as can be read, to account for it."""

import base64
import zlib

from pydantic import BaseModel, ConfigDict, JsonValue

from functions.billing.models.settlement import Message
from functions.billing.models.signal import Source


class _Envelope(BaseModel):
    """What every schema has, in the header or, before there was one, beside the signals."""

    model_config = ConfigDict(hide_input_in_errors=True)

    organization_id: str
    received_at: str = ""
    source: Source | None = None
    signals: list[JsonValue] = []


def read_message(body: str) -> Message:
    """Of a damaged message nothing but that it is there; what its content is does not matter where it has a header."""
    header, _, content = body.rpartition("\n")
    try:
        envelope = _Envelope.model_validate_json(header or zlib.decompress(base64.b64decode(content)))
    except (ValueError, zlib.error):
        return Message(body)
    if not envelope.organization_id.isidentifier():  # it becomes a part of keys
        return Message(body)
    source = envelope.source
    return Message(
        body,
        organization_id=envelope.organization_id,
        source=source,
        received_on=envelope.received_at[: len("2025-06-01")] or None,
        signals=len(envelope.signals) if source is None else source.size,
    )
