"""A message that was given up is kept for ever, whatever is in it; SQS would forget it after fourteen days.

First the body, then the settlement that says where it lies: a crash between the two is healed by doing both again, for
the key of the body is that of the message. What of its signals is in the log stays accounted for there.
"""

from dataclasses import dataclass

from functions.billing.models.settlement import UNKNOWN, Message, Outcome, Settlement
from functions.billing.ports import Settlements, Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelveMessage:
    settlements: Settlements
    shelf: Shelf

    def __call__(self, message: Message, *, reason: str) -> Settlement:
        """What nobody can read is kept and listed too, among the messages of an unknown organization."""
        settlement = Settlement(
            message=message.id,
            outcome=Outcome.DEAD,
            source=message.source,
            signals=message.signals,
            reason=reason,
            kept_at=self.shelf.keep(message),
        )
        self.settlements.record(message.organization_id or UNKNOWN, settlement)
        return settlement
