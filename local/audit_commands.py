"""What those verbs of the `owed` command do that look at the books. They change nothing."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from local.admin import Admin, admin_of
from local.errors import AdminError
from local.messages import Json
from local.progress import Progress

SAME, DIFFERENT = 0, 1

_STAGES = {
    "logs": "logs of deleted customers",
    "numbers": "invoice numbers",
    "invoices": "where invoices come from",
    "payments": "what payments are allocated to",
}
"""What is looked at once all customers are replayed."""

Tell = Callable[[str, int, int], None]
"""Hears what is done, as text and as a part of a whole: see `Progress`."""


@dataclass(slots=True)
class Report:
    """What the parts of a replay come to."""

    organization: Json = field(default_factory=dict)
    customers: int = 0
    segments: int = 0
    signals: int = 0
    invoices: int = 0
    differences: list[Json] = field(default_factory=list)
    remarks: list[Json] = field(default_factory=list)

    def add(self, part: Json) -> None:
        match part:
            case {
                "organization": dict(organization),
                "customers": int(customers),
                "segments": int(segments),
                "signals": int(signals),
                "invoices": int(invoices),
                "differences": list(differences),
                "remarks": list(remarks),
            }:
                self.organization = organization
                self.customers += customers
                self.segments += segments
                self.signals += signals
                self.invoices += invoices
                self.differences += differences
                self.remarks += remarks
            case _:
                raise AdminError(f"The admin function answered {part!r}")


def replay(options: Namespace) -> int:
    """The exit status: whether something differs."""
    with Progress(sys.stderr) as tell:
        report = replayed(admin_of(options), options.organization, customer=options.customer, tell=tell)
    sys.stdout.write((json.dumps(asdict(report), indent=2) if options.json else told(report)) + "\n")
    return DIFFERENT if report.differences else SAME


def replayed(admin: Admin, organization: str, *, customer: str | None, tell: Tell) -> Report:
    """Asks for one part after the other, until there is none to follow."""
    report = Report()
    after: object = None
    while True:
        part = admin.replay(organization, customer=customer, after=after)
        report.add(part)
        after = part.get("next")
        if after is None:
            return report
        match part:
            case {"stage": "customers", "knownCustomers": int(known)}:
                tell(f"{report.customers:,} of {_count(known, 'customer')}", report.customers, known)
            case _:
                tell(_STAGES.get(str(part.get("stage")), ""), 1, 1)


def told(report: Report) -> str:
    """For people: what was read, and every finding in a line of its own."""
    read = (
        f"{report.organization.get('name')} is replayed: {_count(report.customers, 'customer')}, "
        f"{_count(report.signals, 'signal')} in {_count(report.segments, 'segment')}, "
        f"{_count(report.invoices, 'invoice')}."
    )
    lines = [read]
    if report.differences:
        lines += [f"{_count(len(report.differences), 'difference')}:", *_sentences(report.differences)]
    else:
        lines.append("No differences: usage and invoices are what the log makes them.")
    if report.remarks:
        lines += [f"{_count(len(report.remarks), 'remark')}, no difference:", *_sentences(report.remarks)]
    return "\n".join(lines)


def _sentences(findings: Iterable[Json]) -> list[str]:
    return [f"  {finding['sentence']}" for finding in findings]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
