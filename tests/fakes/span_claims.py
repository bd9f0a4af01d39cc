"""What spans that came alone have said, in memory."""

from collections import defaultdict
from dataclasses import dataclass, field

from functions.billing.telemetry.apart import Claim, Side


@dataclass(slots=True)
class FakeSpanClaims:
    """Fulfils `SpanClaims`."""

    marks: dict[tuple[str, str, str, Side], set[str]] = field(default_factory=lambda: defaultdict(set))

    def claim(self, organization_id: str, claim: Claim) -> bool:
        place = organization_id, claim.trace_id, claim.place
        if not claim.unless.isdisjoint(self.marks[*place, claim.side.other]):
            return False
        self.marks[*place, claim.side].add(claim.leaves)
        return True
