"""The single writes that transactions are made of, each with its condition.

And statements: PartiQL's batch is the one call that writes many items, each under a condition of its own. A batch of
puts knows no conditions, and a transaction costs twice the write units. Each statement stands alone: some may fail
while others take effect.
"""

from typing import TYPE_CHECKING

from functions.adapters.dynamodb.items import SCHEMAS, Item, key_item
from functions.adapters.dynamodb.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        BatchStatementRequestTypeDef,
        ConditionCheckTypeDef,
        TransactWriteItemTypeDef,
    )

IS_NEW = "attribute_not_exists(pk)"
EXISTS = "attribute_exists(pk)"
REVISION_IS_UNCHANGED = "revision = :replaced"
POINTER, COUNTER = "Pointer", "Counter"
"""Kinds of items that are changed without being read, so that a number that is there stays: newer code wrote it."""

WITH_SCHEMA = "#schema = if_not_exists(#schema, :schema)"
SCHEMA_NAME = {"#schema": "schema"}
LEADS_NOWHERE = "attribute_not_exists(id)"
LEADS_THERE = "id = :to"
HAS_NO_DEPENDANTS = "(attribute_not_exists(dependants) OR dependants = :none)"


def put_new(table: str, item: Item) -> "TransactWriteItemTypeDef":
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": IS_NEW}}


def put_revision(table: str, item: Item, *, replaces: int) -> "TransactWriteItemTypeDef":
    """Puts the item in the place of revision `replaces`; 0 means that there is none yet."""
    if replaces == 0:
        return put_new(table, item)
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": REVISION_IS_UNCHANGED,
            "ExpressionAttributeValues": {":replaced": {"N": str(replaces)}},
        }
    }


def check_revision(table: str, key: Key, *, stays: int) -> "TransactWriteItemTypeDef":
    """Writes nothing, but needs the item to be at that revision still; 0 means that there is none yet."""
    check: ConditionCheckTypeDef = {"TableName": table, "Key": key_item(key), "ConditionExpression": IS_NEW}
    if stays:
        check["ConditionExpression"] = REVISION_IS_UNCHANGED
        check["ExpressionAttributeValues"] = {":replaced": {"N": str(stays)}}
    return {"ConditionCheck": check}


def set_revision(table: str, item: Item, *, replaces: int) -> "TransactWriteItemTypeDef":
    """As `put_revision`, but keeps attributes that are counted beside the entity (`dependants`)."""
    names = {f"#{name}": name for name in item if name not in {"pk", "sk"}}
    return {
        "Update": {
            "TableName": table,
            "Key": {"pk": item["pk"], "sk": item["sk"]},
            "UpdateExpression": "SET " + ", ".join(f"{name} = :{name[1:]}" for name in names),
            "ConditionExpression": REVISION_IS_UNCHANGED,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                **{f":{name[1:]}": item[name[1:]] for name in names},
                ":replaced": {"N": str(replaces)},
            },
        }
    }


def delete_unused(table: str, key: Key, *, replaces: int) -> "TransactWriteItemTypeDef":
    """Deletes revision `replaces` of a thing, provided that nothing depends on it."""
    return {
        "Delete": {
            "TableName": table,
            "Key": key_item(key),
            "ConditionExpression": f"{REVISION_IS_UNCHANGED} AND {HAS_NO_DEPENDANTS}",
            "ExpressionAttributeValues": {":none": {"N": "0"}, ":replaced": {"N": str(replaces)}},
        }
    }


def delete(table: str, key: Key) -> "TransactWriteItemTypeDef":
    return {"Delete": {"TableName": table, "Key": key_item(key)}}


def claim_pointer(table: str, key: Key, *, to: str) -> "TransactWriteItemTypeDef":
    """Lets an external id lead to the thing `to`, provided that it leads nowhere."""
    return {
        "Update": {
            "TableName": table,
            "Key": key_item(key),
            "UpdateExpression": f"SET id = :to, {WITH_SCHEMA}",
            "ConditionExpression": LEADS_NOWHERE,
            "ExpressionAttributeNames": SCHEMA_NAME,
            "ExpressionAttributeValues": {":to": {"S": to}, ":schema": SCHEMAS.attribute(POINTER)},
        }
    }


def release_pointer(table: str, key: Key, *, to: str) -> "TransactWriteItemTypeDef":
    """Lets an external id lead nowhere, provided that it leads to the thing `to`; the item stays and remembers it."""
    return {
        "Update": {
            "TableName": table,
            "Key": key_item(key),
            "UpdateExpression": "REMOVE id ADD previous :previous, moves :one",
            "ConditionExpression": LEADS_THERE,
            "ExpressionAttributeValues": {":to": {"S": to}, ":previous": {"SS": [to]}, ":one": {"N": "1"}},
        }
    }


def touch(table: str, key: Key) -> "TransactWriteItemTypeDef":
    """Counts as a change of the item, which must exist: whoever read it before must read again before deleting it."""
    return {
        "Update": {
            "TableName": table,
            "Key": key_item(key),
            "UpdateExpression": "ADD revision :one",
            "ConditionExpression": EXISTS,
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def add(table: str, key: Key, counter: str, step: int) -> "TransactWriteItemTypeDef":
    """Moves a counter that may not exist yet."""
    return {
        "Update": {
            "TableName": table,
            "Key": key_item(key),
            "UpdateExpression": f"SET {WITH_SCHEMA} ADD {counter} :step",
            "ExpressionAttributeNames": SCHEMA_NAME,
            "ExpressionAttributeValues": {":step": {"N": str(step)}, ":schema": SCHEMAS.attribute(COUNTER)},
        }
    }


def add_dependant(table: str, key: Key, step: int) -> "TransactWriteItemTypeDef":
    """Counts a thing that depends on the item, which must exist."""
    write = add(table, key, "dependants", step)
    write["Update"]["ConditionExpression"] = EXISTS
    return write


def insert_statement(table: str, item: Item) -> "BatchStatementRequestTypeDef":
    """Puts an item where none is; else `DuplicateItem`."""
    fields = ", ".join(f"'{name}': ?" for name in item)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{fields}}}', "Parameters": list(item.values())}


def replace_statement(table: str, item: Item, *, replaces: int) -> "BatchStatementRequestTypeDef":
    """Sets the attributes of an item at revision `replaces`; else `ConditionalCheckFailed`."""
    fields = {name: value for name, value in item.items() if name not in {"pk", "sk"}}
    sets = " ".join(f'SET "{name}" = ?' for name in fields)
    where = 'WHERE "pk" = ? AND "sk" = ? AND "revision" = ?'
    return {
        "Statement": f'UPDATE "{table}" {sets} {where}',
        "Parameters": [*fields.values(), item["pk"], item["sk"], {"N": str(replaces)}],
    }
