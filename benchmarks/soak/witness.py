"""Sees every write that reached AWS, and holds the log and its ratings against what must be true at every moment.

    segment     the next one of its shard, put once; no key twice at a customer; each key on the way of its hash
    checkpoint  the revision after the one before; as many signals told apart as its segments hold

What is broken is noted at once, with the step, and not only in the end.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from benchmarks.soak.tally import Tally
from functions.adapters.dynamodb.items import value_of
from functions.billing.models.usage import Checkpoint
from infra.resources import RECORDS, SIGNALS
from local.resources import physical_name
from tests.faults import Answer, Call

KEY_BYTES = 12

_SIGNALS, _RECORDS = physical_name(SIGNALS.name), physical_name(RECORDS.name)

Item = Mapping[str, Any]
ShardName = tuple[str, int]
"""A customer's id and the number of a shard of its log."""


@dataclass(slots=True)
class Shard:
    """What was put into one shard: the number of signals through each segment, which segment a key lies in."""

    through: list[int] = field(default_factory=lambda: [0])
    keys: dict[bytes, int] = field(default_factory=dict)
    is_split: bool = False
    inherited: int | None = None


class Witness:
    """Differences are sentences; the first is where to look."""

    def __init__(self, tally: Tally, now: Callable[[], int]) -> None:
        """`now` is the step of the round."""
        self._tally = tally
        self._now = now
        self.shards: dict[ShardName, Shard] = defaultdict(Shard)
        self.keys: dict[str, dict[bytes, str]] = defaultdict(dict)
        """Per customer, where each key lies."""
        self._revisions: dict[str, int] = {}
        self.differences: list[str] = []

    def saw(self, call: Call, answer: Answer) -> None:
        """A call and what AWS answered."""
        if call.operation != "PutItem":
            return
        put = json.loads(call.body)
        is_done = answer[0].status_code == HTTPStatus.OK
        if put["TableName"] == _SIGNALS and is_done:
            self._segment(put["Item"])
        elif put["TableName"] == _RECORDS and put["Item"]["pk"]["S"].endswith("#rating") and is_done:
            self._checkpoint(put["Item"])
        elif answer[1].get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            self._tally.add("races lost")

    def differs(self, sentence: str) -> None:
        self.differences.append(f"step {self._now()}: {sentence}")

    def customers(self) -> list[str]:
        """Those who have a log."""
        return sorted({customer_id for customer_id, _ in self.shards})

    def _segment(self, item: Item) -> None:
        _, customer_id, number_of_shard = item["pk"]["S"].split("#")
        name, shard = f"{customer_id}#{number_of_shard}", self.shards[customer_id, int(number_of_shard)]
        number, count = int(item["sk"]["N"]), int(item["count"]["N"])
        if number != len(shard.through):
            self.differs(f"segment {number} of {name} was put, expected {len(shard.through)}")
        if shard.is_split:
            self.differs(f"segment {number} of {name} was put, which is split")
        keys = self.keys[customer_id]
        for key in _keys(item, count):
            if key in keys:
                self.differs(f"key {key.hex()} is in {keys[key]} and came into segment {number} of {name} too")
            if not _leads_to(key, int(number_of_shard)):
                self.differs(f"key {key.hex()} came into {name}, where nobody will look for it")
            keys[key] = f"segment {number} of {name}"
            shard.keys[key] = number
        shard.through.append(shard.through[-1] + count)
        inherited = self._inherited(customer_id, int(number_of_shard))
        if int(item["cumulative"]["N"]) != inherited + shard.through[-1]:
            self.differs(
                f"segment {number} of {name} says that there are {item['cumulative']['N']} keys, "
                f"expected {inherited} of the shards above and {shard.through[-1]} of its own"
            )
        self._tally.add("fences", "fence" in item)
        if "splits" in item:
            shard.is_split = True
            self._tally.add("splits")

    def _inherited(self, customer_id: str, number: int) -> int:
        """The keys of the shards above that go on in this one."""
        shard = self.shards[customer_id, number]
        if shard.inherited is None:
            above = [self.shards[customer_id, other] for other in _above(number)]
            shard.inherited = sum(_leads_to(key, number) for each in above for key in each.keys)
        return shard.inherited

    def _checkpoint(self, item: Item) -> None:
        customer_id = item["pk"]["S"].split("#")[1]
        name = f"{customer_id}#{item['sk']['S']}"
        revision = int(item["revision"]["N"])
        if revision != self._revisions.get(name, 0) + 1:
            self.differs(f"revision {revision} of checkpoint {name} follows {self._revisions.get(name, 0)}")
        self._revisions[name] = revision
        checkpoint = value_of(_decoded(item), Checkpoint)
        through = self.shards[customer_id, int(item["sk"]["S"])].through
        told_apart = checkpoint.counted + checkpoint.unattributed
        if checkpoint.rated_through >= len(through) or told_apart != through[checkpoint.rated_through]:
            self.differs(
                f"checkpoint {name} tells {told_apart} signals apart through segment {checkpoint.rated_through}, "
                f"the log has {through}"
            )


def _keys(item: Item, count: int) -> list[bytes]:
    """The key hashes of a segment; each stands at the beginning of a record of the same length."""
    if count == 0:
        return []
    joined = base64.b64decode(item["hashes"]["B"])
    record = len(joined) // count
    return [joined[at : at + KEY_BYTES] for at in range(0, len(joined), record)]


def _above(shard: int) -> list[int]:
    """The shards that this one was split from: n went on in 2n+1 and 2n+2."""
    above: list[int] = []
    while shard > 0:
        shard = (shard - 1) // 2
        above.append(shard)
    return above


def _leads_to(key: bytes, shard: int) -> bool:
    """Whether the first bits of the hash lead to this shard."""
    bits = f"{int.from_bytes(key, 'big'):0{8 * KEY_BYTES}b}"
    at = 0
    for bit in bits:
        if at >= shard:
            break
        at = 2 * at + 1 + int(bit)
    return at == shard


def _decoded(item: Item) -> Item:
    """As boto3 gives items: bytes are bytes."""
    if "B" not in item["doc"]:
        return item
    return {**item, "doc": {"B": base64.b64decode(item["doc"]["B"])}}
