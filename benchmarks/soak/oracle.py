"""What was said to the front door, in plain dictionaries: the naive answer to what must come of it.

None of the code that bills is used here. A signal carries its number in its `data`, so that whoever meets it in the log
knows what was sent.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from benchmarks.soak.letter import NUMBER, Letter
from benchmarks.soak.witness import KEY_BYTES

Group = str
"""Whose log a signal belongs to: a customer that keeps its names, or a name that moves from one to another."""

Usage = dict[str, dict[date, int]]
"""Order line attribute id -> first day of the period -> signals."""


@dataclass(frozen=True, slots=True)
class Said:
    """One signal as it is sent, maybe more than once. Without a key each sending counts."""

    group: Group
    customer: Mapping[str, str]
    key: str | None
    event: str
    product: Mapping[str, str] | None
    at: datetime
    number: int = -1

    @property
    def wire(self) -> dict[str, Any]:
        fields = {
            "eventName": self.event,
            "customer": self.customer,
            "attribution": self.product,
            "timestamp": self.at.isoformat(),
            "idempotencyKey": self.key,
            "data": {NUMBER: self.number},
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(slots=True)
class SoldOrder:
    """An order with usage prices: its events by attribute id; `activated` is its place among all activations."""

    id: str
    group: Group
    product_id: str
    product_name: str
    events: Mapping[str, str]
    start: date
    end: date | None = None
    activated: int | None = None

    def counts(self, said: Said) -> dict[str, date]:
        """The attributes that count the signal, each with the first day of the period."""
        day = said.at.date()
        if self.activated is None or day < self.start or (self.end is not None and day >= self.end):
            return {}
        if said.product not in ({"productId": self.product_id}, {"externalProductId": self.product_name}):
            return {}
        period = max(self.start, day.replace(day=1))
        return {attribute: period for attribute, event in self.events.items() if event == said.event}


@dataclass(slots=True)
class Oracle:
    """`said` is by number; `queued` are the numbers that each key of a group went to the queue with."""

    said: list[Said] = field(default_factory=list)
    orders: list[SoldOrder] = field(default_factory=list)
    queued: dict[Group, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    letters: dict[tuple[str, int], Letter] = field(default_factory=dict)
    """By their sources: one that is sent twice is one."""
    _begun: Counter[tuple[Group, str]] = field(default_factory=Counter)
    _promised: Counter[tuple[Group, str | int]] = field(default_factory=Counter)

    def say(self, words: Said) -> Said:
        """The same with a number of its own."""
        said = replace(words, number=len(self.said))
        self.said.append(said)
        return said

    def begins(self, bulk: Iterable[Said | None]) -> None:
        """Somebody sends this, now or once more."""
        self._begun.update({(said.group, said.key) for said in bulk if said is not None and said.key is not None})

    def maybe_known(self, bulk: Iterable[Said | None]) -> int:
        """How many of a bulk that was begun have keys that were begun otherwise too, or stand in it before."""
        seen: set[tuple[Group, str]] = set()
        known = 0
        for said in bulk:
            if said is None or said.key is None:
                continue
            named = (said.group, said.key)
            known += self._begun[named] > 1 or named in seen
            seen.add(named)
        return known

    def promised(self, signals: Iterable[Said]) -> None:
        """They were answered with a 200 and are no failures. Without a key each time is another signal."""
        for said in signals:
            if said.key is None:
                self._promised[said.group, said.number] += 1
            else:
                self._promised[said.group, said.key] = 1

    def lost(self) -> list[str]:
        """What was promised and is in no message."""
        expected = {group: self.expected(group) for group in {group for group, _ in self._promised}}
        return [
            f"signal {name!r} of {group} was answered with a 200 {times} times and queued {expected[group][name]} times"
            for (group, name), times in self._promised.items()
            if expected[group][name] < times
        ]

    def went_to_the_queue(self, letter: Letter) -> None:
        self.letters[letter.source] = letter
        for key, number in letter.signals:
            self.queued[self.said[number].group][key].add(number)

    def expected(self, group: Group) -> Counter[str | int]:
        """How often each key, and each signal without one, must be in the group's log: by key, or by number."""
        counter: Counter[str | int] = Counter()
        for key, numbers in self.queued[group].items():
            (first, *_) = numbers
            counter[first if self.said[first].key is None else key] += 1
        return counter

    def repeats(self, logged: Iterable[int]) -> Counter[str]:
        """Of all messages, what is to be told of them where the log holds the signals of these numbers."""
        first = {(self.said[number].group, self.said[number].key): number for number in logged}
        told: Counter[str] = Counter()
        for letter in self.letters.values():
            for _, number in letter.signals:
                said = self.said[number]
                told["accepted"] += 1
                told["conflicts"] += said.key is not None and first[said.group, said.key] != number
        return told

    def counted(self, said: Said, group: Group) -> dict[str, date]:
        """What a signal in the log of `group` counts for: of the order that was activated first and fits."""
        orders = [order for order in self.orders if order.group == group and order.activated is not None]
        orders.sort(key=lambda order: order.activated or 0)
        return next((counts for order in orders if (counts := order.counts(said))), {})

    def usage(self, group: Group, numbers: Iterable[int]) -> Usage:
        """Of a log that holds the signals of these numbers."""
        usage: Usage = {}
        for number in numbers:
            for attribute, period in self.counted(self.said[number], group).items():
                periods = usage.setdefault(attribute, {})
                periods[period] = periods.get(period, 0) + 1
        return usage


def key_hash(key: str) -> bytes:
    """What the log keeps of a key."""
    return hashlib.blake2b(key.encode(), digest_size=KEY_BYTES).digest()
