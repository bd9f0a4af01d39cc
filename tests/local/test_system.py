import http.client
import json
import threading
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.resources import FUNCTIONS, SIGNAL_QUEUE
from local.admin import Admin, local_invoke
from local.data_directory import DataDirectory
from local.errors import AdminError, CannotStartError
from local.functions import Functions
from local.messages import Json
from local.resources import Clients, queue_url
from local.system import running_system
from tests.local.stubs import functions_answering
from tests.local.waiting import until

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("own_environment")]


class Stage:
    """Stub functions that remember what they were called with."""

    def __init__(self) -> None:
        self.organizations: list[Json] = []
        self.deliveries: list[str] = []
        self.shelved: list[str] = []
        self.runs: list[Json] = []
        self.poison = ""
        self.entered, self.release = threading.Event(), threading.Event()
        self.release.set()

    @property
    def functions(self) -> Functions:
        nothing: Json = {"statusCode": 200, "body": "{}"}
        return functions_answering(
            {function.name: lambda _: nothing for function in FUNCTIONS}
            | {"admin": self.admin, "rate_signals": self.rate, "start_billing_run": self.runs.append}
            | {"shelve_signals": self.shelve}
        )

    def admin(self, event: Json) -> Json:
        known = [f"org_{number + 1}" for number in range(len(self.organizations))]
        match event:
            case {"operation": "create_organization"}:
                self.organizations.append(event)
                number = len(self.organizations)
                return {"organization": {"id": f"org_{number}"}, "key": {"secret": f"owed_test_{number}"}}
            case {"operation": "list_keys", "organization": organization} if organization in known:
                return {"keys": []}
            case _:
                return {"error": "organization was not found", "code": "NOT_FOUND"}

    def rate(self, event: dict[str, Any]) -> Json:
        self.entered.set()
        self.release.wait(10)
        self.deliveries += [record["body"] for record in event["Records"]]
        failed = [record["messageId"] for record in event["Records"] if record["body"] == self.poison]
        return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}

    def shelve(self, event: dict[str, Any]) -> None:
        self.shelved += [record["body"] for record in event["Records"]]


def back_end() -> tuple[Clients, str]:
    """Found as the handlers find it: in the environment."""
    endpoint = boto3.client("sqs").meta.endpoint_url
    return Clients.at(endpoint), endpoint


def send(*bodies: str) -> None:
    clients, endpoint = back_end()
    for body in bodies:
        clients.sqs.send_message(QueueUrl=queue_url(endpoint, SIGNAL_QUEUE.name), MessageBody=body)


def test_the_first_start_makes_an_organization_and_the_second_finds_it(tmp_path: Path) -> None:
    stage = Stage()

    with running_system(DataDirectory(tmp_path), 0, first_clock="2025-05-25", functions=stage.functions) as first:
        pass
    with running_system(DataDirectory(tmp_path), 0, functions=stage.functions) as second:
        pass

    assert (first.organization, first.key) == (second.organization, second.key) == ("org_1", "owed_test_1")
    assert stage.organizations == [
        {"operation": "create_organization", "name": "Acme AI", "test": True, "clock": "2025-05-25"}
    ]


def test_an_organization_whose_data_are_gone_is_made_again(tmp_path: Path) -> None:
    with running_system(DataDirectory(tmp_path), 0, functions=Stage().functions):
        pass
    without_data = Stage()

    with running_system(DataDirectory(tmp_path), 0, functions=without_data.functions):
        assert len(without_data.organizations) == 1


def test_the_api_answers_where_the_endpoint_says(tmp_path: Path) -> None:
    with running_system(DataDirectory(tmp_path), 0, functions=Stage().functions) as endpoint:
        host, _, path = endpoint.api.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", f"/{path}/products/")
        response = connection.getresponse()
        content = response.read()
        connection.close()

    assert (response.status, json.loads(content)) == (200, {})


def test_the_admin_function_is_asked_through_lambdas_own_client(tmp_path: Path) -> None:
    with running_system(DataDirectory(tmp_path), 0, functions=Stage().functions) as endpoint:
        admin = Admin(local_invoke(tmp_path))

        assert admin.list_keys(endpoint.organization) == {"keys": []}
        with pytest.raises(AdminError, match="organization was not found"):
            admin.list_keys("org_other")


def test_a_system_that_is_down_is_told_in_one_sentence(tmp_path: Path) -> None:
    with running_system(DataDirectory(tmp_path), 0, functions=Stage().functions):
        pass

    with pytest.raises(AdminError, match=r"No system answers at .*; start it: owed up --data .* --port \d+$"):
        Admin(local_invoke(tmp_path)).list_keys("org_1")


def test_a_failed_message_alone_comes_again_and_ends_among_the_dead_from_where_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.poller.RETRY_SECONDS", 0)
    stage = Stage()
    stage.poison = "poison"

    with running_system(DataDirectory(tmp_path), 0, functions=stage.functions):
        send("fine", "poison")
        until(lambda: stage.shelved)

    assert stage.shelved == ["poison"]
    assert stage.deliveries.count("poison") == SIGNAL_QUEUE.max_receives
    assert stage.deliveries.count("fine") == 1


def test_the_billing_run_starts_with_the_system(tmp_path: Path) -> None:
    stage = Stage()

    with running_system(DataDirectory(tmp_path), 0, functions=stage.functions):
        until(lambda: stage.runs)

    assert [set(run) for run in stage.runs] == [{"as_of"}]


def test_a_delivery_at_the_stop_is_finished_and_its_message_gone(tmp_path: Path) -> None:
    stage = Stage()
    stage.release.clear()

    with running_system(DataDirectory(tmp_path), 0, functions=stage.functions):
        send("last")
        stage.entered.wait(10)
        threading.Timer(0.2, stage.release.set).start()

    assert stage.deliveries == ["last"]
    with running_system(DataDirectory(tmp_path), 0, functions=stage.functions):
        clients, endpoint = back_end()
        url = queue_url(endpoint, SIGNAL_QUEUE.name)
        left = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")


def test_an_admin_function_that_refuses_stops_the_start_with_its_sentence(tmp_path: Path) -> None:
    refusing = functions_answering({"admin": lambda _: {"error": "no room", "code": "FULL"}})
    data = DataDirectory(tmp_path)

    with pytest.raises(CannotStartError, match="no room"), running_system(data, 0, functions=refusing):
        pass


def test_aws_settings_of_the_desk_neither_stop_nor_steer_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_PROFILE", "no-such-profile"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1"),
        ("AWS_SESSION_TOKEN", "of-the-desk"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
    ):
        monkeypatch.setenv(name, value)
    stage = Stage()

    with running_system(DataDirectory(tmp_path), 0, functions=stage.functions) as endpoint:
        send("arrives")
        until(lambda: stage.deliveries)
        assert Admin(local_invoke(tmp_path)).list_keys(endpoint.organization) == {"keys": []}
