"""What those verbs of the `owed` command do that make, list and move organizations."""

import json
import sys
from argparse import Namespace
from dataclasses import dataclass, field
from datetime import date

from local.admin import Admin, admin_of
from local.errors import AdminError
from local.messages import Json
from local.progress import Progress, Tell
from local.table import table

LETTERHEAD = (
    ("--legal-name", "NAME", "the name in the register, where it is another"),
    ("--line1", "TEXT", "street and number"),
    ("--line2", "TEXT", "of the address too"),
    ("--city", "TEXT", "of the address"),
    ("--state", "TEXT", "of the address"),
    ("--zip-code", "TEXT", "of the address"),
    ("--country", "TEXT", "of the address, as it is to be read"),
    ("--email", "TEXT", "whom to ask about an invoice"),
)
"""Options of `owed letterhead` that are given once; each is the field of the operation that it is called like."""

DAYS_AT_A_TIME = 31
"""A month's invoices or so: as much is made yet after somebody has stopped the command."""


@dataclass(slots=True)
class Advanced:
    """What the parts of an advance come to. Releases before this say nothing of what is `next`."""

    organization: Json = field(default_factory=dict)
    invoices: int = 0
    next: Json = field(default_factory=dict)


def list_organizations(options: Namespace) -> None:
    answer = admin_of(options).list_organizations()
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else _listed(answer)) + "\n")


def set_clock(options: Namespace) -> None:
    with Progress(sys.stderr) as tell:
        done = advanced(admin_of(options), options.organization, options.date, far=options.far, tell=tell)
    answer = {"organization": done.organization, "invoices": done.invoices, **done.next}
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else _told(done)) + "\n")


def letterhead(options: Namespace) -> None:
    """Shows it, sets it or, with --none, clears it."""
    names = [*(option.removeprefix("--").replace("-", "_") for option, *_ in LETTERHEAD), "pay_to"]
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    if options.none and given:
        options.refuse("--none stands alone")
    admin = admin_of(options)
    if options.none:
        answer = admin.clear_letterhead(options.organization)
    elif given:
        answer = admin.set_letterhead(options.organization, given)
    else:
        answer = admin.show_letterhead(options.organization)
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else _letterhead(answer)) + "\n")


def advanced(admin: Admin, organization: str, day: str, *, far: bool, tell: Tell) -> Advanced:
    """Asks for one month after the other, until the clock is there; `day` is ISO 8601."""
    done, began = Advanced(), None
    while True:
        part = admin.set_clock(organization, day, far=far, days=DAYS_AT_A_TIME)
        match part:
            case {"organization": dict(found), "invoices": int(invoices), **following}:
                done, clock = Advanced(found, done.invoices + invoices, following), str(found.get("clock"))
            case _:
                raise AdminError(f"The admin function answered {part!r}")
        if clock == day:
            return done
        began = began or clock
        tell(f"{clock}, {_invoices(done.invoices)}", _days(began, clock), _days(began, day))


def _days(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def _told(done: Advanced) -> str:
    stands = f"{done.organization.get('name')} stands at {done.organization['clock']}; {_invoices(done.invoices)}."
    match done.next:
        case {"nextDueOn": None}:
            return f"{stands} No order falls due: it does once it is active, and until its end."
        case {"nextDueOn": str(day)}:
            return f"{stands} The next order falls due on {day}."
        case _:
            return stands


def _invoices(number: int) -> str:
    return "1 new invoice" if number == 1 else f"{number:,} new invoices"


def _letterhead(answer: Json) -> str:
    """What the invoices say, a line each."""
    match answer:
        case {"organization": {"name": name}, "letterhead": None}:
            return f"The invoices of {name} show its name alone."
        case {"organization": {"name": str(name)}, "letterhead": dict(head)}:
            address = head["address"] or {}
            town = " ".join(filter(None, (address.get(part) for part in ("city", "state", "zipCode"))))
            lines = [name, head["legalName"], address.get("line1"), address.get("line2"), town, address.get("country")]
            pay_to = [f"pay to: {line}" for line in head["payTo"]]
            return "\n".join(filter(None, (*lines, head["email"], *pay_to)))
        case _:
            raise AdminError(f"The admin function answered {answer!r}")


def _listed(answer: Json) -> str:
    match answer:
        case {"organizations": []}:
            return 'No organizations; make one: owed org create "Acme AI"'
        case {"organizations": list(found)}:
            rows = [
                [each["id"], "test" if each["test"] else "live", each["clock"] or "-", each["name"]] for each in found
            ]
            return table(["ID", "KIND", "CLOCK", "NAME"], rows)
        case _:
            raise AdminError(f"The admin function answered {answer!r}")
