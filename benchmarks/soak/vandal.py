"""Somebody who deletes, damages and sets back what lies in a bucket that is a cache: nothing may come of it."""

import random

from benchmarks.soak.tally import Tally
from local.resources import Clients

_DAMAGED = 0.05


class Vandal:
    """Does one of these things to one object, if there is any."""

    def __init__(self, clients: Clients, bucket: str, dice: random.Random, tally: Tally) -> None:
        self._s3 = clients.s3
        self._bucket = bucket
        self._dice = dice
        self._tally = tally
        self._old: dict[str, bytes] = {}

    def act(self) -> None:
        found = self._s3.list_objects_v2(Bucket=self._bucket).get("Contents", [])
        if not found:
            return
        name = self._dice.choice(sorted(each["Key"] for each in found))
        content = self._s3.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        if b"\n" not in content:
            return  # cut off already
        match self._dice.choice(["delete", "cut", "flip", "remember", "set back"]):
            case "delete":
                self._s3.delete_object(Bucket=self._bucket, Key=name)
            case "cut":
                self._put(name, content[: self._dice.randrange(len(content))])
            case "flip":
                self._put(name, self._flipped(content))
            case "remember":
                self._old[name] = content
                return
            case _:
                if name not in self._old:
                    return
                self._put(name, self._old[name])
        self._tally.add("snapshots of keys spoilt")

    def _flipped(self, content: bytes) -> bytes:
        """One byte of twenty behind the first line is another, and the first line tells nothing of it."""
        damaged, begin = bytearray(content), content.index(b"\n") + 1
        for at in range(begin, len(damaged)):
            damaged[at] ^= self._dice.random() < _DAMAGED
        return bytes(damaged)

    def _put(self, name: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=name, Body=content)
