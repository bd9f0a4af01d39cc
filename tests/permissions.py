"""Every AWS call of a function, held against the role it would have in AWS: moto itself asks nobody for permission.

    a call that no grant covers   ──▶  is denied as AWS would, and fails the invocation whatever the code makes of it
    a call that a grant covers    ──▶  is remembered; what nobody has used at the end of a whole run is one too many

What calls AWS outside of an invocation, or as a fault between two calls of one, is a test and needs no permission.
"""

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from botocore import handlers
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from infra.grants import GRANTS, Grant
from local.resources import physical_name

_TRANSACTED = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_STATEMENTS = {
    "DELETE": "PartiQLDelete",
    "INSERT": "PartiQLInsert",
    "SELECT": "PartiQLSelect",
    "UPDATE": "PartiQLUpdate",
}
_ONE_PERMISSION = {
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
}
"""In IAM a batch of messages is the permission for one."""


@dataclass(frozen=True, slots=True)
class Use:
    """An IAM action on a resource: `owed-records`, `owed-records/index/by_owner` or `owed-documents/invoices/1.pdf`.

    `partition` is the partition key of the one item of a table that is updated.
    """

    action: str
    resource: str
    partition: str = ""


class NotGrantedError(AssertionError):
    """A function did what its role does not allow."""


@dataclass(slots=True)
class _Invocation:
    """What is under way; `function` None means that a test itself is at work."""

    function: str | None
    denied: list[Use]


class _UnderWay(threading.local):
    """The invocations of a thread, the innermost last; of a thread of its own, as the soak gives each actor."""

    def __init__(self) -> None:
        self.stack = [_Invocation(None, [])]


_under_way = _UnderWay()
_used: set[tuple[str, Grant, str]] = set()


def enforce() -> None:
    """For every client made from now on."""
    handlers.BUILTIN_HANDLERS.append(("before-parameter-build", _before_call))
    handlers.BUILTIN_HANDLERS.append(("after-call.s3", _after_s3))


@contextmanager
def acting_as(function: str | None) -> Iterator[None]:
    """The calls inside are this function's, None for a test's own. Raises NotGrantedError for what was denied."""
    invocation = _Invocation(function, [])
    _under_way.stack.append(invocation)
    try:
        yield
    finally:
        _under_way.stack.pop()
        if invocation.denied:
            lacking = ", ".join(f"{use.action} on {use.resource}" for use in invocation.denied)
            raise NotGrantedError(f"{function} may not {lacking}: see infra/grants.py")


def unused() -> list[str]:
    """Every action of every grant that no invocation has needed so far."""
    return [
        f"{function}: {action} on {name_of(grant)}{grant.partitions}"
        for function, grants in GRANTS.items()
        for grant in grants
        for action in grant.actions
        if (function, grant, action) not in _used
    ]


@dataclass(slots=True)
class WholeRun:
    """What a run shows of the grants: all that no test used, if every test was in it.

    `of_processes` are the `left_over` of each process that shared in the run; empty for a run in this one alone.
    """

    files_left_out: Collection[Path] = ()
    tests_left_out: int = 0
    of_processes: list[Sequence[str] | None] = field(default_factory=list)

    def left_over(self) -> Sequence[str] | None:
        """What this process did not use; None when not every test was meant to run."""
        return None if self.files_left_out or self.tests_left_out else unused()

    def unused(self) -> Sequence[str]:
        """What no process used; nothing, when not every test was meant to run."""
        each = self.of_processes or [self.left_over()]
        known = [set(names) for names in each if names is not None]
        return sorted(set.intersection(*known)) if len(known) == len(each) else []


def name_of(grant: Grant) -> str:
    """As `Use` names resources."""
    return physical_name(grant.on.name) + grant.part


def uses(service: str, operation: str, params: Mapping[str, Any]) -> list[Use]:
    """What IAM is asked for a call. Raises ValueError for a service that no function has used before."""
    match service:
        case "dynamodb":
            partition = params["Key"]["pk"]["S"] if operation == "UpdateItem" else ""
            return [Use(f"dynamodb:{action}", resource, partition) for action, resource in _of_table(operation, params)]
        case "sqs":
            queue = params["QueueUrl"].rpartition("/")[2]
            return [Use(f"sqs:{_ONE_PERMISSION.get(operation, operation)}", queue)]
        case "s3":
            action = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}.get(operation, operation)
            return [Use(f"s3:{action}", "/".join(filter(None, (params["Bucket"], params.get("Key")))))]
        case _:
            raise ValueError(f"tests/permissions.py does not know what {service} {operation} asks for")


def _of_table(operation: str, params: Mapping[str, Any]) -> list[tuple[str, str]]:
    match operation:
        case "TransactWriteItems" | "TransactGetItems":
            each = [pair for entry in params["TransactItems"] for pair in entry.items()]
            return [(_TRANSACTED[kind], write["TableName"]) for kind, write in each]
        case "BatchExecuteStatement":
            return [_of_statement(entry["Statement"]) for entry in params["Statements"]]
        case "BatchGetItem" | "BatchWriteItem":
            return [(operation, table) for table in params["RequestItems"]]
        case _:
            index = params.get("IndexName")
            return [(operation, params["TableName"] + (f"/index/{index}" if index else ""))]


def _of_statement(statement: str) -> tuple[str, str]:
    tables = re.findall(r'(?:INTO|UPDATE|FROM) "([^"]+)"', statement)
    return _STATEMENTS[statement.partition(" ")[0]], tables[0]


def _before_call(*, params: Mapping[str, Any], model: OperationModel, context: dict[str, Any], **_: object) -> None:
    function = _under_way.stack[-1].function
    if function is None:
        return
    service = model.service_model.service_name
    for use in uses(service, model.name, params):
        if not _allows(function, use):
            _under_way.stack[-1].denied.append(use)
            raise ClientError(_denial(service, function, use), model.name)
    context["owed_bucket"] = params.get("Bucket")


def _after_s3(*, parsed: dict[str, Any], context: Mapping[str, Any], **_: object) -> None:
    """Of an object that is not there S3 only tells who may list the bucket; to others it is forbidden."""
    function, bucket = _under_way.stack[-1].function, context.get("owed_bucket")
    if function is None or parsed.get("Error", {}).get("Code") not in {"404", "NoSuchKey"}:
        return
    use = Use("s3:ListBucket", str(bucket))
    if not _allows(function, use):
        _under_way.stack[-1].denied.append(use)
        parsed["Error"] = _denial("s3", function, use)["Error"]


def _allows(function: str, use: Use) -> bool:
    """Whether a grant covers it, which is then used."""
    for grant in GRANTS.get(function, ()):
        if use.action in grant.actions and _covers(grant, use):
            _used.add((function, grant, use.action))
            return True
    return False


def _covers(grant: Grant, use: Use) -> bool:
    granted = name_of(grant)
    is_there = use.resource.startswith(granted[:-1]) if granted.endswith("*") else use.resource == granted
    return is_there and (not grant.partitions or fnmatchcase(use.partition, grant.partitions))


def _denial(service: str, function: str, use: Use) -> Any:
    code = "AccessDeniedException" if service == "dynamodb" else "AccessDenied"
    return {
        "Error": {"Code": code, "Message": f"{function} is not authorized to perform {use.action} on {use.resource}"}
    }
