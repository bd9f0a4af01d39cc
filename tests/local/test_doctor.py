"""`owed doctor`: the API from outside, the inside by the admin function, and how it is told."""

import json
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.admin import Admin
from local.cli import main
from local.doctor import doctor
from local.doctor_api import NOBODYS_KEY, Reply, Send, UnreachableError, check_api, send_by_http
from local.doctor_inside import check_inside, code_digest
from local.findings import Finding, Status

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://api.example.com/api/v2"
KEY = "owed_live_good"

FORBIDDEN = Reply(403, {"error": "the API key is not valid", "code": "FORBIDDEN"})


def api(*, scopes: tuple[str, ...] = ("read", "write", "signals"), date: str | None = None, **broken: Reply) -> Send:
    """An API whose one key has the scopes; `broken` replies stand in for those of a scope, or of `health`."""

    def send(method: str, url: str, key: str | None, body: object) -> Reply:
        del body
        if url.endswith("/health"):
            date_now = date or NOW.strftime("%a, %d %b %Y %H:%M:%S GMT")
            return broken.get("health", Reply(200, {"status": "ok"}, {"date": date_now}))
        asked = {"GET": "read"}.get(method, "admin" if "void" in url else "signals" if "signals" in url else "write")
        if asked in broken:
            return broken[asked]
        if key != KEY or asked not in scopes:
            return FORBIDDEN
        return Reply(200 if method == "GET" else 400, {})

    return send


def look(send: Send, *, url: str = URL, key: str | None = KEY) -> list[Finding]:
    return list(check_api(url, key, send=send, now=lambda: NOW))


def bad(found: list[Finding]) -> list[tuple[Status, str]]:
    return [(each.status, each.what) for each in found if each.status is not Status.OK]


def test_an_api_that_is_well_is_all_ok_and_tells_what_the_key_opens() -> None:
    found = look(api())

    assert bad(found) == []
    assert found[-1].what == "the key opens read, write, signals"


def test_an_api_that_does_not_answer_is_asked_no_more() -> None:
    def send(*_: object) -> Reply:
        raise UnreachableError("Connection refused")

    assert bad(look(send)) == [
        (Status.FAIL, "the API at https://api.example.com does not answer: Connection refused"),
    ]


def test_keys_in_the_clear_are_a_fault_but_for_this_machine() -> None:
    assert bad(look(api(), url="http://127.0.0.1:8400/api/v2")) == []
    assert bad(look(api(), url="http://api.example.com/api/v2")) == [
        (Status.FAIL, "the API is called by http: keys travel in the clear"),
        (Status.SKIP, "no key was tried"),
    ]


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "http://127.0.0.1.example.com", "http://127.0.0.1@a.example"]
)
def test_no_key_is_sent_in_the_clear(url: str) -> None:
    keys: list[str | None] = []

    def send(method: str, url: str, key: str | None, body: object) -> Reply:
        keys.append(key)
        return api()(method, url, key, body)

    look(send, url=url)

    assert set(keys) == {None}


@pytest.mark.parametrize("status", [301, 308])
def test_a_redirect_is_a_fault_and_opens_nothing(status: int) -> None:
    moved = Reply(status, None)

    assert bad(look(api(read=moved))) == [
        (Status.FAIL, f"a request without a key was answered {status}, expected 403"),
        (Status.FAIL, f"a request with a wrong key was answered {status}, expected 403"),
        (Status.FAIL, f"a request for read was answered {status}"),
    ]


def test_another_answer_than_ok_is_told_with_its_status() -> None:
    broken = Reply(502, None, {"date": "Sun, 22 Nov 2026 12:00:00 GMT"})

    told = "GET https://api.example.com/health answered 502, expected 200 and the status ok"
    assert bad(look(api(health=broken))) == [(Status.FAIL, told)]


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("Sun, 22 Nov 2026 11:59:31 GMT", None),
        ("Sun, 22 Nov 2026 11:59:30 GMT", Status.WARN),
        ("Sun, 22 Nov 2026 12:00:30 GMT", Status.WARN),
        ("Sun, 22 Nov 2026 11:55:01 GMT", Status.WARN),
        ("Sun, 22 Nov 2026 11:55:00 GMT", Status.FAIL),
        ("Sun, 22 Nov 2026 12:05:00 GMT", Status.FAIL),
        ("yesterday", Status.SKIP),
    ],
)
def test_a_clock_that_is_off_is_told(date: str, status: Status | None) -> None:
    assert [found for found, _ in bad(look(api(date=date)))] == ([status] if status else [])


@pytest.mark.parametrize("open_to", ["", NOBODYS_KEY])
def test_an_api_that_opens_without_a_good_key_is_a_fault(open_to: str) -> None:
    closed = api()

    def send(method: str, url: str, key: str | None, body: object) -> Reply:
        return (
            Reply(200, {})
            if (key or "") == open_to and method == "GET" and "products" in url
            else closed(method, url, key, body)
        )

    (status, told), *others = bad(look(send))
    assert (status, others) == (Status.FAIL, [])
    assert "was answered 200, expected 403" in told


def test_a_wrong_key_opens_nothing_and_a_missing_one_is_not_tried() -> None:
    assert bad(look(api(), key="owed_live_wrong")) == [
        (Status.FAIL, "the key opens nothing: it is wrong, expired or revoked")
    ]
    assert bad(look(api(), key=None)) == [(Status.SKIP, "no key was tried")]


def test_a_fault_behind_a_good_key_is_told() -> None:
    assert bad(look(api(signals=Reply(500, None)))) == [(Status.FAIL, "a request for signals was answered 500")]


# ---- inside

INSIDE: dict[str, Any] = {
    "code": code_digest(),
    "now": NOW.isoformat(),
    "organizations": 2,
    "waiting": 0,
    "signalsWaiting": 0,
    "unbilled": 0,
    "unbilledOrders": [],
    "unrated": 0,
    "unratedLogs": [],
    "parked": 0,
    "parkedChanges": [],
}


def inside(**changed: object) -> list[Finding]:
    return list(check_inside(Admin(lambda _: {**INSIDE, **changed}), asked_at=NOW))


def test_an_inside_that_is_well_is_all_ok() -> None:
    assert bad(inside()) == []


@pytest.mark.parametrize(
    ("changed", "status", "told"),
    [
        ({"code": "other"}, Status.WARN, f"the deployed code is other, this command's {code_digest()}"),
        (
            {"now": (NOW - timedelta(seconds=61)).isoformat()},
            Status.WARN,
            "the functions' clock is 61 seconds behind this machine's",
        ),
        ({"organizations": 0}, Status.WARN, "no organization is there yet"),
        (
            {"unbilled": 2, "unbilledOrders": [{"organization": "org_1", "order": "ord_1"}]},
            Status.FAIL,
            "2 orders are due and not billed, such as ord_1 of org_1",
        ),
        (
            {
                "unrated": 1,
                "unratedLogs": [
                    {"organization": "org_1", "customer": "cus_1", "appendedAt": "2026-11-22T11:00:00.000Z"}
                ],
            },
            Status.FAIL,
            "1 logs are not rated to their ends; the oldest signals are of 2026-11-22T11:00:00.000Z, of customer cus_1",
        ),
        (
            {"parked": 2, "parkedChanges": ["dead-letters/1-a.json"]},
            Status.FAIL,
            "2 changes of invoices are parked, and no webhook was told of them, such as dead-letters/1-a.json",
        ),
        (
            {"error": "no such operation", "code": "INVALID_INPUT"},
            Status.FAIL,
            "the admin function cannot be asked: no such operation",
        ),
    ],
)
def test_each_trouble_inside_is_seen(changed: dict[str, Any], status: Status, told: str) -> None:
    assert bad(inside(**changed)) == [(status, told)]


def test_an_older_inside_that_does_not_look_for_parked_changes_is_not_wrong_for_it() -> None:
    older = {name: value for name, value in INSIDE.items() if "parked" not in name}

    assert bad(list(check_inside(Admin(lambda _: older), asked_at=NOW))) == []


# ---- as a command

Options = Callable[..., Namespace]


def options(**given: object) -> Namespace:
    nothing = {"data": Path("nowhere"), "aws": None, "stage": None, "url": None, "key": None, "json": False}
    return Namespace(**{**nothing, "region": None, "profile": None, **given})


def test_without_a_system_the_doctor_says_how_to_start_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status = main(["doctor", "--data", str(tmp_path)])

    told = capsys.readouterr().out.splitlines()
    assert status == 1
    assert told[0].startswith(f"FAIL  there is nothing to look at in {tmp_path}  -> No system has been started")
    assert told[-1] == "0 ok, 0 warn, 1 FAIL, 0 skip"


def test_the_doctor_tells_a_script_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status = doctor(options(data=tmp_path, json=True))

    (finding,) = json.loads(capsys.readouterr().out)
    assert status == 1
    assert finding["status"] == "FAIL"
    assert finding["advice"].endswith(f"start one: owed up --data {tmp_path}")


def test_a_port_where_nobody_listens_is_a_sentence() -> None:
    with pytest.raises(UnreachableError, match="refused"):
        send_by_http("GET", "http://127.0.0.1:9/health", None, None)
