"""What those verbs of the `owed` command do that account for accepted signals."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from local.admin import Admin, admin_of
from local.balance_answer import Answer, Balance, BalancePart, counted, told
from local.errors import AdminError
from local.messages import Json
from local.progress import Progress

Part = TypeVar("Part", bound=Answer)

RIGHT, WRONG = 0, 1

LOOKS = 4
"""Before something is called wrong: what is on its way arrives meanwhile."""

PAUSE_SECONDS, AWS_PAUSE_SECONDS = 1, 20
"""Between two looks. SQS counts its messages approximately, and right within a minute."""

Tell = Callable[[str, int, int], None]
"""Hears what is done, as text and as a part of a whole: see `Progress`."""


class _RedrivePart(Answer):
    sent: int
    moved_back: int
    gone: list[str]
    next: dict[str, object] | None


@dataclass(slots=True)
class Redriven:
    """What the parts of a redrive come to."""

    sent: int = 0
    moved_back: int = 0
    gone: tuple[str, ...] = ()


def balance(options: Namespace) -> int:
    """The exit status: whether all that was accepted is accounted for."""
    pause = AWS_PAUSE_SECONDS if options.aws else PAUSE_SECONDS
    with Progress(sys.stderr) as tell:
        part, found = looked_at(admin_of(options), options.organization, day=options.day, tell=tell, pause=pause)
    answer = {"organization": part.organization, "day": part.day, **found.model_dump(mode="json", by_alias=True)}
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else told(part, found)) + "\n")
    return RIGHT if found.adds_up else WRONG


def looked_at(
    admin: Admin, organization: str, *, day: str | None, tell: Tell, pause: float
) -> tuple[BalancePart, Balance]:
    """The balance as of the last look; there are several until nothing is wrong or missing."""
    part, found = _whole(admin, organization, day, (), tell)
    for _ in range(LOOKS - 1):
        if found.is_settled:
            break
        time.sleep(pause)
        part, found = _whole(admin, organization, day, found.suspects, tell)
    return part, found


def redrive(options: Namespace) -> int:
    """The exit status: 1 if something that was kept is not where it should be."""
    if (options.organization is None) != options.all:
        options.refuse("expected ORG or --all")
    if options.message is not None and options.all:
        options.refuse("--message needs ORG, not --all")
    with Progress(sys.stderr) as tell:
        done = redriven(admin_of(options), options.organization, message=options.message, tell=tell)
    answer = {"sent": done.sent, "movedBack": done.moved_back, "gone": list(done.gone)}
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else _redrive_told(done)) + "\n")
    return WRONG if done.gone else RIGHT


def redriven(admin: Admin, organization: str | None, *, message: str | None, tell: Tell) -> Redriven:
    """Asks for one part after the other, until there is none to follow."""
    done = Redriven()
    after: object = None
    while True:
        part = _read(_RedrivePart, admin.redrive(organization, message=message, after=after))
        done = Redriven(done.sent + part.sent, done.moved_back + part.moved_back, (*done.gone, *part.gone))
        after = part.next
        if after is None:
            return done
        tell(f"{counted(done.sent, 'message')} sent", 0, 1)


def _whole(
    admin: Admin, organization: str, day: str | None, suspects: Sequence[str], tell: Tell
) -> tuple[BalancePart, Balance]:
    after: object = None
    while True:
        part = _read(BalancePart, admin.balance(organization, day=day, after=after, suspects=suspects))
        if part.balance is not None:
            return part, part.balance
        after = part.next
        tell(f"{part.customers:,} of {counted(part.known_customers, 'customer')}", part.customers, part.known_customers)


def _read(model: type[Part], answer: Json) -> Part:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise AdminError(f"The admin function answered {answer!r}") from error


def _redrive_told(done: Redriven) -> str:
    lines = [f"{counted(done.sent, 'message')} sent again." if done.sent else "Nothing is kept that waits for this."]
    if done.moved_back:
        lines.append(f"{counted(done.moved_back, 'dead letter')} moved back that nobody had kept yet.")
    if done.gone:
        lines.append(f"{counted(len(done.gone), 'message')} missing where they were kept: {', '.join(done.gone)}")
    return "\n".join(lines)
