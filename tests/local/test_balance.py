"""`owed balance` and `owed redrive` as a person or a script reads them: what they print, where, and the exit status."""

import io
import json
from pathlib import Path

import boto3
import pytest

from infra.resources import FUNCTIONS, SIGNAL_QUEUE
from local.admin import Admin, local_invoke
from local.balance_answer import told
from local.balance_commands import LOOKS, looked_at, redriven
from local.cli import main
from local.data_directory import DataDirectory
from local.errors import AdminError
from local.messages import Json
from local.progress import Progress
from local.resources import queue_url
from local.system import running_system
from tests.local.owed import Up, owed
from tests.local.stubs import functions_answering
from tests.local.waiting import until

ACME: Json = {"id": "org_1", "name": "Acme AI", "test": True, "clock": None}
NOTHING: Json = {"statusCode": 200, "body": "{}"}


def balance(**fields: object) -> Json:
    ordinary: Json = {
        "accepted": 12_345,
        "counted": 12_000,
        "unattributed": 300,
        "unattributedBecause": [
            {"signals": 280, "what": "no order counts 'demo'"},
            {"signals": 20, "what": "'demo' is outside of the order's dates"},
        ],
        "duplicates": 40,
        "conflicts": 2,
        "conflictingKeys": ["a", "b"],
        "rejected": 5,
        "rejectedBecause": [{"signals": 5, "what": "each delivery failed"}],
        "inFlight": 0,
        "missing": [],
        "suspects": [],
        "redriven": 0,
        "unaccounted": 0,
        "queued": 0,
        "unreadable": 0,
        "addsUp": True,
        "faults": [],
    }
    return ordinary | fields


MISSING: Json = {"inFlight": 5, "missing": [{"signals": 5, "what": "message m"}], "suspects": ["message m"]}
LOST = balance(
    accepted=12_350,
    addsUp=False,
    faults=[{"code": "LOST", "sentence": "5 signals were accepted and are nowhere"}],
    **MISSING,
)
SUSPECTED = balance(accepted=12_350, **MISSING)


def part(found: Json | None, follows: object = None, **fields: object) -> Json:
    """An answer of the admin function; `follows` is what to ask for next."""
    ordinary: Json = {"organization": ACME, "day": None, "knownCustomers": 3, "customers": 3, "signals": 12_305}
    return {**ordinary, "balance": found, "next": follows, **fields}


class Stub:
    """Gives its answers one after the other, the last for ever, and remembers what it was asked."""

    def __init__(self, *answers: Json) -> None:
        self.asked: list[Json] = []
        self._answers = list(answers)

    def __call__(self, payload: Json) -> Json:
        self.asked.append(payload)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def text_of(stub: Stub, *, day: str | None = None, stream: io.StringIO | None = None) -> str:
    with Progress(stream or io.StringIO()) as tell:
        return told(*looked_at(Admin(stub), "org_1", day=day, tell=tell, pause=0))


def test_a_balance_is_a_column_of_numbers_that_adds_up() -> None:
    assert text_of(Stub(part(balance()))) == "\n".join(
        [
            "Acme AI, signals and costs:",
            "  accepted        12,345",
            "= counted         12,000",
            "+ unattributed       300  (280 no order counts 'demo', 20 'demo' is outside of the order's dates)",
            "+ duplicates          40  (2 with another payload: a, b)",
            "+ rejected             5  (5 each delivery failed)",
            "+ in flight            0",
            "  adds up: yes",
        ]
    )


def test_the_balance_of_a_day_says_so() -> None:
    stub = Stub(part(balance(), day="2025-06-01"))

    assert text_of(stub, day="2025-06-01").startswith("Acme AI, signals and costs received on 2025-06-01:\n")
    asked: Json = {"operation": "balance", "organization": "org_1", "day": "2025-06-01", "after": None, "suspects": []}
    assert stub.asked == [asked]


def test_what_else_there_is_to_know_stands_below() -> None:
    lines = text_of(Stub(part(balance(queued=1, redriven=2, unaccounted=3, unreadable=4)))).splitlines()

    assert lines[7:] == [
        "  adds up: so far",
        "1 message of all organizations in the queue: what they hold is not known yet, look again later.",
        "2 messages sent again and not done yet.",
        "3 of the accepted came in messages of an old kind, which do not tell of others.",
        "4 messages kept that nobody can read, of whichever organization.",
    ]


def test_long_lists_are_cut() -> None:
    because = [{"signals": n, "what": f"no {n}"} for n in range(7, 0, -1)]

    text = text_of(Stub(part(balance(unattributedBecause=because, conflicts=9, conflictingKeys=list("abcdefghi")))))

    assert "(7 no 7, 6 no 6, 5 no 5, 4 no 4, 3 no 3, ...)" in text
    assert "(9 with another payload: a, b, c, d, e, ...)" in text


def test_what_is_missing_is_looked_for_again_and_then_told() -> None:
    stub = Stub(part(SUSPECTED), part(LOST))

    lines = text_of(stub).splitlines()

    assert [asked["suspects"] for asked in stub.asked] == [[], *[["message m"]] * (LOOKS - 1)]
    assert lines[-2:] == ["  adds up: NO", "5 signals were accepted and are nowhere"]
    assert "+ in flight            5  (5 message m)" in lines


def test_what_has_arrived_meanwhile_is_not_told() -> None:
    stub = Stub(part(SUSPECTED), part(LOST), part(balance()))

    assert text_of(stub).endswith("adds up: yes")
    assert len(stub.asked) == 3


def test_a_difference_that_nothing_explains_is_told_too() -> None:
    """12,345 - 12,000 - 300 - 40 - 5 = 0, so that one counted signal less is unexplained."""
    text = text_of(Stub(part(balance(counted=11_999, addsUp=False))))

    assert text.endswith("adds up: NO\nwhat was accepted and what became of it differ by 1: a mistake of ours")


def test_parts_are_asked_for_until_one_has_the_balance() -> None:
    cursor = {"after": "cus_2", "tally": "AAAA"}
    stub, stream = Stub(part(None, cursor, customers=2), part(balance())), io.StringIO()

    assert text_of(stub, stream=stream).endswith("adds up: yes")

    assert [asked["after"] for asked in stub.asked] == [None, cursor]
    assert stream.getvalue() == "2 of 3 customers\n"


@pytest.mark.parametrize("answer", [{"keys": []}, part(balance(accepted="many")), part({})])
def test_an_answer_that_is_none_is_told(answer: Json) -> None:
    with pytest.raises(AdminError, match="answered"):
        text_of(Stub(answer))


def test_what_is_sent_again_is_added_up_over_all_parts() -> None:
    cursor = {"organization": "org_2", "after": ""}
    stub = Stub(
        {"sent": 2, "movedBack": 1, "gone": ["m"], "next": cursor},
        {"sent": 3, "movedBack": 0, "gone": ["n"], "next": None},
    )

    done = redriven(Admin(stub), None, message=None, tell=lambda *_: None)

    assert (done.sent, done.moved_back, done.gone) == (5, 1, ("m", "n"))
    assert [asked["after"] for asked in stub.asked] == [None, cursor]


# ---- the commands themselves


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("redrive",), "expected ORG or --all"),
        (("redrive", "org_1", "--all"), "expected ORG or --all"),
        (("redrive", "--all", "--message", "m"), "--message needs ORG, not --all"),
        (("balance",), "required: ORG"),
        (("balance", "org_1", "--day", "June"), "'June' is not a date like 2025-07-01"),
    ],
)
def test_a_wrong_argument_is_named_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)

    assert refused.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.local
def test_a_system_is_balanced_and_redriven_with_status_0(tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        at = ("--data", str(tmp_path))
        plain, by_script = (
            owed("balance", up.endpoint.organization, *at),
            owed("balance", up.endpoint.organization, *at, "--json", "--day", "2025-06-01"),
        )
        redrive, all_of_them = owed("redrive", up.endpoint.organization, *at), owed("redrive", "--all", *at, "--json")
        unknown = owed("balance", "org_other", *at)

    assert (plain.returncode, by_script.returncode, redrive.returncode, all_of_them.returncode) == (0, 0, 0, 0)
    assert plain.stdout.splitlines()[-1] == "  adds up: yes"
    document = json.loads(by_script.stdout)
    assert document["organization"]["id"] == up.endpoint.organization
    assert (document["day"], document["accepted"], document["addsUp"]) == ("2025-06-01", 0, True)
    assert redrive.stdout == "Nothing is kept that waits for this.\n"
    assert json.loads(all_of_them.stdout) == {"sent": 0, "movedBack": 0, "gone": []}
    assert (unknown.returncode, unknown.stderr) == (1, "organization org_other was not found\n")


@pytest.mark.local
@pytest.mark.usefixtures("own_environment")
def test_the_commands_end_with_status_1_when_something_is_wrong(tmp_path: Path) -> None:
    """Against an admin function that has lost a message, and the body of another."""
    answers: dict[str, Json] = {
        "create_organization": {"organization": {"id": "org_1"}, "key": {"secret": "owed_test_1"}},
        "balance": part(LOST),
        "redrive": {"sent": 1, "movedBack": 2, "gone": ["m"], "next": None},
    }
    functions = functions_answering(
        {function.name: lambda _: NOTHING for function in FUNCTIONS}
        | {"admin": lambda event: answers[str(event["operation"])]}
    )
    with running_system(DataDirectory(tmp_path), 0, functions=functions):
        found = owed("balance", "org_1", "--data", str(tmp_path))
        sent = owed("redrive", "org_1", "--data", str(tmp_path))

    assert found.returncode == 1
    assert found.stdout.splitlines()[-2:] == ["  adds up: NO", "5 signals were accepted and are nowhere"]
    assert sent.returncode == 1
    assert sent.stdout.splitlines() == [
        "1 message sent again.",
        "2 dead letters moved back that nobody had kept yet.",
        "1 message missing where they were kept: m",
    ]


@pytest.mark.local
@pytest.mark.usefixtures("own_environment")
def test_what_the_worker_gives_up_is_kept_rejected_and_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real functions over ministack: three signals in a message whose content is damaged, but not its header."""
    monkeypatch.setattr("local.poller.RETRY_SECONDS", 0)
    with running_system(DataDirectory(tmp_path), 0) as endpoint:
        admin = Admin(local_invoke(tmp_path))
        source = ["a-process-01", 1, 0, 3, "2025-06-01"]
        header: Json = {"schema": 2, "organization_id": endpoint.organization, "source": source}
        body = json.dumps({**header, "received_at": "2025-06-01T00:00:00Z"}) + "\nAAAA"
        sqs = boto3.client("sqs")
        sqs.send_message(QueueUrl=queue_url(sqs.meta.endpoint_url, SIGNAL_QUEUE.name), MessageBody=body)

        rejected = until(lambda: balance_of(admin, endpoint.organization, rejected=3))
        sent = admin.redrive(endpoint.organization, message=None, after=None)["sent"]
        rejected_again = until(lambda: balance_of(admin, endpoint.organization, rejected=3, redriven=0))

    assert (rejected["accepted"], rejected["inFlight"], rejected["addsUp"]) == (3, 0, True)
    assert sent == 1
    assert (rejected_again["accepted"], rejected_again["addsUp"]) == (3, True)


def balance_of(admin: Admin, organization: str, **fields: int) -> Json:
    """The balance once it says these numbers; till then nothing."""
    found = admin.balance(organization, day=None, after=None, suspects=())["balance"]
    assert isinstance(found, dict)
    return found if all(found[name] == number for name, number in fields.items()) else {}
