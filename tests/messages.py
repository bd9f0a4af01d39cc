"""Messages of the signal queue: as the front door sends them, and as it did when they had no source."""

import base64
import zlib

from functions.billing.models.signal import SignalBatch, Source
from functions.runtime.signal_messages import signal_messages

SOMEBODY = Source("a-process-01", 1, 0, 1, "2025-06-01")


def encode_batch(batch: SignalBatch) -> str:
    """A message of schema 1: nobody accounts for what it brings."""
    return base64.b64encode(zlib.compress(batch.model_dump_json(exclude_none=True).encode())).decode()


def encode_parts(batch: SignalBatch, source: Source = SOMEBODY) -> list[str]:
    """Messages of schema 2 that list their signals."""
    return [message.text(source) for message in signal_messages(batch)]
