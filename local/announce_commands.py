"""`owed announce`: webhooks are told what they were not told."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import ValidationError

from local.admin import admin_of
from local.balance_answer import Answer, counted
from local.errors import AdminError
from local.messages import Json
from local.progress import Progress

ALL, SOME = 0, 1

Ask = Callable[[object], Json]
"""Asks for the part that follows, None for the first."""

Tell = Callable[[str, int, int], None]
"""Hears what is done, as text and as a part of a whole: see `Progress`."""


class _Part(Answer):
    read: int
    events: dict[str, int]
    left: list[str]
    next: str | None


@dataclass(slots=True)
class Announced:
    """What the parts come to: records or changes `read`, events sent by name, and what could not be announced."""

    read: int = 0
    events: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)


def announce(options: Namespace) -> int:
    """The exit status: 1 if something could not be announced."""
    if options.parked in {options.organization is not None, options.since is not None}:
        options.refuse("expected ORG and --since DAY, or --parked")
    admin = admin_of(options)

    def ask(after: object) -> Json:
        if options.parked:
            return admin.announce_parked(after=after)
        return admin.announce(options.organization, since=options.since, after=after)

    thing = "parked change" if options.parked else "record"
    with Progress(sys.stderr) as tell:
        done = announced(ask, thing=thing, tell=tell)
    answer = {"read": done.read, "events": dict(done.events), "left": done.left}
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else told(done, thing=thing)) + "\n")
    return SOME if done.left else ALL


def announced(ask: Ask, *, thing: str, tell: Tell) -> Announced:
    """Asks for one part after the other, until there is none to follow."""
    done = Announced()
    after: object = None
    while True:
        part = _read(ask(after))
        done.read += part.read
        done.events.update(part.events)
        done.left += part.left
        after = part.next
        if after is None:
            return done
        tell(f"{counted(done.read, thing)} read", 0, 1)


def told(done: Announced, *, thing: str) -> str:
    """For people: what was read, what was sent, and what was not."""
    lines = [f"{counted(done.read, thing)} read, {counted(done.events.total(), 'event')} sent."]
    lines += [f"  {name:<24} {number:>8,}" for name, number in sorted(done.events.items())]
    if done.read and not done.events and not done.left:
        lines.append("No webhook that is enabled wants any of it.")
    if done.left:
        lines += [f"{counted(len(done.left), thing)} could not be announced:", *(f"  {each}" for each in done.left)]
    return "\n".join(lines)


def _read(answer: Json) -> _Part:
    try:
        return _Part.model_validate(answer)
    except ValidationError as error:
        raise AdminError(f"The admin function answered {answer!r}") from error
