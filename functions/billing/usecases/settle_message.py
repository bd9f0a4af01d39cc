"""The worker is done with a message, and not all of its signals are new: what became of the others is written down.

Called after all of them were tried, and before the message is given back to its queue as done. If this fails, or never
happens, the message comes again: its signals are repeats then, so that this is called for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.billing.models.settlement import Message, Outcome, Rejection, Settlement
from functions.billing.ports import Settlements, Shelf

MAX_CONFLICTING_KEYS = 100
"""To be shown: whoever looks for a mistake of a sender needs some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleMessage:
    """Keeps the message if something of it was refused, so that it can be sent again."""

    settlements: Settlements
    shelf: Shelf

    def __call__(self, message: Message, rejected: Sequence[Rejection], *, conflicting_keys: Sequence[str]) -> None:
        """`conflicting_keys` are those of repeats whose payload is another than the first one's."""
        if message.organization_id is None:
            raise ValueError("a message that was worked on has an organization")
        settlement = Settlement(
            message=message.id,
            outcome=Outcome.SETTLED,
            source=message.source,
            signals=message.signals,
            rejected=tuple(rejected),
            conflicts=len(conflicting_keys),
            conflicting_keys=tuple(conflicting_keys[:MAX_CONFLICTING_KEYS]),
            kept_at=self.shelf.keep(message) if rejected else None,
        )
        self.settlements.record(message.organization_id, settlement)
