"""Where moto and ministack differ from each other, so that README.md beside this file stays true.

A row that fails says that one of them has learnt, or forgotten, something: correct the row and the table.
"""

import os
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from functions.adapters.dynamodb.items import Item, key_item
from functions.adapters.dynamodb.keys import Key
from functions.adapters.dynamodb.writes import add
from local.resources import Clients, physical_name
from tests.contracts.conftest import ADAPTERS

pytestmark = pytest.mark.parametrize("back_end", ADAPTERS, indirect=True)

RECORDS = physical_name("records")


def replays_a_transaction_with_its_token(clients: Clients, partition: str) -> str:
    for _ in range(2):
        clients.dynamodb.transact_write_items(
            ClientRequestToken=partition, TransactItems=[add(RECORDS, Key(partition, "1"), "n", 1)]
        )
    return clients.dynamodb.get_item(TableName=RECORDS, Key=key(partition))["Item"]["n"]["N"]


def puts_an_item_of_408_000_bytes(clients: Clients, partition: str) -> str:
    return put(clients, {**key(partition), "blob": {"B": os.urandom(408_000)}})


def puts_an_item_of_420_000_bytes(clients: Clients, partition: str) -> str:
    return put(clients, {**key(partition), "blob": {"B": os.urandom(420_000)}})


def asks_for_the_write_units_of_5_kb(clients: Clients, partition: str) -> str:
    item: Item = {**key(partition), "blob": {"B": os.urandom(5000)}}
    answer = clients.dynamodb.put_item(TableName=RECORDS, Item=item, ReturnConsumedCapacity="TOTAL")
    return str(answer["ConsumedCapacity"]["CapacityUnits"])


def puts_a_number_of_39_digits(clients: Clients, partition: str) -> str:
    return put(clients, {**key(partition), "n": {"N": "9" * 39}})


def names_a_value_that_no_condition_uses(clients: Clients, partition: str) -> str:
    clients.dynamodb.put_item(
        TableName=RECORDS,
        Item=key(partition),
        ConditionExpression="attribute_not_exists(pk)",
        ExpressionAttributeValues={":unused": {"N": "0"}},
    )
    return "taken"


def looks_for_a_key_that_is_too_long(clients: Clients, partition: str) -> str:
    clients.dynamodb.get_item(TableName=RECORDS, Key={"pk": {"S": partition}, "sk": {"S": "x" * 1025}})
    return "taken"


def sends_a_control_character(clients: Clients, partition: str) -> str:
    url = clients.sqs.create_queue(QueueName=partition)["QueueUrl"]
    clients.sqs.send_message(QueueUrl=url, MessageBody="a\x01b")
    return "taken"


INVALID = "ValidationException"


@pytest.mark.parametrize(
    ("probe", "moto", "ministack"),
    [
        (replays_a_transaction_with_its_token, "2", "1"),
        (puts_an_item_of_408_000_bytes, INVALID, "taken"),
        (puts_an_item_of_420_000_bytes, INVALID, INVALID),
        (asks_for_the_write_units_of_5_kb, "1.0", "5.0"),
        (puts_a_number_of_39_digits, "taken", INVALID),
        (names_a_value_that_no_condition_uses, "taken", INVALID),
        (looks_for_a_key_that_is_too_long, "taken", INVALID),
        (sends_a_control_character, "taken", "InvalidMessageContents"),
    ],
)
def test_the_table_is_true(
    request: pytest.FixtureRequest,
    clients: Clients,
    probe: Callable[[Clients, str], str],
    moto: str,
    ministack: str,
) -> None:
    on_moto = "moto" in request.node.callspec.id.split("-")
    try:
        answer = probe(clients, probe.__name__)
    except ClientError as error:
        answer = error.response["Error"]["Code"]

    assert answer == (moto if on_moto else ministack)


def put(clients: Clients, item: Item) -> str:
    clients.dynamodb.put_item(TableName=RECORDS, Item=item)
    return "taken"


def key(partition: str) -> Item:
    return key_item(Key(partition, "1"))
