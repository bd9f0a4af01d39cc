"""What the administrator's commands say of all that was accepted, against the oracle and against themselves."""

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.soak.setting import Setting
from benchmarks.soak.workers import Turn


def of_the_balance(setting: Setting, logged: Sequence[int], counted: int) -> Iterator[str]:
    """`owed balance`: every signal of every message is in the log or a repeat; `logged` are the numbers in it."""
    told = setting.oracle.repeats(logged)
    expected = {
        "accepted": told["accepted"],
        "counted": counted,
        "unattributed": len(logged) - counted,
        "duplicates": told["accepted"] - len(logged),
        "conflicts": told["conflicts"],
        "rejected": 0,
        "inFlight": 0,
        "unaccounted": 0,
        "addsUp": True,
        "faults": [],
    }
    balance = _ask(setting, "balance")[-1]["balance"]
    for name, value in expected.items():
        if balance[name] != value:
            yield f"the balance says {name} {balance[name]}, expected {value}"


def of_the_replay(setting: Setting) -> Iterator[str]:
    """`owed replay`: the books are what the log makes of them."""
    for part in _ask(setting, "replay"):
        yield from (f"the replay finds: {difference['sentence']}" for difference in part["differences"])


def _ask(setting: Setting, operation: str) -> list[dict[str, Any]]:
    """All parts of an answer."""
    environment, parts = setting.environment(), list[dict[str, Any]]()
    after = None
    while after is not None or not parts:
        asked = {"operation": operation, "organization": setting.tenant.organization_id, "after": after}
        parts.append(environment.invoke("admin", asked, Turn(None)))
        after = parts[-1]["next"]
    return parts
