"""The signal log: its segments, and where a signal lies in it (design: "The signal log")."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from functions.billing.errors import NotFound
from functions.billing.models.cost import COST_EVENT, as_sent
from functions.billing.models.signal import LoggedSignal, Signal, Source

KEY_HASH_BYTES = 12
"""96 bits: among the two million keys of a full shard a false duplicate has a chance of 1 in 4 * 10^16."""

PAYLOAD_HASH_BYTES = 4
"""Enough to tell a sender that a key was used for something else; nothing is decided by it."""

MAX_DIGITS, MAX_SUFFIX_CHARACTERS = 12, 40
"""What a number and the customer's part in a signal id may have; more is not an id of ours."""


@dataclass(frozen=True, slots=True)
class LogId:
    """One log: a customer's signals, or one shard of them (see `shard`)."""

    organization_id: str
    customer_id: str
    shard: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One signal as a segment stores it: resolved as far as it could be when it was appended."""

    key_hash: bytes
    event_name: str
    occurred_at: datetime
    payload_hash: bytes = bytes(PAYLOAD_HASH_BYTES)
    product_id: str | None = None
    external_product_id: str | None = None
    external_customer_id: str | None = None
    external_customer_unit_id: str | None = None
    data: dict[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """Behind it no signal enters the log by an external id as that was before the last of so many moves.

    `moves` is what is known as a fencing token (`append_signals` says what for).
    """

    external_id: str
    moves: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A block of signals that came to exist by one conditional write; or none, and a fence or the mark of a split.

    `number` counts from 1 without gaps; `cumulative` is the number of keys that the log holds through this segment,
    with those of the shards that it was split from. `sources` tell which messages brought the signals, and how many of
    them each. Nothing follows in a shard after the segment that splits it.
    """

    log: LogId
    number: int
    cumulative: int
    logged_at: datetime
    entries: tuple[Entry, ...]
    fence: Fence | None = None
    sources: tuple[tuple[Source, int], ...] = ()
    splits: bool = False

    def signal_id(self, index: int) -> str:
        return SignalPosition(self.log, self.number, index).signal_id

    def signal(self, index: int) -> LoggedSignal:
        """The signal at `index`, as the API shows it."""
        entry = self.entries[index]
        return LoggedSignal(
            id=self.signal_id(index),
            customer_id=self.log.customer_id,
            event_name=entry.event_name,
            external_customer_id=entry.external_customer_id,
            product_id=entry.product_id,
            external_product_id=entry.external_product_id,
            external_customer_unit_id=entry.external_customer_unit_id,
            occurred_at=entry.occurred_at,
            logged_at=self.logged_at,
            data=entry.data,
        )


@dataclass(frozen=True, slots=True)
class SignalPosition:
    """Where a signal lies: its id says it, so that reading one is one read."""

    log: LogId
    segment: int
    index: int

    @property
    def signal_id(self) -> str:
        suffix = self.log.customer_id.removeprefix("cus_")
        return f"sig_{suffix}-{self.log.shard}-{self.segment}-{self.index}"

    @classmethod
    def parse(cls, organization_id: str, signal_id: str) -> "SignalPosition":
        """Reads an id back; anything that is not one was not found."""
        suffix, *numbers = signal_id.removeprefix("sig_").split("-")
        well_formed = (
            signal_id.startswith("sig_")
            and suffix.isascii()
            and suffix.isalnum()
            and len(suffix) <= MAX_SUFFIX_CHARACTERS
            and len(numbers) == len(("shard", "segment", "index"))
            and all(n.isascii() and n.isdigit() and len(n) <= MAX_DIGITS for n in numbers)
        )
        if not well_formed:
            raise NotFound("signal", signal_id)
        shard, segment, index = map(int, numbers)
        return cls(LogId(organization_id, f"cus_{suffix}", shard), segment, index)


def hash_key(idempotency_key: str) -> bytes:
    """The part of an idempotency key that the log keeps for ever."""
    return hashlib.blake2b(idempotency_key.encode(), digest_size=KEY_HASH_BYTES).digest()


def hash_payload(signal: Signal) -> bytes:
    """Tells whether a key comes again with the same signal; a time that its sender did not give does not matter."""
    said = [
        signal.event_name,
        signal.product_id,
        signal.external_product_id,
        signal.external_customer_unit_id,
        as_sent(signal.data) if signal.event_name == COST_EVENT else signal.data,
        signal.occurred_at.astimezone(UTC).isoformat() if signal.has_own_time else None,
    ]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=PAYLOAD_HASH_BYTES).digest()
