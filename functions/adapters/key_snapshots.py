"""Snapshots of the keys of long logs, in S3: a cache that spares a cold worker the reading of a log, never the truth.

One object per shard, written over: a line with its checksum, a line of JSON, then the records of `KeyMemory`. Its name
begins with the table's: a table that was restored to an earlier day has another one, and none of these objects.
"""

import json
import logging
import zlib
from dataclasses import astuple
from typing import TYPE_CHECKING

from functions.adapters.dynamodb.items import SCHEMAS
from functions.billing.models.key_memory import KeyMemory
from functions.billing.models.known_keys import KnownKeys, StandingFence
from functions.billing.models.segment import LogId

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

KIND = "KeySnapshot"

logger = logging.getLogger(__name__)


class KeySnapshots:
    """Whatever goes wrong here is logged, and costs time only: the log is read instead."""

    def __init__(self, connect: "Callable[[], tuple[S3Client, str]]", *, table: str) -> None:
        """`connect` gives the client and the bucket when the first snapshot is asked for: most functions never do."""
        self._connect = connect
        self._table = table

    def load(self, log: LogId) -> KnownKeys | None:
        """The snapshot that was written last, if it is there and whole."""
        client, bucket = self._connect()
        try:
            answer = client.get_object(Bucket=bucket, Key=self._name(log))
            return _unpacked(log, answer["Body"].read())
        except client.exceptions.NoSuchKey:
            return None
        except Exception:  # a cache must not stop what can be done without it
            logger.exception("a snapshot of keys cannot be read", extra={"object": self._name(log)})
            return None

    def save(self, known: KnownKeys) -> None:
        client, bucket = self._connect()
        try:
            client.put_object(Bucket=bucket, Key=self._name(known.log), Body=_packed(known))
        except Exception:  # as above
            logger.exception("a snapshot of keys cannot be written", extra={"object": self._name(known.log)})

    def _name(self, log: LogId) -> str:
        return f"keys/{self._table}/{log.organization_id}/{log.customer_id}/{log.shard}"


def _packed(known: KnownKeys) -> bytes:
    header = {
        "schema": SCHEMAS.numbers[KIND],
        "log": list(astuple(known.log)),
        "last_segment": known.last_segment,
        "cumulative": known.cumulative,
        "starts": known.starts,
        "fences": {name: [fence.moves, fence.place] for name, fence in known.fences.items()},
    }
    content = json.dumps(header).encode() + b"\n" + known.keys.packed()
    return b"%d\n" % zlib.crc32(content) + content


def _unpacked(log: LogId, content: bytes) -> KnownKeys | None:
    """None for what another version of this code wrote. Raises ValueError for what is damaged or of another log."""
    checksum, _, content = content.partition(b"\n")
    if b"%d" % zlib.crc32(content) != checksum:
        raise ValueError("its content is not what was written")
    first_line, _, records = content.partition(b"\n")
    header = json.loads(first_line)
    if header["schema"] != SCHEMAS.numbers[KIND]:
        return None
    if LogId(*header["log"]) != log:
        raise ValueError(f"it is of {header['log']}")
    return KnownKeys(
        log=log,
        keys=KeyMemory(records),
        last_segment=header["last_segment"],
        cumulative=header["cumulative"],
        fences={name: StandingFence(*fence) for name, fence in header["fences"].items()},
        starts=tuple(header["starts"]),
    )
