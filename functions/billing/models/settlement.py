"""What became of a message's signals that did not enter the log by it (law 1).

Of most messages nothing need be written down: segments name the messages that brought their signals, and how many of
them each (`Segment.sources`), and where that is all of a message, it is accounted for.

A *settlement* says what became of the rest. The worker writes it when it is done with a message of which something was
a repeat or was refused; and whoever takes the message from the dead letters writes that all of the rest is refused.

            ┌── worker is done ──▶ settled ──┐
  message ──┤                                ├─ sent again ──▶ redriven ── worker is done ──▶ settled
            └── given up ────────▶ dead ─────┘                     └────── given up ────────▶ dead

Repeats are not written down: what is neither in the log nor refused was one.
"""

from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from functions.billing.models.entity import Value
from functions.billing.models.signal import Source

UNKNOWN = "unknown"
"""Stands for the organization of a message that does not tell it; no organization has this id."""

SHELF = "dead-letters/signals"
"""Where in the bucket of documents the bodies of messages lie that may be sent again."""


class Outcome(StrEnum):
    """How far a message has come; see above."""

    SETTLED = "settled"
    DEAD = "dead"
    REDRIVEN = "redriven"


class Message(NamedTuple):
    """A message of the signal queue, as far as it can be read.

    `signals` is their number. An organization, a source or a day that it does not tell is None.
    """

    body: str
    organization_id: str | None = None
    source: Source | None = None
    received_on: str | None = None
    signals: int = 0

    @property
    def id(self) -> str:
        """Sorts by day. Of the source alone, if there is one, so that each delivery of a message has the same."""
        if self.source is not None:
            return f"{self.source.received_on}#{self.source.producer}#{self.source.sequence:012d}"
        return f"{self.received_on or UNKNOWN}##{sha256(self.body.encode()).hexdigest()}"

    @property
    def shelf_key(self) -> str:
        """Where its body is kept: the same for each delivery of it."""
        return f"{SHELF}/{self.organization_id or UNKNOWN}/{self.id.replace('##', '#').replace('#', '/')}"


class Rejection(Value):
    """Signals of a message that were refused for one reason, by their places in it, from 0."""

    code: str
    sentence: str
    places: tuple[int, ...]


class Settlement(Value):
    """`message` is its id, `signals` their number in it; `kept_at` is where its body lies, if it was kept.

    Of a dead message the `reason` says why; of `conflicts`, repeats with another payload, `conflicting_keys` are the
    first.
    """

    message: str
    outcome: Outcome
    source: Source | None = None
    signals: int = 0
    rejected: tuple[Rejection, ...] = ()
    conflicts: int = 0
    conflicting_keys: tuple[str, ...] = ()
    reason: str | None = None
    kept_at: str | None = None

    @property
    def may_be_redriven(self) -> bool:
        """Whether something of the message was refused."""
        return self.outcome is Outcome.DEAD or bool(self.rejected)

    def after(self, earlier: "Settlement") -> "Settlement":
        """What stands when this comes to where `earlier` stands.

        Two deliveries of a message may end in any order. What one of them did not refuse lies in the log for ever, so
        that only what all of them refused is refused; and a message that somebody was done with is not dead.
        """
        match earlier.outcome, self.outcome:
            case Outcome.SETTLED, Outcome.DEAD:
                return earlier
            case Outcome.SETTLED, Outcome.SETTLED:
                return self.model_copy(update={"rejected": _refused_by_both(earlier.rejected, self.rejected)})
            case _:
                return self

    def redriven(self) -> "Settlement":
        """The body was sent again: what is not in the log is on its way there."""
        return self.model_copy(update={"outcome": Outcome.REDRIVEN, "rejected": (), "reason": None})


def _refused_by_both(one: tuple[Rejection, ...], other: tuple[Rejection, ...]) -> tuple[Rejection, ...]:
    """With the reasons of the other."""
    places = {place for rejection in one for place in rejection.places}
    both = (
        rejection.model_copy(update={"places": tuple(place for place in rejection.places if place in places)})
        for rejection in other
    )
    return tuple(rejection for rejection in both if rejection.places)
