"""What became of messages, and those that are kept, in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from functions.billing.errors import NotFound
from functions.billing.models.settlement import Message, Settlement
from functions.billing.ports import OutdatedError, Stored


class FakeSettlements:
    """Fulfils `Settlements`."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Stored[Settlement]] = {}

    def record(self, organization_id: str, settlement: Settlement) -> None:
        earlier = self.stored.get((organization_id, settlement.message))
        if earlier is None:
            self.replace(organization_id, settlement, replaces=0)
        elif (together := settlement.after(earlier.value)) != earlier.value:
            self.replace(organization_id, together, replaces=earlier.revision)

    def replace(self, organization_id: str, settlement: Settlement, *, replaces: int) -> None:
        earlier = self.stored.get((organization_id, settlement.message))
        if (0 if earlier is None else earlier.revision) != replaces:
            raise OutdatedError
        self.stored[organization_id, settlement.message] = Stored(settlement, replaces + 1)

    def get(self, organization_id: str, message: str) -> Stored[Settlement]:
        if (organization_id, message) not in self.stored:
            raise NotFound("message", message)
        return self.stored[organization_id, message]

    def all(self, organization_id: str, *, after: str = "") -> Iterator[Stored[Settlement]]:
        return iter([self.stored[key] for key in sorted(self.stored) if key[0] == organization_id and key[1] > after])


@dataclass(slots=True)
class FakeShelf:
    """Fulfils `Shelf`."""

    bodies: dict[str, str] = field(default_factory=dict)

    def keep(self, message: Message) -> str:
        self.bodies[message.shelf_key] = message.body
        return message.shelf_key

    def body(self, key: str) -> str | None:
        return self.bodies.get(key)


@dataclass(slots=True)
class FakeReturns:
    """Fulfils `Returns`: what was sent again, and what lies among the dead letters."""

    sent: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    def send(self, body: str) -> None:
        self.sent.append(body)

    def move_back(self, *, at_most: int) -> int:
        moved, self.dead = self.dead[:at_most], self.dead[at_most:]
        self.sent += moved
        return len(moved)
