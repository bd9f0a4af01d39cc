"""`owed key`, up to what it asks the admin function for, and what it tells."""

import json
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local import cli, commands
from local.admin import Admin
from local.messages import Json

SERVER: Json = {
    "id": "key_1",
    "name": "server",
    "scopes": ["read", "signals"],
    "createdAt": "2025-06-01T00:00:00Z",
    "lastUsedAt": "2025-07-01T00:00:00Z",
    "expiresAt": None,
    "revokedAt": None,
}
NEW = SERVER | {"id": "key_2", "secret": "owed_test_2"}


class FakeFunction:
    """The admin function; keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: Any = {}

    def __call__(self, payload: Json) -> object:
        self.asked = payload
        match payload["operation"]:
            case "list_keys":
                return {"keys": [SERVER]}
            case "rotate_key":
                return {"key": NEW, "replaced": SERVER | {"expiresAt": "2025-07-02T00:00:00Z"}}
            case _:
                return {"key": NEW}


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> FakeFunction:
    made = FakeFunction()

    def admin_of(options: Namespace) -> Admin:
        del options
        return Admin(made)

    monkeypatch.setattr(commands, "admin_of", admin_of)
    return made


def test_a_key_is_made_with_the_scopes_and_the_end_that_are_asked_for(
    function: FakeFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["key", "create", "org_1", "--scope", "read", "--scope", "signals", "--expires", "2026-01-31"])

    assert (function.asked["scopes"], function.asked["expires_at"]) == (
        ["read", "signals"],
        "2026-01-31T00:00:00+00:00",
    )
    assert capsys.readouterr().out == "id            key_2\nkey           owed_test_2  (shown this once)\n"


@pytest.mark.parametrize(("given", "hours"), [("30d", 720), ("12h", 12)])
def test_a_key_may_end_a_time_from_now(function: FakeFunction, given: str, hours: int) -> None:
    before = datetime.now(UTC)

    cli.main(["key", "create", "org_1", "--expires", given])

    end = datetime.fromisoformat(function.asked["expires_at"])
    assert abs(end - before - timedelta(hours=hours)) < timedelta(minutes=5)


def test_without_scopes_the_admin_function_decides(function: FakeFunction) -> None:
    cli.main(["key", "create", "org_1"])

    assert "scopes" not in function.asked
    assert function.asked["expires_at"] is None


@pytest.mark.parametrize(("given", "hours"), [((), 24), (("--grace", "7d"), 168), (("--grace", "0h"), 0)])
def test_a_rotation_tells_the_new_key_and_when_the_old_one_ends(
    function: FakeFunction, capsys: pytest.CaptureFixture[str], given: tuple[str, ...], hours: int
) -> None:
    cli.main(["key", "rotate", "org_1", "key_1", *given])

    assert function.asked["grace_hours"] == hours
    assert capsys.readouterr().out == (
        "id            key_2\nkey           owed_test_2  (shown this once)\nkey_1 ends at 2025-07-02T00:00:00Z.\n"
    )


@pytest.mark.usefixtures("function")
def test_the_list_shows_what_a_key_opens_and_its_last_use(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["key", "list", "org_1"])

    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["ID", "NAME", "CREATED", "LAST", "USED", "EXPIRES", "REVOKED", "SCOPES"]
    assert row.split() == [
        "key_1",
        "server",
        "2025-06-01T00:00:00Z",
        "2025-07-01T00:00:00Z",
        "-",
        "-",
        "read",
        "signals",
    ]


@pytest.mark.usefixtures("function")
def test_a_script_reads_json(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["key", "list", "org_1", "--json"])

    assert json.loads(capsys.readouterr().out) == {"keys": [SERVER]}
