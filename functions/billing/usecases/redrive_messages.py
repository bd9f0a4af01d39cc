"""What was given up or refused is sent to the signal queue again, as it was: of the same source, with the same keys.

First it is sent, then its settlement says so. Whatever ends between the two, the end is right: the worker's own word
of the message replaces any before it, and where all of its signals have come into the log nothing is to be said.
Sent twice, what one delivery brings into the log is a repeat for the other.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from functions.billing.errors import Conflict
from functions.billing.models.settlement import Settlement
from functions.billing.ports import OutdatedError, Returns, Settlements, Shelf, Stored


@dataclass(frozen=True, slots=True)
class Redriven:
    """So many messages were sent again; `gone` are those whose bodies were not where they should lie.

    `after` is the message after which there may be more; None after the last.
    """

    sent: int
    gone: tuple[str, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveMessages:
    settlements: Settlements
    shelf: Shelf
    returns: Returns

    def __call__(self, organization_id: str, *, after: str, has_time: Callable[[], bool]) -> Redriven:
        """All of an organization of which something is refused, as many as there is time for."""
        waiting = (
            stored for stored in self.settlements.all(organization_id, after=after) if stored.value.may_be_redriven
        )
        return self._send_all(organization_id, waiting, has_time)

    def one(self, organization_id: str, message: str) -> Redriven:
        """Also one that was sent again before. Raises NotFound, or Conflict when it was not kept."""
        stored = self.settlements.get(organization_id, message)
        if stored.value.kept_at is None:
            raise Conflict(f"message {message} was not kept: none of its signals was refused", code="NOT_KEPT")
        return self._send_all(organization_id, iter([stored]), lambda: True)

    def _send_all(
        self, organization_id: str, waiting: Iterator[Stored[Settlement]], has_time: Callable[[], bool]
    ) -> Redriven:
        sent, gone = 0, list[str]()
        for stored in waiting:
            if self._send(organization_id, stored):
                sent += 1
            else:
                gone.append(stored.value.message)
            if not has_time():
                return Redriven(sent, tuple(gone), stored.value.message)
        return Redriven(sent, tuple(gone), None)

    def _send(self, organization_id: str, stored: Stored[Settlement]) -> bool:
        settlement = stored.value
        body = None if settlement.kept_at is None else self.shelf.body(settlement.kept_at)
        if body is None:
            return False
        self.returns.send(body)
        with suppress(OutdatedError):  # the worker was faster, and has said what became of it
            self.settlements.replace(organization_id, settlement.redriven(), replaces=stored.revision)
        return True
