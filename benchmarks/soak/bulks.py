"""What clients send: bulks of any size, with repeats, other payloads under known keys, and what nobody can read."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.soak.oracle import Group, Said
from benchmarks.soak.setting import Setting

REPEAT, OTHER_PAYLOAD, WITHOUT_KEY, UNREADABLE = 0.08, 0.04, 0.05, 0.01
"""Of all signals; the rest is new."""

HOTTEST, MOVING, WALK_IN = 0.5, 0.08, 0.05
"""The parts of all signals that are of the hottest customer, by a name that moves, of somebody new."""

NEW_WALK_IN = 0.2
"""How often somebody new is quite new; the others have sent something already."""

HERE = 0.3
"""Of the repeats those that repeat what stands in the same bulk."""

SENDERS = (1, 1, 1, 2, 3, 8)
"""Customers in a bulk."""

COMMON = 2
"""So many customers may use one key, each for a signal of its own."""

EARLIEST, DAYS = datetime(2025, 4, 20, tzinfo=UTC), 56
"""When signals happened: from before any order until the day on which the round begins."""

EVENTS = ("email_sent", "email_sent", "call_made", "unpriced")
PRODUCTS: tuple[dict[str, str] | None, ...] = (
    {"externalProductId": "sdr"},
    {"externalProductId": "sdr"},
    {"productId": "prod_1"},
    {"externalProductId": "dialer"},
    {"externalProductId": "unknown"},
    None,
)
_NOT_READABLE: tuple[dict[str, Any], ...] = (
    {"eventName": "email_sent", "customer": {}},
    {"eventName": "", "customer": {"externalCustomerId": "nobody"}},
    {"eventName": "email_sent", "customer": {"externalCustomerId": "nobody"}, "timestamp": "2031-01-01T00:00:00Z"},
    {"eventName": "email_sent", "customer": {"customerId": "cus_unknown"}},
)

Bulk = tuple[Said | None, ...]
"""The signals of a request; None stands for something unreadable."""


class Author:
    """Writes bulks."""

    def __init__(self, setting: Setting, *, largest: int) -> None:
        self._setting = setting
        self._dice = setting.dice
        self._largest = largest
        self._said: dict[Group, list[Said]] = defaultdict(list)

    def bulk(self) -> Bulk:
        """Mostly full ones, so that much is sent in few calls; some of one signal."""
        size = self._dice.randint(1, self._largest) if self._setting.happens(0.4) else self._largest
        senders = [self._group() for _ in range(self._dice.choice(SENDERS))]
        signals: list[Said | None] = []
        while len(signals) < size:
            signals.append(self._signal(signals, senders))
        return tuple(signals)

    def body(self, bulk: Bulk) -> dict[str, Any]:
        """The request's."""
        return {"signals": [self._dice.choice(_NOT_READABLE) if said is None else said.wire for said in bulk]}

    def _signal(self, before: list[Said | None], senders: list[Group]) -> Said | None:
        dice, group = self._dice, self._dice.choice(senders)
        known = self._said[group]
        chance = dice.random()
        if chance < UNREADABLE:
            return None
        if chance < UNREADABLE + REPEAT and known:
            return dice.choice(before) if before and self._setting.happens(HERE) else dice.choice(known)
        if chance < UNREADABLE + REPEAT + OTHER_PAYLOAD and known:
            return self._say(group, dice.choice(known).key)
        number = len(self._setting.oracle.said)
        key = f"{group} {number}" if group in self._setting.moving else f"key {number - dice.randrange(COMMON)}"
        return self._say(group, None if self._setting.happens(WITHOUT_KEY) else key)

    def _say(self, group: Group, key: str | None) -> Said:
        moment = EARLIEST + timedelta(seconds=self._dice.randrange(DAYS * 24 * 60 * 60))
        words = Said(
            group=group,
            customer=self._reference(group),
            key=key,
            event=self._dice.choice(EVENTS),
            product=self._dice.choice(PRODUCTS),
            at=moment,
        )
        said = self._setting.oracle.say(words)
        self._said[group].append(said)
        return said

    def _group(self) -> Group:
        setting, chance = self._setting, self._dice.random()
        hottest, *others = setting.customers
        if chance < HOTTEST:
            return hottest
        if chance < HOTTEST + MOVING and setting.moving:
            return self._dice.choice(setting.moving)
        if chance < HOTTEST + MOVING + WALK_IN:
            if not setting.walk_ins or setting.happens(NEW_WALK_IN):
                setting.walk_ins.append(f"walk-in-{len(setting.walk_ins)}")
            return self._dice.choice(setting.walk_ins)
        return self._dice.choice(others)

    def _reference(self, group: Group) -> dict[str, str]:
        """A customer that keeps its names is called by any of them."""
        customer_id = self._setting.customers.get(group)
        if customer_id is None:
            return {"externalCustomerId": group}
        return self._dice.choice(
            [
                {"externalCustomerId": group},
                {"externalCustomerId": alias_of(group)},
                {"customerId": customer_id},
            ]
        )


def alias_of(group: Group) -> str:
    """The other name of a customer that keeps its names."""
    return f"{group} in the CRM"
