"""What a round, and then the campaign, counts up."""

from collections import Counter
from dataclasses import dataclass, field

ROWS = (
    "deliveries",
    "of them redelivered",
    "messages delivered",
    "batches",
    "unique signals",
    "duplicates",
    "conflicts",
    "messages given up",
    "messages redriven",
    "requests",
    "requests sent again",
    "told to be duplicates",
    "crashes",
    "turns out of time",
    "races lost",
    "splits",
    "fences",
    "orders activated",
    "ends set",
    "names moved",
    "customers",
    "AWS calls",
)
"""The order of the summary; what is not named here follows (the faults, by kind)."""


@dataclass(slots=True)
class Tally:
    """Numbers by name."""

    numbers: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, many: int = 1) -> None:
        self.numbers[name] += many

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    def absorb(self, other: "Tally") -> None:
        self.numbers.update(other.numbers)

    def table(self) -> str:
        """One row a number, aligned."""
        rest = sorted(set(self.numbers) - set(ROWS))
        width = max(map(len, (*ROWS, *rest)))
        return "\n".join(f"{name:<{width}}  {self.numbers[name]:>12,}" for name in (*ROWS, *rest))
