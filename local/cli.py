"""The `owed` command: runs the system on this machine, and operates it here or in AWS."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from local import announce_commands, audit_commands, balance_commands, commands, doctor, organization_commands
from local.errors import AdminError, CannotStartError

DEFAULT_DATA = Path(".local")
DEFAULT_PORT = 8400
HIGHEST_PORT = 65_535

INTERRUPTED = 130
"""What a shell makes of a program that Ctrl-C ended."""

READS_ALONE = "Nothing was changed."
_UNSEEN_KEY = "A key may be made all the same that nobody has seen: `owed key list ORG` shows it, to be revoked."


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except KeyboardInterrupt:
        left = getattr(options, "if_interrupted", "What it had asked for may go on to its end.")
        sys.stderr.write(f"\nInterrupted. {left}\n")
        return INTERRUPTED
    except CannotStartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except AdminError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="owed", description="Billing for AI agents.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    up = verbs.add_parser("up", help="run the system on this machine, in the foreground")
    up.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="where it keeps its data")
    up.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one")
    up.add_argument("--clock", type=_date, metavar="DATE", help="the first organization's, on the first start")
    up.set_defaults(run=commands.up)

    target = _target()
    clock = verbs.add_parser(
        "clock",
        parents=[target],
        help="advance a test organization's clock",
        description="Bills what falls due on the way, a month at a time; a clock never goes back. An order that falls "
        "due with nothing to charge, such as usage of 0, makes no invoice. Ctrl-C ends it after the month under way, "
        "and the same command goes on from there.",
    )
    clock.add_argument("organization", metavar="ORG")
    clock.add_argument("date", type=_date, metavar="DATE", help="such as 2025-07-01")
    clock.add_argument("--far", action="store_true", help="also further than two years")
    clock.set_defaults(
        run=organization_commands.set_clock,
        if_interrupted="The month under way is billed to its end, and none after it: `owed org list` shows where the "
        "clock stands then. The same command goes on from there.",
    )

    tax = verbs.add_parser(
        "tax",
        parents=[target],
        help="show or set what an organization charges",
        description="Without options shows it; what is set holds for invoices made from then on.",
    )
    tax.add_argument("organization", metavar="ORG")
    one_way = tax.add_mutually_exclusive_group()
    one_way.add_argument("--country", metavar="CC", help="where the organization is established, such as FR")
    one_way.add_argument("--none", action="store_true", help="invoices carry no tax")
    tax.add_argument(
        "--rate",
        action="append",
        type=_rate,
        default=[],
        metavar="CC=PERCENT",
        help="with --country, for buyers of a country, its own first of all; may be repeated",
    )
    tax.add_argument("--vat-number", metavar="NUMBER", help="with --country, the organization's own")
    tax.set_defaults(
        run=commands.tax,
        refuse=tax.error,
        if_interrupted="What was to be set may be set all the same: `owed tax ORG` shows it.",
    )

    head = verbs.add_parser(
        "letterhead",
        parents=[target],
        help="show or set who an organization is on its invoices",
        description="Without options shows it; what is set takes the place of all that was set, and holds for invoices "
        "made from then on.",
    )
    head.add_argument("organization", metavar="ORG")
    head.add_argument("--none", action="store_true", help="nothing but the name, as at first")
    for option, metavar, said in organization_commands.LETTERHEAD:
        head.add_argument(option, metavar=metavar, help=said)
    head.add_argument(
        "--pay-to", action="append", metavar="LINE", help="how it is paid, such as 'IBAN DE89 ...'; may be repeated"
    )
    head.set_defaults(
        run=organization_commands.letterhead,
        refuse=head.error,
        if_interrupted="What was to be set may be set all the same: `owed letterhead ORG` shows it.",
    )

    replay = verbs.add_parser(
        "replay",
        parents=[target],
        help="hold usage and invoices against the log",
        description="Makes usage, drafts and posted invoices again and lists every difference from what is stored: "
        "there must be none. Writes nothing; the exit status is 1 if something differs.",
    )
    replay.add_argument("organization", metavar="ORG")
    replay.add_argument("--customer", metavar="ID", help="this one alone; numbers are not checked then")
    replay.set_defaults(run=audit_commands.replay, if_interrupted=READS_ALONE)

    _add_accounting(verbs.add_parser, target)

    announce = verbs.add_parser(
        "announce",
        parents=[target],
        help="tell webhooks what they were not told",
        description="With ORG, what its invoices say that changed on or after a day; with --parked, the changes that "
        "could not be announced, of all organizations. Events have the ids that they had: receivers drop repeats. Only "
        "webhooks that are enabled now are told. The exit status is 1 if something could not be announced.",
    )
    announce.add_argument("organization", metavar="ORG", nargs="?")
    announce.add_argument("--since", type=_date, metavar="DAY", help="with ORG: by its own clock, such as 2025-07-01")
    announce.add_argument("--parked", action="store_true", help="what is announced is no longer parked then")
    announce.set_defaults(
        run=announce_commands.announce,
        refuse=announce.error,
        if_interrupted="Nothing is lost: the same command tells all of it, what was told already under the same ids.",
    )

    _add_doctor(verbs.add_parser, target)

    org = verbs.add_parser("org", help="organizations").add_subparsers(required=True, metavar="VERB")
    create = org.add_parser("create", parents=[target], help="make one, and its first key")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--test", action="store_true", help="its clock can be set, its keys say test")
    create.add_argument("--clock", type=_date, metavar="DATE", help="where a test organization stands")
    create.set_defaults(
        run=commands.create_organization,
        if_interrupted="It may be made all the same, with a key that nobody has seen: `owed org list` shows it, and "
        "`owed key create` makes another key.",
    )
    listing = org.add_parser("list", parents=[target], help="all of them, with their ids and clocks")
    listing.set_defaults(run=organization_commands.list_organizations, if_interrupted=READS_ALONE)

    _add_keys(verbs.add_parser("key", help="API keys").add_subparsers(required=True, metavar="VERB").add_parser, target)
    return parser


def _add_accounting(add_verb: Callable[..., argparse.ArgumentParser], target: argparse.ArgumentParser) -> None:
    balance = add_verb(
        "balance",
        parents=[target],
        help="account for every accepted signal",
        description="accepted = counted + unattributed + duplicates + rejected + in flight. The exit status is 1 if "
        "that does not add up, and a sentence says why.",
    )
    balance.add_argument("organization", metavar="ORG")
    balance.add_argument("--day", type=_date, metavar="DATE", help="of what was received on it, such as 2025-07-01")
    balance.set_defaults(run=balance_commands.balance, if_interrupted="No signal is lost or counted by that.")

    redrive = add_verb(
        "redrive",
        parents=[target],
        help="send again the signals that were given up or rejected",
        description="Sends the kept messages to the signal queue again. What is in the log already counts once.",
    )
    redrive.add_argument("organization", metavar="ORG", nargs="?")
    redrive.add_argument("--all", action="store_true", help="of all organizations, and those that tell of none")
    redrive.add_argument("--message", metavar="ID", help="this one alone, also if it was sent again before")
    redrive.set_defaults(
        run=balance_commands.redrive,
        refuse=redrive.error,
        if_interrupted="What was sent again stays so, and counts once; the same command sends the rest.",
    )


def _add_doctor(add_verb: Callable[..., argparse.ArgumentParser], target: argparse.ArgumentParser) -> None:
    examine = add_verb(
        "doctor",
        parents=[target],
        help="look whether a deployment is well, and say what to do if not",
        description="One line for each check: ok, warn, FAIL or skip. Changes nothing; the exit status is 1 if a check "
        "fails. With --stage all of AWS is looked at, as far as your credentials allow.",
    )
    examine.add_argument("--stage", metavar="STAGE", help="a deployment in AWS, by its stacks: prod")
    examine.add_argument("--url", metavar="URL", help="the API's base URL, where the system does not tell it")
    examine.add_argument("--key", metavar="KEY", help="an API key, to see what it opens")
    examine.set_defaults(run=doctor.doctor, if_interrupted=READS_ALONE)


def _add_keys(add_verb: Callable[..., argparse.ArgumentParser], target: argparse.ArgumentParser) -> None:
    create = add_verb("create", parents=[target], help="make one; it is shown once")
    create.add_argument("organization", metavar="ORG")
    create.add_argument("--name", default="API key")
    create.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="SCOPE",
        help="what it opens: read, write, signals (sending them, nothing else) or admin (everything); may be repeated; "
        "read, write and signals if none is named",
    )
    create.add_argument("--expires", type=_expiry, metavar="WHEN", help="a date, or a time from now such as 30d or 12h")
    create.set_defaults(run=commands.create_key, if_interrupted=_UNSEEN_KEY)

    listing = add_verb("list", parents=[target], help="all of an organization, revoked ones too")
    listing.add_argument("organization", metavar="ORG")
    listing.set_defaults(run=commands.list_keys, if_interrupted=READS_ALONE)

    rotate = add_verb(
        "rotate",
        parents=[target],
        help="make one in the place of another",
        description="The new key opens what the old one does, and lives as long as that was made for. The old one ends "
        "when the grace is over. After a failure repeat it: until then both open, and no grace is ever lengthened.",
    )
    rotate.add_argument("organization", metavar="ORG")
    rotate.add_argument("key", metavar="KEY", help="its id, not the secret")
    rotate.add_argument(
        "--grace", type=_hours, default="24h", metavar="TIME", help="such as 12h or 7d; 24h if not given"
    )
    rotate.set_defaults(run=commands.rotate_key, if_interrupted=_UNSEEN_KEY)

    revoke = add_verb("revoke", parents=[target], help="refuse it from now on")
    revoke.add_argument("organization", metavar="ORG")
    revoke.add_argument("key", metavar="KEY", help="its id, not the secret")
    revoke.set_defaults(
        run=commands.revoke_key, if_interrupted="It may be revoked all the same: repeat the command, or see `key list`."
    )


def _target() -> argparse.ArgumentParser:
    """Which system: one on this machine by its directory, or one in AWS by its admin function."""
    target = argparse.ArgumentParser(add_help=False)
    system = target.add_mutually_exclusive_group()
    system.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="a system on this machine")
    system.add_argument("--aws", metavar="FUNCTION", help="a system in AWS: the name of its admin function")
    target.add_argument("--region", help="with --aws or --stage")
    target.add_argument("--profile", help="with --aws or --stage")
    target.add_argument("--json", action="store_true", help="print the answer for a script")
    return target


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2025-07-01") from None


def _hours(text: str) -> int:
    if not (given := re.fullmatch(r"(\d{1,5})([hd])", text, re.ASCII)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 24h or 7d")
    return int(given[1]) * (24 if given[2] == "d" else 1)


def _expiry(text: str) -> str:
    """The beginning of a day, or so many days or hours from now; as ISO 8601."""
    if text[-1:] in {"d", "h"}:
        try:
            return (datetime.now(UTC) + timedelta(hours=_hours(text))).isoformat(timespec="seconds")
        except OverflowError:
            raise argparse.ArgumentTypeError(f"{text!r} is more than the calendar holds") from None
    try:
        return f"{_date(text)}T00:00:00+00:00"
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2025-07-01 or a time like 90d or 12h") from None


def _rate(text: str) -> tuple[str, str]:
    country, _, percent = text.partition("=")
    if not re.fullmatch(r"\d+(\.\d+)?", percent, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a country and its percent like FR=20")
    return country.upper(), percent


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 0 and {HIGHEST_PORT}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
