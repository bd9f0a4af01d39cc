import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.resources import BUCKETS, DEAD_LETTERS, QUEUES, TABLES
from local.errors import CannotStartError
from local.ministack import running_ministack
from local.resources import Clients, create_missing, dead_letter_name, physical_name, queue_url, resource_settings

pytestmark = pytest.mark.local

HELD_BY_ANOTHER = """
import sys
from pathlib import Path
from local.ministack import running_ministack
with running_ministack(Path(sys.argv[1])) as endpoint:
    print(endpoint, flush=True)
    sys.stdin.read()
"""

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}


def put_one_of_each(endpoint: str) -> None:
    clients = Clients.at(endpoint)
    create_missing(clients)
    clients.dynamodb.put_item(TableName=physical_name("records"), Item={**KEY, "blob": {"B": b"\x00\xff"}})
    clients.sqs.send_message(QueueUrl=queue_url(endpoint, "signals"), MessageBody="kept")
    clients.s3.put_object(Bucket=physical_name("documents"), Key="invoices/1.pdf", Body=b"%PDF\xff")


def one_of_each(endpoint: str) -> tuple[bytes, str, bytes]:
    clients = Clients.at(endpoint)
    create_missing(clients)
    item = clients.dynamodb.get_item(TableName=physical_name("records"), Key=KEY)
    messages = clients.sqs.receive_message(QueueUrl=queue_url(endpoint, "signals"))
    document = clients.s3.get_object(Bucket=physical_name("documents"), Key="invoices/1.pdf")
    return item["Item"]["blob"]["B"], messages["Messages"][0]["Body"], document["Body"].read()


def test_every_shape_exists_as_the_shared_rows_say(tmp_path: Path) -> None:
    with running_ministack(tmp_path) as endpoint:
        clients = Clients.at(endpoint)
        create_missing(clients)

        for table in TABLES:
            made = clients.dynamodb.describe_table(TableName=physical_name(table.name))["Table"]
            assert [key["AttributeName"] for key in made["KeySchema"]] == [table.partition.name, table.sort.name]
            assert {index["IndexName"] for index in made["GlobalSecondaryIndexes"]} == {i.name for i in table.indexes}
        for queue in QUEUES:
            url = queue_url(endpoint, queue.name)
            attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            assert attributes["VisibilityTimeout"] == str(queue.visibility_seconds)
            assert physical_name(dead_letter_name(queue)) in attributes["RedrivePolicy"]
            assert queue.dead_letters is None or queue.dead_letters.name == dead_letter_name(queue)
        for queue in DEAD_LETTERS:
            url = queue_url(endpoint, queue.name)
            attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            assert attributes["VisibilityTimeout"] == str(queue.visibility_seconds)
        assert [bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]] == [
            physical_name(bucket.name) for bucket in BUCKETS
        ]
        stores = {shape.env for shape in (*TABLES, *BUCKETS)}
        queues = {queue.env for queue in (*QUEUES, *DEAD_LETTERS)}
        assert stores | queues == resource_settings(endpoint).keys()


def test_tables_queues_and_documents_survive_a_restart_on_another_port(tmp_path: Path) -> None:
    with running_ministack(tmp_path) as endpoint:
        put_one_of_each(endpoint)

    with running_ministack(tmp_path) as endpoint:
        assert one_of_each(endpoint) == (b"\x00\xff", "kept", b"%PDF\xff")


def test_a_killed_starter_takes_the_back_end_with_it_and_the_data_are_saved(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HELD_BY_ANOTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:  # noqa: S603 - ours
        assert starter.stdout is not None
        put_one_of_each(starter.stdout.readline().strip())
        starter.kill()

    with running_ministack(tmp_path) as endpoint:
        assert one_of_each(endpoint) == (b"\x00\xff", "kept", b"%PDF\xff")
        assert len(pid_files(tmp_path)) == 1


def test_a_back_end_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.ministack.STOP_SECONDS", 0.2)

    with running_ministack(tmp_path):
        (pid_file,) = pid_files(tmp_path)
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGSTOP)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_missing_environment_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.ministack.PYTHON", tmp_path / "nothing")

    with pytest.raises(CannotStartError, match="make install"), running_ministack(tmp_path):
        pass


def pid_files(data: Path) -> list[Path]:
    """ministack writes one when it starts and removes it as the last thing it does."""
    return list((data / "ministack").glob("ministack-*.pid"))
