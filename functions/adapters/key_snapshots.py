"""Snapshots of the keys of long logs, in S3: a cache that spares a cold worker the reading of a log, never the truth.

One object per shard, written over: a header line of JSON, then the records of `KeyMemory`.
"""

import json
import logging
import zlib
from typing import TYPE_CHECKING

from functions.billing.models.key_memory import KeyMemory
from functions.billing.models.known_keys import KnownKeys, StandingFence
from functions.billing.models.segment import LogId

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

SCHEMA = 1

logger = logging.getLogger(__name__)


class KeySnapshots:
    """Whatever goes wrong here is logged, and costs time only: the log is read instead."""

    def __init__(self, connect: "Callable[[], tuple[S3Client, str]]") -> None:
        """`connect` gives the client and the bucket when the first snapshot is asked for: most functions never do."""
        self._connect = connect

    def load(self, log: LogId) -> KnownKeys | None:
        """The snapshot that was written last, if it is there and whole."""
        client, bucket = self._connect()
        try:
            answer = client.get_object(Bucket=bucket, Key=_name(log))
            return _unpacked(log, answer["Body"].read())
        except client.exceptions.NoSuchKey:
            return None
        except Exception:  # a cache must not stop what can be done without it
            logger.exception("a snapshot of keys cannot be read", extra={"log": _name(log)})
            return None

    def save(self, known: KnownKeys) -> None:
        client, bucket = self._connect()
        try:
            client.put_object(Bucket=bucket, Key=_name(known.log), Body=_packed(known))
        except Exception:  # as above
            logger.exception("a snapshot of keys cannot be written", extra={"log": _name(known.log)})


def _name(log: LogId) -> str:
    return f"keys/{log.organization_id}/{log.customer_id}/{log.shard}"


def _packed(known: KnownKeys) -> bytes:
    records = known.keys.packed()
    header = {
        "schema": SCHEMA,
        "last_segment": known.last_segment,
        "cumulative": known.cumulative,
        "starts": known.starts,
        "fences": {name: [fence.moves, fence.place] for name, fence in known.fences.items()},
        "crc": zlib.crc32(records),
    }
    return json.dumps(header).encode() + b"\n" + records


def _unpacked(log: LogId, content: bytes) -> KnownKeys | None:
    """None for what another version of this code wrote. Raises ValueError for what is damaged."""
    first_line, _, records = content.partition(b"\n")
    header = json.loads(first_line)
    if header["schema"] != SCHEMA:
        return None
    if zlib.crc32(records) != header["crc"]:
        raise ValueError(f"the records of {_name(log)} are not those that were written")
    return KnownKeys(
        log=log,
        keys=KeyMemory(records),
        last_segment=header["last_segment"],
        cumulative=header["cumulative"],
        fences={name: StandingFence(*fence) for name, fence in header["fences"].items()},
        starts=tuple(header["starts"]),
    )
