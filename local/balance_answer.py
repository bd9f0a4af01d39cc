"""The balance as the admin function answers it, and as people read it."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_SHOWN = 5
"""Keys and reasons of one line; all are in the answer for scripts."""


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)


class Count(Answer):
    signals: int
    what: str


class Fault(Answer):
    code: str
    sentence: str


class Balance(Answer):
    """All numbers are of signals and costs, but `queued`, `redriven` and `unreadable`, which are of messages.

    `suspects` names what is missing and in no queue: another look tells whether it is lost.
    """

    accepted: int
    counted: int
    unattributed: int
    unattributed_because: list[Count]
    duplicates: int
    conflicts: int
    conflicting_keys: list[str]
    rejected: int
    rejected_because: list[Count]
    in_flight: int
    missing: list[Count]
    suspects: list[str]
    redriven: int
    unaccounted: int
    queued: int
    unreadable: int
    adds_up: bool
    faults: list[Fault]

    @property
    def is_settled(self) -> bool:
        """Whether another look could tell nothing else."""
        return self.adds_up and not self.suspects


class BalancePart(Answer):
    """A part of a balance; the last has it."""

    organization: dict[str, object]
    day: str | None
    known_customers: int
    customers: int
    balance: Balance | None
    next: dict[str, object] | None


def told(part: BalancePart, balance: Balance) -> str:
    """The balance as lines, and below it what else to know and what is wrong."""
    rows = [
        ("  accepted", balance.accepted, ""),
        ("= counted", balance.counted, ""),
        ("+ unattributed", balance.unattributed, _listed(balance.unattributed_because)),
        ("+ duplicates", balance.duplicates, _conflicts(balance)),
        ("+ rejected", balance.rejected, _listed(balance.rejected_because)),
        ("+ in flight", balance.in_flight, _listed(balance.missing)),
    ]
    width = max(len(f"{number:,}") for _, number, _ in rows)
    when = "" if part.day is None else f" received on {part.day}"
    return "\n".join(
        [
            f"{part.organization.get('name')}, signals and costs{when}:",
            *(f"{name:<16}  {number:>{width},}  {why}".rstrip() for name, number, why in rows),
            f"  adds up: {_verdict(balance)}",
            *_notes(balance),
            *_faults(balance),
        ]
    )


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _verdict(balance: Balance) -> str:
    """What a queued message holds is known when it is worked on: nobody has missed it before."""
    if not balance.adds_up:
        return "NO"
    return "so far" if balance.queued else "yes"


def _notes(balance: Balance) -> Iterator[str]:
    if balance.queued:
        messages = counted(balance.queued, "message")
        yield f"{messages} of all organizations in the queue: what they hold is not known yet, look again later."
    if balance.redriven:
        yield f"{counted(balance.redriven, 'message')} sent again and not done yet."
    if balance.unaccounted:
        yield f"{balance.unaccounted:,} of the accepted came in messages of an old kind, which do not tell of others."
    if balance.unreadable:
        yield f"{counted(balance.unreadable, 'message')} kept that nobody can read, of whichever organization."


def _faults(balance: Balance) -> list[str]:
    """That nothing says what does not add up would be a fault of its own."""
    if balance.adds_up or balance.faults:
        return [fault.sentence for fault in balance.faults]
    ended = balance.counted + balance.unattributed + balance.duplicates + balance.rejected + balance.in_flight
    return [f"what was accepted and what became of it differ by {balance.accepted - ended:,}: a mistake of ours"]


def _listed(counts: Sequence[Count]) -> str:
    shown = ", ".join(f"{count.signals:,} {count.what}" for count in counts[:_SHOWN])
    more = ", ..." if len(counts) > _SHOWN else ""
    return f"({shown}{more})" if shown else ""


def _conflicts(balance: Balance) -> str:
    if not balance.conflicts:
        return ""
    more = ", ..." if balance.conflicts > _SHOWN else ""
    keys = ", ".join(balance.conflicting_keys[:_SHOWN])
    return f"({balance.conflicts:,} with another payload: {keys}{more})"
