"""A tally as JSON: where a balance takes several calls, one hands it on to the next."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from functions.billing.accounting.tally import Fault, Tally
from functions.billing.models.entity import Value
from functions.billing.models.settlement import Settlement
from functions.billing.models.signal import Source


class _Messages(Value):
    """The messages of a producer, in columns: numbers that are alike side by side nearly vanish under compression.

    Of `sequence` and `before` each is told by how much more it is than what the message in front of it lets expect.
    """

    received_on: list[str]
    sequence: list[int]
    before: list[int]
    size: list[int]
    logged: list[int]


class _Packed(Value):
    day: str | None = None
    customers: int
    producers: dict[str, _Messages]
    unaccounted: int
    counted: int
    unattributed: int
    misses: dict[str, int]
    faults: list[Fault]
    settlements: list[Settlement]
    conflicts: int
    conflicting_keys: list[str]


_JSON = TypeAdapter(_Packed)


def packed(tally: Tally) -> bytes:
    """The tally as JSON."""
    producers: dict[str, list[Source]] = {}
    for source in tally.logged:
        producers.setdefault(source.producer, []).append(source)
    return _JSON.dump_json(
        _Packed(
            day=tally.day,
            customers=tally.customers,
            producers={name: _columns(sorted(sources), tally.logged) for name, sources in producers.items()},
            unaccounted=tally.unaccounted,
            counted=tally.counted,
            unattributed=tally.unattributed,
            misses=dict(tally.misses),
            faults=tally.faults,
            settlements=tally.settlements,
            conflicts=tally.conflicts,
            conflicting_keys=tally.conflicting_keys,
        ),
        exclude_none=True,
    )


def unpacked(content: bytes) -> Tally:
    """What `packed` gave."""
    read = _JSON.validate_json(content)
    logged = Counter[Source]()
    for name, messages in read.producers.items():
        logged.update(_sources(name, messages))
    return Tally(
        day=read.day,
        customers=read.customers,
        logged=logged,
        unaccounted=read.unaccounted,
        counted=read.counted,
        unattributed=read.unattributed,
        misses=Counter(read.misses),
        faults=read.faults,
        settlements=read.settlements,
        conflicts=read.conflicts,
        conflicting_keys=read.conflicting_keys,
    )


def _columns(sources: Sequence[Source], logged: Mapping[Source, int]) -> _Messages:
    expected = [Source("", -1, 0, 0, ""), *sources]
    return _Messages(
        received_on=[source.received_on for source in sources],
        sequence=[source.sequence - last.sequence - 1 for last, source in zip(expected, sources, strict=False)],
        before=[source.before - last.before - last.size for last, source in zip(expected, sources, strict=False)],
        size=[source.size for source in sources],
        logged=[logged[source] for source in sources],
    )


def _sources(producer: str, messages: _Messages) -> dict[Source, int]:
    found: dict[Source, int] = {}
    sequence, before = -1, 0
    rows = zip(messages.received_on, messages.sequence, messages.before, messages.size, messages.logged, strict=True)
    for received_on, skipped, unseen, size, logged in rows:
        sequence += skipped + 1
        before += unseen
        found[Source(producer, sequence, before, size, received_on)] = logged
        before += size
    return found
