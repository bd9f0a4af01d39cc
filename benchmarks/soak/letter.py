"""A message of the signal queue, read without the code that wrote it.

A line of JSON and then, compressed and in base64, the request as its sender wrote it, or a list of signals.
"""

import base64
import json
import zlib
from typing import NamedTuple

NUMBER = "n"
"""The name in a signal's `data` under which its number stands."""


class Letter(NamedTuple):
    """Who sent it and the how-manieth of theirs it is; and of each signal the key and the number."""

    source: tuple[str, int]
    signals: tuple[tuple[str, int], ...]


def read_letter(body: str) -> Letter:
    """What the worker will find in a message."""
    first_line, _, content = body.rpartition("\n")
    header = json.loads(first_line)
    said = json.loads(zlib.decompress(base64.b64decode(content)))
    producer, sequence, *_ = header["source"]
    request = header.get("request_id")
    if request is None:
        return Letter((producer, sequence), tuple((each["idempotency_key"], each["data"][NUMBER]) for each in said))
    skipped = set(header.get("skipped", ()))
    signals = [(index, each) for index, each in enumerate(said["signals"]) if index not in skipped]
    keys = [(each.get("idempotencyKey") or f"{request}:{index}", each["data"][NUMBER]) for index, each in signals]
    return Letter((producer, sequence), tuple(keys))
