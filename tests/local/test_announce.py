"""`owed announce` as a person or a script reads it, and what it asks the admin function for."""

import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.resources import DOCUMENTS, FUNCTIONS
from local.announce_commands import Announced, announced, told
from local.cli import main
from local.data_directory import DataDirectory
from local.errors import AdminError
from local.messages import Json
from local.progress import Progress
from local.resources import physical_name
from local.system import running_system
from tests.local.owed import owed
from tests.local.stubs import functions_answering

CREATED, POSTED = "billing-invoice-created", "billing-invoice-posted"


def part(follows: str | None = None, *, read: int = 0, left: tuple[str, ...] = (), **events: int) -> Json:
    names = {"created": CREATED, "posted": POSTED}
    return {
        "read": read,
        "events": {names[name]: number for name, number in events.items()},
        "left": list(left),
        "next": follows,
    }


def asked_for(*parts: Json) -> tuple[Announced, list[object], str]:
    """What the parts come to, what was asked for each, and what was told meanwhile."""
    asked: list[object] = []
    stream = io.StringIO()
    answers = iter(parts)

    def ask(after: object) -> Json:
        asked.append(after)
        return next(answers)

    with Progress(stream) as tell:
        done = announced(ask, thing="invoice", tell=tell)
    return done, asked, stream.getvalue()


def test_parts_are_asked_for_until_there_is_none_and_added_up() -> None:
    done, asked, said = asked_for(part("inv_5", read=1_000, created=900, posted=2), part(read=50, created=100))

    assert asked == [None, "inv_5"]
    assert said == "1,000 invoices read\n"
    assert told(done, thing="invoice").splitlines() == [
        "1,050 invoices read, 1,002 events sent.",
        "  billing-invoice-created     1,000",
        "  billing-invoice-posted          2",
    ]


def test_that_nobody_wants_any_of_it_is_said() -> None:
    done, _, _ = asked_for(part(read=1))

    assert told(done, thing="invoice").splitlines() == [
        "1 invoice read, 0 events sent.",
        "No webhook that is enabled wants any of it.",
    ]
    assert told(Announced(), thing="parked change") == "0 parked changes read, 0 events sent."


def test_what_could_not_be_announced_is_named() -> None:
    done, _, _ = asked_for(part("inv_1", read=1, left=("inv_1",)), part(read=2, left=("inv_2",), created=1))

    assert told(done, thing="invoice").splitlines()[2:] == [
        "2 invoices could not be announced:",
        "  inv_1",
        "  inv_2",
    ]


def test_an_answer_that_is_none_is_told() -> None:
    with pytest.raises(AdminError, match="answered"):
        asked_for({"keys": []})


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("org_1",),
        ("--since", "2025-06-01"),
        ("org_1", "--parked"),
        ("--since", "2025-06-01", "--parked"),
        ("org_1", "--since", "2025-06-01", "--parked"),
    ],
)
def test_it_is_either_of_an_organization_since_a_day_or_of_what_is_parked(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["announce", *arguments])

    assert refused.value.code == 2
    assert "expected ORG and --since DAY, or --parked" in capsys.readouterr().err


@pytest.mark.local
@pytest.mark.usefixtures("own_environment")
def test_the_command_asks_for_what_its_options_say_and_ends_with_status_1_when_something_is_left(
    tmp_path: Path,
) -> None:
    asked: list[Json] = []
    answers: dict[str, Json] = {
        "create_organization": {"organization": {"id": "org_1"}, "key": {"secret": "owed_test_1"}},
        "announce_invoices": part(read=2, left=("inv_1",), created=1),
        "announce_parked": part(read=2, created=2),
    }

    def admin(event: Any) -> Json:
        asked.append(event)
        return answers[str(event["operation"])]

    nothing: Json = {"statusCode": 200, "body": "{}"}
    functions = functions_answering({function.name: lambda _: nothing for function in FUNCTIONS} | {"admin": admin})
    with running_system(DataDirectory(tmp_path), 0, functions=functions):
        since = owed("announce", "org_1", "--since", "2025-06-01", "--data", str(tmp_path), "--json")
        parked = owed("announce", "--parked", "--data", str(tmp_path))

    assert asked[1:] == [
        {"operation": "announce_invoices", "organization": "org_1", "since": "2025-06-01", "after": ""},
        {"operation": "announce_parked", "after": ""},
    ]
    assert (since.returncode, json.loads(since.stdout)) == (1, {"read": 2, "events": {CREATED: 1}, "left": ["inv_1"]})
    assert (parked.returncode, parked.stdout.splitlines()[0]) == (0, "2 parked changes read, 2 events sent.")


@pytest.mark.local
@pytest.mark.usefixtures("own_environment")
def test_a_system_that_is_up_names_a_parked_change_that_it_cannot_read(tmp_path: Path) -> None:
    """The real functions: the doctor FAILs for it too."""
    key = "dead-letters/announce_events/1-a.json"
    with running_system(DataDirectory(tmp_path), 0) as endpoint:
        at = ("--data", str(tmp_path))
        unchanged = owed("announce", endpoint.organization, "--since", "2025-06-01", *at)
        s3 = boto3.client("s3")
        s3.put_object(Bucket=physical_name(DOCUMENTS.name), Key=key, Body=b'{"Records": [{}]}')
        parked, doctor = owed("announce", "--parked", *at), owed("doctor", *at)

    assert (unchanged.returncode, unchanged.stdout) == (0, "0 records read, 0 events sent.\n")
    assert parked.returncode == 1
    assert parked.stdout.splitlines()[1:] == ["1 parked change could not be announced:", f"  {key}"]
    assert doctor.returncode == 1
    assert f"FAIL  1 changes of invoices are parked, and no webhook was told of them, such as {key}" in doctor.stdout
