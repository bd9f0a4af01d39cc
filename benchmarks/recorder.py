"""Records every AWS call of a run, with what it writes and reads, by listening to botocore."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from botocore.client import BaseClient
from botocore.model import OperationModel

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
SQS_REQUEST_BYTES = 64 * 1024

Item = Mapping[str, Mapping[str, Any]]

INDEXES: Mapping[str, tuple[str, tuple[str, ...] | None]] = {
    "records": ("owner", None),
    "signals": ("organization", ("pk", "sk", "organization", "appended", "count", "tallies")),
}
"""Per table: the attribute that puts an item into the index, and what the index carries of it (None: all)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call; units are DynamoDB's, `requests` are what SQS charges for a message of that size, `items` were read."""

    service: str
    operation: str
    write_units: float = 0
    read_units: float = 0
    requests: int = 1
    item_bytes: int = 0
    key: str = ""
    statements: int = 0
    items: int = 0


@dataclass
class Recording:
    calls: list[Call] = field(default_factory=list)

    def of(self, service: str) -> list[Call]:
        return [call for call in self.calls if call.service == service]

    @property
    def write_units(self) -> float:
        return sum(call.write_units for call in self.calls)

    @property
    def read_units(self) -> float:
        return sum(call.read_units for call in self.calls)


@contextmanager
def recording(*clients: BaseClient) -> Iterator[Recording]:
    """Everything that the clients do inside the block."""
    made = Recording()
    pending: list[tuple[str, str, dict[str, Any]]] = []

    def sent(*, params: Mapping[str, Any], model: OperationModel, **_: object) -> None:
        pending.append((model.service_model.service_name, model.name, dict(params)))

    def answered(*, parsed: Mapping[str, Any], **_: object) -> None:
        made.calls.append(_call(*pending.pop(), parsed))

    listeners: dict[str, Callable[..., None]] = {"provide-client-params": sent, "after-call": answered}
    for client in clients:
        for event, listener in listeners.items():
            client.meta.events.register(event, listener)
    try:
        yield made
    finally:
        for client in clients:
            for event, listener in listeners.items():
                client.meta.events.unregister(event, listener)


def _call(service: str, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> Call:
    if service == "s3":
        return Call(service, operation)
    if service == "sqs":
        return Call(service, operation, requests=_sqs_requests(operation, params, answer))
    if operation in {"GetItem", "Query", "BatchGetItem"}:
        units, items = _read_units(operation, params, answer), _items_read(answer)
        return Call(service, operation, read_units=units, items=items)
    return _write(service, operation, params)


def _write(service: str, operation: str, params: Mapping[str, Any]) -> Call:
    match operation:
        case "PutItem":
            item = params["Item"]
            units = written_units(params["TableName"], item)
            return Call(service, operation, write_units=units, item_bytes=item_bytes(item), key=_key(item))
        case "UpdateItem":
            return Call(service, operation, write_units=1)
        case "TransactWriteItems":
            writes = [write for entry in params["TransactItems"] for write in entry.values()]
            return Call(service, operation, write_units=sum(2 * _transacted_units(write) for write in writes))
        case "BatchExecuteStatement":
            statements = params["Statements"]
            units = sum(ceil(_parameter_bytes(each) / WRITE_UNIT_BYTES) for each in statements)
            return Call(service, operation, write_units=units, statements=len(statements))
        case _:
            raise ValueError(f"the bench does not know what {operation} costs")


def written_units(table: str, item: Item) -> int:
    """The write units of putting an item where none is: the table's, and the index's where the item is in it."""
    units = ceil(item_bytes(item) / WRITE_UNIT_BYTES)
    needed, carried = INDEXES[table.removeprefix("owed-")]
    if needed in item:
        projected = item if carried is None else {name: item[name] for name in carried}
        units += ceil(item_bytes(projected) / WRITE_UNIT_BYTES)
    return units


def item_bytes(item: Item) -> int:
    """The size that DynamoDB charges for: names and values in bytes, numbers at two digits a byte and one more."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return len(content.lstrip("-")) // 2 + 2
    return len(content.encode() if isinstance(content, str) else bytes(content))


def _parameter_bytes(statement: Mapping[str, Any]) -> int:
    """Of the item that a statement writes: its names stand in the text, its values beside it."""
    return len(statement["Statement"]) + sum(_value_bytes(value) for value in statement["Parameters"])


def _transacted_units(write: Mapping[str, Any]) -> int:
    if "Item" in write:
        return written_units(write["TableName"], write["Item"])
    document = write.get("ExpressionAttributeValues", {}).get(":doc", {"S": ""})
    return max(ceil(_value_bytes(document) / WRITE_UNIT_BYTES), 1)


def _read_units(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """A query rounds up once, a batch for every item; what is not found costs a unit, what may be old half."""
    if operation == "BatchGetItem":
        return sum(
            _batch_units(asked, answer["Responses"].get(table, [])) for table, asked in params["RequestItems"].items()
        )
    items = answer.get("Items") or [answer.get("Item", {})]
    units = max(ceil(sum(item_bytes(item) for item in items) / READ_UNIT_BYTES), 1)
    return units if params.get("ConsistentRead") else units / 2


def _items_read(answer: Mapping[str, Any]) -> int:
    of_batch = sum(len(items) for items in answer.get("Responses", {}).values())
    return len(answer.get("Items", ())) + ("Item" in answer) + of_batch


def _batch_units(asked: Mapping[str, Any], found: Sequence[Item]) -> float:
    units = sum(ceil(item_bytes(item) / READ_UNIT_BYTES) for item in found) + len(asked["Keys"]) - len(found)
    return units if asked.get("ConsistentRead") else units / 2


def _sqs_requests(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> int:
    bodies = [str(params.get("MessageBody", ""))]
    if operation == "ReceiveMessage":
        bodies = [message["Body"] for message in answer.get("Messages", [])]
    return max(ceil(sum(len(body) for body in bodies) / SQS_REQUEST_BYTES), 1)


def _key(item: Item) -> str:
    return str(item["pk"].get("S", ""))
