"""A deployment from its inside, as its admin function tells."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from local.admin import Admin
from local.errors import AdminError
from local.findings import Finding, fail, ok, warn

CLOSE = timedelta(minutes=1)


def check_inside(admin: Admin, *, asked_at: datetime) -> Iterator[Finding]:
    try:
        found: dict[str, Any] = admin.inspect()
    except AdminError as error:
        yield fail(f"the admin function cannot be asked: {error}", "its name, and lambda:InvokeFunction for it")
        return
    yield ok("the admin function answers")
    yield _code(found["code"])
    yield _clock(datetime.fromisoformat(found["now"]), asked_at)
    yield _organizations(found["organizations"])
    yield _unbilled(found)
    yield _unrated(found)
    if "parked" in found:  # an older admin function does not look
        yield _parked(found)
    yield _waiting(found)


def code_digest() -> str:
    """Of the code beside this command, as the admin function reckons it for its own."""
    of_functions: Callable[[], str] = import_module("functions.admin.code_digest").code_digest
    return of_functions()


def _code(theirs: str) -> Finding:
    ours = code_digest()
    if theirs == ours:
        return ok(f"the deployed code is this command's ({ours})")
    advice = "deploy this version, or use the command of the deployed one"
    return warn(f"the deployed code is {theirs}, this command's {ours}", advice)


def _clock(theirs: datetime, asked_at: datetime) -> Finding:
    """The look itself may take a while, so that only a clock behind ours is certainly wrong by this."""
    if theirs >= asked_at - CLOSE:
        return ok("the functions' clock is not behind this machine's")
    behind = int((asked_at - theirs).total_seconds())
    return warn(f"the functions' clock is {behind} seconds behind this machine's", "set this machine's clock by NTP")


def _organizations(many: int) -> Finding:
    if many:
        return ok(f"{many} organization{'s' if many > 1 else ''}")
    return warn("no organization is there yet", "owed org create NAME")


def _unbilled(found: dict[str, Any]) -> Finding:
    """Orders of organizations without a clock of their own."""
    if not found["unbilled"]:
        return ok("everything that fell due is billed")
    first = found["unbilledOrders"][0]
    return fail(
        f"{found['unbilled']} orders are due and not billed, such as {first['order']} of {first['organization']}",
        "read the logs of start_billing_run and generate_invoices; redrive the invoice queue; start the run again: it "
        "bills nothing twice",
    )


def _unrated(found: dict[str, Any]) -> Finding:
    if not found["unrated"]:
        return ok("every signal of the last day is rated, but for what came just now")
    first = found["unratedLogs"][0]
    return fail(
        f"{found['unrated']} logs are not rated to their ends; the oldest signals are of {first['appendedAt']}, of "
        f"customer {first['customer']}",
        f"read the log of rate_signals, then owed balance {first['organization']}, which also rates what is behind",
    )


def _parked(found: dict[str, Any]) -> Finding:
    """An alarm tells once that something is parked; this, as long as it is."""
    if not found["parked"]:
        return ok("no change of an invoice is parked: webhooks were told of all")
    return fail(
        f"{found['parked']} changes of invoices are parked, and no webhook was told of them, such as "
        f"{found['parkedChanges'][0]}",
        "read the log of announce_events, deploy the repair, then owed announce --parked",
    )


def _waiting(found: dict[str, Any]) -> Finding:
    """How old they are CloudWatch alone knows."""
    if not found["waiting"]:
        return ok("no message waits for signals, invoices or documents")
    dead_or_alive = f"{found['signalsWaiting']} of them signals or their dead letters"
    return ok(f"{found['waiting']} messages wait, {dead_or_alive}, as they do while requests come in")
