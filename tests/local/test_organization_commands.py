"""`owed org list` and `owed clock`, and what Ctrl-C leaves of any command."""

import io
import json
from argparse import Namespace

import pytest

from local import audit_commands, balance_commands, cli, commands, organization_commands
from local.admin import Admin
from local.errors import AdminError
from local.messages import Json
from local.option_names import in_options
from local.organization_commands import DAYS_AT_A_TIME, advanced
from local.progress import Progress

LIVE: Json = {"id": "org_live", "name": "Acme AI", "test": False, "clock": None}
TEST: Json = {"id": "org_test", "name": "Acme Test", "test": True, "clock": "2025-05-25"}


class Stub:
    """Gives its answers one after the other, the last for ever, and remembers what it was asked."""

    def __init__(self, *answers: Json | BaseException) -> None:
        self.asked: list[Json] = []
        self._answers = list(answers)

    def __call__(self, payload: Json) -> Json:
        self.asked.append(payload)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


def at(clock: str, invoices: int, **following: object) -> Json:
    return {"organization": TEST | {"clock": clock}, "invoices": invoices, **following}


def run(monkeypatch: pytest.MonkeyPatch, stub: Stub, *arguments: str) -> int:
    def admin_of(options: Namespace) -> Admin:
        del options
        return Admin(stub)

    for module in (organization_commands, commands, audit_commands, balance_commands):
        monkeypatch.setattr(module, "admin_of", admin_of)
    return cli.main(arguments)


def test_organizations_are_listed_in_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, Stub({"organizations": [LIVE, TEST]}), "org", "list")

    assert capsys.readouterr().out.splitlines() == [
        "ID        KIND  CLOCK       NAME",
        "org_live  live  -           Acme AI",
        "org_test  test  2025-05-25  Acme Test",
    ]


def test_organizations_are_listed_for_scripts_as_they_are_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, Stub({"organizations": [LIVE]}), "org", "list", "--json")

    assert json.loads(capsys.readouterr().out) == {"organizations": [LIVE]}


def test_without_organizations_the_operator_is_told_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, Stub({"organizations": []}), "org", "list")

    assert capsys.readouterr().out == 'No organizations; make one: owed org create "Acme AI"\n'


def test_a_clock_is_advanced_a_month_at_a_time_and_what_it_billed_is_added_up() -> None:
    stub, stream = Stub(at("2025-06-25", 1), at("2025-07-26", 2), at("2025-08-01", 0)), io.StringIO()

    with Progress(stream) as tell:
        done = advanced(Admin(stub), "org_test", "2025-08-01", far=False, tell=tell)

    assert (done.organization["clock"], done.invoices) == ("2025-08-01", 3)
    asked = {"operation": "set_clock", "organization": "org_test", "date": "2025-08-01", "far": False}
    assert stub.asked == [asked | {"days": DAYS_AT_A_TIME}] * 3
    assert stream.getvalue() == "2025-06-25, 1 new invoice\n2025-07-26, 3 new invoices\n"


def test_a_clock_tells_where_it_stands_and_how_far_it_may_go(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stub = Stub(at("2207-01-01", 1_234))

    assert run(monkeypatch, stub, "clock", "org_test", "2207-01-01", "--far") == 0

    assert capsys.readouterr().out == "Acme Test stands at 2207-01-01; 1,234 new invoices.\n"
    assert stub.asked[0]["far"] is True


@pytest.mark.parametrize(
    ("following", "sentence"),
    [
        ({"nextDueOn": "2025-07-01"}, " The next order falls due on 2025-07-01."),
        ({"nextDueOn": None}, " No order falls due: it does once it is active, and until its end."),
        ({}, ""),  # a release that does not tell it
    ],
    ids=["next", "none", "untold"],
)
def test_a_clock_tells_what_is_billed_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], following: Json, sentence: str
) -> None:
    stub = Stub(at("2025-06-10", 0, **following))

    run(monkeypatch, stub, "clock", "org_test", "2025-06-10")
    told = capsys.readouterr().out
    run(monkeypatch, stub, "clock", "org_test", "2025-06-10", "--json")

    assert told == f"Acme Test stands at 2025-06-10; 0 new invoices.{sentence}\n"
    assert json.loads(capsys.readouterr().out) == at("2025-06-10", 0, **following)


@pytest.mark.parametrize("answer", [{"organization": None, "invoices": 1}, {"keys": []}])
def test_an_answer_that_is_none_is_told(answer: Json) -> None:
    with pytest.raises(AdminError, match="answered"):
        advanced(Admin(Stub(answer)), "org_test", "2025-08-01", far=False, tell=lambda *_: None)


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("clock", "org_1", "2025-08-01"), "The month under way is billed to its end, and none after it"),
        (("org", "list"), "Nothing was changed."),
        (("org", "create", "Acme"), "It may be made all the same"),
        (("replay", "org_1"), "Nothing was changed."),
        (("balance", "org_1"), "No signal is lost or counted by that."),
        (("redrive", "--all"), "What was sent again stays so"),
        (("tax", "org_1"), "`owed tax ORG` shows it"),
        (("letterhead", "org_1"), "`owed letterhead ORG` shows it"),
        (("key", "create", "org_1"), "to be revoked"),
    ],
)
def test_ctrl_c_is_one_sentence_and_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], left: str
) -> None:
    assert run(monkeypatch, Stub(KeyboardInterrupt()), *arguments) == 130

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("\nInterrupted. ")
    assert left in told.err
    assert told.err.count("\n") == 2


def test_an_interrupted_clock_asks_for_no_other_month(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(at("2025-06-25", 1), KeyboardInterrupt())

    assert run(monkeypatch, stub, "clock", "org_test", "2025-12-01") == 130

    assert len(stub.asked) == 2


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("scopes[0] is 'all': expected 'read'", "--scope is 'all': expected 'read'"),
        ("rates.FR is 101: expected at most 100", "--rate FR is 101: expected at most 100"),
        ("rates has none for FR", "--rate has none for FR"),
        ("vat_number is 'x', expected", "--vat-number is 'x', expected"),
        ("pay_to[0] is '': expected one line", "--pay-to is '': expected one line"),
        ("grace_hours is 9999: expected at most 2160", "--grace in hours is 9999: expected at most 2160"),
        ("organization org_1 was not found", "organization org_1 was not found"),
        ("dayspring is late", "dayspring is late"),
    ],
)
def test_fields_are_told_by_the_options_that_set_them(sentence: str, told: str) -> None:
    assert in_options(sentence) == told
