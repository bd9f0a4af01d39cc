"""What each verb of the `owed` command does, and how it tells it to a person or, with --json, to a script."""

import json
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable

from local.admin import admin_of
from local.data_directory import DataDirectory
from local.messages import Json
from local.system import FIRST_ORGANIZATION, running_system
from local.table import table


def up(options: Namespace) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    terminal = sys.stdout  # the handlers' own output goes to a log while the system runs
    data = DataDirectory(options.data)
    with running_system(data, options.port, first_clock=options.clock) as endpoint:
        terminal.write(
            f"Owed is up.\n"
            f"  API           {endpoint.api}\n"
            f"  organization  {endpoint.organization}  ({FIRST_ORGANIZATION}, for tests)\n"
            f"  key           {endpoint.key}\n"
            f"  data, logs    {data.path}\n"
            f"Ctrl-C stops it; the data stay.\n"
        )
        terminal.flush()
        stop.wait()


def tax(options: Namespace) -> None:
    """Shows it, sets it or, with --none, clears it."""
    rates = dict(options.rate)
    if options.country is None and (rates or options.vat_number):
        options.refuse("--rate and --vat-number need --country")
    if len(rates) < len(options.rate):
        options.refuse("--rate names a country twice")
    admin = admin_of(options)
    if options.none:
        answer = admin.clear_tax(options.organization)
    elif options.country is not None:
        answer = admin.set_tax(options.organization, options.country, rates, vat_number=options.vat_number)
    else:
        answer = admin.show_tax(options.organization)
    _print(options, answer, lambda: _tax_lines(answer))


def create_organization(options: Namespace) -> None:
    answer = admin_of(options).create_organization(options.name, test=options.test, clock=options.clock)
    _print(
        options,
        answer,
        lambda: f"organization  {_at(answer, 'organization', 'id')}  {options.name}\n" + _secret(answer),
    )


def create_key(options: Namespace) -> None:
    answer = admin_of(options).create_key(
        options.organization, options.name, scopes=options.scope, expires_at=options.expires
    )
    _print(options, answer, lambda: f"id            {_at(answer, 'key', 'id')}\n" + _secret(answer))


def list_keys(options: Namespace) -> None:
    answer = admin_of(options).list_keys(options.organization)
    _print(options, answer, lambda: _key_table(answer))


def rotate_key(options: Namespace) -> None:
    answer = admin_of(options).rotate_key(options.organization, options.key, grace_hours=options.grace)
    _print(
        options,
        answer,
        lambda: (
            f"id            {_at(answer, 'key', 'id')}\n{_secret(answer)}\n"
            f"{options.key} ends at {_at(answer, 'replaced', 'expiresAt')}."
        ),
    )


def revoke_key(options: Namespace) -> None:
    answer = admin_of(options).revoke_key(options.organization, options.key)
    _print(options, answer, lambda: f"{options.key} is revoked.")


def _print(options: Namespace, answer: Json, told: Callable[[], str]) -> None:
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else told()) + "\n")


def _secret(answer: Json) -> str:
    return f"key           {_at(answer, 'key', 'secret')}  (shown this once)"


def _tax_lines(answer: Json) -> str:
    match answer.get("tax"):
        case {"country": country, "vatNumber": vat_number, "rates": dict(rates)}:
            shown = ", ".join(f"{name} {percent} %" for name, percent in rates.items())
            return f"country       {country}\nVAT number    {vat_number or '-'}\nrates         {shown}"
        case _:
            return f"{_at(answer, 'organization', 'name')} charges no tax."


def _key_table(answer: Json) -> str:
    keys = answer["keys"]
    if not isinstance(keys, list) or not keys:
        return "No keys."
    fields = ("id", "name", "createdAt", "lastUsedAt", "expiresAt", "revokedAt")
    rows = [[*(str(key.get(field) or "-") for field in fields), " ".join(key["scopes"])] for key in keys]
    return table(["ID", "NAME", "CREATED", "LAST USED", "EXPIRES", "REVOKED", "SCOPES"], rows)


def _at(answer: Json, *path: str) -> str:
    value: object = answer
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return str(value)
