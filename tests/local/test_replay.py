"""`owed replay` as a person or a script reads it: what it prints, on which stream, and its exit status."""

import io
import json
from pathlib import Path

import pytest

from infra.resources import FUNCTIONS
from local.admin import Admin
from local.audit_commands import replayed, told
from local.data_directory import DataDirectory
from local.errors import AdminError
from local.messages import Json
from local.progress import Progress
from local.system import running_system
from tests.local.owed import Up, owed
from tests.local.stubs import functions_answering

ACME: Json = {"id": "org_1", "name": "Acme AI", "test": True, "clock": None}


def part(stage: str, follows: object = None, **fields: object) -> Json:
    """An answer of the admin function; `follows` is what to ask for next."""
    ordinary = {"knownCustomers": 3, "customers": 0, "segments": 0, "signals": 0, "invoices": 0}
    nothing: Json = {"differences": [], "remarks": []}
    return {"organization": ACME, "stage": stage, **ordinary, **nothing, "next": follows, **fields}


class Stub:
    """Gives its answers one after the other, and remembers what it was asked."""

    def __init__(self, *answers: Json) -> None:
        self.asked: list[Json] = []
        self._answers = list(answers)

    def __call__(self, payload: Json) -> Json:
        self.asked.append(payload)
        return self._answers.pop(0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def three_parts(*last: object) -> Stub:
    differences = [{"sentence": sentence} for sentence in last]
    return Stub(
        part("customers", {"stage": "customers", "after": "cus_2"}, customers=2, segments=5, signals=40, invoices=6),
        part("customers", {"stage": "invoices"}, customers=1, segments=1, signals=1_000, invoices=1),
        part("invoices", differences=differences),
    )


def report_of(stub: Stub, stream: io.StringIO) -> str:
    with Progress(stream) as tell:
        return told(replayed(Admin(stub), "org_1", customer=None, tell=tell))


def test_parts_are_asked_for_until_there_is_none_and_added_up() -> None:
    stub = three_parts()

    report = report_of(stub, io.StringIO())

    assert [asked["after"] for asked in stub.asked] == [
        None,
        {"stage": "customers", "after": "cus_2"},
        {"stage": "invoices"},
    ]
    assert report == (
        "Acme AI is replayed: 3 customers, 1,040 signals in 6 segments, 7 invoices.\n"
        "No differences: usage and invoices are what the log makes them."
    )


def test_differences_are_listed_one_in_a_line_and_counted() -> None:
    sentence = "usage cus_1, counted: 2 is stored, 1 is replayed"

    assert report_of(three_parts(sentence), io.StringIO()).splitlines()[1:] == ["1 difference:", f"  {sentence}"]
    assert report_of(three_parts(sentence, sentence), io.StringIO()).splitlines()[1] == "2 differences:"


def test_remarks_are_listed_apart_and_are_no_differences() -> None:
    remark = {"sentence": "schedule ord_1: 0.30 USD will not be billed"}

    report = report_of(Stub(part("customers", customers=1, remarks=[remark])), io.StringIO())

    assert report.splitlines() == [
        "Acme AI is replayed: 1 customer, 0 signals in 0 segments, 0 invoices.",
        "No differences: usage and invoices are what the log makes them.",
        "1 remark, no difference:",
        "  schedule ord_1: 0.30 USD will not be billed",
    ]


def test_away_from_a_terminal_progress_is_a_line_for_each_part_but_the_last() -> None:
    stream = io.StringIO()

    report_of(three_parts(), stream)

    assert stream.getvalue() == "2 of 3 customers\n3 of 3 customers\n"


def test_on_a_terminal_progress_is_a_bar_in_one_line_that_is_empty_in_the_end() -> None:
    stream = Terminal()

    report_of(three_parts(), stream)

    written = stream.getvalue()
    assert "\n" not in written
    assert f"[{'#' * 20}{'.' * 10}] 2 of 3 customers" in written
    assert written.endswith("\r\x1b[K")


def test_customers_that_come_in_between_do_not_overfill_the_bar() -> None:
    stream = Terminal()

    with Progress(stream) as tell:
        tell("4 of 3 customers", 4, 3)
        tell("0 of 0 customers", 0, 0)

    assert stream.getvalue().count(f"[{'#' * 30}] ") == 2


def test_an_answer_that_is_none_is_told() -> None:
    with pytest.raises(AdminError, match="answered"):
        replayed(Admin(lambda _: {"keys": []}), "org_1", customer=None, tell=lambda *_: None)


# ---- the command itself


@pytest.mark.local
def test_the_command_says_what_it_read_and_ends_with_status_0(tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        replay = ("replay", up.endpoint.organization, "--data", str(tmp_path))
        plain, by_script = owed(*replay), owed(*replay, "--json")
        unknown = owed(*replay, "--customer", "cus_nobody")

    assert plain.returncode == 0
    assert plain.stdout == (
        "Acme AI is replayed: 0 customers, 0 signals in 0 segments, 0 invoices.\n"
        "No differences: usage and invoices are what the log makes them.\n"
    )
    assert plain.stderr.splitlines() == [
        "0 of 0 customers",
        "logs of deleted customers",
        "invoice numbers",
        "where invoices come from",
    ]
    document = json.loads(by_script.stdout)
    assert by_script.returncode == 0
    assert document["organization"]["id"] == up.endpoint.organization
    assert (document["customers"], document["differences"], document["remarks"]) == (0, [], [])
    assert (unknown.returncode, unknown.stderr) == (1, "customer cus_nobody was not found\n")


@pytest.mark.local
@pytest.mark.usefixtures("own_environment")
def test_the_command_ends_with_status_1_when_something_differs(tmp_path: Path) -> None:
    """Against an admin function that finds a difference in the second of two parts."""
    answers: dict[str, Json] = {
        "create_organization": {"organization": {"id": "org_1"}, "key": {"secret": "owed_test_1"}},
        "replay": part("customers", {"stage": "numbers"}, customers=3),
        "then": part("numbers", differences=[{"sentence": "invoice inv_1, number: nothing is stored"}]),
    }

    def admin(event: Json) -> Json:
        return answers["then" if event.get("after") else str(event["operation"])]

    nothing: Json = {"statusCode": 200, "body": "{}"}
    functions = functions_answering({function.name: lambda _: nothing for function in FUNCTIONS} | {"admin": admin})
    with running_system(DataDirectory(tmp_path), 0, functions=functions):
        replay = owed("replay", "org_1", "--data", str(tmp_path))

    assert (replay.returncode, replay.stderr) == (1, "3 of 3 customers\n")
    assert replay.stdout.splitlines()[1:] == ["1 difference:", "  invoice inv_1, number: nothing is stored"]
