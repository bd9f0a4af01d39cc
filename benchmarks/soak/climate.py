"""What is particular about a round: how rough it is, how much at once, and limits so small that they are met often."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import pytest

from functions.adapters.dynamodb import shard_keys
from functions.billing.models import key_memory
from functions.billing.usecases import append_signals

UNLIMITED = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """The round ends after so many `deliveries` of signals, and calms down.

    In a piece of work `faults` calls are disturbed, on average, however many it has. Then come limits: of the bulks, of
    a shard, of a query's page, between two snapshots of a shard's keys, of the keys that are remembered unsorted; and
    the customers that keep their names, and the names that move.
    """

    deliveries: int
    largest_bulk: int
    split_at: int
    faults: float
    page: int
    snapshot_every: int
    merge_at: int
    customers: int
    moving: int

    @classmethod
    def drawn(cls, dice: random.Random) -> Self:
        """Few signals in many calls, many in few, or in between; each kind takes about as long."""
        deliveries, largest_bulk, page, *split_at = dice.choice(
            [(3_000, 10, 3, 40), (20_000, 100, 20, 400, 1_000, UNLIMITED), (60_000, 500, 50, 3_000, UNLIMITED)]
        )
        return cls(
            deliveries=deliveries,
            largest_bulk=largest_bulk,
            split_at=dice.choice(split_at),
            faults=dice.choice([0.05, 0.2, 0.5, 1]),
            page=dice.choice([page, 10 * page, UNLIMITED]),
            snapshot_every=dice.choice([2, 5, 64]),
            merge_at=dice.choice([4, 64]),
            customers=dice.randint(3, 6),
            moving=dice.choice([0, 1, 2]),
        )

    @contextmanager
    def prevailing(self) -> Iterator[None]:
        """While this is open, the limits are these."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(append_signals, "SPLIT_AT", self.split_at)
            patch.setattr(key_memory, "_MERGE_AT", self.merge_at)
            patch.setattr(shard_keys, "SNAPSHOT_EVERY", self.snapshot_every)
            yield
