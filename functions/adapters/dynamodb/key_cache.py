"""What a process remembers of shards between calls, as much of it as its memory is for."""

from collections import OrderedDict

from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId

_BYTES_PER_SHARD = 1_500
"""Of a shard without keys: its names, its fences, its place here."""


class KeyCache:
    """Forgets what was not asked for the longest time; but never that a shard is split, which is said in a line."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._known: OrderedDict[LogId, KnownKeys] = OrderedDict()
        self._bytes: dict[LogId, int] = {}
        self._all_bytes = 0
        self._split: dict[LogId, KnownKeys] = {}

    def get(self, log: LogId) -> KnownKeys | None:
        return self._split.get(log) or self._known.get(log)

    def put(self, known: KnownKeys) -> None:
        """A shard that is split leaves its keys to its children, while they are at hand."""
        if known.is_split:
            if len(known.keys) > 0:
                for child in known.children():
                    if self.get(child.log) is None:
                        self._keep(child)
            self._drop(known.log)
            self._split[known.log] = KnownKeys(known.log, last_segment=known.last_segment, is_split=True)
        else:
            self._keep(known)
        while len(self._known) > 1 and self._all_bytes > self._most_bytes:
            self._drop(next(iter(self._known)))

    def _keep(self, known: KnownKeys) -> None:
        self._drop(known.log)
        self._known[known.log] = known
        self._bytes[known.log] = _BYTES_PER_SHARD + known.keys.size
        self._all_bytes += self._bytes[known.log]

    def _drop(self, log: LogId) -> None:
        self._known.pop(log, None)
        self._all_bytes -= self._bytes.pop(log, 0)
